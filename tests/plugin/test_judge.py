"""Tasks that need a judge: skipped without one, judged by the one that is set, errored by one that is away."""

import json
from pathlib import Path

import pytest

from tests.judges.endpoint import endpoint, says, verdict
from tests.plugin.project import Project

Way = tuple[str, ...]
KEY = "sk-very-secret"
GATE = ("--mmina-min-task-rate=0.1",)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMINA_JUDGE_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def judged(project: Project) -> Project:
    """Two tasks that a judge decides and one that it does not, which `bots:Nothing` answers with an empty text."""
    references = {"eval_types": ["string_match"], "reference_answers": {"fuzzy_match": "red"}}
    project.task("wikipedia/1", procedure=None, eval=references)
    hops = [
        {"name": "searched", "check": {"kind": "url_match", "contains": "kettle"}},
        {"name": "answered", "check": {"kind": "answer_judged", "question": "Which?", "reference": "done"}},
    ]
    project.task("compare/1", hops=hops)
    project.task("compare/2")
    return project


def test_without_a_judge_a_task_that_needs_one_is_skipped(judged: Project, way: Way) -> None:
    result = judged.run("tasks", "--mmina-agent", "bots:Plays", "-rs", *GATE, *way)
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines_random(
        [
            "*wikipedia/1 cannot run: it needs a judge; set --mmina-judge-url and *-model",
            "*compare/1 cannot run: it needs a judge; *",
            "gate: CLOSED: 2 tasks skipped and not counted, 0 allowed *",
        ]
    )
    assert (judged.summary()["skipped"], judged.summary()["episodes"]) == (2, 1)


def test_with_a_judge_it_runs(judged: Project, way: Way) -> None:
    with endpoint(verdict(passed=True, reason="done it is")) as served:
        arguments = ["tasks", "--mmina-agent", "bots:Plays", "--mmina-judge-model=grader-1", *way]
        judged.run(*arguments, f"--mmina-judge-url={served.url}").assert_outcomes(passed=3)
    episodes = {episode["task"]: episode for episode in judged.episodes()}
    assert {episode["outcome"] for episode in episodes.values()} == {"solved"}
    assert episodes["compare/1"]["hops"][1]["reason"] == "the judge: done it is"
    assert sorted(served.material(number)["reference"] for number in (0, 1)) == ["done", "red"]
    assert {served.headers[0]["Authorization"], served.headers[1]["Authorization"]} == {f"Bearer {KEY}"}
    stored = [file for file in judged.folder.rglob("*") if file.is_file() and "stdout" not in file.name]
    assert not [file for file in stored if KEY.encode() in file.read_bytes()]


def test_what_the_judge_refuses_is_not_solved(judged: Project, way: Way) -> None:
    with endpoint(verdict(passed=False, reason="blue is not red")) as served:
        judged.pytester.makeini(
            f"[pytest]\nmmina_tasks = tasks/wikipedia\nmmina_judge_url = {served.url}\nmmina_judge_model = grader-1"
        )
        result = judged.run("--mmina-agent", "bots:Plays", *way)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the judge: blue is not red*"])
    assert [episode["outcome"] for episode in judged.episodes()] == ["unsolved"]


def test_a_judge_without_a_verdict_makes_the_episode_errored(judged: Project, way: Way) -> None:
    with endpoint(says("correct!")) as served:
        arguments = ["tasks/wikipedia", "--mmina-agent", "bots:Plays", "--mmina-judge-model=grader-1", *GATE, *way]
        result = judged.run(*arguments, f"--mmina-judge-url={served.url}")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*the reply of the judge 'grader-1' at http://127.0.0.1:*contains no verdict: 'correct!'*"]
    )
    result.stdout.fnmatch_lines(["gate: CLOSED: 1 episode errored*"])
    assert [(episode["outcome"], episode["credit"]) for episode in judged.episodes()] == [("errored", 0.0)]
    assert KEY not in result.stdout.str() + result.stderr.str()


def test_a_rerun_costs_nothing(judged: Project) -> None:
    with endpoint(verdict(passed=True)) as served:
        arguments = ["--mmina", "tasks/wikipedia", "--mmina-agent", "bots:Plays", "--mmina-judge-model=grader-1"]
        for way in ((), ("-n2",)):
            result = judged.pytester.runpytest_subprocess(*arguments, f"--mmina-judge-url={served.url}", *way)
            result.assert_outcomes(passed=1)
    assert len(served.requests) == 1
    (kept,) = Path(judged.folder, ".pytest_cache/d/mmina-judge").iterdir()
    assert json.loads(kept.read_text()) == {"passed": True, "reason": "so it is"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mmina-judge-url=http://a/"], "*--mmina-judge-url is set without --mmina-judge-model: a judge needs both"),
        (["--mmina-judge-model=m"], "*--mmina-judge-model is set without --mmina-judge-url: a judge needs both"),
        (["--mmina-judge-url=a.example", "--mmina-judge-model=m"], "*--mmina-judge-url is not an http(s) address*"),
    ],
)
def test_a_judge_that_cannot_be_asked(judged: Project, way: Way, arguments: list[str], message: str) -> None:
    result = judged.run("tasks", *arguments, *way)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()
