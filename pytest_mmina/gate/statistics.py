"""Intervals of rates, and what a number of trials can show. Only this module imports SciPy.

Every task is a stratum of its own: some tasks are easy, some are hard, so a task is only compared with itself.
"""

from collections.abc import Sequence
from math import ceil, isfinite, sqrt
from typing import NamedTuple

import numpy
from scipy import stats

from pytest_mmina.gate.exact_tests import Pair

DETECTED = 0.8
"""The power of a test: a drop of the computed size is found in 80 of 100 sessions."""


# The weight of alike trials in the variance between tasks: as a quarter of a task.
_ALIKE = 0.25


class Interval(NamedTuple):
    """The confidence interval of a rate, from 0 to 1."""

    low: float
    high: float


def wilson_interval(rate: float, trials: float, *, confidence: float = 0.95) -> Interval:
    """Return the interval for the success rate of independent trials (Wilson 1927); `trials` may be a fraction."""
    deviations = float(stats.norm.ppf((1 + confidence) / 2))
    extra = deviations**2 / trials
    middle = (rate + extra / 2) / (1 + extra)
    reach = deviations * sqrt(rate * (1 - rate) / trials + extra / trials / 4) / (1 + extra)
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def clustered_interval(counts: Sequence[tuple[int, int]], *, confidence: float = 0.95) -> Interval:
    """Return the interval for the success rate of tasks like these.

    `counts` are successes and trials (or passed hops and all hops), one pair per task: the trials and hops of one task
    are not independent. It is Wilson's interval for the number of independent trials that would have the same variance
    (Korn and Graubard 1998). The variance is that of a ratio of sums (Cochran, Sampling Techniques, 3rd ed., section
    6.3), with Student's t. The number lies between that of tasks, as if all trials of a task were alike, and that of
    all trials. So tasks that are alike by chance do not make an interval of no width. With fewer than two tasks, or
    without trials, the interval is 0 to 1.
    """
    passed, total = (numpy.array(column, dtype=float) for column in zip(*counts, strict=True))
    clusters, trials = len(counts), float(total.sum())
    if clusters < 2 or not trials:
        return Interval(0.0, 1.0)
    rate = float(passed.sum()) / trials
    variance = clusters / (clusters - 1) * float(((passed - rate * total) ** 2).sum()) / trials**2
    # As many tasks of equal size have the same variance if all trials of a task are alike (Kish 1965).
    fewest = trials**2 / float((total**2).sum())
    # A few tasks can miss the rare ones that differ from all others. A little of the variance of alike trials makes up
    # for it: without it, ten tasks with high rates cover 88 % instead of 95 %.
    alike = rate * (1 - rate) / fewest
    variance = ((clusters - 1) * variance + _ALIKE * alike) / (clusters - 1 + _ALIKE)
    independent = fewest
    if variance > 0:
        quantiles = stats.norm.ppf((1 + confidence) / 2), stats.t.ppf((1 + confidence) / 2, clusters - 1)
        independent = rate * (1 - rate) / variance * float(quantiles[0] / quantiles[1]) ** 2
    return wilson_interval(rate, min(trials, max(fewest, independent)), confidence=confidence)


def student_p_value(deviations: float, freedom: int) -> float:
    """Return the probability of a value at most this, of Student's t with so many degrees of freedom."""
    return float(stats.t.cdf(deviations, freedom))


def detectable_drop(pairs: Sequence[Pair], *, alpha: float) -> float:
    """Return the smallest drop of the mean rate that a one-sided test at `alpha` finds in DETECTED of all sessions."""
    variance = sum(_variance(pair) * (1 / pair.trials_before + 1 / pair.trials_now) for pair in pairs)
    return _deviations(alpha) * sqrt(variance) / len(pairs)


def detectable_shift(deviation: float, freedom: int, *, alpha: float) -> float:
    """Return the smallest shift of a statistic that Student's t at `alpha` finds in DETECTED of all sessions.

    `deviation` is the standard deviation of the statistic in another session, known with so many degrees of freedom.
    """
    return (float(stats.t.ppf(1 - alpha, freedom)) + float(stats.norm.ppf(DETECTED))) * deviation


def trials_to_detect(pairs: Sequence[Pair], drop: float, *, alpha: float) -> int:
    """Return how many trials of every task find such a drop in DETECTED of all sessions.

    The number applies to the baseline and to the session. It is 0 if no number of trials is enough.
    """
    variance = sum(2 * _variance(pair) for pair in pairs) / len(pairs) ** 2
    needed = variance * (_deviations(alpha) / drop) ** 2 if drop > 0 else float("inf")
    return max(1, ceil(needed)) if isfinite(needed) else 0


def _variance(pair: Pair) -> float:
    # Half a success and half a failure are added, so that the variance of five successes in five trials is not zero.
    rate = (pair.before + pair.now + 0.5) / (pair.trials_before + pair.trials_now + 1)
    return rate * (1 - rate)


def _deviations(alpha: float) -> float:
    return float(stats.norm.ppf(1 - alpha) + stats.norm.ppf(DETECTED))
