"""The session as a whole: what is switched on by `--mmina`, and what the process that began it makes of the end."""

import sys
from typing import Any

import pytest

from pytest_mmina import __version__
from pytest_mmina.agents.load import load_agent
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.metrics import EpisodeRecord, Summary, summarise
from pytest_mmina.gate.selection import Selection, SessionFacts
from pytest_mmina.plugin import launching
from pytest_mmina.plugin.cases import chosen_judge, site_folders
from pytest_mmina.plugin.collection import Collection, add_task_paths, hosts_of
from pytest_mmina.plugin.gate_options import baseline_of, fixtures_fingerprint, selected_paths, skips_files
from pytest_mmina.plugin.gating import Gate
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.outcomes import RECORD, Outcomes, report_status
from pytest_mmina.plugin.partition import Partition
from pytest_mmina.reports.journal import EPISODES, SUMMARY, Journal
from pytest_mmina.reports.tables import summary_tables


def activate(config: pytest.Config) -> None:
    """Check what can be checked before a browser starts, then register the hooks; raises UsageError."""
    options = Options.of(config)
    # A bare `pytest` leaves the current folder out of the import path, and agents are named relative to it.
    if str(config.invocation_params.dir) not in sys.path:
        sys.path.append(str(config.invocation_params.dir))
    try:
        load_agent(options.agent)
    except AgentSpecError as error:
        raise pytest.UsageError(f"--mmina-agent: {error}") from None
    chosen_judge(config)
    hosts_of(config)
    add_task_paths(config)
    resumed = config.getoption("mmina_resume") is not None
    worker = str(getattr(config, "workerinput", {}).get("workerid", ""))
    journal = Journal(options.results, worker=worker)
    plugins: dict[str, object] = {
        "collection": Collection(config),
        "outcomes": Outcomes(config, journal),
        "launching": launching,
    }
    if not worker:
        plugins["controller"] = Controller(config, journal, resumed=resumed)
    shard, gate = config.getoption("mmina_shard"), baseline_of(config)
    if shard is not None or resumed:
        seconds = {task: counts.seconds for task, counts in gate.tasks.items()} if gate else {}
        plugins["partition"] = Partition(shard=shard, seconds=seconds, journal=journal if resumed else None)
    for name, plugin in plugins.items():
        config.pluginmanager.register(plugin, f"mmina-{name}")


class Controller:
    """Gathers the records of all processes, decides, and tells."""

    def __init__(self, config: pytest.Config, journal: Journal, *, resumed: bool) -> None:
        self._config, self._options, self._journal = config, Options.of(config), journal
        self._resumed = resumed
        self._records: dict[tuple[str, int, str], EpisodeRecord] = {}
        self._crashed: set[str] = set()
        self._skipped: set[str] = set()
        self._summary: Summary | None = None
        self._gate = Gate(config)
        self._unwritten = ""

    def pytest_report_header(self) -> str:
        """Say what is tested."""
        protocol = f", protocol {self._options.protocol}" if self._options.protocol != "queue" else ""
        return f"mmina: agent {self._options.agent}{protocol}, results in {self._shown_results()}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Make the folder of the results, before any worker begins to write."""
        if self._config.option.collectonly:
            return
        option = "--mmina-resume" if self._resumed else "--mmina-results"
        try:
            if self._resumed:
                self._records = {record.identity: record for record in self._journal.resume()}
            else:
                self._journal.begin()
        except OSError as error:
            raise pytest.UsageError(f"{option}: {self._options.results} cannot be used: {error}") from None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what rides on a report, from this process or another."""
        if content := getattr(report, RECORD, None):
            record = EpisodeRecord.model_validate(content)
            if not self._records:
                self._journal.start_over()
            # A plugin that runs a case again must not make a better one of it: the first episode counts.
            self._records.setdefault(record.identity, record)
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
        records = self._journal.gather(self._records.values())
        known = {record.identity for record in records}
        missing = [record for record in plan.planned if record.identity not in known] if plan else []
        crashed = [record for record in missing if record.case in self._crashed]
        records = sorted([*records, *crashed], key=lambda record: record.identity)
        skipped = [record for record in missing if record.case in self._skipped]
        self._summary = summarise(records, not_run=len(missing) - len(crashed) - len(skipped), skipped=len(skipped))
        facts = SessionFacts(
            plugin=__version__,
            shard="/".join(map(str, self._config.getoption("mmina_shard") or ())),
            selection=Selection(
                deselected=plan.deselected if plan else frozenset(),
                paths=selected_paths(self._config),
                unopened=skips_files(self._config),
            ),
            skipped=frozenset(record.task for record in skipped),
            not_run=self._summary.not_run,
            fixtures=fixtures_fingerprint(site_folders(self._config)),
        )
        unwritten = False
        # A session that never came to its cases (a wrong path, say) leaves the results of the last one alone.
        if plan is not None or records:
            unwritten = not self._finish(records, self._summary, facts)
        if self._resumed and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK
        passed = self._gate.conclude(records, self._summary, facts)
        # What failed before a session was broken off has failed, whoever saw it.
        failed = self._resumed and self._options.fail_on == "task" and self._summary.solved < self._summary.episodes
        if (failed or unwritten or not passed) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _finish(self, records: list[EpisodeRecord], summary: Summary, facts: SessionFacts) -> bool:
        try:
            self._journal.finish(records, summary, session=facts)
        except OSError as error:
            self._unwritten = f"the results could not be written to {self._shown_results()}: {error}"
            return False
        return True

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print rates, tables, where the results lie, and what the gate says."""
        summary = self._summary
        if summary is None:
            return
        agents = sorted({record.agent for record in self._records.values()}) or [self._options.agent]
        terminalreporter.section(f"mmina: agent {', '.join(agents)}")
        if summary.episodes + summary.skipped + summary.not_run == 0:
            terminalreporter.line(
                "no task was selected: give a folder of tasks, set the ini value mmina_tasks, or change -k, -m or paths"
            )
        else:
            for line in summary_tables(summary):
                terminalreporter.line(line)
        terminalreporter.line("")
        terminalreporter.line(f"results: {self._shown_results()}/ ({EPISODES}, {SUMMARY})")
        if self._unwritten:
            terminalreporter.line(self._unwritten, red=True)
        self._gate.tell(terminalreporter)

    def _shown_results(self) -> str:
        base = self._config.invocation_params.dir
        folder = self._options.results
        return str(folder.relative_to(base)) if folder.is_relative_to(base) else str(folder)
