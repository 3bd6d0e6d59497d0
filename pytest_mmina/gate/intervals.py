"""The confidence intervals of a session's rates. SciPy is imported only when they are computed."""

from collections.abc import Sequence

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.counts import EpisodeCounts


class Intervals(Model):
    """The 95 % intervals of both success rates, as low and high: hops clustered by task, tasks by Wilson."""

    hop: tuple[float, float]
    task: tuple[float, float]


def intervals_of(counts: EpisodeCounts) -> Intervals:
    """Return the intervals of a session with at least one episode."""
    tasks = [task for _, task in sorted(counts.tasks.items())]
    hops = [(sum(task.hops.values()), len(task.hops) * task.trials) for task in tasks]
    return intervals_from(hops, solved=counts.solved, episodes=counts.episodes)


def intervals_from(hops: Sequence[tuple[int, int]], *, solved: int, episodes: int) -> Intervals:
    """Return the intervals of at least one episode; `hops` has passed hops and all hops, one pair per task."""
    from pytest_mmina.gate.statistics import clustered_interval, wilson_interval

    hop, task = clustered_interval(hops), wilson_interval(solved, episodes)
    return Intervals(hop=(hop.low, hop.high), task=(task.low, task.high))
