"""The baseline: the counts of an earlier session, in a small file that is committed to the repository."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.counts import EpisodeCounts

FORMAT: Literal["mmina-baseline/1"] = "mmina-baseline/1"


class BaselineError(MminaError):
    """A baseline that cannot be read or written."""


class TaskCounts(Model):
    """The counts of one task: its trials, how many of them solved it, and how many passed each hop.

    `task` is the fingerprint of the task, `file` the path that selects it: that of its file, or of the user's test.
    Names that several hops share are numbered.
    """

    task: str = ""
    file: Text = ""
    trials: int = Field(ge=1)
    solved: int = Field(ge=0)
    hops: dict[str, int] = Field(default_factory=dict)
    seconds: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _counts_fit(self) -> "TaskCounts":
        most = max([self.solved, *self.hops.values()])
        if most > self.trials or min([0, *self.hops.values()]) < 0:
            raise ValueError(f"counts {most} successes in {self.trials} trials")
        return self


class Baseline(Model):
    """The counts of every task by its id, and the agent, plugin, browser and fixtures of the session."""

    format: Literal["mmina-baseline/1"] = FORMAT
    agent: Text = ""
    plugin: str = ""
    browser: str = ""
    fixtures: str = ""
    tasks: dict[str, TaskCounts] = Field(min_length=1)

    @property
    def seconds(self) -> dict[str, float]:
        """The mean duration of a trial of each task, in seconds."""
        return {task: counts.seconds for task, counts in self.tasks.items()}


def count_tasks(counts: EpisodeCounts) -> dict[str, TaskCounts]:
    """Return the counts of a session in the form of a baseline, sorted by task."""
    return {
        name: TaskCounts(
            task=task.fingerprint,
            file=task.file,
            trials=task.trials,
            solved=task.solved,
            hops=task.hops,
            seconds=round(task.seconds / task.trials, 1),
        )
        for name, task in sorted(counts.tasks.items())
    }


def read_baseline(file: Path) -> Baseline:
    """Read a baseline; raises BaselineError with the file, the problem and the remedy."""
    remedy = f"Make one with --mmina-save-baseline {file}"
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise BaselineError(f"{file} does not exist. {remedy}") from None
    except OSError as error:
        raise BaselineError(f"{file} cannot be read: {error}") from None
    return parse_baseline(content, name=str(file), remedy=remedy)


def parse_baseline(content: bytes, *, name: str, remedy: str) -> Baseline:
    """Return the baseline in a file's content; raises BaselineError with the name, the problem and the remedy."""
    try:
        return Baseline.model_validate_json(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BaselineError(f"{name} cannot be read: {error}") from None
    except ValidationError as error:
        detail = error.errors()[0]
        place = ".".join(map(str, detail["loc"]))
        message = f"{place}: {detail['msg']}" if place else detail["msg"]
        raise BaselineError(f"{name} is not a baseline: {message}. {remedy}") from None


def write_baseline(file: Path, baseline: Baseline) -> None:
    """Write a baseline completely or not at all: one line per task, sorted, so that a diff shows what changed."""
    head = {name: value for name, value in baseline.model_dump().items() if name != "tasks"}
    lines = [f'  "{name}": {_line(value)},' for name, value in head.items()]
    tasks = [f"    {_line(name)}: {_line(counts.model_dump())}" for name, counts in sorted(baseline.tasks.items())]
    text = "\n".join(["{", *lines, '  "tasks": {', ",\n".join(tasks), "  }", "}", ""])
    with atomic_write(file) as opened:
        opened.write(text.encode())


def _line(value: Mapping[str, object] | str) -> str:
    return json.dumps(value, ensure_ascii=False)
