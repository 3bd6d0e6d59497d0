"""The same agent on the same task sees the same pages, whatever ran before it or beside it."""

from typing import Any

import pytest

from pytest_mmina.core.language.trajectory import Trajectory
from tests.validity.conftest import FULL, KEEPS, TASKS, Laboratory

pytestmark = [pytest.mark.browser, pytest.mark.long]

SAMPLE = ("compare/9", "normal/8")
WAYS = ((True, 0), (True, 1), (True, 2), (True, 3), (False, 4)) if FULL else ((False, 0), (True, 1))
"""Whether a run is parallel, and how its cases are shuffled; 0 leaves them in order."""

SHUFFLES = """
import os, random

def pytest_collection_modifyitems(items):
    seed = int(os.environ["MMINA_SHUFFLE"])
    if seed:
        random.Random(seed).shuffle(items)
"""


def run(laboratory: Laboratory, *, in_parallel: bool) -> tuple[list[dict[str, Any]], dict[str, Trajectory]]:
    """The journal, times aside, and every trajectory."""
    records = laboratory.run("--mmina-agent", "oracle", in_parallel=in_parallel)
    assert [record.task for record in records if record.outcome != "solved"] == []
    trajectories = laboratory.trajectories()
    assert len(trajectories) == len(records)
    return [record.model_dump(exclude={"run", "seconds"}) for record in records], trajectories


def test_every_run_is_alike_and_solves_all(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    laboratory.conftest(KEEPS + SHUFFLES)
    laboratory.tasks(TASKS if FULL else [task for task in TASKS if task.id in SAMPLE])
    runs = []
    for in_parallel, seed in WAYS:
        monkeypatch.setenv("MMINA_SHUFFLE", str(seed))
        runs.append(run(laboratory, in_parallel=in_parallel))
    first, *others = runs
    for records, trajectories in others:
        assert records == first[0]
        for name, trajectory in trajectories.items():
            assert trajectory.model_dump_json(indent=1) == first[1][name].model_dump_json(indent=1)
