"""What the rules ask of the agent, question by question: each answer with its reason and the tasks that it hangs on.

More successes never turn an answer against the merge, and fewer never for it. `stopping` stands on that.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from pytest_mmina.core.record.metrics import EpisodeRecord, rates
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.rules import Rules

Alike = Mapping[str, tuple[TaskCounts, TaskCounts]]

_MOST_NAMED = 5
# Two questions share the level, whether the whole has become worse and whether a single task has, so that asking both
# closes an unchanged agent's gate no more often than `alpha`.
_FOR_THE_WHOLE, _FOR_SINGLE_TASKS = 0.8, 0.2
# Rates are quotients: what is asked for and what came may differ in their last bit.
_HAIR = 1e-9


class Finding(NamedTuple):
    """One sentence: against the merge, for it, or beside it; what answers a `question` names the tasks behind it.

    `counts_hops` says that the answer depends on how many hops there are.
    """

    weight: Literal["against", "for", "note"]
    text: str
    question: str = ""
    tasks: frozenset[str] = frozenset()
    counts_hops: bool = False


def answers(
    records: Sequence[EpisodeRecord],
    rules: Rules,
    baseline: Baseline | None,
    *,
    counts: Mapping[str, TaskCounts] | None = None,
    shown: str,
) -> Iterator[Finding]:
    """Answer all that the rules ask; `counts` are those of the records, `shown` what stands before options' names."""
    yield from _rates(records, rules, shown=shown)
    yield from _must_pass(records, rules, shown=shown)
    if baseline is not None and (alike := comparable(counts or count_tasks(records), baseline.tasks)):
        yield from _drops(alike, rules, shown=shown)
        yield from _regressions(alike, rules, shown=shown)


def comparable(now: Mapping[str, TaskCounts], before: Mapping[str, TaskCounts]) -> Alike:
    """The tasks that ask the same now as before, in the baseline say, with their counts there and now."""
    return {
        task: (before[task], counts)
        for task, counts in now.items()
        if task in before and counts.task == before[task].task
    }


def _rates(records: Sequence[EpisodeRecord], rules: Rules, *, shown: str) -> Iterator[Finding]:
    for kind, asked in (("hop", rules.min_hop_rate), ("task", rules.min_task_rate)):
        for subset, least in asked.items():
            counted = [record for record in records if subset in ("", record.subset)]
            found = rates(counted)
            rate = found.hop_success_rate if kind == "hop" else found.task_success_rate
            of = f" of {subset}" if subset else ""
            if rate is None:
                if subset:
                    yield Finding("against", f"no episode of the subset {subset} ({shown}min-{kind}-rate)")
                continue
            holds = rate >= least - _HAIR
            yield Finding(
                "for" if holds else "against",
                f"{kind} success rate{of} {rate:.1%} {'>=' if holds else '<'} {least:.1%} ({shown}min-{kind}-rate)",
                question=f"{kind} rate{of}",
                tasks=frozenset(record.task for record in counted),
                counts_hops=kind == "hop",
            )


def _must_pass(records: Sequence[EpisodeRecord], rules: Rules, *, shown: str) -> Iterator[Finding]:
    for pattern in rules.must_pass:
        matching = [record for record in records if fnmatchcase(record.task, pattern)]
        failed = sorted({record.task for record in matching if record.outcome != "solved"})
        if not matching:
            yield Finding("against", f"no episode of a task like {pattern!r} ({shown}must-pass)")
        elif failed:
            text = f"{named(failed)} must pass and did not ({shown}must-pass)"
            yield Finding("against", text, question=f"must pass {pattern}", tasks=frozenset(failed))
        else:
            yield Finding("for", f"{count(len(matching), 'episode')} of {pattern!r} solved ({shown}must-pass)")


def _drops(alike: Alike, rules: Rules, *, shown: str) -> Iterator[Finding]:
    kinds: tuple[Literal["hop", "task"], ...] = ("hop", "task")
    for kind in kinds:
        before, now = (mean_rate([pair[side] for pair in alike.values()], kind) for side in (0, 1))
        told = f"{kind} success rate {before:.1%} in the baseline, {now:.1%} now"
        most = rules.max_drop.get(kind)
        if most is None:
            yield Finding("note", told)
        elif before - now > most + _HAIR:
            text = f"{told}: a drop of {before - now:.1%}, {most:.1%} allowed ({shown}max-drop)"
            yield Finding("against", text, question=f"{kind} drop", tasks=frozenset(alike), counts_hops=kind == "hop")
        else:
            yield Finding("for", f"{told}, {most:.1%} of a drop allowed ({shown}max-drop)")


def mean_rate(counts: Collection[TaskCounts], kind: Literal["hop", "task"]) -> float:
    """The mean over one trial of each task, so that another number of trials gives no task another weight."""
    if kind == "task":
        return sum(task.solved / task.trials for task in counts) / len(counts)
    hops = sum(len(task.hops) for task in counts)
    return sum(passed / task.trials for task in counts for passed in task.hops.values()) / hops if hops else 0.0


def _regressions(alike: Alike, rules: Rules, *, shown: str) -> Iterator[Finding]:
    if rules.regressions == "none":
        return
    worse = [task for task, (before, now) in alike.items() if now.solved * before.trials < before.solved * now.trials]
    if rules.regressions == "any":
        if worse:
            text = f"{named(worse)} solved less often than in the baseline ({shown}regressions any)"
            yield Finding("against", text, question="any regression", tasks=frozenset(worse))
        else:
            yield Finding("for", f"no task solved less often than in the baseline ({shown}regressions any)")
        return
    from pytest_mmina.gate.statistics import Pair, adjusted_p_values, detectable_drop, drop_p_value, trials_to_detect

    pairs = {task: Pair(before.solved, before.trials, now.solved, now.trials) for task, (before, now) in alike.items()}
    p, level = drop_p_value(list(pairs.values())), _FOR_THE_WHOLE * rules.alpha
    tested = f"over {count(len(pairs), 'task')}, p = {p:.3g}, level {level:g} ({shown}regressions significant)"
    if p <= level:
        text = f"fewer tasks are solved than chance allows: {tested}"
        yield Finding("against", text, question="significant drop", tasks=frozenset(alike))
    else:
        yield Finding("for", f"no significant drop: {tested}")
    for task, adjusted in zip(pairs, adjusted_p_values(list(pairs.values())), strict=True):
        if adjusted <= _FOR_SINGLE_TASKS * rules.alpha:
            pair = pairs[task]
            yield Finding(
                "against",
                f"{task} fell from {pair.before} of {pair.trials_before} to {pair.now} of {pair.trials_now}, "
                f"p = {adjusted:.3g} corrected for {count(len(pairs), 'task')}",
                question=f"drop of {task}",
                tasks=frozenset({task}),
            )
    detectable = detectable_drop(list(pairs.values()), alpha=level)
    yield Finding(
        "note", f"so many trials show a drop of the task success rate of {detectable:.1%} or more (power 80 %)"
    )
    asked = rules.max_drop.get("task")
    if asked and asked < detectable:
        needed = trials_to_detect(list(pairs.values()), asked, alpha=level)
        yield Finding("note", f"to show a drop of {asked:.1%}, run {needed} trials of each task, in the baseline too")


def named(tasks: Sequence[str]) -> str:
    """How many tasks, and which, as far as a line goes."""
    listed = ", ".join(tasks[:_MOST_NAMED])
    more = f" and {len(tasks) - _MOST_NAMED} more" if len(tasks) > _MOST_NAMED else ""
    return f"{count(len(tasks), 'task')} ({listed}{more})"


def count(number: int, noun: str) -> str:
    """A number and what it counts, in the plural where it has to be."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
