"""Find what changed since a baseline: in the tasks that the gate compares, and in those that it cannot compare."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain

from pytest_mmina.core.record.changes import (
    Changes,
    Count,
    HopChange,
    RateComparison,
    TaskChange,
    TaskChanged,
    in_report_order,
)
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.task_tally import TaskTally
from pytest_mmina.gate.baseline import TaskCounts, count_tasks
from pytest_mmina.gate.comparing import ComparableTasks, comparable, mean_rate
from pytest_mmina.gate.equal_cost import at_equal_cost


def changes_since(
    before: Mapping[str, TaskCounts], counts: EpisodeCounts, *, excused: Collection[str] = frozenset()
) -> Changes:
    """Compare episodes with the counts of a baseline or of another session; `excused` tasks may be missing now."""
    now = count_tasks(counts, with_costs=True)
    shared = comparable(now, before)
    subsets = {name: task.subset for name, task in counts.tasks.items()}
    errored = {name: task.errored for name, task in counts.tasks.items()}
    compared = (_compared(counts.tasks[task], task, before=then, now=here) for task, (then, here) in shared.items())
    others: Iterable[tuple[str, TaskChanged]] = (
        *((task, "changed" if task in before else "new") for task in now if task not in shared),
        *((task, "gone") for task in before if task not in now and task not in excused),
    )
    alone = (
        TaskChange(
            task=task,
            # Only the name of a task that is gone is known, and it begins with the subset.
            subset=subsets.get(task, task.rpartition("/")[0]),
            became=became,
            solved_before=_solved(before[task]) if task in before else None,
            solved_now=_solved(now[task]) if task in now else None,
            errored=errored.get(task, 0),
        )
        for task, became in others
    )
    return Changes(
        compared=len(shared),
        whole=_rate_comparison(shared) if shared else None,
        by_subset=_grouped(shared, lambda task: subsets[task]),
        by_hop_count={str(hops): group for hops, group in _grouped(shared, lambda task: len(now[task].hops)).items()},
        tasks=in_report_order(chain(filter(None, compared), alone)),
        at_equal_cost=tuple(at_equal_cost(shared)),
    )


def _compared(tally: TaskTally, task: str, *, before: TaskCounts, now: TaskCounts) -> TaskChange | None:
    hops = tuple(_hop_changes(before, now, tally.reached))
    both = before.hops.keys() & now.hops.keys()
    # Each rate is a single division of whole numbers, so equal rates have exactly the same value.
    moved = sum(now.hops[name] for name in both) / now.trials - sum(before.hops[name] for name in both) / before.trials
    solved_before, solved_now = _solved(before), _solved(now)
    if not hops and solved_before.is_like(solved_now):
        return None
    if not solved_before.is_like(solved_now):
        moved = solved_now.rate - solved_before.rate
    return TaskChange(
        task=task,
        subset=tally.subset,
        became="worse" if moved < 0 else "better" if moved > 0 else "mixed",
        solved_before=solved_before,
        solved_now=solved_now,
        errored=tally.errored,
        hops=hops,
    )


def _hop_changes(before: TaskCounts, now: TaskCounts, reached: Collection[str]) -> Iterator[HopChange]:
    for position, name in enumerate(now.hops, start=1):
        counts = {"before": _hop(before, name), "now": _hop(now, name)}
        if change := HopChange.of(name, position=position, **counts, reached=name in reached):
            yield change
    for name in before.hops:
        if name not in now.hops and (change := HopChange.of(name, position=None, before=_hop(before, name), now=None)):
            yield change


def _hop(counts: TaskCounts, name: str) -> Count | None:
    return Count(passed=counts.hops[name], trials=counts.trials) if name in counts.hops else None


def _solved(counts: TaskCounts) -> Count:
    return Count(passed=counts.solved, trials=counts.trials)


def _grouped(shared: ComparableTasks, key: Callable[[str], str | int]) -> dict[str | int, RateComparison]:
    groups: dict[str | int, dict[str, tuple[TaskCounts, TaskCounts]]] = {}
    for task, pair in shared.items():
        groups.setdefault(key(task), {})[task] = pair
    return {name: _rate_comparison(groups[name]) for name in sorted(groups)}


def _rate_comparison(shared: ComparableTasks) -> RateComparison:
    before, now = ([pair[side] for pair in shared.values()] for side in (0, 1))
    return RateComparison(
        tasks=len(shared),
        task_before=mean_rate(before, "task"),
        task_now=mean_rate(now, "task"),
        hop_before=mean_rate(before, "hop") if any(task.hops for task in before) else None,
        hop_now=mean_rate(now, "hop") if any(task.hops for task in now) else None,
    )
