"""The result of a check of a session, and the words that its sentence is made of."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

_MOST_NAMED = 5


class CheckResult(NamedTuple):
    """The result of one check of a session, as a sentence; a note is a sentence that decides nothing.

    `check` names the check if its result depends on the episodes of `tasks`. `counts_hops` is whether the result
    depends on the number of hops. `fell` are tasks that a note names because they fell.
    """

    status: Literal["passed", "failed", "note"]
    text: str
    check: str = ""
    tasks: frozenset[str] = frozenset()
    counts_hops: bool = False
    fell: tuple[str, ...] = ()


def named(tasks: Sequence[str]) -> str:
    """Return the number of tasks and the first few names, as text."""
    listed = ", ".join(tasks[:_MOST_NAMED])
    more = f" and {len(tasks) - _MOST_NAMED} more" if len(tasks) > _MOST_NAMED else ""
    return f"{count(len(tasks), 'task')} ({listed}{more})"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural if needed: `1 task`, `2 tasks`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def points(difference: float) -> str:
    """Return the difference of two rates, which is not a share of either: `6.7 percentage points`."""
    return f"{100 * difference:.1f} percentage points"
