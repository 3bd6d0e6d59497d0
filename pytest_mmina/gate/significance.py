"""The rule `regressions=significant`: tests that share the level `alpha`, so that together they never exceed it.

More successes now never turn one of them against the session (`exact_tests`, `falls`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pytest_mmina.gate.baseline import TaskCounts
from pytest_mmina.gate.between_sessions import Past, half_passed, past_of, predictions_of, statistics_of
from pytest_mmina.gate.check_results import CheckResult, count, named, points
from pytest_mmina.gate.comparing import ComparableTasks, mean_rate
from pytest_mmina.gate.exact_tests import Pair, adjusted_p_values, credit_p_value, drop_p_value
from pytest_mmina.gate.falls import fall_p_value, falls_p_value, false_discovery_names
from pytest_mmina.gate.past_sessions import PastSession
from pytest_mmina.gate.rules import Rules

FALSE_DISCOVERIES = 0.1
"""The share of the tasks that a note names as fallen that may not have fallen."""

ROUNDING = 1 + 1e-9
"""A p-value that equals its level is significant, whatever the rounding of both."""
_SMALLEST_SHOWN = 1e-12
_HOPS = ("significant drop of hops", "falls of hops")


class Levels(NamedTuple):
    """The levels of the tests: all solved tasks, all hops, how many tasks fell, how many by hops, single tasks.

    `violations` is the level of the test of broken constraints, 0 if there are none to test.
    """

    tasks: float
    hops: float
    falls: float
    hop_falls: float
    single: float
    violations: float

    @classmethod
    def of(cls, alpha: float, *, constrained: bool = False) -> "Levels":
        """Share `alpha`; if tasks have constraints (`constrained`), a part of it is for these.

        Seven tasks that lose all their hops (p = 1/128) have to be significant at 0.05.
        """
        violations = 0.1 if constrained else 0.0
        shares = (0.5 - violations, 0.25, 0.1, 0.05, 0.1, violations)
        return cls(*(share * alpha for share in shares))

    @classmethod
    def for_tasks(cls, shared: ComparableTasks, rules: Rules) -> "Levels":
        """Return the levels for some tasks: which of them have constraints does not depend on an episode."""
        constrained = rules.max_violations is None and any(now.constraints for _, now in shared.values())
        return cls.of(rules.alpha, constrained=constrained)


class Compared(NamedTuple):
    """What is tested: how often each task was solved, and by trials the passed hops and the units of credit."""

    solved: Sequence[Pair]
    passed: Sequence[tuple[Sequence[int], Sequence[int]]]
    credit: Sequence[tuple[Mapping[int, int], Mapping[int, int]]]

    @classmethod
    def of(cls, tasks: "Collection[tuple[TaskCounts, TaskCounts]]") -> "Compared":
        """Return what is tested of tasks, before and now."""
        return cls(
            [Pair(before.solved, before.trials, now.solved, now.trials) for before, now in tasks],
            [(before.passed, now.passed) for before, now in tasks],
            [(before.earned, now.earned) for before, now in tasks],
        )

    @classmethod
    def of_hops(cls, solved: Sequence[Pair], passed: Sequence[tuple[Sequence[int], Sequence[int]]]) -> "Compared":
        """Return what is tested of tasks whose hops all have the same weight."""
        return cls(solved, passed, [(dict(enumerate(before)), dict(enumerate(now))) for before, now in passed])


def pairs_of(shared: ComparableTasks) -> dict[str, Pair]:
    """Return how often each task was solved, before and now."""
    return {task: Pair(before.solved, before.trials, now.solved, now.trials) for task, (before, now) in shared.items()}


def is_significant(p: float, level: float) -> bool:
    """Return whether a p-value is at most its level."""
    return p <= level * ROUNDING


def significant_drops(
    shared: ComparableTasks, rules: Rules, *, sessions: Sequence[PastSession] = (), prefix: str
) -> Iterator[CheckResult]:
    """Test whether tasks that can be compared have become worse, and say what the tests can show.

    `sessions` are those of the baseline, if it is a history; `prefix` is the prefix of option names.
    """
    pairs = pairs_of(shared)
    past = past_of(sessions, shared)
    if rules.merges > 1:
        text = (
            f"alpha is {rules.budget:.3g} for {rules.merges} merges together, which is {rules.alpha:.3g} for this one"
        )
        yield CheckResult("note", f"{text} ({prefix}alpha)")
    yield from drop_tests(shared, rules, past=past, prefix=prefix)
    yield from _names(pairs)
    yield from _power(shared, pairs, rules, past=past, level=Levels.for_tasks(shared, rules).tasks)


class PValues(NamedTuple):
    """The p-values of the tests; those of single tasks are corrected for testing all of them."""

    tasks: float
    hops: float
    falls: float
    hop_falls: float
    single: Sequence[float]

    @classmethod
    def of(cls, compared: Compared, *, past: Past = ()) -> "PValues":
        """Test tasks by how often each was solved, and by what its trials passed and earned.

        With enough sessions in `past`, the tests on all tasks have to exceed the variance between them too.
        """
        solved, passed = compared.solved, compared.passed
        within = (
            drop_p_value(solved),
            credit_p_value(compared.credit),
            falls_p_value(solved),
            falls_p_value([half_passed(before, now) for before, now in passed]),
        )
        if (predictions := predictions_of(past, solved, passed)) is not None:
            between = predictions.p_values(statistics_of(solved, passed))
            within = tuple(map(max, within, between))  # type: ignore[assignment]
        return cls(*within, adjusted_p_values(solved))

    def significant(self, levels: Levels) -> "Significant":
        """Return which tests are significant."""
        tasks, hops, falls, hop_falls = (
            is_significant(p, level) for p, level in zip(self[:-1], levels[:4], strict=True)
        )
        single = tuple(place for place, p in enumerate(self.single) if is_significant(p, levels.single))
        return Significant(tasks, hops, falls, hop_falls, single)


class Significant(NamedTuple):
    """Which tests are significant, and the positions of the single tasks that are. Any of them closes the gate."""

    tasks: bool
    hops: bool
    falls: bool
    hop_falls: bool
    single: tuple[int, ...]


def any_significant(compared: Compared, levels: Levels, *, past: Past = ()) -> bool:
    """Return whether any test is significant, as `PValues` would say; the fast tests come first."""
    solved, passed = compared.solved, compared.passed
    if is_significant(min(adjusted_p_values(solved), default=1.0), levels.single):
        return True
    predictions = predictions_of(past, solved, passed)
    between = predictions.p_values(statistics_of(solved, passed)) if predictions is not None else (0.0,) * 4
    tasks, hops, falls, hop_falls = (is_significant(p, level) for p, level in zip(between, levels[:4], strict=True))
    return (
        (tasks and is_significant(drop_p_value(solved), levels.tasks))
        or (falls and is_significant(falls_p_value(solved), levels.falls))
        or (hop_falls and is_significant(falls_p_value([half_passed(*both) for both in passed]), levels.hop_falls))
        or (hops and is_significant(credit_p_value(compared.credit), levels.hops))
    )


def drop_tests(shared: ComparableTasks, rules: Rules, *, past: Past = (), prefix: str) -> Iterator[CheckResult]:
    """Yield the tests that fail, or one result if none does."""
    pairs, levels, over = pairs_of(shared), Levels.for_tasks(shared, rules), count(len(shared), "task")
    option = f"({prefix}regressions significant)"
    compared = Compared.of(shared.values())
    p_values = PValues.of(compared, past=past)
    significant = p_values.significant(levels)
    fell, hops_fell = (
        sum(pair.now * pair.trials_before < pair.before * pair.trials_now for pair in found)
        for found in (pairs.values(), (half_passed(*both) for both in compared.passed))
    )
    whole = (
        ("significant drop", "fewer tasks are solved than chance allows"),
        (_HOPS[0], "fewer hops pass than chance allows"),
        ("falls", f"more tasks fell than chance allows ({fell} fell)"),
        (_HOPS[1], f"in more tasks than chance allows, fewer trials pass half of the hops ({hops_fell} fell)"),
    )
    for (check, what), closes, p, level in zip(whole, significant[:-1], p_values[:-1], levels[:4], strict=True):
        if closes:
            text = f"{what}: over {over}, {_p(p)}, level {level:g} {option}"
            yield CheckResult("failed", text, check=check, tasks=frozenset(shared), counts_hops=check in _HOPS)
    tasks = list(pairs)
    for place in significant.single:
        pair = pairs[tasks[place]]
        text = (
            f"{tasks[place]} fell from {pair.before} of {pair.trials_before} to {pair.now} of {pair.trials_now}, "
            f"{_p(p_values.single[place])} corrected for {over}"
        )
        yield CheckResult("failed", text, check=f"drop of {tasks[place]}", tasks=frozenset({tasks[place]}))
    if not any(significant):
        tested = ("solved tasks", "hops", "the number of tasks that fell", "the number of tasks whose hops fell")
        each = (
            f"{_p(p)} for {what} (level {level:g})"
            for what, p, level in zip(tested, p_values[:-1], levels[:4], strict=True)
        )
        yield CheckResult("passed", f"no significant drop over {over}: {', '.join(each)} {option}")


def _names(pairs: dict[str, Pair]) -> Iterator[CheckResult]:
    """Yield a note with the tasks that probably fell: it decides nothing, so it can be based on fewer trials."""
    tasks = list(pairs)
    p_values = [fall_p_value(pair) for pair in pairs.values()]
    if fell := tuple(sorted(tasks[place] for place in false_discovery_names(p_values, rate=FALSE_DISCOVERIES))):
        text = f"{named(fell)} fell, at a false discovery rate of {FALSE_DISCOVERIES:.0%}: this alone decides nothing"
        yield CheckResult("note", text, fell=fell)


def _power(
    shared: ComparableTasks, pairs: dict[str, Pair], rules: Rules, *, past: Past, level: float
) -> Iterator[CheckResult]:
    """Yield what this number of trials can show, and never a drop that is larger than the rate."""
    from pytest_mmina.gate.statistics import detectable_drop, detectable_shift

    rate = mean_rate([before for before, _ in shared.values()], "task")
    numbers = list(pairs.values())
    if not rate:
        yield CheckResult("note", "no task was solved in the baseline, so the task success rate cannot fall")
        return
    detectable, spread = detectable_drop(numbers, alpha=level), 0.0
    credit = [(before.passed, now.passed) for before, now in shared.values()]
    if (predictions := predictions_of(past, numbers, credit)) is not None:
        expected = predictions.tasks
        spread = detectable_shift(expected.deviation, expected.units - 1, alpha=level) / len(numbers)
    if max(detectable, spread) <= rate:
        drop = points(max(detectable, spread))
        text = f"this many trials can show a drop of the task success rate of {drop} or more (power 80 %)"
    elif detectable <= rate:
        text = (
            "the sessions of the history differ too much to show a drop of the task success rate, which was "
            f"{rate:.1%} (power 80 %): a control in the same session can show it"
        )
    else:
        needed = _needed(numbers, rate, level=level)
        text = (
            f"this many trials cannot show a drop of the task success rate, which was {rate:.1%} (power 80 %)"
            f"{f': to show a drop to 0, run {needed} trials of each task, in the baseline too' if needed else ''}"
        )
    yield CheckResult("note", text)
    asked = rules.max_drop.get("task")
    if asked and max(spread, asked) < min(detectable, rate) and (needed := _needed(numbers, asked, level=level)):
        text = f"to show a drop of {points(asked)}, run {needed} trials of each task, in the baseline too"
        yield CheckResult("note", text)


def _needed(pairs: list[Pair], drop: float, *, level: float) -> int:
    """Return a number of trials that is larger than the present ones; 0 if no number is enough."""
    from pytest_mmina.gate.statistics import trials_to_detect

    present = max(min(pair.trials_before, pair.trials_now) for pair in pairs)
    needed = trials_to_detect(pairs, drop, alpha=level)
    return max(needed, present + 1) if needed else 0


def _p(p: float) -> str:
    return f"p = {p:.3g}" if p >= _SMALLEST_SHOWN else f"p < {_SMALLEST_SHOWN:g}"
