"""How sure the rates of a session are. SciPy is loaded when this is asked, and not before."""

from collections.abc import Mapping, Sequence

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import TaskCounts, count_tasks


class Intervals(Model):
    """The 95 % intervals of both success rates, lowest and highest: hops clustered by task, tasks by Wilson."""

    hop: tuple[float, float]
    task: tuple[float, float]


def intervals_of(records: Sequence[EpisodeRecord], *, counts: Mapping[str, TaskCounts] | None = None) -> Intervals:
    """The intervals of a session with at least one episode; `counts` are those of the records, if they are known."""
    counted = (counts or count_tasks(records)).values()
    hops = [(sum(task.hops.values()), len(task.hops) * task.trials) for task in counted]
    return intervals_from(hops, solved=sum(record.outcome == "solved" for record in records), episodes=len(records))


def intervals_from(hops: Sequence[tuple[int, int]], *, solved: int, episodes: int) -> Intervals:
    """The intervals of at least one episode: `hops` are those passed and all of them, a pair a task."""
    from pytest_mmina.gate.statistics import clustered_interval, wilson_interval

    hop, task = clustered_interval(hops), wilson_interval(solved, episodes)
    return Intervals(hop=(hop.low, hop.high), task=(task.low, task.high))
