"""The tasks that a session has in common with a baseline, and their rates."""

from collections.abc import Collection, Mapping
from typing import Literal

from pytest_mmina.gate.baseline import TaskCounts

ComparableTasks = Mapping[str, tuple[TaskCounts, TaskCounts]]
"""The tasks that did not change in between, with their counts before and now."""


def comparable(now: Mapping[str, TaskCounts], before: Mapping[str, TaskCounts]) -> ComparableTasks:
    """Return the tasks that did not change since the baseline or another session, with their counts then and now."""
    return {
        task: (before[task], counts)
        for task, counts in now.items()
        if task in before and counts.task == before[task].task
    }


def mean_rate(counts: Collection[TaskCounts], kind: Literal["hop", "task"]) -> float:
    """Return the mean rate over one trial of each task: the number of trials does not change a task's weight."""
    if kind == "task":
        return sum(task.solved / task.trials for task in counts) / len(counts)
    hops = sum(len(task.hops) for task in counts)
    return sum(passed / task.trials for task in counts for passed in task.hops.values()) / hops if hops else 0.0
