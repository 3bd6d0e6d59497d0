"""The exact tests against every choice of trials, counted one by one, and against other libraries."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, product

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable, mcnemar
from statsmodels.stats.multitest import multipletests

from pytest_mmina.gate.exact_tests import Pair, Sums, adjusted_p_values, credit_p_value, drop_p_value, total

trials = st.integers(1, 3)
solved_pairs = st.builds(
    lambda before, now: Pair(sum(before), len(before), sum(now), len(now)),
    *[st.lists(st.booleans(), min_size=1, max_size=3)] * 2,
)
credits_of_tasks = st.lists(st.tuples(*[st.lists(st.integers(0, 4), min_size=1, max_size=3)] * 2), max_size=3)


def numbers(values: Sequence[int]) -> dict[int, int]:
    """How many there are of each value."""
    return dict(Counter(values))


def counted(tasks: Sequence[tuple[Sequence[int], Sequence[int]]]) -> float:
    """The share of all choices of the trials of now whose sum is not larger than the observed one."""
    sums = [[sum(chosen) for chosen in combinations([*before, *now], len(now))] for before, now in tasks]
    observed = sum(sum(now) for _, now in tasks)
    choices = [sum(chosen) <= observed for chosen in product(*sums)]
    return sum(choices) / len(choices)


@settings(max_examples=200)
@given(credits_of_tasks)
def test_credit_is_tested_exactly(tasks: list[tuple[list[int], list[int]]]) -> None:
    found = credit_p_value((numbers(before), numbers(now)) for before, now in tasks)
    assert found == pytest.approx(counted(tasks), abs=1e-12)


@settings(max_examples=200)
@given(st.lists(solved_pairs, max_size=4))
def test_successes_are_tested_exactly(pairs: list[Pair]) -> None:
    tasks = [
        (
            [1] * pair.before + [0] * (pair.trials_before - pair.before),
            [1] * pair.now + [0] * (pair.trials_now - pair.now),
        )
        for pair in pairs
    ]
    assert drop_p_value(pairs) == pytest.approx(counted(tasks), abs=1e-12)


@given(st.integers(0, 40), st.integers(0, 9), st.integers(1, 40), st.integers(1, 9))
def test_one_task_is_the_hypergeometric_test(before: int, now: int, trials_before: int, trials_now: int) -> None:
    before, now = min(before, trials_before), min(now, trials_now)
    expected = stats.hypergeom.cdf(now, trials_before + trials_now, before + now, trials_now)
    pair = Pair(before, trials_before, now, trials_now)
    assert drop_p_value([pair]) == pytest.approx(min(1.0, expected), rel=1e-9)
    solved = ({0: trials_before - before, 1: before}, {0: trials_now - now, 1: now})
    assert credit_p_value([solved]) == pytest.approx(drop_p_value([pair]), rel=1e-9), "credit of 0 or 1 is success"


@settings(max_examples=50)
@given(st.lists(st.lists(st.floats(0.01, 1), min_size=1, max_size=400), min_size=1, max_size=12), st.data())
def test_the_tree_is_the_loop(weights: list[list[float]], data: st.DataObject) -> None:
    parts = [(Sums(n - 3, numpy.array(own) / sum(own)), data.draw(st.integers(1, 5))) for n, own in enumerate(weights)]
    chances, least = numpy.ones(1), 0
    for sums, number in parts:
        for _ in range(number):
            chances, least = numpy.convolve(chances, sums.chances), least + sums.least
    found = total(parts)
    everywhere = numpy.zeros_like(chances)
    everywhere[found.least - least :][: len(found.chances)] = found.chances
    assert everywhere == pytest.approx(chances, abs=1e-14)


def test_very_many_tasks_agree_with_the_binomial_distribution() -> None:
    pairs = [Pair(1, 1, 0, 1)] * 50_000 + [Pair(0, 1, 1, 1)] * 49_500 + [Pair(1, 1, 1, 1)] * 500
    assert drop_p_value(pairs) == pytest.approx(stats.binom.cdf(49_500, 99_500, 0.5), abs=1e-12)
    tasks = [({hops: 1}, {0: 1}) for hops in range(1, 11)] * 5_000
    tasks += [({0: 1}, {hops: 1}) for hops in range(1, 11)] * 5_000
    assert credit_p_value(tasks) == pytest.approx(0.5, abs=0.01)


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 5), st.integers(0, 5))
def test_one_trial_each_is_mcnemars_test(lost: int, won: int, both: int, neither: int) -> None:
    pairs = [*[Pair(1, 1, 0, 1)] * lost, *[Pair(0, 1, 1, 1)] * won, *[Pair(1, 1, 1, 1)] * both]
    pairs += [Pair(0, 1, 0, 1)] * neither
    if lost <= won:
        assert drop_p_value(pairs) >= 0.5
    else:
        expected = mcnemar([[both, lost], [won, neither]], exact=True).pvalue
        assert drop_p_value(pairs) == pytest.approx(expected / 2, rel=1e-6)


def test_many_trials_agree_with_cochran_mantel_haenszel() -> None:
    """The exact test and the usual approximation of it, on tables where that is good."""
    pairs = [Pair(40, 60, 31, 60), Pair(50, 60, 46, 60), Pair(20, 60, 15, 60), Pair(33, 60, 30, 60)]
    tables = [numpy.array([[p.now, p.trials_now - p.now], [p.before, p.trials_before - p.before]]) for p in pairs]
    approximate = StratifiedTable(tables).test_null_odds(correction=True).pvalue / 2
    assert drop_p_value(pairs) == pytest.approx(approximate, rel=0.05)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12))
def test_single_tasks_are_corrected_as_by_holm(counts: list[tuple[int, int]]) -> None:
    pairs = [Pair(before, 6, now, 6) for before, now in counts]
    expected = multipletests([drop_p_value([pair]) for pair in pairs], method="holm")[1]
    assert adjusted_p_values(pairs) == pytest.approx(list(expected))


def test_seven_tasks_that_lose_their_hops_are_one_in_128() -> None:
    assert credit_p_value([({hops: 1}, {0: 1}) for hops in range(1, 8)]) == pytest.approx(2**-7)
    assert credit_p_value([]) == 1, "no task is compared"


@settings(max_examples=50)
@given(credits_of_tasks, st.integers(1, 60))
def test_the_unit_of_credit_does_not_matter(tasks: list[tuple[list[int], list[int]]], unit: int) -> None:
    fine = (tuple(numbers([value * unit for value in side]) for side in both) for both in tasks)
    pairs = [(before, now) for before, now in fine]
    assert credit_p_value(pairs) == pytest.approx(counted(tasks), abs=1e-12)
