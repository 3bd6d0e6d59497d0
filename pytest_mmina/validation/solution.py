"""A recorded solution, divided into what it did for each hop."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.tasks.checks import AnswerJudged, AnswerMatch, walk_checks
from pytest_mmina.core.tasks.task import Task

_IN_ORDER = re.compile(
    r"\bin (?:this|that|the) (?:same |given |following )?order\b|\bone after the other\b|\bin turn\b", re.IGNORECASE
)
_EXCLUDES = re.compile(
    r"\b(?:nothing else|no other|none other|alone|only|and nothing more|not .{0,30}\banything else)\b", re.IGNORECASE
)
_FORBIDS = re.compile(r"\b(?:do not|don[’']t|never|without)\b(?P<clause>[^.;!?]*)", re.IGNORECASE)


class Part(NamedTuple):
    """The lines of a solution, from `first` up to `last`, at the end of which these hops passed.

    `by_answer` is whether all of these hops are decided by the answer.
    """

    first: int
    last: int
    hops: tuple[str, ...]
    by_answer: bool


class Solution(NamedTuple):
    """The lines of a recorded solution without its answer, the answer, and where the parts begin and end."""

    lines: tuple[str, ...]
    answer: str
    parts: tuple[Part, ...]
    urls: tuple[str, ...]

    @property
    def actions(self) -> list[Action]:
        """The lines as actions."""
        return [parse_action(line) for line in self.lines]

    def from_its_page(self, first: int) -> tuple[str, ...]:
        """Return what opens the page on which a line was done, if the line does not open one itself."""
        if self.lines[first].startswith("goto ") or first >= len(self.urls):
            return ()
        return (f"goto [{self.urls[first]}]",)


def solution_of(task: Task, steps: Sequence[int | None], urls: Sequence[str] = ()) -> Solution:
    """Return the solution in `oracle`; `steps` are those at which its hops passed, in the order of the hops."""
    lines, answer = task.oracle, "stop []"
    if lines and parse_action(lines[-1]).kind == "stop":
        lines, answer = lines[:-1], lines[-1]
    parts: list[Part] = []
    for step in sorted({step for step in steps if step is not None and step > 0}):
        first = parts[-1].last if parts else 0
        passed = [hop for hop, at in zip(task.hops, steps, strict=True) if at == step]
        by_answer = all(
            isinstance(check, AnswerMatch | AnswerJudged) for hop in passed for check in [*walk_checks(hop.check)][-1:]
        )
        last = min(step, len(lines))
        parts.append(Part(first, last, tuple(hop.name for hop in passed), by_answer and step > len(lines)))
    return Solution(lines, answer, tuple(part for part in parts if part.last > part.first), tuple(urls))


def asks_for_order(intent: str) -> bool:
    """Return whether an intent says that the order of its parts matters."""
    return _IN_ORDER.search(intent) is not None


def excludes_others(intent: str) -> bool:
    """Return whether an intent says that nothing else may be done."""
    return _EXCLUDES.search(intent) is not None


def forbidden_in(intent: str) -> list[str]:
    """Return what follows each prohibition of an intent: `order anything` of `Do not order anything.`"""
    return [" ".join(match["clause"].split()) for match in _FORBIDS.finditer(intent) if match["clause"].strip()]
