"""Whether a gate can close at all: the session is judged again as if every trial had failed."""

from collections.abc import Mapping

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.comparing import ComparableTasks, comparable
from pytest_mmina.gate.rule_checks import check_rules
from pytest_mmina.gate.rules import Rules

# How many times the trials of now are tried, when a remedy is looked for.
_MORE = (2, 3, 4, 5, 10, 20, 50)


def can_close(counts: EpisodeCounts, rules: Rules, baseline: Baseline | None) -> bool:
    """Return whether any result of the same trials could close a gate by these rules.

    More successes never close a gate, so the worst result decides: every trial failed, without a hop.
    """
    return any(result.status == "failed" for result in check_rules(counts.all_failed(), rules, baseline, prefix=""))


def remedy(counts: EpisodeCounts, rules: Rules, baseline: Baseline | None, *, prefix: str) -> str:
    """Return what to do about a gate that cannot close, as a sentence without a full stop."""
    if baseline is None or rules.regressions != "significant":
        return f"give it a rule that failures break, such as {prefix}min-hop-rate or {prefix}baseline"
    shared = comparable(count_tasks(counts.all_failed()), baseline.tasks)
    return _more_trials(shared, rules)


def saved_warning(tasks: Mapping[str, TaskCounts], *, prefix: str) -> str:
    """Return a sentence if a session with as many trials as a new baseline cannot close a gate against it, else ""."""
    shared = {name: (counts, _failed(counts)) for name, counts in tasks.items()}
    if _closes(shared, Rules()):
        return ""
    return (
        f"no result of a session with as many trials could close a gate against this baseline by the default rule "
        f"({prefix}regressions significant): {_more_trials(shared, Rules())}"
    )


def parts(shared: ComparableTasks, rules: Rules) -> str:
    """Return a sentence if the gate can close because of hops but never because of solved tasks, else ""."""
    if not shared:
        return ""
    from pytest_mmina.gate.significance import drop_tests

    failed = {task: (before, _failed(now)) for task, (before, now) in shared.items()}
    closing = [result for result in drop_tests(failed, rules, prefix="") if result.status == "failed"]
    if not closing or not all(result.counts_hops for result in closing):
        return ""
    return "too few tasks were solved in the baseline: no number of failed tasks could close the gate, only failed hops"


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
    from pytest_mmina.gate.significance import Levels, any_significant, pairs_of

    credit = [(before.passed, now.passed) for before, now in shared.values()]
    return any_significant(list(pairs_of(shared).values()), credit, Levels.of(rules.alpha))


def _failed(counts: TaskCounts) -> TaskCounts:
    hops = dict.fromkeys(counts.hops, 0)
    return counts.model_copy(update={"solved": 0, "hops": hops, "passed": (counts.trials,)})


def _more(counts: TaskCounts, times: int) -> TaskCounts:
    return counts.model_copy(
        update={
            "trials": counts.trials * times,
            "solved": counts.solved * times,
            "hops": {name: passed * times for name, passed in counts.hops.items()},
            "passed": tuple(trials * times for trials in counts.passed),
        }
    )
