"""Collect the records of all processes of a session in the main process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.skips import SkipReason
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.outcomes import RECORD, UNWRITTEN, report_status
from pytest_mmina.plugin.skips import skip_of
from pytest_mmina.reports.github import Place
from pytest_mmina.results.journal import Journal


class SessionRecords:
    """Collects records and other facts from the reports of cases.

    `records` are the episodes so far by identity. `failed` are the cases whose test failed. `places` has the place of
    the test of each case that failed or is not solved. `crashed` are cases without a record, and so are `skipped`, with
    their reasons. `unwritten` has a message for each process that could not write something.
    """

    def __init__(self, config: pytest.Config, journal: Journal, *, resumed: bool) -> None:
        self._config, self._options, self._journal, self._resumed = config, Options.of(config), journal, resumed
        self.records: dict[tuple[str, int, str], EpisodeRecord] = {}
        self.crashed: set[str] = set()
        self.skipped: dict[str, SkipReason] = {}
        self.failed: set[str] = set()
        self.places: dict[str, Place] = {}
        self.unwritten: list[str] = []

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
        try:
            if self._resumed:
                self.records.update((record.identity, record) for record in self._journal.resume())
            else:
                self._journal.begin()
        except OSError as error:
            raise pytest.UsageError(f"{option}: {self._options.results} cannot be used: {error}") from None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the record from a report, of this process or another."""
        if content := getattr(report, RECORD, None):
            record = EpisodeRecord.model_validate(content)
            if not self.records:
                self._journal.start_over()
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
