"""What is known of the chances of tasks from a baseline or a pilot run, and trials that are drawn from it.

A task that was solved in one of one trials is not always solved: its chance is drawn from a beta distribution that is
fitted to all tasks (empirical Bayes), given its own trials. So chances move towards those of the other tasks, the more
the fewer trials a task has, and a drawn session differs from the baseline as much as a real one.

A trial passes its hops in order. It passes the first j of h hops with the chance p ** ((j / h) ** bend): p is the
chance to solve the task, and `bend` says whether the first or the last hops are the difficult ones. With a bend of 1,
all hops of a task are equally difficult. Hops are all that is known of how chances differ if each task was run once.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy

from pytest_mmina.gate.baseline import TaskCounts

Array = Any
"""An array of numpy."""

# Chances over which the beta distribution is integrated, as log odds.
_LOG_ODDS = numpy.linspace(-16.0, 16.0, 129)
_BENDS = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 8.0)
# Means are tried at these log odds. The sum of both parameters of the distribution is tried from 1/4 (each task is
# nearly always or nearly never solved) to 64 (all tasks are alike).
_MEANS = numpy.linspace(-6.0, 6.0, 61)
_SUMS = 2.0 ** numpy.linspace(-2.0, 6.0, 17)
# The distribution is not fitted to the last digit: all that fit are used, each as often as it is likely. Before the
# data, the log odds of tasks have a variance of about 4 (uniform chances have 3.3), give or take a factor of e. A limit
# on the sum of the parameters instead would let chances near 0 and 1 vary far more than others.
_LIKELIEST_VARIANCE = 4.0


class Rolls(NamedTuple):
    """The dice of simulated trials: with the same dice, a smaller chance never passes more hops."""

    logs: Array
    lost: Array


class Chances:
    """The chances of tasks, as far as some counts show them."""

    def __init__(self, tasks: Sequence[TaskCounts]) -> None:
        # As many as the gate takes it to have; a task without hops is solved or not.
        self.hops = numpy.array([max(1, len(task.passed) - 1) for task in tasks])
        groups = Counter(zip(self.hops.tolist(), map(_by_hops, tasks, self.hops.tolist()), strict=True))
        places = {group: place for place, group in enumerate(groups)}
        self._group_of = [
            places[hops, _by_hops(task, hops)] for task, hops in zip(tasks, self.hops.tolist(), strict=True)
        ]
        sizes = numpy.array(list(groups.values()))
        fits = []
        for bend in _BENDS:
            likelihoods = numpy.array([_likelihoods(hops, trials, bend) for hops, trials in groups])
            scale = likelihoods.max(axis=1, keepdims=True)
            fits.append((numpy.exp(likelihoods - scale), float((sizes * scale[:, 0]).sum())))
        self._likelihoods = [likelihoods for likelihoods, _ in fits]
        fit = numpy.array(
            [
                (numpy.log(likelihoods @ _PRIORS.T + 1e-300) * sizes[:, None]).sum(axis=0) + scale + _LOG_PRIOR
                for likelihoods, scale in fits
            ]
        )
        weights = numpy.exp(fit - fit.max())
        self._weights = (weights / weights.sum()).ravel()

    def draw(self, dice: numpy.random.Generator, sessions: int) -> tuple[Array, Array]:
        """Return chances to solve each task in each session, and the bend of each session."""
        logs = numpy.empty((sessions, len(self._group_of)))
        bends = numpy.empty(sessions)
        fitted = Counter(dice.choice(len(self._weights), size=sessions, p=self._weights).tolist())
        done = 0
        for choice, number in sorted(fitted.items()):
            bend, prior = divmod(choice, len(_PRIORS))
            cumulative = (self._likelihoods[bend] * _PRIORS[prior]).cumsum(axis=1)
            cumulative /= cumulative[:, -1:]
            bends[done : done + number] = _BENDS[bend]
            uniform = dice.uniform(size=(number, len(self._group_of)))
            for task, group in enumerate(self._group_of):
                found = numpy.searchsorted(cumulative[group], uniform[:, task])
                logs[done : done + number, task] = _LOG_ODDS[numpy.minimum(found, len(_LOG_ODDS) - 1)]
            done += number
        step = _LOG_ODDS[1] - _LOG_ODDS[0]
        logs += dice.uniform(-step / 2, step / 2, size=logs.shape)
        # Sessions were drawn fit by fit; in a random order, a few of them are like all.
        order = dice.permutation(sessions)
        return 1 / (1 + numpy.exp(-logs[order])), bends[order]


def roll(dice: numpy.random.Generator, sessions: int, tasks: int, trials: int) -> Rolls:
    """Return the dice of some sessions."""
    shape = (sessions, tasks, trials)
    return Rolls(numpy.log(1 - dice.uniform(size=shape)), dice.uniform(size=shape))


def passed_hops(chances: Array, bends: Array, hops: Array, rolls: Rolls) -> Array:
    """Return how many hops each trial passes."""
    with numpy.errstate(divide="ignore", invalid="ignore", over="ignore"):
        reached = rolls.logs / numpy.log(numpy.clip(chances, 1e-300, 1 - 1e-12))[:, :, None]
        part = numpy.minimum(reached, 1.5) ** (1 / bends)[:, None, None]
    return numpy.clip(numpy.ceil(hops[:, None] * part) - 1, 0, hops[:, None]).astype(numpy.int32)


def without_hops(passed: Array, hops: Array, rolls: Rolls, *, share: float) -> Array:
    """Return the same trials if those that do not solve their task lose this share of their passed hops."""
    return numpy.where(passed == hops[:, None], passed, (passed * (1 - share) + rolls.lost).astype(passed.dtype))


def _by_hops(task: TaskCounts, hops: int) -> tuple[tuple[int, int], ...]:
    """Return how many trials passed so many hops; those that passed all have solved the task."""
    found: Counter[int] = Counter()
    for number, trials in enumerate(task.passed):
        found[min(number, hops - 1)] += trials
    found[hops] += task.solved
    left = task.solved
    for number in range(hops - 1, -1, -1):
        taken = min(left, found[number])
        found[number] -= taken
        left -= taken
    return tuple(sorted((number, trials) for number, trials in found.items() if trials))


def _likelihoods(hops: int, trials: Iterable[tuple[int, int]], bend: float) -> Array:
    """Return the logarithm of the likelihood of some trials for each chance."""
    log_chance = -numpy.logaddexp(0.0, -_LOG_ODDS)
    found = numpy.zeros_like(log_chance)
    for passed, number in trials:
        if passed == hops:
            found += number * log_chance
        else:
            start, end = (float(place / hops) ** bend for place in (passed, passed + 1))
            found += number * (start * log_chance + numpy.log(-numpy.expm1((end - start) * log_chance)))
    return found


def _priors() -> tuple[Array, Array]:
    """Return beta distributions over the chances, one a row, and how likely each is before the data."""
    step = _LOG_ODDS[1] - _LOG_ODDS[0]
    log_chance, log_rest = -numpy.logaddexp(0.0, -_LOG_ODDS), -numpy.logaddexp(0.0, _LOG_ODDS)
    rows, likely = [], []
    for mean in 1 / (1 + numpy.exp(-_MEANS)):
        for whole in _SUMS:
            a, b = mean * whole, (1 - mean) * whole
            row = a * log_chance + b * log_rest
            row -= row.max()
            density = numpy.exp(row)
            # What lies beyond the first and the last chance falls off exponentially.
            density[0] += density[0] * max(0.0, 1 / (a * step) - 0.5)
            density[-1] += density[-1] * max(0.0, 1 / (b * step) - 0.5)
            rows.append(density / density.sum())
            mean_odds = float(rows[-1] @ _LOG_ODDS)
            variance = float(rows[-1] @ (_LOG_ODDS - mean_odds) ** 2)
            # The mean as with Jeffreys's prior, in log odds.
            likely.append(0.5 * numpy.log(mean * (1 - mean)) - numpy.log(variance / _LIKELIEST_VARIANCE) ** 2 / 2)
    return numpy.array(rows), numpy.array(likely)


_PRIORS, _LOG_PRIOR = _priors()
