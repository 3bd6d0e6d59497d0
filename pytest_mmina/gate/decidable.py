"""Whether a gate can close at all: the session is judged again as if every trial had failed."""

from collections.abc import Mapping
from typing import NamedTuple

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.check_results import CheckResult
from pytest_mmina.gate.comparing import ComparableTasks, comparable
from pytest_mmina.gate.exemptions import NO_EXEMPTIONS, Exemptions
from pytest_mmina.gate.rule_checks import check_rules
from pytest_mmina.gate.rules import Rules

# How many times the trials of now are tried, when a remedy is looked for.
_MORE = (2, 3, 4, 5, 10, 20, 50)


class Decidability(NamedTuple):
    """What to say about whether the gate can close: a warning if it cannot, and a note if hops alone can close it."""

    warning: str = ""
    note: str = ""


def decidability(
    counts: EpisodeCounts,
    rules: Rules,
    baseline: Baseline | None,
    exemptions: Exemptions = NO_EXEMPTIONS,
    *,
    known: bool | None,
    prefix: str,
) -> Decidability:
    """Return whether any result of the same trials could have closed the gate.

    `known` is the answer if it is known already, because other trials were planned than those that ran.
    """
    closing = [] if known else _closing(counts, rules, baseline, exemptions)
    if known or (known is None and closing):
        only_hops = rules.regressions == "significant" and all(result.counts_hops for result in closing)
        note = "too few tasks were solved in the baseline: no number of failed tasks could close the gate, only hops"
        return Decidability(note=note if baseline is not None and closing and only_hops else "")
    could = (
        "only costs could have closed this gate"
        if rules.closes_on_costs
        else "failures could not have closed this gate"
    )
    advice = _remedy(counts, rules, baseline, prefix=prefix)
    return Decidability(f"{could}, not even if every trial had failed: {advice}")


def can_close(
    counts: EpisodeCounts, rules: Rules, baseline: Baseline | None, exemptions: Exemptions = NO_EXEMPTIONS
) -> bool:
    """Return whether any result of the same trials could close a gate by these rules."""
    return bool(_closing(counts, rules, baseline, exemptions))


def _closing(
    counts: EpisodeCounts, rules: Rules, baseline: Baseline | None, exemptions: Exemptions
) -> list[CheckResult]:
    """Return what closes the gate if every trial failed, without a hop: more successes never close it."""
    results = check_rules(counts.all_failed(), rules, baseline, exemptions=exemptions, prefix="")
    return [result for result in results if result.status == "failed"]


def _remedy(counts: EpisodeCounts, rules: Rules, baseline: Baseline | None, *, prefix: str) -> str:
    if baseline is None or rules.regressions != "significant":
        return f"give it a rule that failures break, such as {prefix}min-hop-rate or {prefix}baseline"
    shared = comparable(count_tasks(counts.all_failed()), baseline.tasks)
    if baseline.sessions and _closes(shared, rules):
        return "the sessions of the history differ too much: compare with a control in the same session"
    return _more_trials(shared, rules)


def saved_warning(tasks: Mapping[str, TaskCounts], *, trials: Mapping[str, int] | None = None, prefix: str) -> str:
    """Return a sentence if a session with as many trials as a new baseline cannot close a gate against it, else "".

    `trials` are those of a session if the baseline has the trials of several ones.
    """
    numbers = trials if trials is not None else {name: counts.trials for name, counts in tasks.items()}
    shared = {name: (counts, _failed(counts, trials=numbers[name])) for name, counts in tasks.items()}
    if _closes(shared, Rules()):
        return ""
    return (
        f"no result of a session with as many trials could close a gate against this baseline by the default rule "
        f"({prefix}regressions significant): {_more_trials(shared, Rules())}"
    )


def _more_trials(shared: ComparableTasks, rules: Rules) -> str:
    if not shared:
        return "no task can be compared with the baseline"
    if not any(before.solved or (len(before.passed) > 1 and sum(before.passed[1:])) for before, _ in shared.values()):
        return "no task was solved and no hop passed in the baseline, so nothing can fall"
    for times in _MORE:
        if _closes({task: (_more(a, times), _more(b, times)) for task, (a, b) in shared.items()}, rules):
            return f"run {times} times as many trials of each task, in the baseline too"
    return "run more tasks"


def _closes(shared: ComparableTasks, rules: Rules) -> bool:
    from pytest_mmina.gate.significance import Compared, Levels, any_significant

    return any_significant(Compared.of(shared.values()), Levels.for_tasks(shared, rules))


def _failed(counts: TaskCounts, *, trials: int) -> TaskCounts:
    return TaskCounts(trials=trials, solved=0, hops=dict.fromkeys(counts.hops, 0), passed=(trials,))


def _more(counts: TaskCounts, times: int) -> TaskCounts:
    return TaskCounts(
        trials=counts.trials * times,
        solved=counts.solved * times,
        hops={name: passed * times for name, passed in counts.hops.items()},
        passed=tuple(trials * times for trials in counts.passed),
        credit={units: trials * times for units, trials in counts.credit.items()},
    )
