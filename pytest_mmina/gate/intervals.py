"""How sure the rates of a session are. SciPy is loaded when this is asked, and not before."""

from collections.abc import Mapping, Sequence

from pytest_mmina.core.metrics import EpisodeRecord
from pytest_mmina.core.models import Model
from pytest_mmina.gate.baseline import TaskCounts, count_tasks


class Intervals(Model):
    """The 95 % intervals of both success rates, lowest and highest: hops clustered by task, tasks by Wilson."""

    hop: tuple[float, float]
    task: tuple[float, float]


def intervals_of(records: Sequence[EpisodeRecord], *, counts: Mapping[str, TaskCounts] | None = None) -> Intervals:
    """The intervals of a session with at least one episode; `counts` are those of the records, if they are known."""
    from pytest_mmina.gate.statistics import clustered_interval, wilson_interval

    counted = (counts or count_tasks(records)).values()
    hops = clustered_interval([(sum(task.hops.values()), len(task.hops) * task.trials) for task in counted])
    tasks = wilson_interval(sum(record.outcome == "solved" for record in records), len(records))
    return Intervals(hop=(hops.low, hops.high), task=(tasks.low, tasks.high))
