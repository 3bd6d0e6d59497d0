"""A test of whether a rise is more than chance.

Trials of a task are exchangeable if nothing has changed: then each way to divide them into those before and those now
is equally likely (a permutation test, stratified by task: Good, Permutation, Parametric and Bootstrap Tests, 3.7).
"""

from collections.abc import Sequence
from math import ceil, comb, exp, log
from typing import NamedTuple

DIVISIONS = 1999
"""How many random divisions are compared with the real one. Their seed is fixed, so the answer is always the same."""

_SEED = 20261130


class Trials(NamedTuple):
    """The numbers of one task, of each trial before and of each trial now; both have at least one."""

    before: Sequence[float]
    now: Sequence[float]


def mean_of(tasks: Sequence[Sequence[float]]) -> float:
    """Return the mean over one trial of each task: the number of trials does not change a task's weight."""
    return sum(sum(trials) / len(trials) for trials in tasks) / len(tasks)


def p95_of(tasks: Sequence[Sequence[float]]) -> float:
    """Return the 95th percentile of all trials: the smallest number that 95 % of them do not exceed."""
    values = sorted(number for trials in tasks for number in trials)
    return values[_rank(len(values))]


def smallest_p_value(tasks: Sequence[Trials]) -> float:
    """Return the smallest p-value that these numbers of trials can have."""
    divisions = sum(log(comb(len(task.before) + len(task.now), len(task.now))) for task in tasks)
    return max(1 / (DIVISIONS + 1), exp(-min(divisions, 700.0)))


def rise_p_value(tasks: Sequence[Trials], *, p95: bool = False) -> float:
    """Return how likely a rise of this size is if nothing has changed: of the mean, or of the 95th percentile."""
    import numpy

    random = numpy.random.Generator(numpy.random.PCG64(_SEED))
    before, now, rises = [], [], numpy.zeros(DIVISIONS + 1)
    for task in tasks:
        values = numpy.array([*task.before, *task.now], dtype=float)
        order = random.random((DIVISIONS + 1, len(values))).argsort(axis=1)
        # The first division is the real one.
        order[0] = numpy.arange(len(values))
        then, here = numpy.split(values[order], [len(task.before)], axis=1)
        if p95:
            before.append(then)
            now.append(here)
        else:
            rises += here.mean(axis=1) - then.mean(axis=1)
    if p95:
        then, here = (numpy.sort(numpy.concatenate(side, axis=1), axis=1) for side in (before, now))
        rises = here[:, _rank(here.shape[1])] - then[:, _rank(then.shape[1])]
    # Sums of the same numbers in another order can differ in the last bits.
    reached = rises >= rises[0] - 1e-9 * abs(rises[0])
    return float(reached.mean())


def _rank(number: int) -> int:
    return ceil(0.95 * number) - 1
