"""The results on disk: a line per episode, written as it ends, and a summary at the end."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.metrics import EpisodeRecord, Summary
from pytest_mmina.results.files import ALL, EPISODES, REPORTS, SESSION, SUMMARY, remove, write_bytes

_PLAN = "planned.json"
# More than a file system keeps inside a file's own entry, so that it takes room on the disk.
_TRIAL_BYTES = 16_384


class Plan(Model):
    """What was selected, as the records that stand for cases whose own never come, and which tasks were not.

    `own` are cases of the user's own tests, `skipped` those that were marked so when they were collected, `may_skip`
    those whose mark has a condition.
    """

    planned: tuple[EpisodeRecord, ...] = ()
    deselected: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    may_skip: frozenset[str] = frozenset()


class Journal:
    """The results folder as one process sees it; `worker` is empty without xdist."""

    def __init__(self, folder: Path, *, worker: str = "") -> None:
        self._folder = folder
        self._file = folder / (f"episodes.{worker}.jsonl" if worker else EPISODES)
        self._plan = folder / _PLAN
        self._started = False

    def begin(self) -> None:
        """Make the folder, and clear what a session that was cut off left there.

        Raises OSError if that cannot be, or if nothing can be written there, on a full disk say.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in [*self._worker_files(), self._plan]:
            file.unlink(missing_ok=True)
        trial = self._folder / f".trial.{os.getpid()}"
        write_bytes(trial, b" " * _TRIAL_BYTES)
        trial.unlink()

    def start_over(self) -> None:
        """Drop the results of the last session, once there is a first one of this session."""
        if not self._started:
            self._started = True
            remove(self._folder, ALL)

    def plan(self, plan: Plan) -> None:
        """Note what was selected; raises OSError."""
        write_bytes(self._plan, plan.model_dump_json().encode())

    def planned(self) -> Plan | None:
        """What was selected; None if no process came so far."""
        try:
            return Plan.model_validate_json(self._plan.read_bytes())
        except FileNotFoundError:
            return None

    def append(self, record: EpisodeRecord) -> None:
        """Write one episode, down to the disk, before anything else can go wrong; raises OSError."""
        if self._file.name == EPISODES:
            self.start_over()
        with self._file.open("ab+") as file:
            # A line that was cut short, by a full disk say, must not take the next one with it.
            if file.tell() and not _ends_a_line(file):
                file.write(b"\n")
            file.write(record.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def resume(self) -> list[EpisodeRecord]:
        """Take up what a session that was broken off left, in one file again; errored episodes are left to run anew.

        Raises FileNotFoundError where there is nothing to take up.
        """
        if not (self._folder / EPISODES).exists() and not self._worker_files():
            raise FileNotFoundError(f"{self._folder} holds no {EPISODES}")
        self._started = True
        kept = [record for record in self.gather([]) if record.outcome != "errored"]
        write_bytes(self._folder / EPISODES, _lines(kept))
        for file in self._worker_files():
            file.unlink(missing_ok=True)
        return kept

    def finished(self) -> list[EpisodeRecord]:
        """The episodes that `resume` has put together, as any process may read them."""
        file = self._folder / EPISODES
        lines = file.read_text(encoding="utf-8").split("\n") if file.exists() else []
        return [record for line in lines if (record := _record(line))]

    def gather(self, known: Iterable[EpisodeRecord]) -> list[EpisodeRecord]:
        """All episodes of all processes with those already known, in order; a line cut short by a crash is left out."""
        found = {record.identity: record for record in known}
        own = [self._folder / EPISODES] if self._started else []
        for file in [*own, *self._worker_files()]:
            for line in file.read_text(encoding="utf-8").split("\n") if file.exists() else ():
                if record := _record(line):
                    found.setdefault(record.identity, record)
        return [found[identity] for identity in sorted(found)]

    def finish(self, records: Iterable[EpisodeRecord], summary: Summary, *, session: Model | None = None) -> None:
        """Leave the merged episodes, the summary and what is known of the session, and remove the workers' parts."""
        self._folder.mkdir(parents=True, exist_ok=True)
        # Those tell of what lay here before, and are made anew after this.
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
