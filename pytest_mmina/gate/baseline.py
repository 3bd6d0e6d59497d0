"""The baseline: the counts of an earlier session, in a small file that is committed to the repository."""

import json
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.models import Model, OmitsDefaults, Text
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.task_tally import CREDIT_UNITS
from pytest_mmina.core.record.trial_costs import TrialCosts
from pytest_mmina.gate.drift import Drift
from pytest_mmina.gate.past_sessions import PastSession

FORMAT: Literal["mmina-baseline/2"] = "mmina-baseline/2"
HISTORY = b'"mmina-history/'
"""What the first line of a history contains, and a baseline does not."""

_MOST_TRIALS = 10_000
"""The most trials of a task: with more, the tests take minutes."""
_EARLIER, _FAMILY, _TOO_NEW = ("mmina-baseline/1",), "mmina-baseline/", "baseline_too_new"


class BaselineError(MminaError):
    """A baseline that cannot be read or written."""


class HistoryError(BaselineError):
    """A history where only a baseline can be used."""


def nested(trials: int, hops: Mapping[str, int]) -> tuple[int, ...]:
    """Return how many trials passed exactly 0, 1, 2, ... hops if each hop is passed only after the ones before it.

    Hops of a queue are passed in this way. For others it is the most that the hops of a trial can depend on each other.
    """
    at_least = [trials, *sorted(hops.values(), reverse=True), 0]
    return tuple(more - fewer for more, fewer in pairwise(at_least))


class TaskCounts(OmitsDefaults):
    """The counts of one task: its trials, how many of them solved it, and how many passed each hop.

    `task` is the fingerprint of the task, `file` the path that selects it: that of its file, or of the user's test.
    Names that several hops share are numbered. `passed` is how many trials passed exactly 0, 1, 2, ... hops; a baseline
    of version 1 does not have it, and gets it by `nested`. `credit` is how many trials earned how many units of credit
    (`CREDIT_UNITS` for a hop), only if hops have weights or scores. `constraints` is how many constraints the task has,
    `violations` how many trials broke one. `costs` is what each trial took; older baselines do not have it.
    """

    omitted: ClassVar[frozenset[str]] = frozenset({"credit", "constraints", "violations"})

    task: str = ""
    file: Text = ""
    trials: int = Field(ge=1)
    solved: int = Field(ge=0)
    hops: dict[str, int] = Field(default_factory=dict)
    passed: tuple[int, ...] = Field(default_factory=lambda known: nested(known["trials"], known["hops"]))
    credit: dict[int, int] = Field(default_factory=dict)
    constraints: int = Field(default=0, ge=0)
    violations: int = Field(default=0, ge=0)
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    costs: TrialCosts = TrialCosts()

    @model_validator(mode="after")
    def _counts_fit(self) -> "TaskCounts":
        most = max([self.solved, *self.hops.values()])
        if most > self.trials or min([0, *self.hops.values()]) < 0:
            raise ValueError(f"counts {most} successes in {self.trials} trials")
        hops = sum(number * trials for number, trials in enumerate(self.passed))
        if sum(self.passed) != self.trials or min(self.passed) < 0 or hops != sum(self.hops.values()):
            raise ValueError(f"'passed' does not fit {self.trials} trials that passed {sum(self.hops.values())} hops")
        if self.credit and (sum(self.credit.values()) != self.trials or min(*self.credit, *self.credit.values()) < 0):
            raise ValueError(f"'credit' does not fit {self.trials} trials")
        if self.violations > self.trials:
            raise ValueError(f"counts {self.violations} broken constraints in {self.trials} trials")
        return self

    @property
    def earned(self) -> Mapping[int, int]:
        """How many trials earned how many units of credit."""
        if self.credit:
            return self.credit
        return {number * CREDIT_UNITS: trials for number, trials in enumerate(self.passed) if trials}


class Baseline(Model):
    """The counts of every task by its id, and the agent, plugin, browser and fixtures of the session.

    `saved` is the day on which it was saved; older baselines do not have it. `sessions` and `drift` are those of a
    history, from which a baseline can be made (`history`). They are not written into the file of a baseline.
    """

    format: Literal["mmina-baseline/2"] = FORMAT
    agent: Text = ""
    plugin: str = ""
    browser: str = ""
    fixtures: str = ""
    saved: date | None = None
    tasks: dict[str, TaskCounts] = Field(min_length=1)
    sessions: tuple[PastSession, ...] = ()
    drift: Drift | None = None

    @field_validator("format", mode="before")
    @classmethod
    def _read_earlier_formats(cls, value: object) -> object:
        if value in _EARLIER:
            return FORMAT
        if isinstance(value, str) and value.startswith(_FAMILY) and value != FORMAT:
            raise PydanticCustomError(_TOO_NEW, "it has the format {format}", {"format": value})
        return value

    @property
    def seconds(self) -> dict[str, float]:
        """The mean duration of a trial of each task, in seconds."""
        return {task: counts.seconds for task, counts in self.tasks.items()}


def count_tasks(counts: EpisodeCounts, *, with_costs: bool = False) -> dict[str, TaskCounts]:
    """Return the counts of a session in the form of a baseline, sorted by task; costs only if they are asked for."""
    return {
        name: TaskCounts(
            task=task.fingerprint,
            file=task.file,
            trials=task.trials,
            solved=task.solved,
            hops=task.hops,
            passed=task.passed,
            credit=dict(task.credit),
            constraints=task.constraints,
            violations=task.violated,
            seconds=round(task.seconds / task.trials, 1),
            costs=task.costs if with_costs else TrialCosts(),
        )
        for name, task in sorted(counts.tasks.items())
    }


def read_baseline(file: Path) -> Baseline:
    """Read a baseline; raises BaselineError with the file, the problem and the remedy."""
    content, remedy = read_baseline_file(file)
    return parse_baseline(content, name=str(file), remedy=remedy)


def read_baseline_file(file: Path) -> tuple[bytes, str]:
    """Return the content of a file and the remedy if it is no baseline; raises BaselineError."""
    remedy = f"Make one with --mmina-save-baseline {file}"
    try:
        return file.read_bytes(), remedy
    except FileNotFoundError:
        raise BaselineError(f"{file} does not exist. {remedy}") from None
    except OSError as error:
        raise BaselineError(f"{file} cannot be read: {error}") from None


def parse_baseline(content: bytes, *, name: str, remedy: str) -> Baseline:
    """Return the baseline in a file's content; raises BaselineError with the name, the problem and the remedy."""
    if HISTORY in content[:200]:
        raise HistoryError(f"{name} is a history of sessions: add one to it with mmina history add DIR FILE")
    try:
        baseline = Baseline.model_validate_json(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BaselineError(f"{name} cannot be read: {error}") from None
    except ValidationError as error:
        detail = error.errors()[0]
        if detail["type"] == _TOO_NEW:
            raise BaselineError(
                f"{name} is a baseline of a newer version: {detail['msg']}. Update pytest-mmina, or make one with this "
                f"version: --mmina-save-baseline FILE"
            ) from None
        place = ".".join(map(str, detail["loc"]))
        message = f"{place}: {detail['msg']}" if place else detail["msg"]
        raise BaselineError(f"{name} is not a baseline: {message}. {remedy}") from None
    if twice := _first_twice(content):
        raise BaselineError(
            f"{name} has {twice} twice, for example because two versions of the file were merged: keep one of them"
        )
    for task, counts in baseline.tasks.items():
        if counts.trials > _MOST_TRIALS:
            raise BaselineError(f"{name}: {task} has {counts.trials} trials, at most {_MOST_TRIALS} can be compared")
    return baseline


def _first_twice(content: bytes) -> str:
    """Return the first name that a JSON object in a file has twice; of such fields, readers take the last one."""
    found: list[str] = []

    def note(pairs: list[tuple[str, object]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            found.append(next(name for name in names if names.count(name) > 1))

    json.loads(content, object_pairs_hook=note)
    return found[0] if found else ""


def write_baseline(file: Path, baseline: Baseline) -> None:
    """Write a baseline completely or not at all: one line per task, sorted, so that a diff shows what changed."""
    head = baseline.model_dump(mode="json", exclude={"tasks", "sessions", "drift"})
    lines = [f'  "{name}": {_line(value)},' for name, value in head.items()]
    tasks = [f"    {_line(name)}: {_line(counts.model_dump())}" for name, counts in sorted(baseline.tasks.items())]
    text = "\n".join(["{", *lines, '  "tasks": {', ",\n".join(tasks), "  }", "}", ""])
    with atomic_write(file) as opened:
        opened.write(text.encode())


def _line(value: Mapping[str, object] | str) -> str:
    return json.dumps(value, ensure_ascii=False)
