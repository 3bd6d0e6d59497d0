"""The same agent on the same task sees the same pages, whatever ran before it or beside it."""

from typing import Any

from pytest_mmina.core.trajectory import Trajectory
from tests.validity.conftest import FULL, KEEPS, TASKS, Laboratory

SAMPLE = ("compare/9", "normal/8")


def run(laboratory: Laboratory, *, in_parallel: bool) -> tuple[list[dict[str, Any]], dict[str, Trajectory]]:
    """The journal, times aside, and every trajectory."""
    records = laboratory.run("--mmina-agent", "oracle", in_parallel=in_parallel)
    assert [record.task for record in records if record.outcome != "solved"] == []
    trajectories = laboratory.trajectories()
    assert len(trajectories) == len(records)
    return [record.model_dump(exclude={"seconds"}) for record in records], trajectories


def test_every_run_is_alike(laboratory: Laboratory) -> None:
    laboratory.conftest(KEEPS)
    laboratory.tasks(TASKS if FULL else [task for task in TASKS if task.id in SAMPLE])
    first, *others = (run(laboratory, in_parallel=way) for way in ((True, False, False) if FULL else (False, True)))
    for records, trajectories in others:
        assert records == first[0]
        for name, trajectory in trajectories.items():
            assert trajectory.model_dump_json(indent=1) == first[1][name].model_dump_json(indent=1)
