"""Shards and sessions that are taken up again, each way pytest can run."""

import json
from pathlib import Path

import pytest

from pytest_mmina.results.merging import merge
from tests.plugin.project import BOTS, Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]
RESULTS = Path("mmina-results")


@pytest.fixture
def five_tasks(project: Project) -> Project:
    for number in range(1, 6):
        project.task(f"compare/{number}")
    return project


def without_times(project: Project) -> list[dict[str, object]]:
    return [{name: value for name, value in episode.items() if name != "seconds"} for episode in project.episodes()]


def test_shards_merged_are_one_session(five_tasks: Project, way: Way) -> None:
    five_tasks.task("compare/2", intent="MISCHIEF")
    options = ("tasks", "--mmina-agent", "bots:Raises", "--mmina-fail-on=gate", *way)
    for number in (1, 2, 3):
        results = f"--mmina-results=part{number}"
        result = five_tasks.run(*options, f"--mmina-shard={number}/3", results)
        assert result.ret in (0, 1, pytest.ExitCode.NO_TESTS_COLLECTED)
    five_tasks.run(*options)
    merge([five_tasks.folder / f"part{number}" for number in (1, 2, 3)], five_tasks.folder / "whole")
    unbroken, summary, session = without_times(five_tasks), five_tasks.summary(), (RESULTS / "session.json")
    one = json.loads((five_tasks.folder / session).read_text())
    commands = one["ran"].pop("commands")
    (five_tasks.folder / RESULTS).rename(five_tasks.folder / "one")
    (five_tasks.folder / "whole").rename(five_tasks.folder / RESULTS)
    assert (without_times(five_tasks), five_tasks.summary()) == (unbroken, summary)
    merged = json.loads((five_tasks.folder / session).read_text())
    assert (len(commands), len(merged["ran"].pop("commands"))) == (1, 3)
    assert (len(one.pop("runs")), len(merged.pop("runs"))) == (1, 3)
    assert merged == one


def test_what_is_no_shard_is_said(five_tasks: Project) -> None:
    result = five_tasks.run("tasks", "--mmina-agent", "bots:Plays", "--mmina-shard=4/3")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*'4/3' is not a shard: write 2/5 for the second of five"])


def cut(folder: Path, *, lines: int) -> None:
    """Leave what a session leaves that is killed: some lines, the last of them torn, and no summary."""
    file = folder / "episodes.jsonl"
    whole = file.read_text().splitlines(keepends=True)
    file.write_text("".join(whole[:lines]) + whole[lines][:50])
    (folder / "summary.json").unlink()


def test_a_session_is_taken_up(five_tasks: Project, way: Way) -> None:
    five_tasks.run("tasks", "--mmina-agent", "bots:Half")
    unbroken, summary = without_times(five_tasks), five_tasks.summary()
    cut(five_tasks.folder / "mmina-results", lines=2)
    kept = five_tasks.folder / "mmina-results" / "episodes.jsonl"
    before = [json.loads(line)["seconds"] for line in kept.read_text().splitlines()[:2]]
    result = five_tasks.run("tasks", "--mmina-agent", "bots:Half", "--mmina-resume=mmina-results", *way)
    assert result.ret == 1
    result.assert_outcomes(failed=3)
    assert without_times(five_tasks) == unbroken
    assert [episode["seconds"] for episode in five_tasks.episodes()[:2]] == before, "they were not run again"
    assert five_tasks.summary() == summary


def test_nothing_is_left_to_run(five_tasks: Project, way: Way) -> None:
    for agent, status in (("bots:Plays", 0), ("bots:Half", 1)):
        five_tasks.run("tasks", "--mmina-agent", agent)
        unbroken = five_tasks.episodes()
        result = five_tasks.run("tasks", "--mmina-agent", agent, "--mmina-resume=mmina-results", *way)
        assert result.ret == status
        assert five_tasks.episodes() == unbroken


def test_what_errored_is_run_again(five_tasks: Project, way: Way) -> None:
    five_tasks.task("compare/2", intent="MISCHIEF")
    five_tasks.run("tasks", "--mmina-agent", "bots:Breaks")
    assert [episode["outcome"] for episode in five_tasks.episodes()].count("errored") == 1
    five_tasks.file("bots.py", BOTS.replace("conftest.faults.append", "str"))
    result = five_tasks.run("tasks", "--mmina-agent", "bots:Breaks", "--mmina-resume=mmina-results", *way)
    result.assert_outcomes(passed=1)
    assert [episode["outcome"] for episode in five_tasks.episodes()] == ["solved"] * 5
    assert result.ret == 0


def test_nothing_to_take_up_is_said(five_tasks: Project, way: Way) -> None:
    result = five_tasks.run("tasks", "--mmina-agent", "bots:Plays", "--mmina-resume=nowhere", *way)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--mmina-resume: nowhere contains no session that could be resumed"])
