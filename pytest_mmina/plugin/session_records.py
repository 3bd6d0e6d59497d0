"""Collect the records of all processes of a session in the main process."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.skips import SkipReason
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.outcomes import RECORD, REFUSED, UNWRITTEN, report_status
from pytest_mmina.plugin.skips import skip_of
from pytest_mmina.reports.github import Place
from pytest_mmina.results.journal import Journal


class SessionRecords:
    """Collects records and other facts from the reports of cases.

    `records` are the episodes so far by identity. `failed` are the cases whose test failed. `places` has the place of
    the test of each case that failed or is not solved. `crashed` are cases without a record, and so are `skipped`, with
    their reasons. `unwritten` has a message for each process that could not write something, `refused` says why a run
    was not resumed, `resumed` are the episodes from before. `collected` are the cases and tests that xdist's workers
    have found, `reported` those that had a result.
    """

    def __init__(self, config: pytest.Config, journal: Journal, *, resumed: bool) -> None:
        self._config, self._options, self._journal, self._resumed = config, Options.of(config), journal, resumed
        self.records: dict[tuple[str, int, str], EpisodeRecord] = {}
        self.crashed: set[str] = set()
        self.skipped: dict[str, SkipReason] = {}
        self.failed: set[str] = set()
        self.places: dict[str, Place] = {}
        self.unwritten: list[str] = []
        self.refused: dict[str, None] = {}
        self.resumed: tuple[EpisodeRecord, ...] = ()
        self.collected: tuple[str, ...] = ()
        self.reported: set[str] = set()

    def pytest_report_header(self) -> str:
        """Name the agent and the results folder in the header."""
        protocol = f", protocol {self._options.protocol}" if self._options.protocol != "queue" else ""
        control = f", control {self._options.control}" if self._options.control is not None else ""
        return f"mmina: agent {self._options.agent}{control}{protocol}, results in {self._options.shown_results}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Create the results folder before any worker writes to it."""
        if self._config.option.collectonly:
            return
        option = "--mmina-resume" if self._resumed else "--mmina-results"
        if self._options.base.resolve().is_relative_to(self._options.results.resolve()):
            raise pytest.UsageError(
                f"{option}: {self._options.results} contains the folder that pytest was called in: name another folder"
            )
        try:
            self._journal.begin()
            self._config.add_cleanup(self._journal.end)
            if self._resumed:
                self.resumed = tuple(self._journal.resume())
                self.records.update((record.identity, record) for record in self.resumed)
        except OSError as error:
            raise pytest.UsageError(f"{option}: {self._options.results} cannot be used: {error}") from None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Remember what the workers are to run: their plan may lie on another disk."""
        # A worker that was given a wrong path reports a collection without cases.
        if ids and not self.collected:
            self.collected = tuple(ids)
            try:
                self._journal.start_over()
            except OSError as error:
                self.unwritten.append(f"the results of the last session could not be removed: {error}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record from a report, of this process or another."""
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self.reported.add(report.nodeid)
        if content := getattr(report, RECORD, None):
            record = EpisodeRecord.model_validate(content)
            if report.failed:
                self.failed.add(record.case)
            if (report.failed or record.outcome != "solved") and report.location[1] is not None:
                self.places[record.case] = (Path(report.location[0]).as_posix(), report.location[1] + 1)
            # If a plugin reruns a case, the first episode counts, so that a rerun cannot improve the result.
            self.records.setdefault(record.identity, record)
        elif report.when not in ("setup", "call", "teardown"):
            # xdist reports a crashed worker with a phase of its own, and without a record.
            self.crashed.add(report.nodeid)
        elif (skip := skip_of(report)) is not None:
            self.skipped[report.nodeid] = skip

    def pytest_report_teststatus(self, report: Any) -> object:
        """Show the credit of a case instead of only a letter."""
        return report_status(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over the message of an xdist worker that could not write something."""
        self.note_unwritten(getattr(node, "workeroutput", {}), process=f"{node.gateway.id}: ")

    def note_unwritten(self, noted: Mapping[str, Any], *, process: str = "") -> None:
        """Store the message of a process that could not write something, if there is one."""
        if text := noted.get(UNWRITTEN):
            self.unwritten.append(f"{process}{text}")
        if text := noted.get(REFUSED):
            self.refused[text] = None
