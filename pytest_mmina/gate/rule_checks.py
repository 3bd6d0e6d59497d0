"""Check a session by the rules: one result for each check, as a sentence, with the tasks that it depends on.

More successes never make a check fail, and fewer successes never make it pass. Early stopping relies on that.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Literal

from pytest_mmina.core.record.counts import EpisodeCounts, rates
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.check_results import CheckResult, count, named, points
from pytest_mmina.gate.comparing import ComparableTasks, comparable, mean_rate
from pytest_mmina.gate.exemptions import NO_EXEMPTIONS, Exemptions
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.violations import check_violations

# Rates are floating-point quotients, so equal ones can differ in the last bit.
_ROUNDING = 1e-9


def check_rules(
    counts: EpisodeCounts,
    rules: Rules,
    baseline: Baseline | None,
    *,
    tasks: Mapping[str, TaskCounts] | None = None,
    exemptions: Exemptions = NO_EXEMPTIONS,
    prefix: str,
) -> Iterator[CheckResult]:
    """Check a session by all rules.

    `tasks` are the counts in the form of a baseline, if they are known already. `exemptions` say which tasks are not
    compared, `prefix` is the prefix of option names.
    """
    yield from _rates(counts, rules, prefix=prefix)
    yield from _must_pass(counts, rules, prefix=prefix)
    shared = comparable(tasks or count_tasks(counts), baseline.tasks) if baseline is not None else None
    yield from check_violations(counts, rules, shared, exemptions=exemptions, prefix=prefix)
    if baseline is not None and shared:
        yield from _drops(shared, rules, prefix=prefix)
        yield from _regressions(shared, rules, baseline, prefix=prefix)


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
            text = f"{text}: a drop of {points(before - now)}, {100 * most:.1f} allowed ({prefix}max-drop)"
            yield CheckResult("failed", text, check=f"{kind} drop", tasks=frozenset(shared), counts_hops=kind == "hop")
        else:
            yield CheckResult("passed", f"{text}: a drop of {points(most)} is allowed ({prefix}max-drop)")


def _regressions(shared: ComparableTasks, rules: Rules, baseline: Baseline, *, prefix: str) -> Iterator[CheckResult]:
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
    from pytest_mmina.gate.significance import significant_drops

    yield from significant_drops(shared, rules, sessions=baseline.sessions, prefix=prefix)
