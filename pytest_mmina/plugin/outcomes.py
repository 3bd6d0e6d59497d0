"""Make the report of a finished case: record, credit, and a failure text without a traceback of this plugin."""

import sys
from collections.abc import Generator, Mapping, Sequence

import pytest
from _pytest._code.code import TerminalRepr

from pytest_mmina.core.episode.episode import Episode
from pytest_mmina.core.errors import NotSolved
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.plugin.case_selection import SPLIT
from pytest_mmina.plugin.cases import CaseState, case_of, is_of_control, planned_record, record_of
from pytest_mmina.plugin.collection import TaskFile
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.retries import cause_of, is_run_again, with_attempts
from pytest_mmina.plugin.skips import CaseSkips
from pytest_mmina.reports.hop_table import hop_table
from pytest_mmina.reports.junit import PREFIX, case_properties
from pytest_mmina.reports.tables import episode_table, headline
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.plan import Plan

RECORD = "mmina"
_EXTRAS = "extras"
UNWRITTEN = "mmina_unwritten"
REFUSED = "mmina_refused"
CRASHED = "the worker process crashed in mid-episode"
NOT_CALLED = "the test asks for mmina_run and never calls it"


class Outcomes:
    """The hooks for finished cases, in the process that runs them.

    In a resumed session, `finished` are the cases that do not run again, with the fingerprints of their tasks.
    """

    def __init__(self, config: pytest.Config, journal: Journal, *, finished: Mapping[str, str] | None) -> None:
        self._config, self._options, self._journal = config, Options.of(config), journal
        self._finished = finished
        self._deselected: set[str] = set()
        self._skipped_modules: set[str] = set()
        self._skips = CaseSkips(config)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Remember the tasks that the user's selection leaves out."""
        self._deselected |= {case.listed.id for case in map(case_of, items) if case is not None}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a module that skips itself: it may have cases."""
        if report.skipped:
            self._skipped_modules.add(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write down the selected cases."""
        # pytest also calls this hook while it handles the error of a wrong path.
        if session.config.option.collectonly or isinstance(sys.exception(), pytest.UsageError):
            return
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            # Without xdist, pytest stops after a collection error; xdist workers would run all other cases.
            session.items.clear()
        cases = {item: case for item in session.items if (case := case_of(item)) is not None}
        self._skips.note_marks(cases)
        plan = Plan(
            split=self._config.stash.get(SPLIT, ""),
            planned=tuple(planned_record(item, case, reason=CRASHED) for item, case in cases.items()),
            deselected=frozenset(self._deselected),
            own=frozenset(item.nodeid for item in cases if not isinstance(item.parent, TaskFile)),
            skipped_modules=frozenset(self._skipped_modules),
            skipped=frozenset(item.nodeid for item in cases if item.get_closest_marker("skip") is not None),
            may_skip=frozenset(item.nodeid for item in cases if item.get_closest_marker("skipif") is not None),
        )
        if self._finished is not None and not self._is_same_selection(plan):
            session.items.clear()
            return
        try:
            self._journal.plan(plan)
        except OSError as error:
            # Run nothing: without the plan, a case that is lost would not be reported as missing.
            self._note(error)
            session.items.clear()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn the end of a case into its record, written to disk at once."""
        report = yield
        if call.when != "teardown":
            self._skips.attach(item, call, report)
        if call.when == "teardown":
            CaseState.forget(item)
        case = case_of(item)
        if case is None or not (call.when == "call" or (call.when == "setup" and report.failed)):
            return report
        episode = CaseState.of(item).episode
        if episode is None and report.skipped:
            return report
        if episode is None:
            if report.passed:
                report.outcome, report.longrepr = "failed", _failure(item, NOT_CALLED)
            error = call.excinfo.value if call.excinfo else None
            cause = f"{type(error).__name__}: {error}" if error else NOT_CALLED
            record = planned_record(item, case, reason=f"no episode: {cause}", errored=cause_of(error))
        else:
            record = record_of(item, case, episode)
            self._conclude(item, call, report, episode)
        if is_run_again(item, record):
            return report
        record = with_attempts(item, record)
        # If the disk is full, the record is still part of the report, and the session reports the error at its end.
        try:
            self._journal.append(record)
        except OSError as error:
            self._note(error)
        _attach(item, report, record)
        return report

    def _is_same_selection(self, now: Plan) -> bool:
        """Whether a resumed session has the cases of its run; if not, the differences are stored for the main process.

        Nothing has been written so far, so the results stay as they are.
        """
        planned = self._journal.planned()
        there = list(planned.differences({**now.fingerprints, **(self._finished or {})})) if planned is not None else []
        if there:
            self._store(
                REFUSED,
                f"--mmina-resume: the run in {self._options.shown_results} has other cases: {'; '.join(there)}. Select "
                "what it had, or begin a new run without --mmina-resume",
            )
        return not there

    def _note(self, error: OSError) -> None:
        """Store the first write error for the main process."""
        self._store(UNWRITTEN, f"the results could not be written while the session ran: {error}")

    def _store(self, name: str, message: str) -> None:
        place = self._config.workeroutput if hasattr(self._config, "workeroutput") else vars(self._config.option)
        place.setdefault(name, message)

    def _conclude(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, episode: Episode
    ) -> None:
        table = episode_table(episode)
        if is_of_control(item) and episode.outcome != "errored" and not report.skipped:
            # What the agent before the change did wrong is no failure of the change, not even in a test of the user's.
            if report.longrepr is not None:
                report.sections.append(("the control's test failed", str(report.longrepr)))
            report.outcome, report.longrepr = "passed", None
            report.sections.append(("hops", table))
            return
        expected = call.excinfo is None or isinstance(call.excinfo.value, NotSolved)
        if not expected or report.skipped:
            report.sections.append(("hops", table))
        elif episode.solved:
            return
        elif episode.outcome == "errored" or self._options.fail_on == "task":
            report.outcome = "failed"
            report.longrepr = _failure(item, table)
        else:
            report.outcome, report.longrepr = "passed", None
            report.sections.append(("hops", table))


def _failure(item: pytest.Item, text: str) -> str | TerminalRepr:
    # This is pytest's form of a failure without a traceback. Its first line is part of the short summary, and xdist can
    # send it to the main process.
    try:
        pytest.fail(text, pytrace=False)
    except pytest.fail.Exception as failure:
        return item.repr_failure(pytest.ExceptionInfo.from_exception(failure))


def _attach(item: pytest.Item, report: pytest.TestReport, record: EpisodeRecord) -> None:
    credit = {"passed": record.hops_passed, "total": len(record.hops), "score": round(record.credit, 3)}
    item.add_marker(pytest.mark.partial_credit(**credit))
    # Only JSON types: any other object ends an xdist session with an internal error.
    setattr(report, RECORD, record.model_dump(mode="json"))
    # JUnit reads the properties of the item at teardown; other plugins read those of the call's report.
    kept = [(name, value) for name, value in item.user_properties if not name.startswith(PREFIX)]
    item.user_properties[:] = [*kept, *case_properties(record)]
    report.user_properties[:] = item.user_properties
    if item.config.pluginmanager.hasplugin("html"):
        # pytest-html shows this table when a row is opened. It is a plain dict, so that xdist can send it.
        table = {
            "name": None,
            "format_type": "html",
            "content": hop_table(record),
            "mime_type": None,
            "extension": None,
        }
        setattr(report, _EXTRAS, [*getattr(report, _EXTRAS, []), table])


def report_status(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]] | str] | None:
    """Return how the terminal shows a case: category, letter and word; None for other reports."""
    content = getattr(report, RECORD, None)
    if content is None or report.when != "call" or report.outcome not in ("passed", "failed"):
        return None
    record = EpisodeRecord.model_validate(content)
    word = headline(record)
    if report.failed:
        return "failed", "F", (word, {"red": True})
    if record.arm == "control":
        # A category of its own, so that pytest's counts are those of the agent to test.
        return "control", "c", f"CONTROL {word}"
    if record.outcome == "solved":
        return "passed", ".", (word, {"green": True})
    return record.outcome, record.outcome[0], (word, {"yellow": True})
