"""What a session tells at its end: one screen, and the page that shows all of it."""

import os
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mmina.plugin.options import Options
from pytest_mmina.reports.columns import printable
from pytest_mmina.reports.github import append_summary, error_commands
from pytest_mmina.reports.screen import screen
from pytest_mmina.reports.tables import time_line
from pytest_mmina.reports.writing import try_page
from pytest_mmina.results.journal import EPISODES, SUMMARY

if TYPE_CHECKING:
    from pytest_mmina.plugin.session import Controller


class SessionReport:
    """Writes for people what the controller has gathered, when it has decided."""

    def __init__(self, config: pytest.Config, controller: "Controller") -> None:
        self._config, self._options, self._controller = config, Options.of(config), controller
        self._page = ""
        # What a part of the tasks gives decides nothing about the whole, which `mmina gate` tells of.
        self._tells_job = config.getoption("mmina_shard") is None or self._options.fail_on == "task"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write the page and the summary of the job; registered behind all that changes something in the folder."""
        told = self._controller.told
        if told is None:
            return
        if self._tells_job and (self._controller.has_results or told.passed is False):
            problem = append_summary(told, os.environ)
            self._controller.problems += [problem] if problem else []
        if self._options.html and self._controller.has_results:
            self._page, problem = try_page(self._options.results)
            self._controller.problems += [problem] if problem else []

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Tell rates, tables, what changed, where the results lie, and at the end what the gate says."""
        told, controller, verbosity = self._controller.told, self._controller, self._config.get_verbosity()
        if told is None:
            return
        if verbosity >= -1:
            terminalreporter.section(printable(f"mmina: agent {', '.join(told.agents)}"))
        for text, colour in screen(told, width=self._config.get_terminal_writer().fullwidth, verbosity=verbosity):
            terminalreporter.line(text, **({colour: True} if colour else {}))
        if verbosity >= 0:
            terminalreporter.line("")
            if controller.records:
                terminalreporter.line(time_line(controller.records.values()))
            terminalreporter.line(f"results: {self._options.shown_results}/ ({EPISODES}, {SUMMARY})")
        if self._page and verbosity >= -1:
            terminalreporter.line(f"page: {self._options.shown_results}/{self._page}")
        for line in controller.problems:
            terminalreporter.line(line, red=True)
        for line in controller.remarks:
            terminalreporter.line(line, yellow=True)
        controller.gate.tell(terminalreporter, with_notes=verbosity >= 0)
        if not self._tells_job:
            return
        for line in error_commands(
            told,
            controller.counted,
            os.environ,
            root=self._config.rootpath,
            each_task=self._options.fail_on == "task",
            failed=controller.failed,
            places=controller.places,
        ):
            terminalreporter.line(line)
