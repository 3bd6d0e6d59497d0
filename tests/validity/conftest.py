"""Sessions over a sample of the bundled tasks, or over all of them with MMINA_VALIDITY=full."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.bundled import bundled
from pytest_mmina.core.language.trajectory import Trajectory
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.files import load_tasks

FULL = os.environ.get("MMINA_VALIDITY") == "full"
LONGEST = 7200 if FULL else 300
FILES = sorted(bundled("tasks").glob("*/*.json"), key=lambda file: (file.parent.name, int(file.stem)))
TASKS = tuple(task for file in FILES for task in load_tasks(file))


KEEPS = """
from pathlib import Path
import pytest

@pytest.fixture
def mmina_run(mmina_run, mmina_task):
    def run():
        episode = mmina_run()
        file = Path("trajectories", mmina_task.id.replace("/", "-") + ".json")
        file.parent.mkdir(exist_ok=True)
        file.write_text(episode.trajectory.model_dump_json(indent=1), encoding="utf-8")
        return episode
    return run
"""
"""A part of a conftest.py that writes every trajectory to a file."""


class Laboratory:
    """A project with tasks and a conftest.py of its own, to run sessions in."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.folder: Path = pytester.path
        pytester.makeini("[pytest]\nmmina_tasks = tasks\n")

    def conftest(self, source: str) -> None:
        self._pytester.makeconftest(source)

    def tasks(self, tasks: Sequence[Task]) -> None:
        """Write tasks into the project, in the files that they are bundled in."""
        for task in tasks:
            self.documents(task.id, task.document)

    def documents(self, name: str, content: Any) -> None:
        file = self.folder / "tasks" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")

    def run(self, *arguments: str, in_parallel: bool = FULL, may_err: bool = False) -> list[EpisodeRecord]:
        """Run a session, and return its episodes. None may be errored unless `may_err` is true."""
        given = ["--mmina-max-steps=60", "--mmina-fail-on=gate", *arguments, *(["-n2"] if in_parallel else [])]
        result = self._pytester.runpytest_subprocess("-p", "no:cacheprovider", "--mmina", *given, timeout=LONGEST)
        assert result.ret == 0 or may_err
        lines = (self.folder / "mmina-results" / "episodes.jsonl").read_text(encoding="utf-8").splitlines()
        records = [EpisodeRecord.model_validate_json(line) for line in lines]
        assert may_err or [record.reason for record in records if record.outcome == "errored"] == []
        return records

    def trajectories(self) -> dict[str, Trajectory]:
        """Return the trajectories that KEEPS wrote since the last call, by file name."""
        folder = self.folder / "trajectories"
        files = sorted(folder.iterdir())
        found = {file.stem: Trajectory.model_validate_json(file.read_bytes()) for file in files}
        shutil.rmtree(folder)
        return found


@pytest.fixture
def laboratory(pytester: pytest.Pytester) -> Laboratory:
    return Laboratory(pytester)
