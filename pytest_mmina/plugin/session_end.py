"""The end of a session: write its results, let the gate decide, and make the reports."""

import os
from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import pytest

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.plugin.case_queue import unvisited
from pytest_mmina.plugin.early_stop import EarlyStop
from pytest_mmina.plugin.gate_case import SessionCase, show_cases, stop_workers
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.reconciling import NOTHING_RAN, facts_of, reconcile
from pytest_mmina.plugin.recorder import forget_other_recordings
from pytest_mmina.plugin.session_gate import GateConclusion, SessionGate
from pytest_mmina.plugin.session_records import SessionRecords
from pytest_mmina.plugin.session_report import Conclusion, write_conclusion
from pytest_mmina.plugin.watch import WATCH
from pytest_mmina.reports.github import Failures, append_summary, error_commands, reads_commands
from pytest_mmina.reports.page.content import PageContent, PageEpisodes
from pytest_mmina.reports.report import Report
from pytest_mmina.reports.tables import time_line
from pytest_mmina.reports.writing import report_of, try_page, write_reports
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.reading import Results, results_of


class _Fails(NamedTuple):
    """What makes a session fail: problems outside of the episodes, the gate, or what a resumed session had run.

    `refused` is whether the run was not resumed.
    """

    problems: tuple[str, ...] = ()
    gate: bool = False
    unsolved: str = ""
    refused: bool = False


class SessionEnd:
    """Concludes a session before other plugins write their reports, which show the gate too."""

    def __init__(
        self,
        config: pytest.Config,
        journal: Journal,
        session_records: SessionRecords,
        gate: SessionGate,
        *,
        stopping: EarlyStop | None,
        resumed: bool,
    ) -> None:
        self._config, self._options, self._journal = config, Options.of(config), journal
        self._session_records, self._gate, self._stopping, self._resumed = session_records, gate, stopping, resumed
        # A shard does not decide about all tasks: `mmina gate` reports that to the job later.
        self._reports_to_job = config.getoption("mmina_shard") is None or self._options.fail_on == "task"
        self._conclusion: Conclusion | None = None
        self._fails = _Fails()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        """Write the results, let the gate decide, and make the reports; set the exit status after all other hooks."""
        if self._config.option.collectonly:
            return (yield)
        stop_workers(self._config)
        self._conclusion = self._conclude()
        shown = show_cases(self._config, self._cases())
        self._conclusion = self._conclusion._replace(problems=(*self._conclusion.problems, *shown))
        self._journal.end()
        try:
            yield
        finally:
            self._set_status(session)

    def pytest_sessionstart(self) -> None:
        """Tell the watch that the session decides something at its end."""
        if not self._config.option.collectonly:
            self._config.stash[WATCH].begun = True

    def _set_status(self, session: pytest.Session) -> None:
        fails = self._fails
        if fails.refused:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        if self._resumed and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not fails.problems:
            session.exitstatus = pytest.ExitCode.OK
        if fails.problems or ((fails.unsolved or fails.gate) and session.exitstatus == pytest.ExitCode.OK):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
        watch = self._config.stash[WATCH]
        sentences = [sentence for case in self._cases() if not case.passed for sentence in case.sentences]
        watch.failure = sentences[0] if sentences else ""
        watch.say(session.exitstatus)

    def pytest_keyboard_interrupt(self) -> None:
        """Tell the parent that the interrupt has arrived."""
        # pytest also calls this after errors in collection, and a session that only collects is not watched.
        if (watch := self._config.stash.get(WATCH, None)) is not None:
            watch.say_interrupted()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the conclusion."""
        if self._conclusion is not None:
            write_conclusion(
                self._conclusion,
                terminalreporter,
                results=self._options.shown_results,
                width=self._config.get_terminal_writer().fullwidth,
                verbosity=self._config.get_verbosity(),
            )

    def _cases(self) -> list[SessionCase]:
        """Return what the session passed or failed as a whole, beside its cases."""
        assert self._conclusion is not None
        gate, fails = self._conclusion.gate, self._fails
        cases = []
        if (decision := gate.record.decision) is not None:
            cases.append(SessionCase("gate", decision.passed, decision.sentences()))
        sentences = [*fails.problems, *filter(None, [gate.not_saved, fails.unsolved])]
        if sentences:
            cases.append(SessionCase("session", passed=False, sentences=sentences))
        return cases

    def _conclude(self) -> Conclusion:
        self._session_records.note_unwritten(vars(self._config.option))
        refused = self._session_records.refused
        stopping = self._stopping
        found = reconcile(self._journal, self._session_records, stopping) if not refused else NOTHING_RAN
        plan, records = found.plan, found.records
        results = results_of(records, facts_of(self._config, found, self._session_records, stopping))
        problems = [*refused, *self._session_records.unwritten]
        if agents := sorted({*found.by_others.values()}):
            problems.append(
                f"--mmina-resume: the run had another agent than {', '.join(agents)}, whose episodes are not counted "
                f"({len(found.by_others)}). Begin a new run without --mmina-resume"
            )
        # A session that stops before its cases, for example because of a wrong path, keeps the results of the last one.
        has_results = plan is not None or bool(records)
        if has_results:
            try:
                self._journal.finish(records, results.summary, session=results.facts)
            except OSError as error:
                problems.append(self._unwritten(error))
        gate = self._gate.conclude(results)
        report = report_of(results, gate.record, agent=self._options.agent)
        if has_results:
            problems += map(self._unwritten, write_reports(self._options.results, report, gate.record))
        # Episodes that failed before the session was interrupted still fail the resumed session.
        unsolved = report.summary.episodes - report.summary.solved
        counts = self._resumed and self._options.fail_on == "task" and unsolved
        self._fails = _Fails(
            problems=tuple(problems),
            gate=not gate.passed,
            unsolved=f"{unsolved} of the episodes of this resumed session are not solved" if counts else "",
            refused=bool(refused),
        )
        # From here on, problems are reported, but do not change the exit status.
        problems += self._forget_other_recordings(records)
        problems += self._report_to_job(report, has_results=has_results)
        tested = [record for record in self._session_records.records.values() if not record.arm]
        page, problem = self._write_page(results, report, gate, records) if has_results else ("", "")
        return Conclusion(
            report=report,
            gate=gate,
            times=time_line(tested) if tested else "",
            page=page,
            problems=(*problems, *filter(None, [problem])),
            remarks=tuple(unvisited(self._options.serial, plan.planned)) if plan is not None else (),
            annotations=tuple(self._annotations(report, records)),
        )

    def _unwritten(self, error: OSError) -> str:
        return f"the results could not be written to {self._options.shown_results}: {error}"

    def _forget_other_recordings(self, records: Sequence[EpisodeRecord]) -> list[str]:
        try:
            if records:
                forget_other_recordings(self._config, records)
        except OSError as error:
            return [f"trajectories of earlier sessions could not be removed: {error}"]
        return []

    def _report_to_job(self, report: Report, *, has_results: bool) -> list[str]:
        if not self._reports_to_job or not (has_results or report.passed is False):
            return []
        problem = append_summary(report, os.environ)
        return [problem] if problem else []

    def _write_page(
        self, results: Results, report: Report, gate: GateConclusion, records: Sequence[EpisodeRecord]
    ) -> tuple[str, str]:
        if not self._options.html:
            return "", ""
        episodes = PageEpisodes(self._options.results)
        for record in records:
            episodes.read(record, record.model_dump_json().encode())
        content = PageContent(report, gate.record, episodes, results.facts.shard)
        return try_page(self._options.results, content)

    def _annotations(self, report: Report, records: Sequence[EpisodeRecord]) -> list[str]:
        if not self._reports_to_job or not reads_commands(os.environ):
            return []
        failures = Failures(self._session_records.failed)
        for record in records:
            failures.read(record)
        return error_commands(
            report,
            failures,
            os.environ,
            root=self._config.rootpath,
            each_task=self._options.fail_on == "task",
            places=self._session_records.places,
        )
