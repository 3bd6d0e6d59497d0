"""The session as a whole: what is switched on by `--mmina`, and what the process that began it makes of the end."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina import __version__
from pytest_mmina.core.record.metrics import EpisodeRecord, summarise
from pytest_mmina.gate.early_stop import EarlyStopped
from pytest_mmina.gate.selection import Selection, SessionFacts
from pytest_mmina.plugin import browser_restart as launching
from pytest_mmina.plugin.agents import prepare_agents
from pytest_mmina.plugin.budget import Spending
from pytest_mmina.plugin.case_queue import unvisited
from pytest_mmina.plugin.cases import chosen_judge, site_folders
from pytest_mmina.plugin.collection import Collection, add_task_paths, hosts_of
from pytest_mmina.plugin.early_stop import EarlyStop
from pytest_mmina.plugin.environment import environment_of
from pytest_mmina.plugin.gate_options import (
    baseline_of,
    fixtures_fingerprint,
    require_fitting_options,
    selected_paths,
    skips_files,
)
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.outcomes import RECORD, UNWRITTEN, Outcomes, report_status
from pytest_mmina.plugin.partition import Partition
from pytest_mmina.plugin.progress import Progress
from pytest_mmina.plugin.recorder import Recordings
from pytest_mmina.plugin.session_gate import SessionGate
from pytest_mmina.plugin.session_report import SessionReport
from pytest_mmina.plugin.snapshot_cases import Snapshots
from pytest_mmina.reports.github import Place
from pytest_mmina.reports.markdown import markdown
from pytest_mmina.reports.report import Report
from pytest_mmina.reports.writing import report_of
from pytest_mmina.results.journal import GATE, MARKDOWN, Journal


def activate(config: pytest.Config) -> None:
    """Check what can be checked before a browser starts, then register the hooks; raises UsageError."""
    options = Options.of(config)
    # A bare `pytest` leaves the current folder out of the import path, and agents are named relative to it.
    if str(config.invocation_params.dir) not in sys.path:
        sys.path.append(str(config.invocation_params.dir))
    worker = str(getattr(config, "workerinput", {}).get("workerid", ""))
    prepare_agents(config, worker=worker)
    chosen_judge(config)
    hosts_of(config)
    for folder in options.uploads:
        if not folder.is_dir():
            raise pytest.UsageError(
                f"mmina_uploads: there is no folder {folder}: make it, or drop it from the ini file"
            )
    require_fitting_options(config)
    add_task_paths(config)
    resumed, shard = config.getoption("mmina_resume") is not None, config.getoption("mmina_shard")
    journal = Journal(options.results, worker=worker)
    plugins: dict[str, object] = {
        "collection": Collection(config),
        "outcomes": Outcomes(config, journal),
        "launching": launching,
        "snapshots": Snapshots(config),
        "spending": Spending(config, worker=worker),
    }
    if worker:
        baseline = baseline_of(config) if shard is not None else None
    else:
        controller = Controller(config, journal, resumed=resumed)
        baseline = controller.gate.baseline
        plugins["controller"] = controller
        plugins["recordings"] = Recordings(config)
        plugins["telling"] = SessionReport(config, controller)
        plugins["progress"] = Progress(records=controller.records, journal=journal, seconds=controller.gate.seconds)
        if config.pluginmanager.has_plugin("xdist"):
            from pytest_mmina.plugin.scheduling import Scheduling

            plugins["scheduling"] = Scheduling(
                seconds=controller.gate.seconds, stopping=controller.stopping, journal=journal
            )
        if controller.stopping is not None:
            plugins["stopping"] = controller.stopping
    if shard is not None or resumed or options.stop_early:
        plugins["partition"] = Partition(
            shard=shard,
            seconds=baseline.seconds if baseline is not None else {},
            journal=journal if resumed else None,
            trials_first=options.stop_early,
        )
    for name, plugin in plugins.items():
        config.pluginmanager.register(plugin, f"mmina-{name}")


class Controller:
    """Gathers the records of all processes, decides, and tells."""

    def __init__(self, config: pytest.Config, journal: Journal, *, resumed: bool) -> None:
        self._config, self._options, self._journal = config, Options.of(config), journal
        self._resumed = resumed
        self.records: dict[tuple[str, int, str], EpisodeRecord] = {}
        self._crashed: set[str] = set()
        self._skipped: set[str] = set()
        self.told: Report | None = None
        self.counted: list[EpisodeRecord] = []
        self.has_results = False
        self.failed: set[str] = set()
        self.places: dict[str, Place] = {}
        self.problems: list[str] = []
        self.remarks: list[str] = []
        self.gate = SessionGate(config)
        self.stopping = (
            EarlyStop(
                rules=self.gate.rules,
                baseline=self.gate.baseline,
                records=self.records,
                skipped=self._skipped,
                journal=journal,
            )
            if self._options.stop_early
            else None
        )

    def pytest_report_header(self) -> str:
        """Say what is tested."""
        protocol = f", protocol {self._options.protocol}" if self._options.protocol != "queue" else ""
        return f"mmina: agent {self._options.agent}{protocol}, results in {self._options.shown_results}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Make the folder of the results, before any worker begins to write."""
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
        """Take in what rides on a report, from this process or another."""
        if content := getattr(report, RECORD, None):
            record = EpisodeRecord.model_validate(content)
            if not self.records:
                self._journal.start_over()
            if report.failed:
                self.failed.add(record.case)
            if (report.failed or record.outcome != "solved") and report.location[1] is not None:
                self.places[record.case] = (Path(report.location[0]).as_posix(), report.location[1] + 1)
            # A plugin that runs a case again must not make a better one of it: the first episode counts.
            self.records.setdefault(record.identity, record)
        elif report.when not in ("setup", "call", "teardown"):
            # xdist reports a crashed worker with a phase of its own, and nothing on it.
            self._crashed.add(report.nodeid)
        elif report.skipped and report.when == "setup":
            self._skipped.add(report.nodeid)

    def pytest_report_teststatus(self, report: Any) -> object:
        """Show credit instead of a bare letter."""
        return report_status(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Reconcile what was selected with what came back, write the results, and let the gate decide."""
        if self._config.option.collectonly:
            return
        plan = self._journal.planned()
        records = self._journal.gather(self.records.values())
        known = {record.identity for record in records}
        missing = [record for record in plan.planned if record.identity not in known] if plan else []
        crashed = [record for record in missing if record.case in self._crashed]
        records = sorted([*records, *crashed], key=lambda record: record.identity)
        skipped = [record for record in missing if record.case in self._skipped]
        stopped = self.stopping.stopped if self.stopping is not None else EarlyStopped()
        left_out = self.stopping.left_out if self.stopping is not None else frozenset()
        gone = {*self._crashed, *self._skipped, *left_out}
        summary = summarise(
            records,
            not_run=sum(record.case not in gone for record in missing),
            skipped=len(skipped),
            stopped=stopped.trials,
        )
        facts = SessionFacts(
            plugin=__version__,
            shard="/".join(map(str, self._config.getoption("mmina_shard") or ())),
            selection=Selection(
                # What a session that is taken up again has finished before is deselected, and has run.
                deselected=(plan.deselected if plan else frozenset()) - {record.task for record in records},
                paths=selected_paths(self._config),
                unopened=skips_files(self._config),
            ),
            skipped=frozenset(record.task for record in skipped),
            skipped_cases=len(skipped),
            not_run=summary.not_run,
            fixtures=fixtures_fingerprint(site_folders(self._config)),
            stopped=stopped,
            ran=environment_of(self._config, records),
        )
        self.remarks += unvisited(self._options.serial, plan.planned) if plan else []
        self._note_unwritten("", vars(self._config.option))
        # A session that never came to its cases (a wrong path, say) leaves the results of the last one alone.
        self.has_results = plan is not None or bool(records)
        if self.has_results:
            self._write(lambda: self._journal.finish(records, summary, session=facts))
        if self._resumed and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not self.problems:
            session.exitstatus = pytest.ExitCode.OK
        passed = self.gate.conclude(records, facts)
        self.counted = records
        self.told = told = report_of(summary, records, facts, self.gate.record, agent=self._options.agent)
        if self.has_results:
            self._write(lambda: self._journal.keep(GATE, self.gate.record.model_dump_json(indent=2) + "\n"))
            self._write(lambda: self._journal.keep(MARKDOWN, markdown(told)))
        # What failed before a session was broken off has failed, whoever saw it.
        failed = self._resumed and self._options.fail_on == "task" and summary.solved < summary.episodes
        if self.problems or ((failed or not passed) and session.exitstatus == pytest.ExitCode.OK):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear from a worker of xdist that ends what it could not write."""
        self._note_unwritten(f"{node.gateway.id}: ", getattr(node, "workeroutput", {}))

    def _note_unwritten(self, where: str, told: Mapping[str, Any]) -> None:
        if text := told.get(UNWRITTEN):
            self.problems.append(f"{where}{text}")

    def _write(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            self.problems.append(f"the results could not be written to {self._options.shown_results}: {error}")
