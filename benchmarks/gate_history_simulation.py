"""Simulated histories: sessions on good and bad days, streams of merges, and a slow drift.

Most sessions are far from any level, so a fast look at arrays of sessions leaves out those that cannot be significant:
exactly for the tests that depend on tables, and with a wide margin of a normal approximation for the two exact tests.
The others are judged by the tests of `pytest_mmina.gate.significance`, as the gate does it.
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy
from gate_simulation import MOST_HOPS, RATES, Suite
from scipy import special, stats

from pytest_mmina.gate.between_sessions import Past
from pytest_mmina.gate.drift import evidence
from pytest_mmina.gate.exact_tests import Pair, drop_p_value, total
from pytest_mmina.gate.falls import possible_falls
from pytest_mmina.gate.past_sessions import PastSession, Score
from pytest_mmina.gate.significance import Compared, Levels, any_significant

Array = Any
"""An array of numpy."""

BAD_DAYS = 0.3
"""The standard deviation of the days: all logits of a session are shifted by the same normal number."""

# The exact tests are skewed. For the levels used here they are never significant so far from the normal quantile.
_MARGIN = 0.8


class Sessions(NamedTuple):
    """The number of hops of each task, and of passed hops by repetition, session, task and trial."""

    hops: Array
    passed: Array

    def by(self, count: Callable[[Array, Array], Array]) -> Array:
        """Return a number for each task of each session, from passed hops and hops, summed over trials."""
        return count(self.passed, self.hops[:, None, :, None]).sum(axis=3)

    @property
    def solved(self) -> Array:
        """How often each task was solved."""
        return self.by(lambda passed, hops: passed == hops)

    @property
    def half(self) -> Array:
        """How many trials passed half of the hops or more."""
        return self.by(lambda passed, hops: passed >= numpy.maximum(1, (hops + 1) // 2))


def play(
    dice: numpy.random.Generator, suite: Suite, rates: str, *, repetitions: int, sessions: int, days: float,
    falls: Array | None = None, per_day: int = 1,
) -> Sessions:  # fmt: skip
    """Play sessions of the same tasks; `falls` is by how much the mean chance is lower in each of them.

    `per_day` sessions in a row have the same day.
    """
    hops = dice.integers(1, MOST_HOPS + 1, (repetitions, suite.tasks))
    chances = RATES[rates](dice, repetitions * suite.tasks).reshape(repetitions, 1, suite.tasks)
    shifts = numpy.repeat(dice.normal(0, days, (repetitions, -(-sessions // per_day), 1)), per_day, axis=1)
    # In between, so that a chance of 0 or 1 has a logit.
    each = special.expit(special.logit(numpy.clip(chances, 1e-9, 1 - 1e-9)) + shifts[:, :sessions])
    if falls is not None:
        each = each * (1 - numpy.asarray(falls).reshape(1, -1, 1) / chances.mean(axis=2, keepdims=True))
    # Hops pass in their order until one does not, all with the chance that solves the task as often as it should be.
    logs = numpy.log(numpy.clip(each, 1e-12, 1 - 1e-12)) / hops[:, None, :]
    rolls = numpy.log(dice.uniform(size=(*each.shape, suite.trials), low=1e-300))
    passed = numpy.minimum(rolls / logs[..., None], hops[:, None, :, None])
    return Sessions(hops, passed.astype(numpy.int8))


class Judge:
    """Judges sessions against a number of earlier ones together, at a level."""

    def __init__(self, suite: Suite, *, earlier: int, alpha: float, uses_days: bool, per_day: int = 1) -> None:
        self.suite, self.earlier, self.levels, self.uses_days = suite, earlier, Levels.of(alpha), uses_days
        self.per_day = per_day
        self.trials = suite.trials * earlier, suite.trials
        self.scores, self.alone = _tables(*self.trials)
        null = total([(possible_falls(*self.trials).null, suite.tasks)])
        tails = null.chances[::-1].cumsum()[::-1]
        self.least = [_first(tails, level) + null.least for level in (self.levels.falls, self.levels.hop_falls)]

    def closed(self, played: Sessions, *, first: int) -> Array:
        """Return which sessions from `first` on are closed, each against those directly before it."""
        candidates = self._candidates(played, first)
        closed = numpy.zeros_like(candidates)
        for repetition, place in numpy.argwhere(candidates):
            closed[repetition, place] = self.is_closed(played, repetition, first + place)
        return closed

    def _candidates(self, played: Sessions, first: int) -> Array:
        def both(counts: Array) -> tuple[Array, Array]:
            sums = numpy.cumsum(numpy.pad(counts, ((0, 0), (1, 0), (0, 0))), axis=1, dtype=numpy.int32)
            starts = numpy.arange(first, counts.shape[1])
            return sums[:, starts] - sums[:, starts - self.earlier], counts[:, first:]

        solved, half = both(played.solved), both(played.half)
        units = both(played.by(lambda passed, hops: passed.astype(numpy.int32)))
        squares = both(played.by(lambda passed, hops: passed.astype(numpy.int32) ** 2))
        alone = self.alone[solved].min(axis=2) * self.suite.tasks
        low = self._is_low(solved, solved, self.levels.tasks)
        low_hops = self._is_low(units, squares, self.levels.hops)
        if self.uses_days and self.per_day == 1:
            low &= self._is_bad_day(played.solved, first, self.levels.tasks)
            low_hops &= self._is_bad_day(played.passed.sum(axis=3, dtype=int), first, self.levels.hops)
        return (
            low
            | low_hops
            | (self.scores[solved].sum(axis=2) >= self.least[0])
            | (self.scores[half].sum(axis=2) >= self.least[1])
            | (alone <= self.levels.single * (1 + 1e-9))
        )

    def _is_low(self, sums: tuple[Array, Array], squares: tuple[Array, Array], level: float) -> Array:
        before, now = self.trials
        whole, trials = sums[0] + sums[1], before + now
        variance = (squares[0] + squares[1] - whole**2 / trials) / trials
        # That of a draw without replacement.
        variance = (variance * now * (trials - now) / max(1, trials - 1)).sum(axis=2)
        distance = (sums[1] - whole * now / trials).sum(axis=2)
        limit = float(stats.norm.ppf(level)) + _MARGIN
        return (distance < 0) & (distance <= limit * numpy.sqrt(variance))

    def _is_bad_day(self, counts: Array, first: int, level: float) -> Array:
        """Return which sessions are lower than the variance between the earlier ones explains, or nearly so."""
        sums = counts.sum(axis=2).astype(float)
        earlier = numpy.lib.stride_tricks.sliding_window_view(sums[:, first - self.earlier : -1], self.earlier, axis=1)
        deviation = earlier.std(axis=2, ddof=1) * numpy.sqrt(1 + 1 / self.earlier)
        limit = float(stats.t.ppf(level, self.earlier - 1)) * (1 - 1e-6)
        return sums[:, first:] - earlier.mean(axis=2) <= limit * deviation

    def is_closed(self, played: Sessions, repetition: int, session: int) -> bool:
        """Judge one session by the gate's tests."""
        hops = played.hops[repetition].tolist()
        before = [_by_hops(one) for one in played.passed[repetition, session - self.earlier : session]]
        now = _by_hops(played.passed[repetition, session])
        pooled = numpy.sum(before, axis=0).tolist()
        numbers = self.trials
        pairs = [Pair(a[n], numbers[0], b[n], numbers[1]) for n, a, b in zip(hops, pooled, now, strict=True)]
        credit = [(a[: n + 1], b[: n + 1]) for n, a, b in zip(hops, pooled, now, strict=True)]
        past: Past = ()
        if self.uses_days:
            past = tuple(
                (place // self.per_day, tuple((own[n], tuple(own[: n + 1])) for n, own in zip(hops, one, strict=True)))
                for place, one in enumerate(before, start=session - self.earlier)
            )
        return any_significant(Compared.of_hops(pairs, credit), self.levels, past=past)


@cache
def _tables(before: int, now: int) -> tuple[Array, Array]:
    """Return the score of each fall, and the p-value of each task alone, by successes before and now."""
    known = possible_falls(before, now)
    falls = numpy.arange(before + 1)[:, None] * now - numpy.arange(now + 1) * before
    places = numpy.searchsorted(numpy.array(known.falls), falls, side="right") - 1
    scores = numpy.where(places >= 0, numpy.array(known.scores)[places], 0)
    alone = [[drop_p_value([Pair(a, before, b, now)]) for b in range(now + 1)] for a in range(before + 1)]
    return scores, numpy.array(alone)


def _first(tails: Array, level: float) -> int:
    """Return the first score whose probability to be reached is at most the level."""
    found = numpy.flatnonzero(tails <= level * (1 + 1e-9))
    return int(found[0]) if len(found) else len(tails)


def _by_hops(passed: Array) -> list[list[int]]:
    tasks = numpy.arange(len(passed))[:, None] * (MOST_HOPS + 1)
    counts = numpy.bincount((tasks + passed).ravel(), minlength=len(passed) * (MOST_HOPS + 1))
    found: list[list[int]] = counts.reshape(len(passed), MOST_HOPS + 1).tolist()
    return found


def alarms(dice: numpy.random.Generator, suite: Suite, *, histories: int, weeks: int, merges: int, days: float,
           falls_per_week: float, level: float, calm: int = 0, per_day: int = 1) -> list[float]:  # fmt: skip
    """Return the week of the alarm in each history, counted from the end of the calm weeks; infinity without one."""
    sessions = (calm + weeks) * merges
    falls = falls_per_week * numpy.maximum(0, numpy.arange(sessions) / merges - calm)
    found = []
    for _ in range(histories):
        played = play(dice, suite, "mixed", repetitions=1, sessions=sessions, days=days, falls=falls, per_day=per_day)
        # The reference is the same for all sessions, so it does not change their order.
        scores = played.solved.sum(axis=2)[0], played.passed.sum(axis=(2, 3), dtype=int)[0]
        past = [
            PastSession(
                runs=(f"{dice.integers(2**62)}",),
                saved=date.fromordinal(700_000 + place // per_day),
                score=Score(tasks=float(solved), hops=float(hops)),
            )
            for place, (solved, hops) in enumerate(zip(*scores, strict=True))
        ]
        first = next((place for place, one in enumerate(evidence(past)) if one.is_alarm(level)), None)
        found.append(first / merges - calm if first is not None else float("inf"))
    return found
