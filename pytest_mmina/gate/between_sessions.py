"""How much sessions of an unchanged agent differ from day to day, and whether this one is lower than that explains.

A test within tasks takes all trials for independent. But on a bad day of a model all of them fail more often. The
earlier sessions of a history contain such days. So this session is compared with their mean as one more of them, by
Student's t (a one-sided prediction interval).

Sessions of one day have the day in common. So with enough days, it is days that are compared, and the variance within
days is added.

Only the statistic of this session depends on its results, and it rises with every success. So more successes never
lower a p-value.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import sqrt
from typing import NamedTuple

from pytest_mmina.gate.baseline import TaskCounts
from pytest_mmina.gate.comparing import ComparableTasks
from pytest_mmina.gate.exact_tests import Pair
from pytest_mmina.gate.falls import relative_falls
from pytest_mmina.gate.past_sessions import PastSession

ENOUGH = 8
"""The number of sessions, and of days, from which their variance is known well enough to use it."""

# A session that ran fewer of the compared tasks says too little about the others.
_LEAST_SHARE = 0.5
_ROUNDING = 1e-18

Passed = tuple[int, ...]
"""How many trials passed 0, 1, 2, ... hops."""

Counts = tuple[int, Passed]
"""How often a task was solved in a session, and how many trials passed 0, 1, 2, ... hops."""

Session = tuple[Counts | None, ...]
"""The counts of the same tasks in one session; None for a task that it did not run, or in another form."""

Past = tuple[tuple[int, Session], ...]
"""Earlier sessions, each with its day as a number."""


class Statistics(NamedTuple):
    """What is compared with earlier sessions; a session is worse the lower these are.

    The sums over tasks of the rate of solved trials and of the mean number of passed hops, relative to the baseline;
    and the falls of tasks, by solved trials and by hops, with a minus sign.
    """

    tasks: float
    hops: float
    falls: float
    hop_falls: float


class Prediction(NamedTuple):
    """What a statistic of another session is expected to be: mean and standard deviation, from days or sessions."""

    mean: float
    deviation: float
    units: int

    def p_value(self, value: float) -> float:
        """Return the probability of so low a value if it is one of another session of the same kind."""
        if value >= self.mean:
            return 1.0
        if not self.deviation:
            return 0.0
        from pytest_mmina.gate.statistics import student_p_value

        return student_p_value((value - self.mean) / self.deviation, self.units - 1)


class Predictions(NamedTuple):
    """The predictions of each of the statistics."""

    tasks: Prediction
    hops: Prediction
    falls: Prediction
    hop_falls: Prediction

    def p_values(self, statistics: Statistics) -> Statistics:
        """Return the probability of such low values, one by one."""
        return Statistics(*(one.p_value(value) for one, value in zip(self, statistics, strict=True)))


def half_passed(before: Sequence[int], now: Sequence[int]) -> Pair:
    """Return how many trials passed half of the hops or more; the baseline says how many hops there are."""
    half = max(1, len(before) // 2)
    return Pair(sum(before[half:]), sum(before), sum(now[half:]), sum(now))


def past_of(sessions: Sequence[PastSession], shared: ComparableTasks) -> Past:
    """Return the counts of the compared tasks in earlier sessions that ran at least half of them."""
    found = []
    for session in sessions:
        counts = tuple(_counts(session, task, before) for task, (before, _) in shared.items())
        if sum(one is not None for one in counts) >= max(1.0, _LEAST_SHARE * len(counts)):
            found.append((session.saved.toordinal(), counts))
    return tuple(found)


def _counts(session: PastSession, task: str, before: TaskCounts) -> Counts | None:
    found = session.tasks.get(task)
    return (found.solved, found.passed) if found is not None and found.task == before.task else None


def predictions_of(
    past: Past, solved: Sequence[Pair], credit: Sequence[tuple[Sequence[int], Sequence[int]]]
) -> Predictions | None:
    """Return what the statistics of a session with these numbers of trials should be; None with too few sessions.

    `solved` and `credit` are the tasks before and now, in the same order; only their numbers of trials now are used.
    """
    if len(past) < ENOUGH:
        return None
    before = tuple((pair.before, tuple(passed)) for pair, (passed, _) in zip(solved, credit, strict=True))
    return _predictions(past, before, tuple(pair.trials_now for pair in solved))


def statistics_of(solved: Sequence[Pair], credit: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Statistics:
    """Return the statistics of a session."""
    return Statistics(
        sum(pair.now / pair.trials_now - pair.before / pair.trials_before for pair in solved),
        sum(_mean(now) - _mean(before) for before, now in credit),
        -relative_falls(solved),
        -relative_falls([half_passed(before, now) for before, now in credit]),
    )


# Judging a session asks for the same predictions several times, and early stopping after each episode.
@lru_cache(maxsize=8)
def _predictions(past: Past, before: tuple[Counts, ...], trials: tuple[int, ...]) -> Predictions:
    sessions = [_statistics(session, before) for _, session in past]
    days = [day for day, _ in past]
    # Sessions of one day have the day in common. With too few days, sessions have to do.
    units = days if len(set(days)) >= ENOUGH else list(range(len(past)))
    # Fewer trials now than in the earlier sessions add to the variance: as far as the baseline knows it.
    here, there = (
        _sampling_variances(before, trials),
        [_sampling_variances(before, _trials(session)) for _, session in past],
    )
    tasks, hops, falls, hop_falls = zip(*sessions, strict=True)
    more_tasks, more_hops = (
        max(0.0, now - sum(earlier) / len(past)) for now, earlier in zip(here, zip(*there, strict=True), strict=True)
    )
    return Predictions(
        _prediction(tasks, units, more_tasks),
        _prediction(hops, units, more_hops),
        _prediction(falls, units),
        _prediction(hop_falls, units),
    )


def _prediction(values: Sequence[float], units: Sequence[int], more: float = 0.0) -> Prediction:
    """Return what to expect of one session; `units` has the day of each value, `more` is variance to add."""
    groups: dict[int, list[float]] = {}
    for value, unit in zip(values, units, strict=True):
        groups.setdefault(unit, []).append(value)
    means, number = [sum(group) / len(group) for group in groups.values()], len(groups)
    mean = sum(means) / number
    between = sum((one - mean) ** 2 for one in means) / (number - 1)
    # The mean of a day's sessions varies less than one session: what is left out is the variance within days.
    within = sum((value - sum(group) / len(group)) ** 2 for group in groups.values() for value in group)
    within /= max(1, len(values) - number)
    left_out = within * (1 - sum(1 / len(group) for group in groups.values()) / number)
    # Where all values are equal but for rounding, there is no variance.
    variance = between * (1 + 1 / number) + left_out
    variance = variance if variance > _ROUNDING * (1 + mean**2) else 0.0
    return Prediction(mean, sqrt(variance + more), number)


def _statistics(session: Session, before: Sequence[Counts]) -> Statistics:
    """Return the statistics of an earlier session: its rates against the baseline, its falls against the others."""
    found = [(own, task) for own, task in zip(session, before, strict=True) if own is not None]
    share = len(before) / len(found)
    rates = statistics_of(
        [Pair(solved, sum(passed), own, sum(own_passed)) for (own, own_passed), (solved, passed) in found],
        [(passed, own_passed) for (_, own_passed), (_, passed) in found],
    )
    others = [
        (own, own_passed, solved - own, _without(passed, own_passed)) for (own, own_passed), (solved, passed) in found
    ]
    # A task that no other session ran has nothing to be compared with.
    others = [task for task in others if sum(task[3])]
    falls = statistics_of(
        [Pair(solved, sum(passed), own, sum(own_passed)) for own, own_passed, solved, passed in others],
        [(passed, own_passed) for _, own_passed, _, passed in others],
    )
    return Statistics(rates.tasks * share, rates.hops * share, falls.falls, falls.hop_falls)


def _without(passed: Passed, own: Passed) -> Passed:
    return tuple(number - (own[hops] if hops < len(own) else 0) for hops, number in enumerate(passed))


def _trials(session: Session) -> tuple[int, ...]:
    return tuple(sum(found[1]) if found is not None else 0 for found in session)


def _sampling_variances(before: Sequence[Counts], trials: Sequence[int]) -> tuple[float, float]:
    """Return the variances of the statistics of rates if trials are independent; tasks without trials are left out."""
    tasks = hops = 0.0
    for (solved, passed), number in zip(before, trials, strict=True):
        if number:
            rate, mean = (solved + 0.5) / (sum(passed) + 1), _mean(passed)
            tasks += rate * (1 - rate) / number
            hops += (
                sum(of_trials * (units - mean) ** 2 for units, of_trials in enumerate(passed)) / sum(passed) / number
            )
    return tasks, hops


def _mean(passed: Sequence[int]) -> float:
    """Return the mean number of hops that a trial passed."""
    return sum(units * trials for units, trials in enumerate(passed)) / sum(passed)
