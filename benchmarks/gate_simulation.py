"""Simulated sessions whose success probabilities are known, and the share of them that the gate's tests close.

A cell is a suite, a range of rates and a change between the baseline and now. To simulate another change, add a
function to CHANGES: it gets the dice, the suite and the range, and returns the trials before and now.

The tests of `pytest_mmina.gate.significance` judge arrays of trials directly, because making records of 10,000 sessions
takes much longer. Some sessions of each cell go through the whole `decide`, which has to agree.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy
from scipy import stats

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.exact_tests import Pair
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.significance import Compared, Levels, any_significant

Array = Any
"""An array of numpy."""

MOST_HOPS = 10


class Suite(NamedTuple):
    """How many tasks a session has, and how many trials of each, in the baseline too."""

    tasks: int
    trials: int

    def __str__(self) -> str:
        return f"{self.tasks}x{self.trials}"


SUITES = (Suite(10, 1), Suite(10, 5), Suite(30, 3), Suite(105, 1), Suite(300, 3))

RATES: Mapping[str, Callable[[numpy.random.Generator, int], Array]] = {
    "mixed": lambda dice, tasks: dice.uniform(0, 1, tasks),
    "low": lambda dice, tasks: dice.beta(0.4, 6, tasks),
    "high": lambda dice, tasks: dice.beta(6, 0.4, tasks),
}
"""The chances of tasks to be solved in a trial, by name."""


class Trials(NamedTuple):
    """The number of hops of each task, and of passed hops in each trial of each task, before and now."""

    hops: Array
    before: Array
    now: Array

    @property
    def with_a_hop_before(self) -> int:
        """How many tasks had a hop before."""
        return int((self.before > 0).any(axis=1).sum())


Change = Callable[[numpy.random.Generator, Suite, str], Trials]


def played(dice: numpy.random.Generator, hops: Array, chances: Array, trials: int) -> Array:
    """Return how many hops pass in each trial: in their order until one does not, all of them with these chances."""
    each_hop = numpy.clip(chances, 1e-12, 1.0) ** (1 / hops)
    rolls = dice.uniform(size=(len(hops), trials, MOST_HOPS)) < each_hop[:, None, None]
    return numpy.minimum(numpy.cumprod(rolls, axis=2).sum(axis=2), hops[:, None])


def _changed(change: Callable[[Array], Array]) -> Change:
    def simulate(dice: numpy.random.Generator, suite: Suite, rates: str) -> Trials:
        hops = dice.integers(1, MOST_HOPS + 1, suite.tasks)
        chances = RATES[rates](dice, suite.tasks)
        return Trials(
            hops, played(dice, hops, chances, suite.trials), played(dice, hops, change(chances), suite.trials)
        )

    return simulate


def _half_falls_half_rises(chances: Array) -> Array:
    falls = numpy.arange(len(chances)) % 2 == 0
    return numpy.where(falls, 0.2 * chances, 1 - 0.2 * (1 - chances))


def _hops_collapse(dice: numpy.random.Generator, suite: Suite, rates: str) -> Trials:
    """No task is ever solved: three fifths of the hops pass before, and none does now."""
    hops = dice.integers(3, MOST_HOPS + 1, suite.tasks)
    # All hops but the last one pass with a chance that makes three fifths of all hops.
    most = dice.uniform(size=(suite.tasks, suite.trials)) < (0.6 * hops / (hops - 1))[:, None]
    before = numpy.where(most, hops[:, None] - 1, 0)
    return Trials(hops, before, numpy.zeros_like(before))


def _one_task_falls(dice: numpy.random.Generator, suite: Suite, rates: str) -> Trials:
    """The first task was always solved, in ten times as many trials, and falls to a chance of 40 %."""
    hops = dice.integers(1, MOST_HOPS + 1, suite.tasks)
    chances = RATES[rates](dice, suite.tasks)
    chances[0] = 1.0
    before = played(dice, hops, chances, 10 * suite.trials)
    chances[0] = 0.4
    return Trials(hops, before, played(dice, hops, chances, suite.trials))


CHANGES: Mapping[str, Change] = {
    "unchanged": _changed(lambda chances: chances),
    "every rate -20 %": _changed(lambda chances: 0.8 * chances),
    "every rate -50 %": _changed(lambda chances: 0.5 * chances),
    "half falls, half rises": _changed(_half_falls_half_rises),
    "hops 60 % to 0": _hops_collapse,
    "ten points lower": _changed(lambda chances: chances * (1 - 0.1 / chances.mean())),
    "one task falls": _one_task_falls,
}
"""What happened between the baseline and now, by name."""


class Cell(NamedTuple):
    """A change, a suite and a range of rates."""

    change: str
    suite: Suite
    rates: str


CELLS = (
    *(
        Cell(change, suite, rates)
        for change in ("unchanged", "every rate -20 %", "every rate -50 %", "half falls, half rises")
        for rates in RATES
        for suite in SUITES
    ),
    # No task is solved here, so there is no range of rates.
    *(Cell("hops 60 % to 0", suite, "-") for suite in SUITES),
    Cell("ten points lower", Suite(105, 5), "mixed"),
    Cell("one task falls", Suite(105, 10), "mixed"),
)
"""What is simulated."""


@dataclass
class Closed:
    """How many sessions of a cell were closed."""

    sessions: int = 0
    closed: int = 0
    seven_or_more: int = 0
    closed_of_those: int = 0

    @property
    def rate(self) -> float:
        """The share of closed sessions."""
        return self.closed / self.sessions

    @property
    def lower_bound(self) -> float:
        """The 99.9 % lower confidence bound of the rate (Clopper and Pearson)."""
        return float(stats.beta.ppf(0.001, self.closed, self.sessions - self.closed + 1)) if self.closed else 0.0


def simulate(cell: Cell, *, sessions: int, whole: int, alpha: float, seed: int) -> Closed:
    """Judge simulated sessions; `whole` of them also go through `decide`. Raises AssertionError if it disagrees."""
    dice = numpy.random.default_rng([seed, *map(ord, repr(cell))])
    found, levels = Closed(), Levels.of(alpha)
    for number in range(sessions):
        trials = CHANGES[cell.change](dice, cell.suite, cell.rates)
        closed = any_significant(compared(trials), levels)
        found.sessions += 1
        found.closed += closed
        if trials.with_a_hop_before >= 7:
            found.seven_or_more += 1
            found.closed_of_those += closed
        if number < whole:
            assert decided(trials, alpha=alpha) is not closed, f"decide disagrees: {cell}, session {number}"
    return found


def compared(trials: Trials) -> Compared:
    """Return how often each task was solved, and how many of its trials passed 0, 1, 2, ... hops, before and now."""
    before, now = _by_hops(trials.before), _by_hops(trials.now)
    numbers = trials.before.shape[1], trials.now.shape[1]
    hops = trials.hops.tolist()
    pairs = [
        _pair(old[every], numbers[0], new[every], numbers[1]) for every, old, new in zip(hops, before, now, strict=True)
    ]
    passed = [(old[: every + 1], new[: every + 1]) for every, old, new in zip(hops, before, now, strict=True)]
    credit = [(_by_units(old), _by_units(new)) for old, new in passed]
    return Compared(pairs, passed, credit)


def _by_units(passed: list[int]) -> dict[int, int]:
    return {units: number for units, number in enumerate(passed) if number}


@cache
def _pair(before: int, trials_before: int, now: int, trials_now: int) -> Pair:
    return Pair(before, trials_before, now, trials_now)


def _by_hops(passed: Array) -> list[list[int]]:
    """Return for each task how many trials passed 0, 1, 2, ... hops."""
    tasks = numpy.arange(len(passed))[:, None] * (MOST_HOPS + 1)
    counts = numpy.bincount((tasks + passed).ravel(), minlength=len(passed) * (MOST_HOPS + 1))
    found: list[list[int]] = counts.reshape(len(passed), MOST_HOPS + 1).tolist()
    return found


def decided(trials: Trials, *, alpha: float) -> bool:
    """Return whether the gate is open, decided from the records of the session and of its baseline."""
    before, now = (EpisodeCounts.of(_records(trials.hops, side)) for side in (trials.before, trials.now))
    return decide(Session(counts=now), Rules(alpha=alpha), Baseline(tasks=count_tasks(before))).passed


def _records(hops: Array, passed: Array) -> list[EpisodeRecord]:
    return [
        _record(task, int(hops[task]), int(number), trial)
        for task, own in enumerate(passed)
        for trial, number in enumerate(own, start=1)
    ]


@cache
def _record(task: int, hops: int, passed: int, trial: int) -> EpisodeRecord:
    name, solved = f"simulated/{task}", passed == hops
    return EpisodeRecord.model_validate(
        {
            "case": f"{name}-trial{trial}", "task": name, "trial": trial, "subset": "simulated", "agent": "simulated",
            "outcome": "solved" if solved else "partial" if passed else "unsolved",
            "hops": [HopRecord(name=f"hop {n}", passed=n < passed, step=None, reason="") for n in range(hops)],
            "credit": passed / hops, "steps": 1, "seconds": 0.0, "reason": "", "answer": None, "blocked": 0,
        }
    )  # fmt: skip
