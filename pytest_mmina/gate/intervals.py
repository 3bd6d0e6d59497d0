"""The confidence intervals of a session's rates. SciPy is imported only when they are computed."""

from collections.abc import Sequence
from typing import NamedTuple

from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.counts import EpisodeCounts


class Intervals(Model):
    """The 95 % intervals of both success rates, as low and high, clustered by task.

    They are intervals for the rates of tasks like these, and not of these tasks alone: other tasks of the same kind
    would give other rates, however many trials these have.
    """

    population: Text = "tasks like these"
    hop: tuple[float, float]
    task: tuple[float, float]


class TaskResult(NamedTuple):
    """What the episodes of one task add to the rates."""

    hops_passed: int
    hops: int
    solved: int
    trials: int


def intervals_of(counts: EpisodeCounts) -> Intervals:
    """Return the intervals of a session with at least one episode."""
    return intervals_from(
        [
            TaskResult(sum(task.hops.values()), len(task.hops) * task.trials, task.solved, task.trials)
            for _, task in sorted(counts.tasks.items())
        ]
    )


def intervals_from(tasks: Sequence[TaskResult]) -> Intervals:
    """Return the intervals of at least one task."""
    from pytest_mmina.gate.statistics import clustered_interval

    hop = clustered_interval([(task.hops_passed, task.hops) for task in tasks])
    solved = clustered_interval([(task.solved, task.trials) for task in tasks])
    return Intervals(hop=(hop.low, hop.high), task=(solved.low, solved.high))
