"""What a session tells at its end: one screen, and the page that shows all of it."""

from typing import TYPE_CHECKING, Any

import pytest

from pytest_mmina.plugin.options import Options
from pytest_mmina.reporting import try_page
from pytest_mmina.reports.journal import EPISODES, SUMMARY
from pytest_mmina.reports.screen import Line, change_lines, changes_told, rate_lines, summary_tables
from pytest_mmina.reports.tables import time_line

if TYPE_CHECKING:
    from pytest_mmina.plugin.session import Controller


class Telling:
    """Writes for people what the controller has gathered, when it has decided."""

    def __init__(self, config: pytest.Config, controller: "Controller") -> None:
        self._config, self._options, self._controller = config, Options.of(config), controller
        self._page = ""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the page; registered behind all that leaves something in the folder, or takes it away."""
        told = self._controller.told
        if told is None or not self._controller.has_results:
            return
        if self._options.html:
            self._page, problem = try_page(self._options.results)
            self._controller.problems += [problem] if problem else []

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Tell rates, tables, what changed, where the results lie, and at the end what the gate says."""
        told, controller, verbosity = self._controller.told, self._controller, self._config.get_verbosity()
        if told is None:
            return
        summary, width = told.summary, self._config.get_terminal_writer().fullwidth
        if verbosity >= -1:
            terminalreporter.section(f"mmina: agent {', '.join(told.agents)}")
        lines: list[str | Line] = []
        if summary.episodes + summary.skipped + summary.not_run + summary.stopped == 0:
            lines = [
                "no task was selected: give a folder of tasks, set the ini value mmina_tasks, or change -k, -m or paths"
            ]
        elif verbosity == -1:
            lines = [*rate_lines(summary, told.changes, width=width)]
            lines += [f"since {told.before}: {changes_told(told.changes)}"] if told.changes is not None else []
        elif verbosity >= 0:
            lines = [*summary_tables(summary, told.changes, width=width), ""]
            if told.changes is not None:
                named = change_lines(told.changes, before=told.before, width=width, all_of_them=verbosity > 0)
                lines += [*named, ""]
        if verbosity >= 0:
            if controller.records:
                lines.append(time_line(controller.records.values()))
            lines.append(f"results: {self._options.shown_results}/ ({EPISODES}, {SUMMARY})")
        if self._page and verbosity >= -1:
            lines.append(f"page: {self._options.shown_results}/{self._page}")
        for line in lines:
            text, colour = line if isinstance(line, Line) else (line, "")
            terminalreporter.line(text, **({colour: True} if colour else {}))
        for line in controller.problems:
            terminalreporter.line(line, red=True)
        for line in controller.remarks:
            terminalreporter.line(line, yellow=True)
        controller.gate.tell(terminalreporter, with_notes=verbosity >= 0)
