"""The results on disk: one line for each episode, written when it ends, and a summary at the end of the session."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.metrics import EpisodeRecord, Summary
from pytest_mmina.results.files import ALL, EPISODES, REPORTS, SESSION, SUMMARY, remove, write_bytes

_PLAN = "planned.json"
# Some file systems store small files inside the inode; this file is larger, so it needs free space on the disk.
_PROBE_BYTES = 16_384


class Plan(Model):
    """The selected cases of a session, and the tasks that were deselected.

    `planned` has a record for each case, which is used if the worker crashes and writes none. `own` are the cases of
    the user's own tests, `skipped` those with the mark `skip`, `may_skip` those with the mark `skipif`.
    `skipped_modules` skipped themselves at collection, so their cases are not known.
    """

    planned: tuple[EpisodeRecord, ...] = ()
    deselected: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    may_skip: frozenset[str] = frozenset()
    skipped_modules: frozenset[str] = frozenset()


class Journal:
    """The results folder as one process sees it; `worker` is empty without xdist."""

    def __init__(self, folder: Path, *, worker: str = "") -> None:
        self._folder = folder
        self._file = folder / (f"episodes.{worker}.jsonl" if worker else EPISODES)
        self._plan = folder / _PLAN
        self._started = False

    def begin(self) -> None:
        """Create the folder and remove temporary files of an interrupted session.

        Raises OSError if that fails or if the folder cannot be written to, for example because the disk is full.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in [*self._worker_files(), self._plan]:
            file.unlink(missing_ok=True)
        probe = self._folder / f".probe.{os.getpid()}"
        write_bytes(probe, b" " * _PROBE_BYTES)
        probe.unlink()

    def start_over(self) -> None:
        """Remove the results of the last session; called when this session has its first record."""
        if not self._started:
            self._started = True
            remove(self._folder, ALL)

    def plan(self, plan: Plan) -> None:
        """Write down the selected cases; raises OSError."""
        write_bytes(self._plan, plan.model_dump_json().encode())

    def planned(self) -> Plan | None:
        """Return the selected cases; None if no process has written them yet."""
        try:
            return Plan.model_validate_json(self._plan.read_bytes())
        except FileNotFoundError:
            return None

    def append(self, record: EpisodeRecord) -> None:
        """Append one episode and flush it to the disk at once, so that a crash cannot lose it; raises OSError."""
        if self._file.name == EPISODES:
            self.start_over()
        with self._file.open("ab+") as file:
            # If the last line is incomplete, because the disk was full, start a new line so that both stay apart.
            if file.tell() and not _ends_a_line(file):
                file.write(b"\n")
            file.write(record.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def resume(self) -> list[EpisodeRecord]:
        """Put the records of an interrupted session into one file and return them, without errored ones.

        Errored episodes run again. Raises FileNotFoundError if there is nothing to resume.
        """
        if not (self._folder / EPISODES).exists() and not self._worker_files():
            raise FileNotFoundError(f"{self._folder} contains no {EPISODES}")
        self._started = True
        kept = [record for record in self.gather([]) if record.outcome != "errored"]
        write_bytes(self._folder / EPISODES, _lines(kept))
        for file in self._worker_files():
            file.unlink(missing_ok=True)
        return kept

    def resumed(self) -> list[EpisodeRecord]:
        """Return the records that `resume` has written; every process can call this."""
        file = self._folder / EPISODES
        lines = file.read_text(encoding="utf-8").split("\n") if file.exists() else []
        return [record for line in lines if (record := _record(line))]

    def gather(self, known: Iterable[EpisodeRecord]) -> list[EpisodeRecord]:
        """Return the known episodes and those that any process has written, sorted; incomplete lines are left out."""
        found = {record.identity: record for record in known}
        own = [self._folder / EPISODES] if self._started else []
        for file in [*own, *self._worker_files()]:
            for line in file.read_text(encoding="utf-8").split("\n") if file.exists() else ():
                if record := _record(line):
                    found.setdefault(record.identity, record)
        return [found[identity] for identity in sorted(found)]

    def finish(self, records: Iterable[EpisodeRecord], summary: Summary, *, session: Model | None = None) -> None:
        """Write the episodes, the summary and the facts of the session, and remove the files of the workers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        # These reports show earlier results; new ones are written after this.
        remove(self._folder, REPORTS)
        write_bytes(self._folder / EPISODES, _lines(records))
        if session is not None:
            write_bytes(self._folder / SESSION, session.model_dump_json(indent=2).encode() + b"\n")
        write_bytes(self._folder / SUMMARY, summary.model_dump_json(indent=2).encode() + b"\n")
        for file in [*self._worker_files(), self._plan]:
            file.unlink(missing_ok=True)

    def _worker_files(self) -> list[Path]:
        return sorted(self._folder.glob("episodes.gw*.jsonl"))


def _lines(records: Iterable[EpisodeRecord]) -> bytes:
    return "".join(record.model_dump_json() + "\n" for record in records).encode()


def _record(line: str) -> EpisodeRecord | None:
    try:
        return EpisodeRecord.model_validate_json(line)
    except ValidationError:
        return None


def _ends_a_line(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
