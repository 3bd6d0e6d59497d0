"""The content of the page: the report, and the episodes, which are collected while the results are read."""

from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.record import GateRecord
from pytest_mmina.reports.page.rows import Rows
from pytest_mmina.reports.page.scripts import packed
from pytest_mmina.reports.report import Report
from pytest_mmina.trajectories.reading import recording_name

_TRACE = "trace.zip"
_CHUNK_BYTES = 256 * 1024


class PageEpisodes:
    """Collects the episodes of a results folder: a row of short values for each, and the records, packed in chunks.

    An exception is kept in `error` until the page is written, so that the other readers of the results can go on.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.rows = Rows()
        self.error: Exception | None = None
        self._chunks: list[bytes] = []
        self._lines: list[bytes] = []
        self._bytes = 0

    def read(self, record: EpisodeRecord, line: bytes) -> None:
        """Add an episode and its line in the journal."""
        if self.error is None:
            try:
                self._add(record, line)
            except Exception as error:
                self.error = error

    def chunks(self) -> list[bytes]:
        """Return the scripts with the records, in the order of the journal."""
        return [*self._chunks, *([self._packed_lines()] if self._lines else [])]

    def _add(self, record: EpisodeRecord, line: bytes) -> None:
        name = recording_name(
            task=record.task, trial=record.trial, case=record.case, browser=record.browser, arm=record.arm
        )
        self.rows.add(record, chunk=len(self._chunks), recording=name, traced=self._is_traced(record))
        self._lines.append(line.rstrip())
        self._bytes += len(line)
        if self._bytes >= _CHUNK_BYTES:
            self._chunks.append(self._packed_lines())
            self._lines, self._bytes = [], 0

    def _packed_lines(self) -> bytes:
        return b"".join(packed((b"[", b",".join(self._lines), b"]"), level=1))

    def _is_traced(self, record: EpisodeRecord) -> bool:
        # pytest-playwright can remove the trace of a test that passed.
        if not record.trace:
            return False
        path = PurePosixPath(record.trace)
        return path.name == _TRACE and not path.is_absolute() and (self._folder / path).is_file()


class EarlierResults(NamedTuple):
    """The results of an earlier session, with which the page compares."""

    folder: Path
    episodes: PageEpisodes


class PageContent(NamedTuple):
    """The content of a page. `report` has the changes since the baseline or since `earlier`; `shard` is like `2/5`."""

    report: Report
    gate: GateRecord
    episodes: PageEpisodes
    shard: str = ""
    earlier: EarlierResults | None = None
