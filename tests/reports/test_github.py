"""What GitHub Actions is told of results: which tasks are errors, where they belong, and the summary of the job."""

from collections.abc import Collection
from pathlib import Path

import pytest

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.reports.github import Failures, append_summary, error_commands
from pytest_mmina.reports.markdown import LARGEST
from pytest_mmina.reports.report import Report
from tests.gate.records import record, records

ACTIONS = {"GITHUB_ACTIONS": "true"}


def report(
    now: list[EpisodeRecord], *, passed: bool | None = None, before: list[EpisodeRecord] | None = None
) -> Report:
    counts = EpisodeCounts.of(now)
    return Report(
        summary=counts.summary(),
        passed=passed,
        sentences=("gate: CLOSED: it is worse",) if passed is False else (),
        changes=changes_since(count_tasks(EpisodeCounts.of(before)), counts) if before is not None else None,
    )


def failures(now: list[EpisodeRecord], failed: Collection[str] = frozenset()) -> Failures:
    found = Failures(failed)
    for episode in now:
        found.read(episode)
    return found


def test_a_closed_gate_names_what_is_to_blame(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/travel.json").write_text('[\n{"intent": "a"},\n\n{"intent": "b"}\n]')
    listed = {"file": "tasks/travel.json", "case": "tasks/travel.json::test_task[travel/2-chromium]"}
    now = [
        *records("compare/1", 1, 3), record("travel/2", 1, 2).model_copy(update=listed), *records("compare/3", 0, 2),
        record("compare/4", 0, 2, outcome="errored"),
    ]  # fmt: skip
    before = [*records("compare/1", 3, 3), record("travel/2", 2, 2), *records("compare/3", 0, 2)]
    found = error_commands(report(now, passed=False, before=before), failures(now), ACTIONS, root=tmp_path)
    assert found == [
        "::error title=pytest-mmina::gate: CLOSED: it is worse",
        "::error file=tasks/compare/4.json,title=compare/4::ERRORED 0/2: the agent stopped",
        "::error file=tasks/travel.json,line=4,title=travel/2::solved 1 of 1 then, 0 of 1 now%0APARTIAL 1/2: the agent "
        "stopped%0Ahop 2, hop 1: at step 1: ",
        "::error file=tasks/compare/1.json,title=compare/1::solved 3 of 3 then, 1 of 3 now%0APARTIAL 1/2: the agent "
        "stopped%0Ahop 2, hop 1: at step 1: ",
    ], "what was never solved is not to blame"
    assert error_commands(report(now, passed=True, before=before), failures(now), ACTIONS, root=tmp_path) == []
    assert error_commands(report(now, passed=False, before=before), failures(now), {}, root=tmp_path) == []


def test_a_task_is_an_error_where_tasks_fail(tmp_path: Path) -> None:
    now = [*records("compare/1", 1, 3), *records("compare/2", 3, 3)]
    found = error_commands(report(now), failures(now), ACTIONS, root=tmp_path, each_task=True)
    assert len(found) == 1
    assert found[0].startswith("::error file=tasks/compare/1.json,title=compare/1::PARTIAL 1/2")
    own = [episode.model_copy(update={"case": f"test_own.py::test_it[{episode.trial}]"}) for episode in now[3:]]
    failed, places = {own[1].case}, {own[1].case: ("test_own.py", 12)}
    assert error_commands(report(own), failures(own, failed), ACTIONS, root=tmp_path, places=places) == [
        "::error file=test_own.py,line=12,title=compare/2::SOLVED 2/2: the agent stopped%0A"
        "but its test failed, by an assertion of its own"
    ]


def test_a_file_outside_the_repository_is_not_pointed_at(tmp_path: Path) -> None:
    now = records("compare/1", 0, 1)
    workspace, root = tmp_path / "repository", tmp_path / "repository/deep"
    inside = error_commands(
        report(now), failures(now), {**ACTIONS, "GITHUB_WORKSPACE": str(workspace)}, root=root, each_task=True
    )
    assert inside[0].startswith("::error file=deep/tasks/compare/1.json,title=")
    now = [now[0].model_copy(update={"file": "/elsewhere/1.json"}), *records("compare/2", 0, 1)]
    outside = error_commands(
        report(now), failures(now), {**ACTIONS, "GITHUB_WORKSPACE": "/other"}, root=root, each_task=True
    )
    assert [line.partition("::PARTIAL")[0] for line in outside] == [
        "::error title=compare/1",
        "::error title=compare/2",
    ]


def test_many_tasks_are_counted(tmp_path: Path) -> None:
    now = [episode for number in range(40) for episode in records(f"a/{number}", 0, 1)]
    found = error_commands(report(now, passed=False), failures(now), ACTIONS, root=tmp_path, each_task=True)
    assert len(found) == 10
    assert found[-1] == "::error title=32 more::32 more: see the summary of this job"


def test_the_summary_of_a_job_is_appended_to(tmp_path: Path) -> None:
    file = tmp_path / "step.md"
    file.write_text("what another step said")
    result = report(records("a/1", 1, 1))
    assert append_summary(result, {"GITHUB_STEP_SUMMARY": str(file)}) == ""
    text = file.read_text()
    assert text.startswith("what another step said\n\n## pytest-mmina")
    file.write_text("x" * (LARGEST - 700))
    assert append_summary(result, {"GITHUB_STEP_SUMMARY": str(file)}) == ""
    assert LARGEST - 700 < file.stat().st_size <= LARGEST
    file.write_text("x" * LARGEST)
    problem = append_summary(result, {"GITHUB_STEP_SUMMARY": str(file)})
    assert problem == "the summary of this job is full: the report is in summary.md"
    assert file.stat().st_size == LARGEST
    assert append_summary(result, {}) == ""
    assert "could not be written" in append_summary(result, {"GITHUB_STEP_SUMMARY": str(tmp_path)})


@pytest.mark.parametrize("name", ["a\n::error::b", "::set-output name=x::y"])
def test_a_name_is_no_command(tmp_path: Path, name: str) -> None:
    now = [record("a/1", 0, 1).model_copy(update={"task": name, "reason": name, "file": f"{name}.json"})]
    (line,) = error_commands(report(now), failures(now), ACTIONS, root=tmp_path, each_task=True)
    assert "\n" not in line
    assert line.count("::") <= 4
