"""Whether the failures of a session gather on one site or template: a hint for people, which decides nothing."""

from collections.abc import Iterator
from math import comb
from typing import NamedTuple

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.baseline import Baseline

_SHARE = 0.8
"""Which part of the failures must be in one place to be told."""

_CHANCE = 0.001
"""How seldom failures that are spread by chance would be told."""


class Gathering(NamedTuple):
    """A site or a template: its failed tasks of all failed tasks, and its tasks of all tasks."""

    kind: str
    name: str
    failed: int
    all_failed: int
    tasks: int
    all_tasks: int
    since_baseline: bool

    @property
    def text(self) -> str:
        """The gathering as a sentence."""
        which = "tasks that the baseline solved and this session did not" if self.since_baseline else "unsolved tasks"
        return (
            f"{self.failed} of {self.all_failed} {which} are on the {self.kind} {self.name} "
            f"({self.tasks} of {self.all_tasks} tasks are): look there first"
        )


def gathering_of(counts: EpisodeCounts, baseline: Baseline | None) -> Gathering | None:
    """Return where the failed tasks gather, if they clearly do; the place with the least chance of it.

    A task has failed if no trial solved it. With a baseline, only tasks that it solved at least once are counted. The
    test is Fisher's exact test, for more failures in a place, with Bonferroni's correction for the number of places.
    """
    solved_before = {task for task, before in baseline.tasks.items() if before.solved} if baseline is not None else None
    tasks = {task for task in counts.tasks if solved_before is None or task in solved_before}
    failed = {task for task in tasks if not counts.tasks[task].solved}
    places: dict[tuple[str, str], set[str]] = {}
    for task in tasks:
        for place in _places(counts, task):
            places.setdefault(place, set()).add(task)
    found = []
    for (kind, name), members in places.items():
        here = len(failed & members)
        chance = chance_of(here, failed=len(failed), here=len(members), tasks=len(tasks)) * len(places)
        if failed and here >= _SHARE * len(failed) and chance < _CHANCE:
            gathering = Gathering(kind, name, here, len(failed), len(members), len(tasks), solved_before is not None)
            found.append((chance, gathering))
    return min(found)[1] if found else None


def chance_of(number: int, *, failed: int, here: int, tasks: int) -> float:
    """Return the chance that at least `number` of the failures are in a place, if all tasks fail equally often."""
    possible = range(number, min(failed, here) + 1)
    ways = sum(comb(here, one) * comb(tasks - here, failed - one) for one in possible)
    return ways / comb(tasks, failed)


def _places(counts: EpisodeCounts, task: str) -> Iterator[tuple[str, str]]:
    tally = counts.tasks[task]
    for site in sorted(set(tally.sites)):
        yield "site", site
    if tally.template:
        yield "template", tally.template
