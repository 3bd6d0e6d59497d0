"""Slow drift of the main branch: a sequential test over all sessions of a history.

If nothing changes, days are exchangeable, good and bad ones alike: the rank of a day's score among all until then is
uniform and independent of the earlier ranks. So is that of a session among those of the same day. So a bet on low ranks
gains nothing on average, whatever the distribution of the scores. Its capital is the evidence: by Ville's inequality
the probability that it ever reaches 1/level is at most `level` (conformal test martingales: Vovk, Gammerman and Shafer
2022, chapter 8).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import groupby
from math import exp
from statistics import NormalDist

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.gate.past_sessions import PastSession

NOTED_LEVEL = 0.05
"""The false alarm rate at which a drift is told where no rule names another one."""

REFERENCE = 8
"""The number of sessions that are the reference of a task: the first ones, which are never replaced."""

# The bets: scores are lower by so many standard deviations. The first one bets on nothing.
_SHIFTS = (0.0, 0.25, 0.5, 1.0)
_SHARES = (0.4, 0.2, 0.2, 0.2)
# The share of the capital that is spread over all bets again after each session, so that a drift is seen which begins
# after a long time without one.
_SPREAD = 0.003
# More evidence than this decides nothing, and could grow beyond the largest number.
_MOST = 1e100
_NORMAL = NormalDist()


class Drift(Model):
    """The evidence that the sessions became worse: the highest so far, after which run, and at present.

    `sessions` is how many were looked at. Evidence of 20 or more is an alarm at a level of 5 %.
    """

    sessions: int = Field(default=0, ge=0)
    highest: float = 1.0
    highest_run: str = ""
    present: float = 1.0

    def is_alarm(self, level: float) -> bool:
        """Return whether a drift is found at a false alarm rate of `level`."""
        return self.highest * level >= 1

    def sentence(self, level: float) -> str:
        """Return what is known at a false alarm rate of `level`, in words."""
        if self.is_alarm(level):
            return (
                f"the main branch became worse over its sessions: evidence {self.highest:.3g} after run "
                f"{self.highest_run}, and {1 / level:.3g} is an alarm. If that is accepted, begin the history again "
                "(mmina history add --restart)"
            )
        if not self.sessions:
            return f"drift is not watched yet: the first {REFERENCE} sessions are the reference"
        return (
            f"no drift in {self.sessions} sessions of the main branch: evidence {self.highest:.3g} at most, and "
            f"{1 / level:.3g} is an alarm"
        )


def drift_of(sessions: Iterable[PastSession]) -> Drift:
    """Return the evidence after the last session."""
    return evidence(sessions)[-1]


def evidence(sessions: Iterable[PastSession]) -> list[Drift]:
    """Return the evidence before the first session, and after each one that has a score.

    Sessions of one day have the day in common: they are exchangeable with each other, and days are with days. So one
    half of the stake is on the means of days, which are complete when another day begins, and the other half on ranks
    among the sessions of the same day. Half of each is on solved tasks, half on hops.
    """
    scored = [session for session in sessions if session.score is not None]
    days = [list(group) for _, group in groupby(scored, key=lambda session: session.saved)]
    parts = [part for measure in ("tasks", "hops") for part in (_between(days, measure), _within(days, measure))]
    found = [Drift()]
    for session, *stakes in zip(scored, *parts, strict=True):
        present, last = sum(stakes) / len(stakes), found[-1]
        best = {"highest": present, "highest_run": session.runs[0]} if present > last.highest else {}
        found.append(last.model_copy(update={"sessions": last.sessions + 1, "present": present, **best}))
    return found


def _between(days: Sequence[Sequence[PastSession]], measure: str) -> list[float]:
    """Return the capital of bets on days, after each session: that of the days before."""
    means = [round(sum(_score(session, measure) for session in day) / len(day), 6) for day in days]
    after = [1.0, *capitals(means, [_chance(day[0].runs) for day in days])]
    return [capital for capital, day in zip(after, days, strict=False) for _ in day]


def _within(days: Sequence[Sequence[PastSession]], measure: str) -> list[float]:
    """Return the capital of bets on ranks among the sessions of the same day, after each session."""
    stakes, found = Stakes(), []
    for day in days:
        before: list[float] = []
        for session in day:
            deviations = rank_deviations(before, _score(session, measure), _chance(session.runs))
            # The rank among one is known.
            found.append(stakes.bet(deviations) if len(before) > 1 else stakes.capital)
    return found


def _score(session: PastSession, measure: str) -> float:
    score: float = getattr(session.score, measure)
    return score


def capitals(scores: Sequence[float], chances: Sequence[float]) -> list[float]:
    """Return the capital after each score; `chances` are uniform numbers that decide between equal ranks."""
    before: list[float] = []
    stakes = Stakes()
    return [stakes.bet(rank_deviations(before, *both)) for both in zip(scores, chances, strict=True)]


class Stakes:
    """The capital on each bet."""

    def __init__(self) -> None:
        self._stakes = list(_SHARES)

    @property
    def capital(self) -> float:
        """All of it."""
        return sum(self._stakes)

    def bet(self, deviations: float) -> float:
        """Win or lose by a score so many standard deviations below the others; returns the capital after that."""
        whole = self.capital
        self._stakes = [
            min(_MOST, ((1 - _SPREAD) * stake + _SPREAD * share * whole) * exp(shift * deviations - shift**2 / 2))
            for stake, share, shift in zip(self._stakes, _SHARES, _SHIFTS, strict=True)
        ]
        return self.capital


def rank_deviations(before: list[float], score: float, chance: float) -> float:
    """Add a score to the sorted ones before it; returns how far its rank is below the middle, as a normal deviation."""
    lower, equal = bisect_left(before, score), bisect_right(before, score) - bisect_left(before, score) + 1
    insort(before, score)
    return -_NORMAL.inv_cdf((lower + chance * equal) / len(before))


def _chance(runs: Sequence[str]) -> float:
    """Return a number between 0 and 1, and neither of them, that the ids of runs determine."""
    digest = sha256("\n".join(runs).encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(digest[:6], "big") + 0.5) / 2**48
