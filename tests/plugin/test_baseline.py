"""The gate against a baseline, each way pytest can run: same decision, same sentence, same exit status."""

import json
from typing import Any

import pytest

from pytest_mmina import load_tasks
from pytest_mmina.core.record.task_tally import hop_keys
from pytest_mmina.gate.baseline import Baseline, TaskCounts, write_baseline
from pytest_mmina.gate.record import GateRecord
from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]
SAVE, COMPARE = "--mmina-save-baseline=baseline.json", "--mmina-baseline=baseline.json"


@pytest.fixture
def three_tasks(project: Project) -> Project:
    for number in (1, 2, 3):
        project.task(f"compare/{number}")
    return project


def baseline(project: Project) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((project.folder / "baseline.json").read_text())
    return content


def saved(project: Project) -> None:
    """What a session of `bots:Plays` saves, without the session: the tests below are about the next one."""
    tasks = [load_tasks(file)[0] for file in sorted((project.folder / "tasks").glob("*/*.json"))]
    counts = {
        task.id: TaskCounts(
            task=task.fingerprint,
            file=f"tasks/{task.id}.json",
            trials=1,
            solved=1,
            hops=dict.fromkeys(hop_keys([hop.name for hop in task.hops]), 1),
        )
        for task in tasks
    }
    write_baseline(project.folder / "baseline.json", Baseline(tasks=counts))


def gate(result: pytest.RunResult) -> str:
    return "\n".join(line for line in result.outlines if line.startswith(("gate:", "     ", "baseline:")))


def test_a_baseline_is_saved_and_held(three_tasks: Project, way: Way) -> None:
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Plays", SAVE, "--mmina-trials=2", *way)
    assert result.ret == 0
    content = baseline(three_tasks)
    assert content["agent"] == "bots:Plays"
    assert content["browser"] == "chromium", "with its version, where there is one: see test_main_job.py"
    assert list(content["tasks"]) == ["compare/1", "compare/2", "compare/3"]
    counts = content["tasks"]["compare/1"]
    assert (counts["trials"], counts["solved"], list(counts["hops"].values())) == (2, 2, [2, 2])
    assert counts["file"] == "tasks/compare/1.json"
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Plays", COMPARE, "--mmina-max-drop=task=0", *way)
    assert result.ret == 0
    assert "gate: open: task success rate 100.0% in the baseline, 100.0% now" in gate(result)


def test_a_worse_agent_closes_the_gate(three_tasks: Project, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(three_tasks)
    summary = three_tasks.file("job.md", "what another step said")
    for name, value in (("ACTIONS", "true"), ("STEP_SUMMARY", str(summary)), ("WORKSPACE", str(three_tasks.folder))):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    drops = "--mmina-max-drop=hop=0.4,task=1"
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Half", COMPARE, "--mmina-regressions=any", drops, *way)
    assert result.ret == 1
    assert "gate: CLOSED: hop success rate 100.0% in the baseline, 50.0% now: a drop of 50.0 percentage po" in gate(
        result
    )
    assert "3 tasks (compare/1, compare/2, compare/3) solved less often than in the baseline" in gate(result)
    result.stdout.fnmatch_lines(
        [
            "hop success rate   50.0%  (3 of 6)  100.0% before",
            "  compare  *3 *0 * 0.0%  100.0% *6 *3 * 50.0%  100.0%",
            "since baseline.json: 3 worse (of 3 compared)",
            "  worse  compare/1  1 of 1 -> 0 of 1  hop 2 broke",
            "gate: CLOSED*",
            "::error title=pytest-mmina::gate: CLOSED: hop success rate 100.0%25 in the baseline*",
            "::error file=tasks/compare/1.json,line=1,title=compare/1::solved 1 of 1 then, 0 of 1 now%0APARTIAL 1/2: *",
        ]
    )
    results = three_tasks.folder / "mmina-results"
    kept = GateRecord.model_validate_json((results / "gate.json").read_bytes())
    assert kept.decision is not None
    assert kept.baseline is not None
    assert kept.changes is not None
    assert (kept.decision.passed, kept.baseline.file, kept.changes.compared) == (False, "baseline.json", 3)
    told = (results / "summary.md").read_text()
    assert "| worse | `compare/1` | 1 of 1 -> 0 of 1 | hop 2 broke |" in told
    assert summary.read_text() == f"what another step said\n\n{told}"
    ran = json.loads((results / "session.json").read_text())["ran"]
    assert ran["versions"]["pytest"] == pytest.__version__
    assert "--mmina-agent bots:Half --mmina-baseline=baseline.json" in ran["commands"][0]
    not_decidable = (
        "failures could not have closed this gate, not even if every trial had failed: run 2 times as many trials"
    )
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Half", COMPARE, "--mmina-require-power", *way)
    assert result.ret == 1, "three tasks show nothing at the usual level"
    screen = result.stdout.str().partition("mmina: agent bots:Half =")[2].splitlines()
    assert screen[1].startswith(not_decidable), "the first line"
    assert "gate: CLOSED: no result could have closed the gate by its other rules (--mmina-require-power)" in gate(
        result
    )
    kept = GateRecord.model_validate_json((results / "gate.json").read_bytes())
    assert kept.decision is not None
    assert not kept.decision.decidable
    assert (results / "summary.md").read_text().splitlines()[2].startswith(f"- {not_decidable}")
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Half", COMPARE, "--mmina-alpha=0.5", "-v", *way)
    assert result.ret == 1, "three tasks show something at this level only"
    assert "gate: CLOSED: fewer tasks are solved than chance allows: over 3 tasks, p = 0.125, level 0.2" in gate(result)
    assert "this many trials can show a drop of the task success rate of" in gate(result)
    assert not_decidable not in result.stdout.str(), "it has closed"
    result.stdout.fnmatch_lines(["      hop 2 (7770 kettle): passed 1 of 1 then, 0 of 1 now"])


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "does not exist. Make one with --mmina-save-baseline"), ('{"tasks": {}}', "is not a baseline: tasks:")],
)
def test_no_baseline_is_a_usage_error(three_tasks: Project, way: Way, content: str | None, problem: str) -> None:
    if content is not None:
        three_tasks.file("baseline.json", content)
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Plays", COMPARE, *way)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--mmina-baseline: *baseline.json {problem}*"])


def test_a_renamed_task_closes_the_gate(three_tasks: Project, way: Way) -> None:
    saved(three_tasks)
    (three_tasks.folder / "tasks/compare/3.json").rename(three_tasks.folder / "tasks/compare/4.json")
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Plays", COMPARE, *way)
    assert result.ret == 1
    assert "1 task (compare/3) of the baseline did not run, although selected" in gate(result)
    assert "1 task (compare/4) not in the baseline, 0 allowed (--mmina-allow-new)" in gate(result)


def test_a_task_that_asks_for_something_else_is_not_compared(three_tasks: Project, way: Way) -> None:
    saved(three_tasks)
    three_tasks.task("compare/2", intent="Something else.")
    three_tasks.task("compare/4")
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Plays", COMPARE, "--mmina-allow-new=1", *way)
    assert result.ret == 1
    assert "1 task (compare/2) changed since the baseline and cannot be compared, 0 allowed (--mmina-al" in gate(result)
    allowed = ("--mmina-allow-new=1", "--mmina-allow-changed=1")
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Plays", COMPARE, *allowed, *way)
    assert result.ret == 0
    assert "1 task (compare/4) not in the baseline, so not compared" in gate(result)
    assert "1 task (compare/2) changed since the baseline and not compared" in gate(result)


@pytest.mark.parametrize("selection", [("tasks/compare/1.json",), ("tasks", "-k", "compare/1")])
def test_what_the_user_leaves_out_is_not_missed(three_tasks: Project, way: Way, selection: Way) -> None:
    saved(three_tasks)
    result = three_tasks.run(*selection, "--mmina-agent", "bots:Plays", COMPARE, *way)
    assert result.ret == 0, gate(result)
    assert "over 1 task: p = 1" in gate(result)


def test_a_selection_saves_its_part(three_tasks: Project, way: Way) -> None:
    saved(three_tasks)
    three_tasks.run("tasks", "--mmina-agent", "bots:Half", SAVE, "-k", "compare/1", *way)
    assert [task["solved"] for task in baseline(three_tasks)["tasks"].values()] == [0, 1, 1]


def test_hops_that_collapse_close_the_gate_although_nothing_was_solved(project: Project, way: Way) -> None:
    for number in range(1, 8):
        project.task(f"compare/{number}")
    result = project.run("tasks", "--mmina-agent", "bots:Half", "--mmina-fail-on=gate", SAVE, *way)
    assert (result.ret, baseline(project)["format"]) == (0, "mmina-baseline/2")
    assert [task["passed"] for task in baseline(project)["tasks"].values()] == [[0, 1, 0]] * 7
    assert "could close a gate against this baseline" not in result.stdout.str()
    result = project.run("tasks", "--mmina-agent", "bots:Nothing", COMPARE, *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["since baseline.json: 7 worse (of 7 compared)"])
    assert "gate: CLOSED: fewer hops pass than chance allows: over 7 tasks, p = 0.00781, level 0.0125" in gate(result)
    assert "failures could not have closed this gate" not in result.stdout.str()
    two = ("-k", "compare/1 or compare/2")
    result = project.run("tasks", "--mmina-agent", "bots:Half", "--mmina-save-baseline=two.json", *two, *way)
    assert (
        "baseline: no result of a session with as many trials could close a gate against this baseline by the default "
        "rule (--mmina-regressions significant): run 3 times as many trials of each task, in the baseline too"
        in gate(result)
    )


def test_a_session_that_is_not_complete_is_no_baseline(three_tasks: Project, way: Way) -> None:
    three_tasks.task("compare/2", intent="MISCHIEF")
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Breaks", "--mmina-fail-on=gate", SAVE, *way)
    assert result.ret == 1
    assert "baseline: not saved, because the session is not complete: 1 errored" in gate(result)
    assert not (three_tasks.folder / "baseline.json").exists()


def test_what_is_no_baseline_is_not_overwritten(three_tasks: Project) -> None:
    three_tasks.file("baseline.json", '{"mine": true}')
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Plays", SAVE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*--mmina-save-baseline: *baseline.json exists and is not a baseline, so it is not overwritten*"]
    )
    assert (three_tasks.folder / "baseline.json").read_text() == '{"mine": true}'


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("--mmina-max-drop=hop=0.1", "--mmina-max-drop compares with a baseline: give --mmina-baseline FILE"),
        ("--mmina-max-drop=0.1", "*'0.1' has no name: write hop=0.02,task=0.05"),
        ("--mmina-alpha=2", "*'2' is not a level between 0 and 1, such as 0.05"),
        ("--mmina-max-errored=-1", "*'-1' is not a whole number from 0, such as 3"),
        ("--mmina-min-hop-rate=50", "*'50' is not a rate from 0 to 1 (write 0.5 for 50 %)"),
    ],
)
def test_options_that_cannot_be_followed(three_tasks: Project, option: str, problem: str) -> None:
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Plays", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{problem}"])


@pytest.mark.parametrize(
    ("rules", "status", "sentence"),
    [
        (["--mmina-must-pass=compare/1"], 0, "gate: open: 1 episode of 'compare/1' solved"),
        (
            ["--mmina-must-pass=compare/*"],
            1,
            "gate: CLOSED: 1 task (compare/2) must be solved in each trial, and was not",
        ),
        (["--mmina-min-task-rate=compare=0.6"], 0, "gate: open: task success rate of compare 66.7% >= 60.0%"),
        (["--mmina-min-hop-rate=shopping=0"], 1, "gate: CLOSED: no episode of the subset shopping"),
    ],
)
def test_rules(three_tasks: Project, way: Way, rules: list[str], status: int, sentence: str) -> None:
    three_tasks.task("compare/2", intent="MISCHIEF")
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Raises", *rules, *way)
    assert sentence in gate(result)
    assert result.ret == status


def test_errored_episodes_may_be_allowed(three_tasks: Project, way: Way) -> None:
    three_tasks.task("compare/2", intent="MISCHIEF")
    result = three_tasks.run("tasks", "--mmina-agent", "bots:Breaks", "--mmina-max-errored=1", *way)
    result.stdout.fnmatch_lines(["gate: open*"])
