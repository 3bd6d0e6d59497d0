"""Exact tests of whether the successes or the credit of tasks have fallen: one-sided, paired by task.

If nothing has changed, each trial of a task could as well have been run before as now. So, given all trials of the
task together, those of now are a random choice of them (a permutation test). The statistic is the sum over all tasks,
and its distribution is the convolution of those of the tasks.

More successes now never lower a p-value: a trial that earns more by some amount raises the sum by this amount, and the
sum of a random choice by at most this amount.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import count
from math import comb, gcd
from typing import Any, NamedTuple

import numpy

Values = tuple[tuple[int, int], ...]
"""Values and how many trials have each of them, in increasing order of the values."""

# Smaller probabilities at both ends of a distribution are left out. They are far below every level of a test, and
# rounding is not smaller.
_NEGLIGIBLE = 1e-20
# Shorter arrays are convolved faster, and more precisely, without Fourier transforms.
_SHORT = 256


class Pair(NamedTuple):
    """Successes and trials of one task, in the baseline and now."""

    before: int
    trials_before: int
    now: int
    trials_now: int


class Sums(NamedTuple):
    """The distribution of a sum: the smallest sum, and the probability of it and of each following one."""

    least: int
    chances: Any


def drop_p_value(pairs: Sequence[Pair]) -> float:
    """Return the probability of so few successes if nothing has changed.

    Given the successes of a task, before and now together, its successes now have a hypergeometric distribution. With
    one trial per task, this is McNemar's exact test.
    """
    groups = Counter((pair.before + pair.now, pair.trials_before + pair.trials_now, pair.trials_now) for pair in pairs)
    parts = (
        (drawn_sums(((0, trials - solved), (1, solved)), drawn), number)
        for (solved, trials, drawn), number in groups.items()
        if 0 < solved < trials
    )
    certain = sum(drawn * number for (solved, trials, drawn), number in groups.items() if solved == trials)
    return _at_most(sum(pair.now for pair in pairs) - certain, parts)


def credit_p_value(tasks: Iterable[tuple[Mapping[int, int], Mapping[int, int]]]) -> float:
    """Return the probability of so little credit if nothing has changed; the hops of one trial stay together.

    For each task, before and now: how many trials earned how many units of credit.
    """
    groups: Counter[tuple[Values, int]] = Counter()
    observed = 0
    for before, now in tasks:
        pooled = tuple(sorted((Counter(before) + Counter(now)).items()))
        if len(pooled) > 1:
            groups[pooled, sum(now.values())] += 1
            observed += sum(units * trials for units, trials in now.items())
    # Where each hop earns as much as any other, the sums of all hops are few: a smaller unit would change nothing.
    unit = gcd(*(units for pooled, _ in groups for units, _ in pooled)) or 1
    scaled = ((tuple((units // unit, trials) for units, trials in pooled), drawn) for pooled, drawn in groups)
    parts = ((drawn_sums(*group), number) for group, number in zip(scaled, groups.values(), strict=True))
    return _at_most(observed // unit, parts)


def adjusted_p_values(pairs: Sequence[Pair]) -> list[float]:
    """Return the p-value of each task, corrected for testing all of them (Holm 1979)."""
    alone = [single_p_value(pair) for pair in pairs]
    adjusted, least = [0.0] * len(alone), 0.0
    for rank, position in enumerate(sorted(range(len(alone)), key=alone.__getitem__)):
        least = max(least, min(1.0, alone[position] * (len(alone) - rank)))
        adjusted[position] = least
    return adjusted


@lru_cache(maxsize=4096)
def single_p_value(pair: Pair) -> float:
    """Return the p-value of one task, as if it were the only one."""
    return drop_p_value([pair])


@lru_cache(maxsize=65_536)
def drawn_sums(values: Values, drawn: int) -> Sums:
    """Return the distribution of the sum of `drawn` values that are drawn without replacement."""
    trials = sum(number for _, number in values)
    whole = sum(value * number for value, number in values)
    # The values that are not drawn determine those that are: the smaller choice is faster.
    few = min(drawn, trials - drawn)
    least = values[0][0]
    largest = sum(sorted((value for value, number in values for _ in range(min(number, few))), reverse=True)[:few])
    chances = numpy.zeros((few + 1, largest - few * least + 1))
    chances[0, 0] = 1.0
    left = trials
    for value, number in values:
        after = numpy.zeros_like(chances)
        for done in range(few + 1):
            open_ = few - done
            row = chances[done]
            if not row.any():
                continue
            ways = comb(left, open_)
            for taken in range(max(0, open_ - (left - number)), min(number, open_) + 1):
                share = comb(number, taken) * comb(left - number, open_ - taken) / ways
                shift = (value - least) * taken
                after[done + taken, shift:] += share * row[: len(row) - shift]
        chances, left = after, left - number
    found = chances[few]
    if few == drawn:
        return Sums(few * least, found)
    return Sums(whole - (few * least + len(found) - 1), found[::-1])


def _at_most(observed: int, parts: Iterable[tuple[Sums, int]]) -> float:
    whole = total(parts)
    return min(1.0, float(whole.chances[: max(0, observed - whole.least + 1)].sum()))


def total(parts: Iterable[tuple[Sums, int]]) -> Sums:
    """Return the distribution of the sum of independent parts, each of them as often as its number says.

    The shortest two distributions are convolved first, so the time grows little faster than their whole length.
    """
    order = count()
    waiting = [(len(one.chances), next(order), one) for one in (_times(sums, number) for sums, number in parts)]
    heapify(waiting)
    while len(waiting) > 1:
        together = _sum_of(heappop(waiting)[2], heappop(waiting)[2])
        heappush(waiting, (len(together.chances), next(order), together))
    return waiting[0][2] if waiting else Sums(0, numpy.ones(1))


def _times(sums: Sums, number: int) -> Sums:
    found, power = None, sums
    while True:
        if number & 1:
            found = power if found is None else _sum_of(found, power)
        number >>= 1
        if not number:
            return found if found is not None else Sums(0, numpy.ones(1))
        power = _sum_of(power, power)


def _sum_of(one: Sums, other: Sums) -> Sums:
    if min(len(one.chances), len(other.chances)) < _SHORT:
        chances = numpy.convolve(one.chances, other.chances)
        if len(chances) < _SHORT:
            return Sums(one.least + other.least, chances)
    else:
        length = len(one.chances) + len(other.chances) - 1
        size = 1 << (length - 1).bit_length()
        product = numpy.fft.rfft(one.chances, size) * numpy.fft.rfft(other.chances, size)
        chances = numpy.maximum(numpy.fft.irfft(product, size)[:length], 0.0)
    kept = numpy.flatnonzero(chances > _NEGLIGIBLE)
    first, last = (int(kept[0]), int(kept[-1])) if len(kept) else (0, 0)
    return Sums(one.least + other.least + first, chances[first : last + 1])
