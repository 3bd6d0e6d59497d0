"""Compare two sessions at equal cost: how many tasks are solved for one dollar, and for one million tokens."""

from collections.abc import Iterator, Sequence
from typing import Literal

from pytest_mmina.core.record.changes import EqualCost
from pytest_mmina.core.record.trial_costs import Quantity
from pytest_mmina.gate.baseline import TaskCounts
from pytest_mmina.gate.comparing import ComparableTasks

_UNITS: Sequence[tuple[Quantity, Literal["dollar", "million tokens"], float]] = (
    ("cost", "dollar", 1.0),
    ("tokens", "million tokens", 1e6),
)


def at_equal_cost(shared: ComparableTasks) -> Iterator[EqualCost]:
    """Yield the comparisons for which the costs are known, over the tasks that have costs before and now."""
    for quantity, unit, size in _UNITS:
        pairs = [
            (before, now) for before, now in shared.values() if before.costs.of(quantity) and now.costs.of(quantity)
        ]
        before, now = ([pair[side] for pair in pairs] for side in (0, 1))
        then_per, now_per = (_solved_per(tasks, quantity, size) for tasks in (before, now))
        if then_per is not None and now_per is not None:
            yield EqualCost(
                unit=unit,
                tasks=len(pairs),
                before=then_per,
                now=now_per,
                at_most_before=_is_partial(before, quantity),
                at_most_now=_is_partial(now, quantity),
            )


def _solved_per(tasks: Sequence[TaskCounts], quantity: Quantity, size: float) -> float | None:
    spent = sum(sum(task.costs.of(quantity)) / len(task.costs.of(quantity)) for task in tasks)
    return size * sum(task.solved / task.costs.trials for task in tasks) / spent if spent else None


def _is_partial(tasks: Sequence[TaskCounts], quantity: Quantity) -> bool:
    return any(task.costs.partial or len(task.costs.of(quantity)) < task.costs.trials for task in tasks)
