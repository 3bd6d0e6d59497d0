"""Reading what a session left: its journal is read and validated once, for all that a command makes of it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord, Summary
from pytest_mmina.gate.record import GateRecord, read_gate_record
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.results.files import EPISODES, GATE, SESSION, SUMMARY

Reader = Callable[[EpisodeRecord, bytes], None]
"""What looks at each episode as it is read: its record, and its line in the journal."""


class ResultsError(MminaError):
    """A results folder that cannot be used."""


class Results(NamedTuple):
    """What a session left: the counts of its episodes, its rates, and what it says of itself."""

    counts: EpisodeCounts
    summary: Summary
    facts: SessionFacts


def read_results(folder: Path, *, readers: Sequence[Reader] = ()) -> Results:
    """Read what a session left, and show each episode to the `readers` on the way.

    Raises ResultsError where the session has not ended or left nothing, and where a line of it cannot be read.
    """
    facts = read_facts(folder)
    counts, lines, unreadable = EpisodeCounts(), 0, 0
    with (folder / EPISODES).open("rb") as journal:
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
    return _results(counts, facts)


def results_of(records: Iterable[EpisodeRecord], facts: SessionFacts, *, readers: Sequence[Reader] = ()) -> Results:
    """The results of a session whose episodes are at hand."""
    counts = EpisodeCounts()
    for record in records:
        counts.add(record)
        if readers:
            line = record.model_dump_json().encode()
            for read in readers:
                read(record, line)
    return _results(counts, facts)


def _results(counts: EpisodeCounts, facts: SessionFacts) -> Results:
    summary = counts.summary(not_run=facts.not_run, skipped=facts.skipped_cases, stopped=facts.stopped.trials)
    return Results(counts, summary, facts)


def read_facts(folder: Path) -> SessionFacts:
    """Read what a session says of itself; raises ResultsError where it has not ended, or left nothing."""
    if not (folder / EPISODES).exists():
        raise ResultsError(f"{folder} holds no {EPISODES}")
    if not (folder / SUMMARY).exists():
        raise ResultsError(f"{folder}: its session did not end. Take it up with pytest --mmina --mmina-resume {folder}")
    try:
        return SessionFacts.model_validate_json((folder / SESSION).read_bytes())
    except (OSError, ValidationError) as error:
        raise ResultsError(f"{folder / SESSION} cannot be read: {str(error).splitlines()[0]}") from None


def read_gate(folder: Path) -> GateRecord:
    """What was last decided about the results in a folder, empty if nothing was; raises GateRecordError."""
    return read_gate_record(folder / GATE) or GateRecord()
