"""The gate in the reports of other plugins, which read how many cases failed and not the exit status."""

import json
from html import unescape
from importlib.util import find_spec
from xml.etree import ElementTree

import pytest

from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]

# A sentence of the gate quotes this pattern.
AWKWARD = "]]>&<b>" + "x" * 5000
FILES = ("--junitxml=junit.xml", "--html=report.html", "--self-contained-html")


def suite_of(project: Project, name: str = "junit.xml") -> ElementTree.Element:
    suite = ElementTree.parse(project.folder / name).getroot().find("testsuite")
    assert suite is not None
    return suite


def case_of(suite: ElementTree.Element, name: str = "gate") -> ElementTree.Element:
    (case,) = [case for case in suite.iter("testcase") if (case.get("classname"), case.get("name")) == ("mmina", name)]
    return case


def properties_of(suite: ElementTree.Element) -> dict[str | None, str | None]:
    return {each.get("name"): each.get("value") for each in suite.findall("properties/property")}


def rows_of(project: Project) -> dict[str, list[dict[str, str]]]:
    page = (project.folder / "report.html").read_text()
    tests: dict[str, list[dict[str, str]]] = json.loads(unescape(page.split('data-jsonblob="')[1].split('"')[0]))[
        "tests"
    ]
    return tests


def test_a_closed_gate_is_a_failed_case(project: Project, way: Way) -> None:
    project.task("compare/1")
    rules = ("--mmina-min-task-rate=0.5", f"--mmina-must-pass={AWKWARD}", "--mmina-min-hop-rate=0.1")
    result = project.run("tasks", "--mmina-agent=bots:Half", *rules, *FILES, *way)
    assert result.ret == 1
    result.assert_outcomes()  # in the terminal there is one partial case, and no failed one
    suite = suite_of(project)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    failure = case_of(suite).find("failure")
    assert failure is not None
    first = "gate: CLOSED: task success rate 0.0% < 50.0% (--mmina-min-task-rate)"
    assert (failure.get("message") or "").splitlines()[0] == first
    assert (failure.text or "").splitlines()[0] == first
    assert "no episode of a task like ']]>&<b>xxx" in (failure.text or "")
    assert len(failure.text or "") < 3000
    told = properties_of(suite)
    assert told["mmina.gate"] == "closed"
    assert (told["mmina.gate.reasons"] or "").startswith(first)
    (row,) = rows_of(project)["mmina::gate"]
    assert row["result"] == "Failed"
    assert first in unescape(row["log"])
    assert "<b>" not in row["log"]


def test_an_open_gate_is_a_passed_case(project: Project, way: Way) -> None:
    project.task("compare/1")
    gate = ("tasks", "--mmina-agent=bots:Half", "--mmina-min-hop-rate=0.5", "-o", "junit_family=xunit1")
    result = project.run(*gate, *FILES, *way)
    assert result.ret == 0
    suite = suite_of(project)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "0", "0")
    assert list(case_of(suite)) == []
    assert properties_of(suite)["mmina.gate"] == "open"
    assert rows_of(project)["mmina::gate"][0]["result"] == "Passed"

    result = project.run("tasks", "--mmina-agent=bots:Plays", "--junitxml=junit.xml", *way)
    assert (result.ret, suite_of(project).get("tests"), properties_of(suite_of(project))) == (0, "1", {}), "no gate"


def test_a_session_that_fails_for_another_reason_has_a_failed_case_too(project: Project, way: Way) -> None:
    project.task("compare/1")
    project.task("compare/2", intent="MISCHIEF")
    save = ("--mmina-fail-on=gate", "--mmina-max-errored=1", "--mmina-save-baseline=base.json")
    result = project.run("tasks", "--mmina-agent=bots:Breaks", *save, "--junitxml=junit.xml", *way)
    assert result.ret == 1
    suite = suite_of(project)
    assert list(case_of(suite)) == [], "the gate is open"
    failure = case_of(suite, "session").find("failure")
    assert failure is not None
    assert failure.text == "baseline: not saved, because the session is not complete: 1 errored"


def test_a_report_that_cannot_take_the_gate_is_told(project: Project, way: Way) -> None:
    project.task("compare/1")
    project.add_to_conftest("""
        def pytest_html_results_table_row(report, cells):
            if report.nodeid.startswith("mmina::"):
                cells.append(report.description)
    """)
    result = project.run("tasks", "--mmina-agent=bots:Half", "--mmina-min-hop-rate=0.6", *FILES, *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["the gate could not be added to the report of pytest-html: AttributeError: *'description'*", "gate: CLOSED: *"]
    )
    assert suite_of(project).get("failures") == "1"


@pytest.mark.skipif(find_spec("allure_pytest") is None, reason="allure-pytest is not installed")
def test_allure_shows_the_gate(project: Project, way: Way) -> None:
    project.task("compare/1")
    result = project.run("tasks", "--mmina-agent=bots:Half", "--mmina-min-hop-rate=0.6", "--alluredir=allure", *way)
    assert result.ret == 1
    results = [json.loads(file.read_text()) for file in (project.folder / "allure").glob("*-result.json")]
    (gate,) = [found for found in results if found["fullName"] == "mmina::gate"]
    assert gate["status"] == "failed"
    assert gate["statusDetails"]["message"].startswith("gate: CLOSED: hop success rate 50.0% < 60.0%")
    assert len(results) == 2
