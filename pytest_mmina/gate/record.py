"""`gate.json`: the decision of a gate, stored with the results so that reports need no baseline and no rules."""

from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.changes import Changes
from pytest_mmina.core.record.formats import UPDATE, is_newer
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.gate.decision import Decision, Session
from pytest_mmina.gate.drift import Drift
from pytest_mmina.gate.intervals import Intervals, intervals_of

FORMAT: Literal["mmina-gate/1"] = "mmina-gate/1"
_ENOUGH_EPISODES = 30


class GateRecordError(MminaError):
    """A `gate.json` that cannot be used."""


class ComparedBaseline(Model):
    """The baseline that the session was compared with: its file relative to pytest's root, and its facts.

    `sessions` is how many sessions of a history were counted together, and `drift` what the history shows.
    """

    file: Text
    tasks: int
    agent: Text = ""
    browser: str = ""
    plugin: str = ""
    fixtures: str = ""
    sessions: int = 1
    drift: Drift | None = None

    @classmethod
    def of(cls, baseline: Baseline, *, file: str) -> "ComparedBaseline":
        """Return the facts of a baseline without its counts."""
        kept = baseline.model_dump(include=set(cls.model_fields) - {"tasks", "sessions"})
        return cls(file=file, tasks=len(baseline.tasks), sessions=max(1, len(baseline.sessions)), **kept)


class GateRecord(Model):
    """The decision (None without a gate), what changed, and the intervals of the rates.

    `baseline` and `changes` are None without a baseline. `intervals` is None if trials were stopped early, and in small
    sessions without a baseline.
    """

    format: Literal["mmina-gate/1"] = FORMAT
    decision: Decision | None = None
    baseline: ComparedBaseline | None = None
    changes: Changes | None = None
    intervals: Intervals | None = None


def gate_record(session: Session, *, decision: Decision | None, baseline: Baseline | None, file: str) -> GateRecord:
    """Return the record of a decision; `file` is the path of the baseline."""
    excused = {*session.skipped, *session.left_out}
    # Importing SciPy takes half a second. A small session without a baseline needs it for nothing else.
    counts = session.counts
    wanted = baseline is not None or counts.episodes >= _ENOUGH_EPISODES
    return GateRecord(
        decision=decision,
        baseline=ComparedBaseline.of(baseline, file=file) if baseline is not None else None,
        changes=changes_since(baseline.tasks, counts, excused=excused) if baseline is not None else None,
        intervals=intervals_of(counts) if wanted and counts.tasks and not session.stopped.trials else None,
    )


def read_gate_record(file: Path) -> GateRecord | None:
    """Read a `gate.json`; None if it does not exist. Raises GateRecordError with the file, the place and the remedy."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GateRecordError(f"{file} cannot be read: {error.strerror}") from None
    try:
        return GateRecord.model_validate_json(content)
    except ValidationError as error:
        if is_newer(content, FORMAT):
            raise GateRecordError(f"{file}: {UPDATE}") from None
        detail = error.errors()[0]
        place = ".".join(map(str, detail["loc"]))
        problem = f"{place}: {detail['msg']}" if place else detail["msg"]
        raise GateRecordError(
            f"{file} is not the record of a gate: {problem}. Judge again with mmina gate {file.parent}"
        ) from None


def gate_schema() -> dict[str, Any]:
    """Return the JSON Schema of `gate.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **GateRecord.model_json_schema(mode="serialization"),
        "title": "pytest-mmina gate.json, version 1",
    }
