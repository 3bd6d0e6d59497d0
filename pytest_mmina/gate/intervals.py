"""How sure the rates of a session are. SciPy is loaded when this is asked, and not before."""

from collections.abc import Sequence

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.counts import EpisodeCounts


class Intervals(Model):
    """The 95 % intervals of both success rates, lowest and highest: hops clustered by task, tasks by Wilson."""

    hop: tuple[float, float]
    task: tuple[float, float]


def intervals_of(counts: EpisodeCounts) -> Intervals:
    """The intervals of a session with at least one episode."""
    tasks = [task for _, task in sorted(counts.tasks.items())]
    hops = [(sum(task.hops.values()), len(task.hops) * task.trials) for task in tasks]
    return intervals_from(hops, solved=counts.solved, episodes=counts.episodes)


def intervals_from(hops: Sequence[tuple[int, int]], *, solved: int, episodes: int) -> Intervals:
    """The intervals of at least one episode: `hops` are those passed and all of them, a pair a task."""
    from pytest_mmina.gate.statistics import clustered_interval, wilson_interval

    hop, task = clustered_interval(hops), wilson_interval(solved, episodes)
    return Intervals(hop=(hop.low, hop.high), task=(task.low, task.high))
