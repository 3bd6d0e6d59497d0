"""Check a session by the rules: one result for each check, as a sentence, with the tasks that it depends on.

More successes never make a check fail, and fewer successes never make it pass. Early stopping relies on that.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from pytest_mmina.core.record.counts import EpisodeCounts, rates
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.rules import Rules

ComparableTasks = Mapping[str, tuple[TaskCounts, TaskCounts]]
"""The tasks that did not change in between, with their counts before and now."""

_MOST_NAMED = 5
# Two tests share the level `alpha`: one for all tasks together, one for single tasks. Together they close the gate of
# an unchanged agent no more often than `alpha`.
_SHARE_OF_ALL_TASKS, _SHARE_OF_SINGLE_TASKS = 0.8, 0.2
# Rates are floating-point quotients, so equal ones can differ in the last bit.
_ROUNDING = 1e-9


class CheckResult(NamedTuple):
    """The result of one check of a session, as a sentence; a note is a sentence that decides nothing.

    `check` names the check if its result depends on the episodes of `tasks`. `counts_hops` is whether the result
    depends on the number of hops.
    """

    status: Literal["passed", "failed", "note"]
    text: str
    check: str = ""
    tasks: frozenset[str] = frozenset()
    counts_hops: bool = False


def check_rules(
    counts: EpisodeCounts,
    rules: Rules,
    baseline: Baseline | None,
    *,
    tasks: Mapping[str, TaskCounts] | None = None,
    prefix: str,
) -> Iterator[CheckResult]:
    """Check a session by all rules.

    `tasks` are the counts in the form of a baseline, if they are known already; `prefix` is the prefix of option names.
    """
    yield from _rates(counts, rules, prefix=prefix)
    yield from _must_pass(counts, rules, prefix=prefix)
    if baseline is not None and (shared := comparable(tasks or count_tasks(counts), baseline.tasks)):
        yield from _drops(shared, rules, prefix=prefix)
        yield from _regressions(shared, rules, prefix=prefix)


def comparable(now: Mapping[str, TaskCounts], before: Mapping[str, TaskCounts]) -> ComparableTasks:
    """Return the tasks that did not change since the baseline or another session, with their counts then and now."""
    return {
        task: (before[task], counts)
        for task, counts in now.items()
        if task in before and counts.task == before[task].task
    }


def _rates(counts: EpisodeCounts, rules: Rules, *, prefix: str) -> Iterator[CheckResult]:
    kinds = counts.kinds
    for name, asked in (("hop", rules.min_hop_rate), ("task", rules.min_task_rate)):
        for subset, least in asked.items():
            found = rates((kind, number) for kind, number in kinds.items() if subset in ("", kind.subset))
            rate = found.hop_success_rate if name == "hop" else found.task_success_rate
            of = f" of {subset}" if subset else ""
            if rate is None:
                if subset:
                    yield CheckResult("failed", f"no episode of the subset {subset} ({prefix}min-{name}-rate)")
                continue
            passed = rate >= least - _ROUNDING
            yield CheckResult(
                "passed" if passed else "failed",
                f"{name} success rate{of} {rate:.1%} {'>=' if passed else '<'} {least:.1%} ({prefix}min-{name}-rate)",
                check=f"{name} rate{of}",
                tasks=frozenset(task for task, tally in counts.tasks.items() if subset in ("", tally.subset)),
                counts_hops=name == "hop",
            )


def _must_pass(counts: EpisodeCounts, rules: Rules, *, prefix: str) -> Iterator[CheckResult]:
    for pattern in rules.must_pass:
        matching = {name: task for name, task in counts.tasks.items() if fnmatchcase(name, pattern)}
        failed = sorted(name for name, task in matching.items() if task.solved < task.trials)
        if not matching:
            yield CheckResult("failed", f"no episode of a task like {pattern!r} ({prefix}must-pass)")
        elif failed:
            text = f"{named(failed)} must be solved in each trial, and was not ({prefix}must-pass)"
            yield CheckResult("failed", text, check=f"must pass {pattern}", tasks=frozenset(failed))
        else:
            episodes = sum(task.trials for task in matching.values())
            yield CheckResult("passed", f"{count(episodes, 'episode')} of {pattern!r} solved ({prefix}must-pass)")


def _drops(shared: ComparableTasks, rules: Rules, *, prefix: str) -> Iterator[CheckResult]:
    kinds: tuple[Literal["hop", "task"], ...] = ("hop", "task")
    for kind in kinds:
        before, now = (mean_rate([pair[side] for pair in shared.values()], kind) for side in (0, 1))
        text = f"{kind} success rate {before:.1%} in the baseline, {now:.1%} now"
        most = rules.max_drop.get(kind)
        if most is None:
            yield CheckResult("note", text)
        elif before - now > most + _ROUNDING:
            text = f"{text}: a drop of {before - now:.1%}, {most:.1%} allowed ({prefix}max-drop)"
            yield CheckResult("failed", text, check=f"{kind} drop", tasks=frozenset(shared), counts_hops=kind == "hop")
        else:
            yield CheckResult("passed", f"{text}: a drop of {most:.1%} is allowed ({prefix}max-drop)")


def mean_rate(counts: Collection[TaskCounts], kind: Literal["hop", "task"]) -> float:
    """Return the mean rate over one trial of each task: the number of trials does not change a task's weight."""
    if kind == "task":
        return sum(task.solved / task.trials for task in counts) / len(counts)
    hops = sum(len(task.hops) for task in counts)
    return sum(passed / task.trials for task in counts for passed in task.hops.values()) / hops if hops else 0.0


def _regressions(shared: ComparableTasks, rules: Rules, *, prefix: str) -> Iterator[CheckResult]:
    if rules.regressions == "none":
        return
    worse = [task for task, (before, now) in shared.items() if now.solved * before.trials < before.solved * now.trials]
    if rules.regressions == "any":
        if worse:
            text = f"{named(worse)} solved less often than in the baseline ({prefix}regressions any)"
            yield CheckResult("failed", text, check="any regression", tasks=frozenset(worse))
        else:
            yield CheckResult("passed", f"no task was solved less often than in the baseline ({prefix}regressions any)")
        return
    from pytest_mmina.gate.statistics import Pair, adjusted_p_values, detectable_drop, drop_p_value, trials_to_detect

    pairs = {task: Pair(before.solved, before.trials, now.solved, now.trials) for task, (before, now) in shared.items()}
    p, level = drop_p_value(list(pairs.values())), _SHARE_OF_ALL_TASKS * rules.alpha
    tested = f"over {count(len(pairs), 'task')}, p = {p:.3g}, level {level:g} ({prefix}regressions significant)"
    if p <= level:
        text = f"fewer tasks are solved than chance allows: {tested}"
        yield CheckResult("failed", text, check="significant drop", tasks=frozenset(shared))
    else:
        yield CheckResult("passed", f"no significant drop: {tested}")
    for task, adjusted in zip(pairs, adjusted_p_values(list(pairs.values())), strict=True):
        if adjusted <= _SHARE_OF_SINGLE_TASKS * rules.alpha:
            pair = pairs[task]
            yield CheckResult(
                "failed",
                f"{task} fell from {pair.before} of {pair.trials_before} to {pair.now} of {pair.trials_now}, "
                f"p = {adjusted:.3g} corrected for {count(len(pairs), 'task')}",
                check=f"drop of {task}",
                tasks=frozenset({task}),
            )
    detectable = detectable_drop(list(pairs.values()), alpha=level)
    yield CheckResult(
        "note", f"this many trials can show a drop of the task success rate of {detectable:.1%} or more (power 80 %)"
    )
    asked = rules.max_drop.get("task")
    if asked and asked < detectable:
        needed = trials_to_detect(list(pairs.values()), asked, alpha=level)
        text = f"to show a drop of {asked:.1%}, run {needed} trials of each task, in the baseline too"
        yield CheckResult("note", text)


def named(tasks: Sequence[str]) -> str:
    """Return the number of tasks and the first few names, as text."""
    listed = ", ".join(tasks[:_MOST_NAMED])
    more = f" and {len(tasks) - _MOST_NAMED} more" if len(tasks) > _MOST_NAMED else ""
    return f"{count(len(tasks), 'task')} ({listed}{more})"


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural if needed: `1 task`, `2 tasks`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
