"""The end of a session as test cases in the reports of other plugins: JUnit's file, pytest-html, Allure.

Jenkins, GitLab and the like read how many cases failed, and not the exit status. A closed gate is a failed case
`mmina::gate` for them. The terminal counts the cases that ran, so these reports go to the other plugins alone.
"""

from collections.abc import Callable, Iterator, Sequence
from time import time
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from _pytest.junitxml import xml_key

from pytest_mmina.reports.junit import GATE_REASONS, GATE_STATE, SUITE, case_text


class SessionCase(NamedTuple):
    """Something that a session passed or failed as a whole: the gate, or writing its results."""

    name: str
    passed: bool
    sentences: Sequence[str]


def show_cases(config: pytest.Config, cases: Sequence[SessionCase]) -> list[str]:
    """Add cases to the reports of other plugins; returns a message for each plugin that could not take them."""
    problems = []
    for plugin, take in _takers(config):
        try:
            for case in cases:
                take(case)
        except Exception as error:
            # These plugins call hooks of the user's, and their own insides change.
            problems.append(f"the gate could not be added to the report of {plugin}: {type(error).__name__}: {error}")
    return problems


def _takers(config: pytest.Config) -> Iterator[tuple[str, Callable[[SessionCase], None]]]:
    if (xml := config.stash.get(xml_key, None)) is not None:
        yield "--junitxml", lambda case: _add_to_junit(xml, case)
    for plugin in config.pluginmanager.get_plugins():
        if type(plugin).__module__.startswith("pytest_html."):
            yield "pytest-html", lambda case, plugin=plugin: _log(plugin, case)  # type: ignore[misc]
    if config.pluginmanager.has_plugin("allure_listener"):
        yield "allure-pytest", _add_to_allure


def _add_to_junit(xml: Any, case: SessionCase) -> None:
    if case.name == "gate":
        xml.add_global_property(GATE_STATE, "open" if case.passed else "closed")
        xml.add_global_property(GATE_REASONS, case_text(case.sentences))
    _log(xml, case)


def _log(plugin: Any, case: SessionCase) -> None:
    """Give a plugin the reports of a case that ran."""
    outcome = "passed" if case.passed else "failed"
    text = case_text(case.sentences)
    for when, ended in (("setup", "passed"), ("call", outcome), ("teardown", "passed")):
        is_call = when == "call"
        plugin.pytest_runtest_logreport(
            pytest.TestReport(
                nodeid=f"{SUITE}::{case.name}",
                location=("", None, f"{SUITE}::{case.name}"),
                keywords={},
                outcome=ended,  # type: ignore[arg-type]
                longrepr=text if is_call and not case.passed else None,
                when=when,  # type: ignore[arg-type]
                sections=[("gate", text)] if is_call and case.passed else [],
            )
        )


def _add_to_allure(case: SessionCase) -> None:
    import allure_commons
    from allure_commons.model2 import Label, Status, StatusDetails, TestResult

    now, name = int(time() * 1000), f"{SUITE}::{case.name}"
    allure_commons.plugin_manager.hook.report_result(
        result=TestResult(
            uuid=str(uuid4()),
            historyId=name,
            testCaseId=name,
            fullName=name,
            name=name,
            status=Status.PASSED if case.passed else Status.FAILED,
            statusDetails=StatusDetails(message=case_text(case.sentences)),
            labels=[Label(name="suite", value=SUITE), Label(name="framework", value="pytest")],
            start=now,
            stop=now,
        )
    )


def stop_workers(config: pytest.Config) -> None:
    """Stop the workers of pytest-xdist, which does so later: a session that was interrupted still has some."""
    nodes = getattr(config.pluginmanager.get_plugin("dsession"), "nodemanager", None)
    if nodes is not None:
        nodes.teardown_nodes()
