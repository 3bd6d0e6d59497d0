"""Figures of ours against those of another library (statsmodels, scikit) or of a published table."""

from itertools import combinations

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from pytest_mmina.core.record.metrics import pass_at_k, pass_power_k
from pytest_mmina.gate.exact_tests import Pair
from pytest_mmina.gate.statistics import (
    clustered_interval,
    detectable_drop,
    trials_to_detect,
    wilson_interval,
)

counts = st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_wilson_agrees_with_statsmodels(count: tuple[int, int]) -> None:
    expected = proportion_confint(*count, alpha=0.05, method="wilson")
    assert wilson_interval(*count) == pytest.approx(expected, abs=1e-9)


@given(counts, st.data())
def test_pass_at_k_counts_every_choice(count: tuple[int, int], data: st.DataObject) -> None:
    successes, trials = min(count[0], 8), min(count[1], 8)
    successes = min(successes, trials)
    k = data.draw(st.integers(1, trials))
    chosen = list(combinations([True] * successes + [False] * (trials - successes), k))
    assert pass_at_k(successes, trials, k) == pytest.approx(sum(map(any, chosen)) / len(chosen))
    assert pass_power_k(successes, trials, k) == pytest.approx(sum(map(all, chosen)) / len(chosen))


def test_clustered_interval_is_the_regression_with_clustered_errors() -> None:
    from statsmodels.api import OLS

    counts = [(3, 5), (1, 2), (5, 5), (0, 4), (2, 3), (4, 6)]
    outcomes = numpy.concatenate([[1.0] * passed + [0.0] * (total - passed) for passed, total in counts])
    groups = numpy.concatenate([[number] * total for number, (_, total) in enumerate(counts)])
    fitted = OLS(outcomes, numpy.ones_like(outcomes)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False, "df_correction": True}, use_t=True
    )
    # statsmodels leaves the factor g / (g - 1) to its correction, which also counts observations.
    wider = numpy.sqrt(len(counts) / (len(counts) - 1))
    low, high = fitted.conf_int()[0]
    middle = fitted.params[0]
    expected = (middle - (middle - low) * wider, middle + (high - middle) * wider)
    assert clustered_interval(counts) == pytest.approx(expected, abs=1e-9)


def test_one_cluster_tells_nothing() -> None:
    assert clustered_interval([(3, 5)]) == (0, 1)
    assert clustered_interval([(0, 0), (0, 0)]) == (0, 1), "nor do tasks without hops"


def test_more_trials_show_smaller_drops() -> None:
    few, many = [Pair(3, 5, 3, 5)] * 20, [Pair(30, 50, 30, 50)] * 20
    assert detectable_drop(many, alpha=0.05) < detectable_drop(few, alpha=0.05) / 3
    needed = trials_to_detect(few, 0.1, alpha=0.05)
    enough = [Pair(round(0.6 * needed), needed, round(0.6 * needed), needed)] * 20
    assert detectable_drop(enough, alpha=0.05) <= 0.1 * 1.02
    assert detectable_drop(enough, alpha=0.05) >= 0.1 * 0.9
