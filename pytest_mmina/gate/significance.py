"""The rule `regressions=significant`: four tests that share the level `alpha`, so that together they never exceed it.

More successes now never turn one of them against the session (`exact_tests`, `falls`).
"""

from collections.abc import Iterator
from typing import NamedTuple

from pytest_mmina.gate.check_results import CheckResult, count, named, points
from pytest_mmina.gate.comparing import ComparableTasks, mean_rate
from pytest_mmina.gate.exact_tests import Pair, adjusted_p_values, credit_p_value, drop_p_value
from pytest_mmina.gate.falls import fall_p_value, falls_p_value, false_discovery_names
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.statistics import detectable_drop, trials_to_detect

FALSE_DISCOVERIES = 0.1
"""The share of the tasks that a note names as fallen that may not have fallen."""

# A p-value that equals its level is significant, whatever the rounding of both.
_ROUNDING = 1 + 1e-9
_SMALLEST_SHOWN = 1e-12
_HOPS = "significant drop of hops"
_HOPS = "significant drop of hops"


class Levels(NamedTuple):
    """The levels of the four tests: all solved tasks, all hops, the number of falls, and single tasks."""

    tasks: float
    hops: float
    falls: float
    single: float

    @classmethod
    def of(cls, alpha: float) -> "Levels":
        """Share `alpha`. Seven tasks that lose all their hops (p = 1/128) have to be significant at 0.05."""
        return cls(0.5 * alpha, 0.25 * alpha, 0.15 * alpha, 0.1 * alpha)


def pairs_of(shared: ComparableTasks) -> dict[str, Pair]:
    """Return how often each task was solved, before and now."""
    return {task: Pair(before.solved, before.trials, now.solved, now.trials) for task, (before, now) in shared.items()}


def is_significant(p: float, level: float) -> bool:
    """Return whether a p-value is at most its level."""
    return p <= level * _ROUNDING


def significant_drops(shared: ComparableTasks, rules: Rules, *, prefix: str) -> Iterator[CheckResult]:
    """Test whether tasks that can be compared have become worse; `prefix` is the prefix of option names."""
    pairs, levels, over = pairs_of(shared), Levels.of(rules.alpha), count(len(shared), "task")
    option = f"({prefix}regressions significant)"
    solved, hops, falls = (
        drop_p_value(list(pairs.values())),
        credit_p_value((before.passed, now.passed) for before, now in shared.values()),
        falls_p_value(list(pairs.values())),
    )
    fallen = sum(_fell(pair) for pair in pairs.values())
    found = [
        CheckResult(
            "failed",
            f"{what}: over {over}, {_p(p)}, level {level:g} {option}",
            check=check,
            tasks=frozenset(shared),
            counts_hops=check == _HOPS,
        )
        for check, what, p, level in (
            ("significant drop", "fewer tasks are solved than chance allows", solved, levels.tasks),
            (_HOPS, "fewer hops pass than chance allows", hops, levels.hops),
            ("falls", f"more tasks fell than chance allows ({fallen} fell)", falls, levels.falls),
        )
        if is_significant(p, level)
    ]
    for task, adjusted in zip(pairs, adjusted_p_values(list(pairs.values())), strict=True):
        if is_significant(adjusted, levels.single):
            pair = pairs[task]
            text = (
                f"{task} fell from {pair.before} of {pair.trials_before} to {pair.now} of {pair.trials_now}, "
                f"{_p(adjusted)} corrected for {over}"
            )
            found.append(CheckResult("failed", text, check=f"drop of {task}", tasks=frozenset({task})))
    yield from found
    if not found:
        yield CheckResult(
            "passed",
            f"no significant drop over {over}: {_p(solved)} for solved tasks (level {levels.tasks:g}), {_p(hops)} for "
            f"hops (level {levels.hops:g}), {_p(falls)} for the number of tasks that fell (level {levels.falls:g}) "
            f"{option}",
        )
    yield from _names(pairs)
    yield from _power(shared, pairs, rules, level=levels.tasks)


def _names(pairs: dict[str, Pair]) -> Iterator[CheckResult]:
    """Yield a note with the tasks that probably fell: it decides nothing, so it can be based on fewer trials."""
    tasks = list(pairs)
    p_values = [fall_p_value(pair) for pair in pairs.values()]
    if fell := tuple(sorted(tasks[place] for place in false_discovery_names(p_values, rate=FALSE_DISCOVERIES))):
        text = f"{named(fell)} fell, at a false discovery rate of {FALSE_DISCOVERIES:.0%}: this alone decides nothing"
        yield CheckResult("note", text, fell=fell)


def _power(shared: ComparableTasks, pairs: dict[str, Pair], rules: Rules, *, level: float) -> Iterator[CheckResult]:
    """Yield what this number of trials can show, and never a drop that is larger than the rate."""
    rate = mean_rate([before for before, _ in shared.values()], "task")
    numbers = list(pairs.values())
    detectable = detectable_drop(numbers, alpha=level)
    if not rate:
        yield CheckResult("note", "no task was solved in the baseline, so the task success rate cannot fall")
        return
    if detectable <= rate:
        text = f"this many trials can show a drop of the task success rate of {points(detectable)} or more (power 80 %)"
    else:
        needed = _needed(numbers, rate, level=level)
        text = (
            f"this many trials cannot show a drop of the task success rate, which was {rate:.1%} (power 80 %)"
            f"{f': to show a drop to 0, run {needed} trials of each task, in the baseline too' if needed else ''}"
        )
    yield CheckResult("note", text)
    asked = rules.max_drop.get("task")
    if asked and asked < min(detectable, rate) and (needed := _needed(numbers, asked, level=level)):
        text = f"to show a drop of {points(asked)}, run {needed} trials of each task, in the baseline too"
        yield CheckResult("note", text)


def _needed(pairs: list[Pair], drop: float, *, level: float) -> int:
    """Return a number of trials that is larger than the present ones; 0 if no number is enough."""
    present = max(min(pair.trials_before, pair.trials_now) for pair in pairs)
    needed = trials_to_detect(pairs, drop, alpha=level)
    return max(needed, present + 1) if needed else 0


def _fell(pair: Pair) -> bool:
    return pair.now * pair.trials_before < pair.before * pair.trials_now


def _p(p: float) -> str:
    return f"p = {p:.3g}" if p >= _SMALLEST_SHOWN else f"p < {_SMALLEST_SHOWN:g}"
