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
    assert wilson_interval(count[0] / count[1], count[1]) == pytest.approx(expected, abs=1e-9)


@given(counts, st.data())
def test_pass_at_k_counts_every_choice(count: tuple[int, int], data: st.DataObject) -> None:
    successes, trials = min(count[0], 8), min(count[1], 8)
    successes = min(successes, trials)
    k = data.draw(st.integers(1, trials))
    chosen = list(combinations([True] * successes + [False] * (trials - successes), k))
    assert pass_at_k(successes, trials, k) == pytest.approx(sum(map(any, chosen)) / len(chosen))
    assert pass_power_k(successes, trials, k) == pytest.approx(sum(map(all, chosen)) / len(chosen))


def test_clustered_interval_has_the_variance_of_the_regression_with_clustered_errors() -> None:
    from statsmodels.api import OLS

    counts = [(3, 5), (1, 2), (5, 5), (0, 4), (2, 3), (4, 6)]
    outcomes = numpy.concatenate([[1.0] * passed + [0.0] * (total - passed) for passed, total in counts])
    groups = numpy.concatenate([[number] * total for number, (_, total) in enumerate(counts)])
    fitted = OLS(outcomes, numpy.ones_like(outcomes)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False, "df_correction": True}, use_t=True
    )
    # statsmodels leaves the factor g / (g - 1) to its correction, which also counts observations.
    variance, rate = fitted.bse[0] ** 2 * len(counts) / (len(counts) - 1), fitted.params[0]
    fewest = 25**2 / sum(total**2 for _, total in counts)
    # A quarter of a task says that the trials of a task are alike.
    variance = (5 * variance + 0.25 * rate * (1 - rate) / fewest) / 5.25
    # The quantiles of the normal and of Student's distribution with five degrees of freedom.
    independent = rate * (1 - rate) / variance * (1.959964 / 2.570582) ** 2
    assert fewest < independent < 25, "neither bound applies"
    assert clustered_interval(counts) == pytest.approx(wilson_interval(rate, independent), abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "independent"),
    [
        ([(1, 1)] * 10, 10),
        ([(0, 1)] * 10, 10),
        ([(30, 30)] * 10, 10),
        ([(30, 30)] * 5 + [(0, 30)] * 5, 10),
        ([(5, 5), (0, 5)], 2),
        ([(15, 30)] * 10, 10 * 9.25 / 0.25 * (1.959964 / 2.262157) ** 2),
        ([(10, 10), (1, 1), (1, 1)], 144 / 102),
    ],
)
def test_trials_of_a_task_are_not_independent_and_no_interval_is_without_width(
    counts: list[tuple[int, int]], independent: float
) -> None:
    """Ten tasks, five always solved and five never, are ten trials, however often each of them is run."""
    found = clustered_interval(counts)
    passed, trials = map(sum, zip(*counts, strict=True))
    expected = wilson_interval(passed / trials, independent)
    assert tuple(found) == pytest.approx(tuple(expected), abs=1e-6)
    assert found.high - found.low > 0.1


@pytest.mark.parametrize("chances", [(1.0, 1.0), (0.4, 6.0), (6.0, 0.4)], ids=["mixed", "low", "high"])
@pytest.mark.parametrize(("tasks", "trials"), [(10, 1), (10, 30), (105, 1), (105, 5)])
def test_intervals_contain_the_rate_of_tasks_like_these(tasks: int, trials: int, chances: tuple[float, float]) -> None:
    """Ten tasks of thirty trials: Wilson's interval for 300 trials contains it in every third session."""
    dice = numpy.random.default_rng(1)
    rate = chances[0] / sum(chances)
    covered = {"clustered": 0, "as if independent": 0}
    for solved in dice.binomial(trials, dice.beta(*chances, (300, tasks))).tolist():
        independent = wilson_interval(sum(solved) / tasks / trials, tasks * trials)
        for name, found in (
            ("clustered", clustered_interval([(number, trials) for number in solved])),
            ("as if independent", independent),
        ):
            covered[name] += found.low <= rate <= found.high
    assert 0.92 <= covered["clustered"] / 300 <= 0.99
    assert trials < 30 or covered["as if independent"] / 300 < 0.75


def test_one_task_tells_nothing() -> None:
    assert clustered_interval([(3, 5)]) == (0, 1)
    assert clustered_interval([(0, 0), (0, 0)]) == (0, 1), "nor do tasks without hops"


def test_more_trials_show_smaller_drops() -> None:
    few, many = [Pair(3, 5, 3, 5)] * 20, [Pair(30, 50, 30, 50)] * 20
    assert detectable_drop(many, alpha=0.05) < detectable_drop(few, alpha=0.05) / 3
    needed = trials_to_detect(few, 0.1, alpha=0.05)
    enough = [Pair(round(0.6 * needed), needed, round(0.6 * needed), needed)] * 20
    assert detectable_drop(enough, alpha=0.05) <= 0.1 * 1.02
    assert detectable_drop(enough, alpha=0.05) >= 0.1 * 0.9
