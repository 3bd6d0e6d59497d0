"""Why cases are skipped: causes that a program can tell apart, each with a reason for people."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from pytest_mmina.core.models import Model, Text

SkipCause = Literal[
    "mark", "not deployed", "address", "login", "picture", "judge", "oracle", "evaluation", "run time", "unknown"
]
"""What keeps a case from running.

The user chose `mark` (a mark `skip` or `skipif` that is there at collection, or `xfail(run=False)`) and `not deployed`
(the host is `none`). What is missing: the `address` of a site, a `login`, a `picture`, a `judge`, the field `oracle`
for the agent of that name, or a way to judge the task here (`evaluation`). `run time` is a skip in a fixture, a hook or
a test. `unknown` is the cause in results that do not tell it.
"""

CHOSEN: frozenset[SkipCause] = frozenset({"mark", "not deployed"})
"""The causes that the user chose."""

WORDS: dict[SkipCause, str] = {
    "mark": "by a mark",
    "not deployed": "the site is not deployed",
    "address": "no address of a site",
    "login": "no login",
    "picture": "no picture",
    "judge": "no judge",
    "oracle": "no oracle",
    "evaluation": "cannot be judged here",
    "run time": "at run time",
    "unknown": "cause not known",
}
"""The causes in the words of reports."""


class SkipReason(Model):
    """Why one case is skipped."""

    cause: SkipCause
    reason: Text = ""

    @property
    def is_chosen(self) -> bool:
        """Whether the user chose it."""
        return self.cause in CHOSEN


class SkippedCases(Model):
    """The cases that were skipped for the same reason: how many, and of which tasks."""

    cause: SkipCause
    reason: Text = ""
    tasks: Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str], when_used="json")]
    cases: int = Field(ge=1)

    @property
    def is_chosen(self) -> bool:
        """Whether the user chose it."""
        return self.cause in CHOSEN


def main_reason(reasons: Iterable[SkipReason]) -> SkipReason | None:
    """Return why a task with these reasons is skipped: what the user chose comes first; None without a reason.

    The text has all of the reasons.
    """
    listed = list(reasons)
    if not listed:
        return None
    first = next((reason for reason in listed if reason.is_chosen), listed[0])
    return SkipReason(cause=first.cause, reason=in_words(listed))


def in_words(reasons: Iterable[SkipReason]) -> str:
    """Return all reasons as one text."""
    return "; ".join(reason.reason for reason in reasons)


def grouped(skipped: Iterable[tuple[str, SkipReason]]) -> tuple[SkippedCases, ...]:
    """Group skipped cases, each with its task, by cause and reason: the largest group first."""
    groups: dict[tuple[SkipCause, str], list[str]] = {}
    for task, skip in skipped:
        groups.setdefault((skip.cause, skip.reason), []).append(task)
    found = (
        SkippedCases(cause=cause, reason=reason, tasks=frozenset(tasks), cases=len(tasks))
        for (cause, reason), tasks in groups.items()
    )
    return in_order(found)


def in_order(groups: Iterable[SkippedCases]) -> tuple[SkippedCases, ...]:
    """Put groups together that have the same reason, and sort them: the largest first."""
    together: dict[tuple[SkipCause, str], SkippedCases] = {}
    for group in groups:
        key = (group.cause, group.reason)
        if (known := together.get(key)) is not None:
            group = group.model_copy(update={"tasks": known.tasks | group.tasks, "cases": known.cases + group.cases})
        together[key] = group
    return tuple(sorted(together.values(), key=lambda group: (-group.cases, group.cause, group.reason)))


def cases_by_cause(groups: Iterable[SkippedCases]) -> dict[SkipCause, int]:
    """Return how many cases were skipped by each cause, sorted by cause."""
    numbers: dict[SkipCause, int] = {}
    for group in sorted(groups, key=lambda group: group.cause):
        numbers[group.cause] = numbers.get(group.cause, 0) + group.cases
    return numbers
