"""How many tasks have fallen, and which: tests that tasks which rose meanwhile cannot hide.

Each task has a p-value of its own, from its numbers of trials and the fall of its rate alone: the largest probability
of such a fall, over all rates that the task could have had before and now (Barnard 1945, with the difference of rates).
Nothing is conditional on the successes. So more successes now never lower a p-value, which a test that leaves out the
tasks that rose could not promise otherwise.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from math import lgamma, log, sqrt
from typing import Any, NamedTuple

import numpy

from pytest_mmina.gate.exact_tests import Pair, Sums, total

# The rates over which a probability is maximised; they are closer at 0 and 1, where it changes faster.
_RATES = numpy.sin(numpy.linspace(0, numpy.pi / 2, 1025)) ** 2
# Squares of logarithms give a few large falls more weight than many small ones, which happen to unchanged tasks too.
# Scores are whole numbers, so that their sums are few, and have a largest value.
_UNITS, _RAREST, _LEAST_RARE = 4, 12.0, 0.25
# More falls than these would not make a test finer.
_MOST_FALLS = 200
# Arrays are made for some rates at a time, so that many trials need little memory.
_LARGEST_ARRAY = 1_000_000
# A probability that is smaller than the smallest number.
_SMALLEST = 1e-300


class Falls(NamedTuple):
    """The falls that a task can have, as before * trials now - now * trials before, in increasing order.

    `p_values` are their probabilities, `scores` their scores, `null` is the distribution of the score of a task that
    has not changed, at most.
    """

    falls: tuple[int, ...]
    p_values: tuple[float, ...]
    scores: tuple[int, ...]
    null: Sums


def falls_p_value(pairs: Sequence[Pair]) -> float:
    """Return the probability of so many and so large falls if no task has changed, however many tasks rose.

    The statistic is the sum of log(p)^2 over the tasks whose fall has a p-value of at most 1/4, which is that of a task
    with one trial (as Fisher 1932, with other weights).
    """
    numbers = Counter((pair.trials_before, pair.trials_now) for pair in pairs)
    whole = null_scores(tuple(sorted(numbers.items())))
    observed = sum(fall_score(pair) for pair in pairs)
    return min(1.0, float(whole.chances[max(0, observed - whole.least) :].sum()))


def relative_falls(pairs: Sequence[Pair]) -> float:
    """Return the statistic of `falls_p_value` relative to its mean without a change, as a square root.

    The statistic grows with the square of a shift of all tasks. So its root is nearly symmetric between days, and has
    nearly the same scale for any numbers of trials.
    """
    numbers = Counter((pair.trials_before, pair.trials_now) for pair in pairs)
    expected = sum(_mean_score(*trials) * number for trials, number in numbers.items())
    return sqrt(sum(fall_score(pair) for pair in pairs) / expected) if expected > 0 else 0.0


@lru_cache(maxsize=1024)
def _mean_score(trials_before: int, trials_now: int) -> float:
    chances = possible_falls(trials_before, trials_now).null.chances
    return float((numpy.arange(len(chances)) * chances).sum())


@lru_cache(maxsize=64)
def null_scores(numbers: tuple[tuple[tuple[int, int], int], ...]) -> Sums:
    """Return the distribution of the statistic, by how many tasks have which trials before and now, at most."""
    return total((possible_falls(*trials).null, number) for trials, number in numbers)


def fall_p_value(pair: Pair) -> float:
    """Return the largest probability of such a fall of one task, over all rates; 1 if it has not fallen."""
    known = possible_falls(pair.trials_before, pair.trials_now)
    place = _place(pair, known)
    return known.p_values[place] if place >= 0 else 1.0


def false_discovery_names(p_values: Sequence[float], *, rate: float) -> list[int]:
    """Return the positions of the p-values that are significant if a share of `rate` may be wrong.

    Source: Benjamini and Hochberg 1995.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    ranks = [rank for rank, place in enumerate(order, start=1) if p_values[place] <= rate * rank / len(order)]
    return sorted(order[: ranks[-1]]) if ranks else []


def fall_score(pair: Pair) -> int:
    """Return what a task adds to the statistic: 0 if it has not fallen."""
    known = possible_falls(pair.trials_before, pair.trials_now)
    place = _place(pair, known)
    return known.scores[place] if place >= 0 else 0


def _place(pair: Pair, known: Falls) -> int:
    return bisect_right(known.falls, pair.before * pair.trials_now - pair.now * pair.trials_before) - 1


@lru_cache(maxsize=1024)
def possible_falls(trials_before: int, trials_now: int) -> Falls:
    """Return the falls of a task with so many trials, and their probabilities."""
    falls = _thresholds(trials_before, trials_now)
    solved_now = numpy.arange(trials_now + 1)
    # How many successes before make at least such a fall, for each number of successes now.
    needed = numpy.minimum(-(-(falls[:, None] + solved_now * trials_before) // trials_now), trials_before + 1)
    largest = numpy.zeros(len(falls))
    rows = max(1, _LARGEST_ARRAY // (trials_before + trials_now))
    for first in range(0, len(_RATES), rows):
        before, now = (_binomial(trials, _RATES[first : first + rows]) for trials in (trials_before, trials_now))
        # The probability of at least so many successes before, and in the last column 0.
        at_least = numpy.zeros((len(before), trials_before + 2))
        at_least[:, :-1] = before[:, ::-1].cumsum(axis=1)[:, ::-1]
        largest = numpy.maximum(largest, [(at_least[:, enough] * now).sum(axis=1).max() for enough in needed])
    p_values = [min(1.0, max(_SMALLEST, float(p))) for p in largest]
    scores = [round(_UNITS * min(-log(p), _RAREST) ** 2) if p <= _LEAST_RARE * (1 + 1e-9) else 0 for p in p_values]
    chances = numpy.zeros(max(scores) + 1)
    chances[0] = 1 - p_values[0]
    for score, p, smaller in zip(scores, p_values, [*p_values[1:], 0.0], strict=True):
        chances[score] += p - smaller
    return Falls(tuple(map(int, falls)), tuple(p_values), tuple(scores), Sums(0, chances))


def _thresholds(trials_before: int, trials_now: int) -> Any:
    """Return the falls that are told apart: all of them, or as many as are useful."""
    if trials_before * trials_now > _LARGEST_ARRAY:
        return numpy.linspace(1, trials_before * trials_now, _MOST_FALLS).astype(int)
    solved = numpy.arange(trials_before + 1)[:, None], numpy.arange(trials_now + 1)
    falls = numpy.unique(solved[0] * trials_now - solved[1] * trials_before)
    falls = falls[falls > 0]
    if len(falls) > _MOST_FALLS:
        falls = falls[numpy.linspace(0, len(falls) - 1, _MOST_FALLS).astype(int)]
    return falls


def _binomial(trials: int, rates: Any) -> Any:
    """Return the binomial probabilities, one row for each rate."""
    successes = numpy.arange(trials + 1)
    ways = numpy.array([lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) for k in successes])
    with numpy.errstate(divide="ignore", invalid="ignore"):
        logs = ways + numpy.nan_to_num(successes * numpy.log(rates)[:, None], nan=0.0)
        logs = logs + numpy.nan_to_num((trials - successes) * numpy.log1p(-rates)[:, None], nan=0.0)
    return numpy.exp(logs)
