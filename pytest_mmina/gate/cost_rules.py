"""Rules on what episodes take: steps, seconds, tokens and dollars, against a limit or against the baseline.

They do not depend on successes. So early stopping knows nothing of them, and cannot be combined with them.
"""

from collections.abc import Iterator, Mapping, Sequence

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.trial_costs import QUANTITIES, Quantity, TrialCosts
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.check_results import CheckResult, count, named
from pytest_mmina.gate.comparing import comparable
from pytest_mmina.gate.rise import Trials, mean_of, p95_of, rise_p_value, smallest_p_value
from pytest_mmina.gate.rules import P95, Rules

_SHARE_UNKNOWN = 0.05
"""The share of episodes or tasks whose numbers may be missing: one reply that was lost must not close the gate."""

_NUMBERS: Mapping[Quantity, str] = {"cost": "${:.4f}", "tokens": "{:,.0f}", "steps": "{:.1f}", "seconds": "{:.1f}"}
_USAGE = ("cost", "tokens")


def check_costs(
    counts: EpisodeCounts, rules: Rules, baseline: Baseline | None, *, prefix: str
) -> Iterator[CheckResult]:
    """Check what episodes take by `max_per_episode` and `max_rise`; `prefix` is the prefix of option names."""
    if not counts.tasks or not (rules.max_per_episode or rules.max_rise):
        return
    costs = {name: task.costs for name, task in counts.tasks.items()}
    for measure, limit in rules.max_per_episode.items():
        yield _limit(measure, [*costs.values()], limit, option=f"{prefix}max-per-episode")
    if baseline is None:
        if rules.max_rise:
            yield CheckResult("failed", f"{prefix}max-rise needs a baseline, and there is no baseline")
        return
    shared = comparable(count_tasks(counts), baseline.tasks)
    pairs = {task: (before.costs, costs[task]) for task, (before, _) in shared.items() if costs[task].trials}
    for measure, most in rules.max_rise.items() if pairs else ():
        yield _rise(measure, pairs, most, level=rules.alpha / len(rules.max_rise), option=f"{prefix}max-rise")


def _quantity(measure: str) -> Quantity:
    return next(quantity for quantity in QUANTITIES if measure in (quantity, P95 + quantity))


def _words(measure: str) -> str:
    quantity = _quantity(measure)
    return f"95th percentile of {quantity} of an episode" if measure.startswith(P95) else f"mean {quantity} per episode"


def _limit(measure: str, costs: Sequence[TrialCosts], limit: float, *, option: str) -> CheckResult:
    quantity, words = _quantity(measure), _words(measure)
    values = [number for task in costs for number in task.of(quantity)]
    if (lacking := _lacking(quantity, costs)) and not values:
        return CheckResult("failed", f"no episode told its {quantity}, which {option} {measure} needs")
    if not values:
        return CheckResult("failed", f"no episode without an error has a number for {option} {measure}")
    number = _NUMBERS[quantity]
    found = p95_of([values]) if measure.startswith(P95) else sum(values) / len(values)
    least = "at least " if lacking else ""
    text = f"{words} {least}{number.format(found)}"
    if found > limit:
        return CheckResult("failed", f"{text} > {number.format(limit)} ({option})")
    if lacking > _SHARE_UNKNOWN * sum(task.trials for task in costs):
        return CheckResult("failed", f"{text}: {count(lacking, 'episode')} did not tell all of it ({option})")
    return CheckResult("passed", f"{text} <= {number.format(limit)} ({option})")


def _rise(
    measure: str, pairs: Mapping[str, tuple[TrialCosts, TrialCosts]], most: float, *, level: float, option: str
) -> CheckResult:
    quantity, is_p95 = _quantity(measure), measure.startswith(P95)
    tasks = {
        name: Trials(before.of(quantity), now.of(quantity))
        for name, (before, now) in pairs.items()
        if before.of(quantity) and now.of(quantity)
    }
    if problem := _problem(quantity, pairs, compared=len(tasks)):
        return CheckResult("failed", f"{_words(measure)} cannot be compared: {problem} ({option})")
    of = p95_of if is_p95 else mean_of
    before, now = of([task.before for task in tasks.values()]), of([task.now for task in tasks.values()])
    number = _NUMBERS[quantity]
    least = "at least " if _lacking(quantity, [costs for _, costs in pairs.values()]) else ""
    text = f"{_words(measure)} {number.format(before)} in the baseline, {least}{number.format(now)} now, "
    text += f"over {count(len(tasks), 'task')}"
    if now <= before * (1 + most) * (1 + 1e-9):
        return CheckResult("passed", f"{text}: a rise of {most:.1%} is allowed ({option})")
    rise = f"a rise of {now / before - 1:.1%}" if before else "a rise from nothing"
    text = f"{text}: {rise}, {most:.1%} allowed"
    if smallest_p_value([*tasks.values()]) > level:
        return CheckResult("failed", f"{text}; there are too few trials to tell it from chance ({option})")
    p = rise_p_value([*tasks.values()], p95=is_p95)
    tested = f"p = {p:.3g}, level {level:g} ({option})"
    if p <= level:
        return CheckResult("failed", f"{text}, and more than chance explains, {tested}")
    return CheckResult("passed", f"{text}, but not more than chance explains, {tested}")


def _problem(quantity: Quantity, pairs: Mapping[str, tuple[TrialCosts, TrialCosts]], *, compared: int) -> str:
    """Return why two sessions cannot be compared, or an empty text."""
    before, now = ([pair[side] for pair in pairs.values()] for side in (0, 1))
    if not any(costs.of(quantity) for costs in before):
        return f"the baseline has no {quantity}. Save a new one with an agent that tells it"
    if not any(costs.of(quantity) for costs in now):
        return f"no episode told its {quantity}, and the baseline has it"
    trials = sum(costs.trials for costs in now)
    if (lacking := _lacking(quantity, now)) > _SHARE_UNKNOWN * trials:
        return f"{lacking} of {count(trials, 'episode')} did not tell all of their {quantity}"
    if len(pairs) - compared > _SHARE_UNKNOWN * len(pairs):
        without = sorted(name for name, (then, _) in pairs.items() if not then.of(quantity))
        return f"the baseline has no {quantity} of {named(without)}. Save a new one"
    return ""


def _lacking(quantity: Quantity, costs: Sequence[TrialCosts]) -> int:
    """Return how many trials did not tell all of a quantity."""
    if quantity not in _USAGE:
        return 0
    return sum(max(task.partial, task.trials - len(task.of(quantity))) for task in costs)
