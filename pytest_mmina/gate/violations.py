"""Broken constraints: how many episodes may break one, by a limit, or compared with the baseline.

More violations never open a gate, and fewer never close it. Early stopping relies on that.
"""

from collections.abc import Iterator
from typing import assert_never

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.check_results import CheckResult, count, named
from pytest_mmina.gate.comparing import ComparableTasks
from pytest_mmina.gate.exemptions import Exemptions
from pytest_mmina.gate.rules import Rules


def check_violations(
    counts: EpisodeCounts,
    rules: Rules,
    shared: ComparableTasks | None,
    *,
    exemptions: Exemptions,
    prefix: str,
) -> Iterator[CheckResult]:
    """Check how many episodes broke a constraint of their task.

    `shared` are the tasks that can be compared, None without a baseline. Other tasks may not break any, except for
    those whose regressions are accepted. `prefix` is the prefix of option names.
    """
    option = f"({prefix}max-violations)"
    constrained = frozenset(task for task, tally in counts.tasks.items() if tally.constraints)
    if rules.max_violations is not None or shared is None:
        most, broken = rules.max_violations or 0, counts.violated
        limit = "none allowed" if rules.max_violations is None else f"{most} allowed"
        text = f"{count(broken, 'episode')} broke a constraint, {limit} {option}"
        if broken > most:
            violated = sorted(task for task in constrained if counts.tasks[task].violated)
            yield CheckResult("failed", f"{text}: {named(violated)}", check="violations", tasks=constrained)
        elif constrained or rules.max_violations is not None:
            yield CheckResult("passed", text)
        return
    alone = frozenset(task for task in constrained if task not in shared and exemptions.is_compared(task))
    if violated := sorted(task for task in alone if counts.tasks[task].violated):
        text = f"{named(violated)} broke a constraint and cannot be compared with the baseline {option}"
        yield CheckResult("failed", text, check="violations without a baseline", tasks=alone)
    compared = {task: both for task, both in shared.items() if task in constrained}
    if compared:
        yield from _compared(compared, rules, prefix=prefix)


def _compared(shared: ComparableTasks, rules: Rules, *, prefix: str) -> Iterator[CheckResult]:
    then, here = (
        f"{sum(counts[side].violations for counts in shared.values())} of "
        f"{count(sum(counts[side].trials for counts in shared.values()), 'episode')}"
        for side in (0, 1)
    )
    text = f"constraints broken in {then} of the baseline, in {here} now"
    more = sorted(
        task
        for task, (before, now) in shared.items()
        if now.violations * before.trials > before.violations * now.trials
    )
    option = f"({prefix}regressions {rules.regressions})"
    match rules.regressions:
        case "none":
            yield CheckResult("note", f"{text}: not tested {option}")
        case "any":
            if more:
                result = f"{named(more)} broke a constraint more often than in the baseline {option}"
                yield CheckResult("failed", result, check="any violation", tasks=frozenset(more))
            else:
                yield CheckResult("passed", f"no task broke a constraint more often than in the baseline {option}")
        case "significant":
            from pytest_mmina.gate.exact_tests import Pair, drop_p_value
            from pytest_mmina.gate.significance import Levels, is_significant

            level = Levels.for_tasks(shared, rules).violations
            p = drop_p_value(
                [
                    Pair(before.trials - before.violations, before.trials, now.trials - now.violations, now.trials)
                    for before, now in shared.values()
                ]
            )
            text = f"{text}, p = {p:.3g}, level {level:g} {option}"
            if is_significant(p, level):
                result = f"more constraints are broken than chance allows: {text}: {named(more)}"
                yield CheckResult("failed", result, check="rise of violations", tasks=frozenset(shared))
            else:
                yield CheckResult("passed", text)
        case _:
            assert_never(rules.regressions)
