"""The results on disk: one line for each episode, written when it ends, and a summary at the end of the session."""

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.metrics import EpisodeRecord, Summary
from pytest_mmina.core.record.run import Run
from pytest_mmina.results.files import (
    ALL,
    EPISODES,
    PLAN,
    REPORTS,
    RUN,
    SESSION,
    SUMMARY,
    remove,
    require_ours,
    write_bytes,
)
from pytest_mmina.results.lines import append_line, read_records, written_lines
from pytest_mmina.results.lock import FolderLock, read_holder
from pytest_mmina.results.plan import Plan, ResultsError, read_plan, read_run

# Some file systems store small files inside the inode; this file is larger, so it needs free space on the disk.
_PROBE_BYTES = 16_384


class Journal:
    """The results folder as one process of a run sees it; `worker` is empty without xdist.

    Records of other runs are never read: workers of a session that was killed may still write some.
    """

    def __init__(self, folder: Path, *, worker: str = "", run: Run | None = None, resumed: bool = False) -> None:
        self._folder, self._run, self._resumed = folder, run, resumed
        self._file = folder / (f"episodes.{worker}.jsonl" if worker else EPISODES)
        self._lock = FolderLock(folder)

    def begin(self) -> None:
        """Create the folder and lock it. Results of earlier sessions stay until there is a plan.

        Raises FolderInUseError if a session runs there, ForeignFolderError if the folder holds files of somebody else,
        and OSError if it cannot be written to, for example because the disk is full.
        """
        require_ours(self._folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        probe = self._folder / f".probe.{os.getpid()}"
        write_bytes(probe, b" " * _PROBE_BYTES)
        probe.unlink()
        run = self._run
        self._lock.acquire(agent=run.agent if run is not None else "", run=self._id)

    def end(self) -> None:
        """Give the folder back: the session came to its end, with or without results."""
        self._lock.release()

    def plan(self, plan: Plan) -> None:
        """Write down the selected cases, and remove the results of the last run; raises OSError.

        A resumed session keeps the plan of its run and the episodes; what was made of them is removed.
        """
        holder = read_holder(self._folder)
        if holder is not None and holder.run != self._id:
            raise OSError(f"{self._folder} belongs to {holder} now")
        if self._resumed:
            # Without this file, the session counts as one that did not end.
            remove(self._folder, (SUMMARY, SESSION, *REPORTS))
        elif self.planned() is None:
            self.start_over()
            write_bytes(self._folder / PLAN, plan.model_copy(update={"run": self._id}).model_dump_json().encode())

    def start_over(self) -> None:
        """Write down the run and remove what the last one left, unless a process of this run has; raises OSError."""
        if self._resumed or self._run is None:
            return
        with suppress(ResultsError):
            last = read_run(self._folder)
            if last is not None and last.id == self._id:
                return
        # With the new run in its place, what is left of the last one is not taken for results of this one.
        write_bytes(self._folder / RUN, self._run.model_dump_json(indent=2).encode() + b"\n")
        remove(self._folder, (PLAN, *ALL))
        self._remove_worker_files()

    def planned(self) -> Plan | None:
        """Return the selected cases of the run; None if no process has written them yet."""
        with suppress(ResultsError):
            plan = read_plan(self._folder)
            if plan is not None and plan.run == self._id:
                return plan
        return None

    def append(self, record: EpisodeRecord) -> None:
        """Append one episode and flush it to the disk at once, so that a crash cannot lose it; raises OSError."""
        append_line(self._file, record.model_dump_json().encode())

    def resume(self) -> list[EpisodeRecord]:
        """Put the records of an interrupted session into one file and return them, without errored ones.

        Errored episodes run again. Nothing is written if the session has ended: it may not be resumed after all.
        """
        kept = self._gathered([], without_errors=[self._folder / EPISODES, *self._worker_files()])
        if not (self._folder / SUMMARY).exists():
            write_bytes(self._folder / EPISODES, written_lines(kept))
            self._remove_worker_files()
        return kept

    def resumed(self) -> list[EpisodeRecord]:
        """Return the records that a resumed session keeps; every process can call this."""
        return [record for record in self._own(self._folder / EPISODES) if record.outcome != "errored"]

    def gather(self, known: Iterable[EpisodeRecord]) -> list[EpisodeRecord]:
        """Return the known episodes and those that any process of the run has written, sorted.

        Incomplete lines are left out, and so are episodes that errored before the session was resumed.
        """
        return self._gathered(known, without_errors=[self._folder / EPISODES] if self._resumed else [])

    def finish(self, records: Iterable[EpisodeRecord], summary: Summary, *, session: Model | None = None) -> None:
        """Write the episodes, the summary and the facts of the session, and remove the files of the workers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        # These reports show earlier results; new ones are written after this.
        remove(self._folder, (SUMMARY, *REPORTS))
        in_order = sorted(records, key=lambda record: record.identity)
        write_bytes(self._folder / EPISODES, written_lines(in_order))
        if session is not None:
            write_bytes(self._folder / SESSION, session.model_dump_json(indent=2).encode() + b"\n")
        write_bytes(self._folder / SUMMARY, summary.model_dump_json(indent=2).encode() + b"\n")
        self._remove_worker_files()

    @property
    def _id(self) -> str:
        return self._run.id if self._run is not None else ""

    def _gathered(self, known: Iterable[EpisodeRecord], *, without_errors: Collection[Path]) -> list[EpisodeRecord]:
        found = {record.identity: record for record in known}
        for file in [self._folder / EPISODES, *self._worker_files()]:
            for record in self._own(file):
                if record.outcome != "errored" or file not in without_errors:
                    found.setdefault(record.identity, record)
        return [found[identity] for identity in sorted(found)]

    def _own(self, file: Path) -> list[EpisodeRecord]:
        return [record for record in read_records(file) if record.run == self._id]

    def _worker_files(self) -> list[Path]:
        return sorted(self._folder.glob("episodes.gw*.jsonl"))

    def _remove_worker_files(self) -> None:
        for file in self._worker_files():
            file.unlink(missing_ok=True)
