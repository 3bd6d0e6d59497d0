"""Read the results of a session. A command reads the journal once and passes each episode to all its readers."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.formats import UPDATE, is_newer
from pytest_mmina.core.record.metrics import EpisodeRecord, Summary
from pytest_mmina.garbage_collection import paused_garbage_collection
from pytest_mmina.gate.control import Control, ControlCounts, control_of
from pytest_mmina.gate.record import GateRecord, read_gate_record
from pytest_mmina.gate.selection import FORMAT, SessionFacts
from pytest_mmina.results.files import EPISODES, GATE, PLAN, RUN, SESSION, SUMMARY
from pytest_mmina.results.lock import LOCK, FolderInUseError, is_locked, read_holder
from pytest_mmina.results.plan import ResultsError, read_run

Reader = Callable[[EpisodeRecord, bytes], None]
"""A function that is called with each episode as it is read: its record, and its line in the journal."""


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

    Raises ResultsError if there are no results, if a session runs there or did not end, if a line cannot be read, or if
    the episodes are not those that the session ended with.
    """
    facts = read_facts(folder)
    runs = {run.id for run in facts.runs} or {""}
    counts, lines, unreadable, foreign, out_of_order = _Counts(), 0, 0, 0, 0
    last: tuple[str, int, str] = ("", 0, "")
    # Records hold no cycles, and each is dropped before the next one is read.
    with (folder / EPISODES).open("rb") as journal, paused_garbage_collection():
        for line in journal:
            lines += 1
            try:
                record = EpisodeRecord.model_validate_json(line)
            except ValidationError:
                unreadable += 1
                continue
            foreign += record.run not in runs
            # A session writes its episodes in order, so a second one of the same case follows the first.
            identity = (record.task, record.trial, record.case)
            out_of_order += identity <= last
            last = identity
            counts.add(record)
            for read in readers:
                read(record, line)
    expected = facts.episodes if facts.episodes is not None else _summarised(folder, otherwise=lines)
    for number, problem in (
        (unreadable, f"of its {lines} lines cannot be read"),
        (foreign, f"of its {lines} lines are of another run"),
        (out_of_order, f"of its {lines} lines are doubled or out of order"),
        (max(expected - lines, 0), f"of the {expected} episodes of its session are missing"),
        (max(lines - expected, 0), f"lines more than the {expected} episodes of its session"),
    ):
        if number:
            raise ResultsError(f"{folder / EPISODES}: {number} {problem}. {_remedy(folder)}")
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
    """Read the facts of the last session in a folder.

    Raises ResultsError if there are no results, if a session runs there, or if the last session did not end.
    """
    require_ended(folder)
    file = folder / SESSION
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error}. {_remedy(folder)}") from None
    try:
        facts = SessionFacts.model_validate_json(content)
    except ValidationError as error:
        if is_newer(content, FORMAT):
            raise ResultsError(f"{file}: {UPDATE}") from None
        raise ResultsError(f"{file} cannot be read: {str(error).splitlines()[0]}. {_remedy(folder)}") from None
    run = read_run(folder)
    # Version 0.1 removed the plan when a session ended, and had no runs.
    if (run is None and (folder / PLAN).exists()) or (run is not None and run.id not in {own.id for own in facts.runs}):
        raise ResultsError(f"{folder}: its last session did not end. {_remedy(folder)}")
    return facts


def _summarised(folder: Path, *, otherwise: int) -> int:
    """Return how many episodes the summary has: version 0.1 wrote the number nowhere else."""
    try:
        return Summary.model_validate_json((folder / SUMMARY).read_bytes()).episodes
    except (OSError, ValidationError):
        return otherwise


def require_ended(folder: Path) -> None:
    """Raise ResultsError if a folder has no results of a session, if one runs there, or if the last one was killed."""
    if is_locked(folder):
        raise ResultsError(str(FolderInUseError(folder)))
    if (folder / LOCK).exists():
        who = read_holder(folder) or "a session"
        raise ResultsError(f"{folder}: {who} was killed. {_remedy(folder)}")
    is_begun = (folder / RUN).exists() or (folder / PLAN).exists()
    if not (folder / EPISODES).exists() and not is_begun:
        raise ResultsError(f"{folder} contains no {EPISODES}")
    if not (folder / EPISODES).exists() or not (folder / SUMMARY).exists():
        raise ResultsError(f"{folder}: its session did not end. {_remedy(folder)}")


def _remedy(folder: Path) -> str:
    if (folder / RUN).exists() or (folder / LOCK).exists():
        return f"Resume it with pytest --mmina --mmina-resume {folder}, or run it again"
    return "Run the session again, or merge its parts again"


def read_gate(folder: Path) -> GateRecord:
    """Read the last decision about the results in a folder, empty if there was none; raises GateRecordError."""
    return read_gate_record(folder / GATE) or GateRecord()
