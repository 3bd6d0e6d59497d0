"""The history of the main branch: the counts of its sessions in one file, a line per session. Its job alone writes it.

The first line has what does not change from session to session. As a baseline, a history has the counts of its newest
sessions together.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.formats import UPDATE, is_newer
from pytest_mmina.core.record.trial_costs import TrialCosts
from pytest_mmina.gate.baseline import HISTORY, Baseline, BaselineError, TaskCounts, parse_baseline, read_baseline_file
from pytest_mmina.gate.drift import drift_of
from pytest_mmina.gate.past_sessions import PastSession, PastTask

FORMAT: Literal["mmina-history/1"] = "mmina-history/1"

POOLED_DAYS = 20
"""The sessions of how many of the newest days are a baseline together."""

_CONFLICT = re.compile(rb"^(<{7}|={7}|>{7})( |$)", re.MULTILINE)
_REMEDY = "Only the main branch's job writes it. Take its version as a whole: git checkout origin/main -- {name}"


class Reference(Model):
    """The mean number of solved trials and of passed hops per trial of a task, in its first sessions."""

    solved: float = Field(ge=0, le=1)
    hops: float = Field(ge=0, allow_inf_nan=False)


class KnownTask(Model):
    """What a history knows of a task beside its counts; `task` is the fingerprint that all of it belongs to.

    `file` selects the task, `hops` are the names of its hops, and `costs` is what the newest trials took.
    """

    task: str = ""
    file: Text = ""
    hops: tuple[str, ...] = ()
    reference: Reference | None = None
    costs: TrialCosts = TrialCosts()


class Head(Model):
    """The first line: the format, how many sessions follow, and the tasks of the newest one."""

    format: Literal["mmina-history/1"] = FORMAT
    sessions: int = Field(ge=1)
    tasks: dict[str, KnownTask] = Field(min_length=1)


class History(Model):
    """Sessions of the main branch, the oldest first, and the tasks of the newest one."""

    tasks: dict[str, KnownTask]
    sessions: tuple[PastSession, ...] = Field(min_length=1)

    @property
    def pooled(self) -> tuple[PastSession, ...]:
        """The sessions of the newest days, of the agent that ran last."""
        alike = [one for one in self.sessions if one.tasks and one.agent == self.sessions[-1].agent]
        days = sorted({one.saved for one in alike})[-POOLED_DAYS:]
        return tuple(one for one in alike if one.saved in days)

    def baseline(self) -> Baseline:
        """Return the counts of the newest sessions together: of each task as it is now.

        `saved` is the day of the oldest one, so that all of them are from this day or a later one.
        """
        pooled, newest = self.pooled, self.sessions[-1]
        return Baseline(
            agent=newest.agent,
            plugin=newest.plugin,
            browser=newest.browser,
            fixtures=newest.fixtures,
            saved=min(session.saved for session in pooled),
            tasks={
                name: _together(known, with_fingerprint(name, known.task, pooled)) for name, known in self.tasks.items()
            },
            sessions=pooled,
            drift=drift_of(self.sessions),
        )


def with_fingerprint(name: str, fingerprint: str, sessions: Sequence[PastSession]) -> list[PastTask]:
    """Return the counts of a task in the sessions in which it was what it is now."""
    found = (session.tasks.get(name) for session in sessions)
    return [task for task in found if task is not None and task.task == fingerprint]


def _together(known: KnownTask, counts: Sequence[PastTask]) -> TaskCounts:
    trials = sum(one.trials for one in counts)
    passed = [0] * max(len(one.passed) for one in counts)
    hops = dict.fromkeys(known.hops, 0)
    for one in counts:
        for number, of_trials in enumerate(one.passed):
            passed[number] += of_trials
        for name, of_trials in zip(known.hops, one.by_hop, strict=False):
            hops[name] += of_trials
    return TaskCounts(
        task=known.task,
        file=known.file,
        trials=trials,
        solved=sum(one.solved for one in counts),
        hops=hops,
        passed=tuple(passed),
        seconds=round(sum(one.seconds * one.trials for one in counts) / trials, 1),
        costs=known.costs,
    )


def is_history(content: bytes) -> bool:
    """Return whether a file's content is a history, perhaps a damaged one, and not a baseline."""
    return HISTORY in content.partition(b"\n")[0] or (HISTORY in content and bool(_CONFLICT.search(content)))


def parse_history(content: bytes, *, name: str) -> History:
    """Return the history in a file's content; raises BaselineError with the line, the problem and the remedy."""
    remedy = _REMEDY.format(name=name)
    if _CONFLICT.search(content):
        raise BaselineError(f"{name} contains a merge conflict. {remedy}")
    lines = content.splitlines()
    place = 1
    try:
        head = Head.model_validate_json(lines[0])
        sessions = []
        for line in lines[1:]:
            place += 1
            sessions.append(PastSession.model_validate_json(line))
    except (ValidationError, IndexError) as error:
        if is_newer(lines[0] if lines else b"", FORMAT):
            raise BaselineError(f"{name}: {UPDATE}") from None
        raise BaselineError(f"{name}, line {place}: {_problem(error)}: the line was cut or edited. {remedy}") from None
    problem = _contradiction(head, sessions)
    if problem:
        raise BaselineError(f"{name}: {problem}: lines were removed, doubled or edited. {remedy}")
    try:
        history = History(tasks=head.tasks, sessions=tuple(sessions))
        history.baseline()
    except ValidationError as error:
        raise BaselineError(f"{name}: {_problem(error)}: it was edited. {remedy}") from None
    return history


def _contradiction(head: Head, sessions: Sequence[PastSession]) -> str:
    """Return what does not fit together, or an empty text."""
    if len(sessions) != head.sessions:
        return f"it has {len(sessions)} of {head.sessions} sessions"
    runs = [run for session in sessions for run in session.runs]
    if len(set(runs)) < len(runs):
        return "it has a run twice"
    newest = {name: task.task for name, task in sessions[-1].tasks.items()}
    if newest != {name: known.task for name, known in head.tasks.items()}:
        return "the first line does not have the tasks of the last one"
    return ""


def _problem(error: Exception) -> str:
    if isinstance(error, ValidationError):
        detail = error.errors()[0]
        place = ".".join(map(str, detail["loc"]))
        return f"{place}: {detail['msg']}" if place else detail["msg"]
    return "it is empty"


def parse_counts(content: bytes, *, name: str, remedy: str) -> Baseline:
    """Return the baseline in a file's content, which may be a history; raises BaselineError."""
    if is_history(content):
        return parse_history(content, name=name).baseline()
    return parse_baseline(content, name=name, remedy=remedy)


def read_counts(file: Path) -> Baseline:
    """Read a baseline or a history as a baseline; raises BaselineError with the file, the problem and the remedy."""
    content, remedy = read_baseline_file(file)
    return parse_counts(content, name=str(file), remedy=remedy)


def read_history(file: Path) -> History:
    """Read a history; raises BaselineError with the file, the line, the problem and the remedy."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise BaselineError(f"{file} does not exist. Make one with mmina history add DIR {file}") from None
    except OSError as error:
        raise BaselineError(f"{file} cannot be read: {error}") from None
    if not is_history(content):
        raise BaselineError(f"{file} is not a history: name another file, or begin one with mmina history add")
    return parse_history(content, name=str(file))


def write_history(file: Path, history: History) -> None:
    """Write a history completely or not at all. Raises OSError."""
    head = Head(sessions=len(history.sessions), tasks=history.tasks)
    lines = [model.model_dump(mode="json", exclude_defaults=True) for model in (head, *history.sessions)]
    lines[0] = {"format": FORMAT, **lines[0]}
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    with atomic_write(file, durable=True) as opened:
        opened.write(text.encode())
