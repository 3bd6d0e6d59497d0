"""The decision `--mmina-regressions significant` for many simulated sessions at once.

It is that of `significance.any_significant`, session by session. The tests of falls and of single tasks are looked up.
The two exact tests are replaced by the normal distribution where that leaves no doubt, and computed where it does.
"""

from collections.abc import Sequence
from math import erf, erfc, exp, pi, sqrt
from typing import Any

import numpy

from pytest_mmina.gate.exact_tests import Pair, credit_p_value, drop_p_value, single_p_value
from pytest_mmina.gate.falls import fall_score, null_scores
from pytest_mmina.gate.significance import ROUNDING, Levels, is_significant

Array = Any
"""An array of numpy."""

# The normal distribution is believed if its p-value is this far from the level, with as many tasks that vary.
_DOUBT = 1.5
_FEWEST = 12


class SimulatedGate:
    """Compares simulated sessions with a baseline that has been simulated too, or is always the same.

    `hops` and `before_trials` have one number for each task; `trials` is how often each task runs now.
    """

    def __init__(self, hops: Array, before_trials: Array, trials: int, levels: Levels) -> None:
        self._hops, self._trials, self._levels = hops, trials, levels
        self._before_trials = before_trials
        numbers = {int(before): numpy.count_nonzero(before_trials == before) for before in set(before_trials.tolist())}
        scores = null_scores(tuple(sorted(((before, trials), number) for before, number in numbers.items())))
        # How large the sum of the scores has to be.
        at_least = scores.chances[::-1].cumsum()[::-1]
        self._needed = {
            level: scores.least + int((at_least > level * ROUNDING).sum()) for level in (levels.falls, levels.hop_falls)
        }
        self._rows: dict[tuple[int, int], int] = {}
        self._scores: list[list[int]] = []
        self._alone: list[list[float]] = []

    def closed(self, before: "Side", now: "Side") -> Array:
        """Return whether each session of now is closed; `before` has as many sessions, or one for all of them."""
        solved, half = (self._places(before.solved), before.solved), (self._places(before.half), before.half)
        scores, alone = numpy.array(self._scores), numpy.array(self._alone)
        falls, hop_falls = (
            scores[rows, side].sum(axis=1) for (rows, _), side in ((solved, now.solved), (half, now.half))
        )
        least = alone[solved[0], now.solved].min(axis=1) * now.solved.shape[1]
        levels = self._levels
        closed = (
            (falls >= self._needed[levels.falls])
            | (hop_falls >= self._needed[levels.hop_falls])
            | (least <= levels.single * ROUNDING)
        )
        for is_credit, level in ((False, levels.tasks), (True, levels.hops)):
            surely, perhaps = self._normal(*(side.moments(is_credit=is_credit) for side in (before, now)), level=level)
            closed |= surely
            for session in numpy.flatnonzero(perhaps & ~closed).tolist():
                p = self._credit_p(before, now, session) if is_credit else self._drop_p(before, now, session)
                closed[session] = is_significant(p, level)
        return closed

    def _places(self, before: Array) -> Array:
        """Return for each task the row with its scores and p-values by successes now."""
        found = numpy.empty(before.shape, dtype=int)
        size = int(self._before_trials.max()) + 1
        keys = self._before_trials * size + before
        for key in numpy.unique(keys):
            trials, successes = divmod(int(key), size)
            found[keys == key] = self._row(trials, successes)
        return found

    def _row(self, trials: int, successes: int) -> int:
        if (row := self._rows.get((trials, successes))) is None:
            row = self._rows[trials, successes] = len(self._scores)
            pairs = [Pair(successes, trials, now, self._trials) for now in range(self._trials + 1)]
            self._scores.append(list(map(fall_score, pairs)))
            self._alone.append(list(map(single_p_value, pairs)))
        return row

    def _normal(self, before: Sequence[Array], now: Sequence[Array], *, level: float) -> tuple[Array, Array]:
        """Return which sessions are surely significant, and for which the exact test has to say."""
        drawn, whole = self._trials, self._before_trials + self._trials
        first, second, third = (old + new for old, new in zip(before, now, strict=True))
        mean = first / whole
        variance = numpy.maximum(second / whole - mean**2, 0.0)
        skew = third / whole - 3 * mean * second / whole + 2 * mean**3
        left = whole - drawn
        # The mean, the variance and the third moment of a sum of values that are drawn without replacement.
        spread = variance * drawn * left / (whole - 1)
        third_moment = skew * drawn * left * (left - drawn) / numpy.maximum((whole - 1) * (whole - 2), 1)
        total = numpy.maximum(spread.sum(axis=1), 1e-12)
        distance = (now[0].sum(axis=1) + 0.5 - (mean * drawn).sum(axis=1)) / numpy.sqrt(total)
        skewness = third_moment.sum(axis=1) / total**1.5
        p = numpy.array([_tail(z, skewed) for z, skewed in zip(distance.tolist(), skewness.tolist(), strict=True)])
        # As many tasks of the same spread have this sum: with few of them, the distribution is not normal.
        many = total**2 / numpy.maximum((spread**2).sum(axis=1), 1e-24) >= _FEWEST
        surely = many & (p < level / _DOUBT)
        return surely, ~surely & ~(many & (p > level * _DOUBT))

    def _drop_p(self, before: "Side", now: "Side", session: int) -> float:
        old = before.solved[min(session, len(before.solved) - 1)]
        columns = (old, self._before_trials, now.solved[session])
        return drop_p_value(
            [Pair(a, n, b, self._trials) for a, n, b in zip(*(column.tolist() for column in columns), strict=True)]
        )

    def _credit_p(self, before: "Side", now: "Side", session: int) -> float:
        old = before.by_hops(min(session, len(before.solved) - 1))
        return credit_p_value(
            (dict(enumerate(a)), dict(enumerate(b))) for a, b in zip(old, now.by_hops(session), strict=True)
        )


class Side:
    """The trials of simulated sessions, before or now: how often each task was solved, and how many hops passed.

    `passed` is an array of sessions, tasks and trials.
    """

    def __init__(self, passed: Array, hops: Array, credited: Array) -> None:
        self._credited, self._passed = credited, passed
        self.solved = (passed == hops[:, None]).sum(axis=2)
        # As in `significance`: half of the hops, and nothing if a task has none.
        half = numpy.maximum(1, (hops + 1) // 2)
        self.half = ((passed >= half[:, None]) & credited[:, None]).sum(axis=2)

    def moments(self, *, is_credit: bool) -> tuple[Array, Array, Array]:
        """Return the sums of the values of each task, of their squares and of their cubes."""
        if not is_credit:
            solved = self.solved.astype(float)
            return solved, solved, solved
        values = (self._passed * self._credited[:, None]).astype(float)
        squares = values * values
        return values.sum(axis=2), squares.sum(axis=2), (squares * values).sum(axis=2)

    def by_hops(self, session: int) -> list[list[int]]:
        """Return for each task of a session how many trials passed 0, 1, 2, ... hops."""
        passed = self._passed[session] * self._credited[:, None]
        width = int(passed.max()) + 1
        places = numpy.arange(len(passed))[:, None] * width
        counts = numpy.bincount((places + passed).ravel(), minlength=len(passed) * width)
        found: list[list[int]] = counts.reshape(len(passed), width).tolist()
        return found


class KnownSide(Side):
    """The counts of a baseline, which is the same for all sessions."""

    def __init__(self, solved: Sequence[int], passed: Sequence[Sequence[int]]) -> None:
        self.solved = numpy.array([solved])
        self.half = numpy.array([[sum(own[max(1, len(own) // 2) :]) for own in passed]])
        self._by_hops = [list(own) for own in passed]
        self._moments = tuple(
            numpy.array([[sum(hops**power * trials for hops, trials in enumerate(own)) for own in passed]], dtype=float)
            for power in (1, 2, 3)
        )

    def moments(self, *, is_credit: bool) -> tuple[Array, Array, Array]:
        """Return the sums of the values of each task, of their squares and of their cubes."""
        if is_credit:
            return self._moments[0], self._moments[1], self._moments[2]
        solved = self.solved.astype(float)
        return solved, solved, solved

    def by_hops(self, session: int) -> list[list[int]]:
        """Return for each task how many trials passed 0, 1, 2, ... hops."""
        return self._by_hops


def _tail(distance: float, skewness: float) -> float:
    """Return the probability of a value so low, by the normal distribution and its first correction (Edgeworth)."""
    if not -8 < distance < 8:
        return float(distance > 0)
    normal = 0.5 * erfc(-distance / sqrt(2)) if distance < 0 else 0.5 * (1 + erf(distance / sqrt(2)))
    density = exp(-distance * distance / 2) / sqrt(2 * pi)
    return max(0.0, normal - density * skewness / 6 * (distance * distance - 1))
