"""Read the results of a session. A command reads the journal once and passes each episode to all its readers."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord, Summary
from pytest_mmina.garbage_collection import paused_garbage_collection
from pytest_mmina.gate.control import Control, ControlCounts, control_of
from pytest_mmina.gate.record import GateRecord, read_gate_record
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.results.files import EPISODES, GATE, SESSION, SUMMARY

Reader = Callable[[EpisodeRecord, bytes], None]
"""A function that is called with each episode as it is read: its record, and its line in the journal."""


class ResultsError(MminaError):
    """A results folder that cannot be used."""


class Results(NamedTuple):
    """The results of a session: the counts of its episodes, its rates, and its facts.

    `control` is None without a control, whose episodes are not counted in `counts` and `summary`.
    """

    counts: EpisodeCounts
    summary: Summary
    facts: SessionFacts
    control: Control | None = None


def read_results(folder: Path, *, readers: Sequence[Reader] = ()) -> Results:
    """Read the results in a folder and pass each episode to the `readers`.

    Raises ResultsError if there are no results, if the session has not ended, or if a line cannot be read.
    """
    facts = read_facts(folder)
    counts, lines, unreadable = _Counts(), 0, 0
    # Records hold no cycles, and each is dropped before the next one is read.
    with (folder / EPISODES).open("rb") as journal, paused_garbage_collection():
        for line in journal:
            lines += 1
            try:
                record = EpisodeRecord.model_validate_json(line)
            except ValidationError:
                unreadable += 1
                continue
            counts.add(record)
            for read in readers:
                read(record, line)
    if unreadable:
        raise ResultsError(f"{folder / EPISODES}: {unreadable} of its {lines} lines cannot be read")
    return counts.results(facts)


def results_of(records: Iterable[EpisodeRecord], facts: SessionFacts, *, readers: Sequence[Reader] = ()) -> Results:
    """Return the results of a session from its episodes, and pass each episode to the `readers`."""
    counts = _Counts()
    for record in records:
        counts.add(record)
        if readers:
            line = record.model_dump_json().encode()
            for read in readers:
                read(record, line)
    return counts.results(facts)


class _Counts:
    """The counts of both arms of a session."""

    def __init__(self) -> None:
        self._counts, self._control = EpisodeCounts(), ControlCounts()

    def add(self, record: EpisodeRecord) -> None:
        if record.arm == "control":
            self._control.add(record)
        else:
            self._counts.add(record)

    def results(self, facts: SessionFacts) -> Results:
        counts = self._counts
        summary = counts.summary(
            not_run=facts.not_run, skipped=facts.skipped_cases, skips=facts.skips, stopped=facts.stopped.trials
        )
        return Results(counts, summary, facts, control_of(self._control, facts))


def read_facts(folder: Path) -> SessionFacts:
    """Read the facts of a session; raises ResultsError if there are no results or the session has not ended."""
    if not (folder / EPISODES).exists():
        raise ResultsError(f"{folder} contains no {EPISODES}")
    if not (folder / SUMMARY).exists():
        raise ResultsError(f"{folder}: its session did not end. Resume it with pytest --mmina --mmina-resume {folder}")
    try:
        return SessionFacts.model_validate_json((folder / SESSION).read_bytes())
    except (OSError, ValidationError) as error:
        raise ResultsError(f"{folder / SESSION} cannot be read: {str(error).splitlines()[0]}") from None


def read_gate(folder: Path) -> GateRecord:
    """Read the last decision about the results in a folder, empty if there was none; raises GateRecordError."""
    return read_gate_record(folder / GATE) or GateRecord()
