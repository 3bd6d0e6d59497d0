"""The tests on falls against enumeration, for tasks of every rate."""

from itertools import product
from math import comb

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from pytest_mmina.gate.exact_tests import Pair
from pytest_mmina.gate.falls import fall_p_value, falls_p_value, false_discovery_names, possible_falls


def pairs(most: int) -> st.SearchStrategy[Pair]:
    numbers = st.tuples(st.integers(1, most), st.integers(1, most))
    return numbers.flatmap(
        lambda trials: st.builds(
            Pair, st.integers(0, trials[0]), st.just(trials[0]), st.integers(0, trials[1]), st.just(trials[1])
        )
    )


def largest_chance(pair: Pair) -> float:
    rates = numpy.linspace(0, 1, 101)[:, None]
    before, now = (
        stats.binom.pmf(numpy.arange(trials + 1), trials, rates) for trials in (pair.trials_before, pair.trials_now)
    )
    fall = pair.before * pair.trials_now - pair.now * pair.trials_before
    as_large = [
        before[:, x] * now[:, y]
        for x, y in product(range(pair.trials_before + 1), range(pair.trials_now + 1))
        if x * pair.trials_now - y * pair.trials_before >= fall
    ]
    return float(numpy.sum(as_large, axis=0).max())


@settings(max_examples=50, deadline=None)
@given(pairs(6))
def test_no_rate_makes_a_fall_more_probable(pair: Pair) -> None:
    if pair.before * pair.trials_now <= pair.now * pair.trials_before:
        assert fall_p_value(pair) == 1
    else:
        largest = largest_chance(pair)
        assert largest <= fall_p_value(pair) * (1 + 1e-4)
        assert fall_p_value(pair) <= largest * 1.02


def test_known_falls() -> None:
    assert fall_p_value(Pair(1, 1, 0, 1)) == pytest.approx(1 / 4)
    assert fall_p_value(Pair(3, 3, 0, 3)) == pytest.approx(1 / 64)
    assert fall_p_value(Pair(50, 50, 0, 5)) == pytest.approx((50 / 55) ** 50 * (5 / 55) ** 5, rel=1e-4)


def results(pair: Pair) -> list[Pair]:
    """Every result of a task with so many trials."""
    return [
        Pair(before, pair.trials_before, now, pair.trials_now)
        for before in range(pair.trials_before + 1)
        for now in range(pair.trials_now + 1)
    ]


@settings(max_examples=25, deadline=None)
@given(pairs(3), pairs(3), st.floats(0, 1), st.floats(0, 1))
def test_falls_are_never_taken_for_rarer_than_they_are(one: Pair, other: Pair, rate: float, second: float) -> None:
    """Over all results of two tasks of these rates, a p-value of at most x has a probability of at most x."""
    found = []
    for (a, m, b, n), (c, k, d, q) in product(results(one), results(other)):
        probability = (
            comb(m, a) * comb(n, b) * rate ** (a + b) * (1 - rate) ** (m + n - a - b)
            * comb(k, c) * comb(q, d) * second ** (c + d) * (1 - second) ** (k + q - c - d)
        )  # fmt: skip
        found.append((falls_p_value([Pair(a, m, b, n), Pair(c, k, d, q)]), probability))
    for p, _ in found:
        assert sum(chance for value, chance in found if value <= p * (1 + 1e-9)) <= p * (1 + 1e-4)


def test_fifty_falls_are_not_hidden_by_fifty_rises() -> None:
    falls, rises = [Pair(3, 3, 0, 3)] * 50, [Pair(0, 3, 3, 3)] * 50
    assert falls_p_value([*falls, *rises]) < 1e-12
    assert falls_p_value([Pair(2, 3, 2, 3)] * 100) == 1
    assert falls_p_value([]) == 1
    assert falls_p_value([Pair(1, 1, 0, 1)] * 10 + [Pair(0, 1, 1, 1)] * 10) == pytest.approx(
        stats.binom.sf(9, 20, 1 / 4), rel=1e-9
    ), "with one trial each, falls are counted"


@settings(max_examples=60, deadline=None)
@given(st.lists(pairs(5), min_size=1, max_size=6), st.data())
def test_more_successes_never_lower_a_p_value(tasks: list[Pair], data: st.DataObject) -> None:
    better = [pair._replace(now=data.draw(st.integers(pair.now, pair.trials_now))) for pair in tasks]
    assert falls_p_value(better) >= falls_p_value(tasks) * (1 - 1e-9)


def test_arrays_are_made_for_some_rates_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fall_p_value(Pair(4_900, 5_000, 1, 5)) < 1e-3, "a baseline of many sessions"
    assert falls_p_value([Pair(1_200, 1_200, 0, 1_200)]) < 1e-5, "smaller than any number"
    assert fall_p_value(Pair(1_200, 1_200, 1_199, 1_200)) > 0.2
    usual = possible_falls(7, 5)
    monkeypatch.setattr("pytest_mmina.gate.falls._LARGEST_ARRAY", 100)
    assert possible_falls.__wrapped__(7, 5).p_values == pytest.approx(usual.p_values)


def test_many_trials_have_few_falls() -> None:
    known = possible_falls(317, 250)
    assert len(known.falls) <= 200
    assert list(known.p_values) == sorted(known.p_values, reverse=True)
    assert known.null.chances.sum() == pytest.approx(1)
    assert fall_p_value(Pair(317, 317, 0, 250)) < 1e-100
    solved = numpy.arange(251)
    exact = max(
        float(stats.binom.pmf(solved, 250, rate) @ stats.binom.sf(solved * 317 / 250 + 30, 317, rate))
        for rate in (0.45, 0.5, 0.55)
    )
    assert fall_p_value(Pair(190, 317, 126, 250)) == pytest.approx(exact, rel=0.25)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_names_are_those_of_benjamini_and_hochberg(p_values: list[float]) -> None:
    expected = multipletests(p_values, alpha=0.1, method="fdr_bh")[0]
    assert false_discovery_names(p_values, rate=0.1) == list(numpy.flatnonzero(expected))
