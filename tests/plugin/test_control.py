"""A control arm, each way pytest can run: the agent before the change runs the same cases in the same session."""

import json
import subprocess
import sys
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest

from pytest_mmina.core.choices import Arm
from pytest_mmina.plugin.control_cases import in_turns
from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]
ANY = "--mmina-regressions=any"


@pytest.fixture
def two_tasks(project: Project) -> Project:
    """Two tasks of two hops, one of which makes a bot do its mischief."""
    project.task("compare/1")
    project.task("compare/2", intent="MISCHIEF")
    return project


def agents(new: str, control: str) -> tuple[str, ...]:
    return "--mmina-agent", f"bots:{new}", "--mmina-control", f"bots:{control}"


def test_the_control_is_the_baseline_of_its_session(two_tasks: Project, way: Way) -> None:
    result = two_tasks.run(
        "tasks", *agents("Half", "Plays"), ANY, "--mmina-trials=2", "--mmina-save-baseline=b.json", "--junitxml=j.xml",
        "--mmina-memory=1", "-v", *way, html=True,
    )  # fmt: skip
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "mmina: agent bots:Half, control bots:Plays, results in mmina-results",
            "*CONTROL SOLVED 2/2*",
            "hop success rate   50.0%  (4 of 8)  100.0% before",
            "since control bots:Plays: 2 worse (of 2 compared)",
            "baseline: 2 tasks saved to *b.json",
            "gate: CLOSED: 2 tasks (compare/1, compare/2) solved less often than in the baseline*",
            "      the baseline is the control, bots:Plays, which ran in turns with the new agent",
            "*= * 4 control*",
        ]
    )
    if "-n2" in way:
        result.stdout.fnmatch_lines(["scheduling tests via Scheduler"])  # xdist's own sends each worker a block
    episodes = two_tasks.episodes()
    assert Counter((one["arm"], one["agent"], one["outcome"]) for one in episodes) == {
        ("", "bots:Half", "partial"): 4,
        ("control", "bots:Plays", "solved"): 4,
    }
    assert {one["case"] for one in episodes if one["task"] == "compare/1" and one["trial"] == 2} == {
        "tasks/compare/1.json::test_task[compare/1-trial2-chromium]",
        "tasks/compare/1.json::test_task[compare/1-trial2-control-chromium]",
    }
    assert (two_tasks.summary()["episodes"], two_tasks.summary()["solved"]) == (4, 0)
    saved = json.loads((two_tasks.folder / "b.json").read_text())
    assert (saved["agent"], saved["tasks"]["compare/1"]["solved"], saved["tasks"]["compare/1"]["trials"]) == (
        "bots:Half",
        0,
        2,
    )
    results = two_tasks.folder / "mmina-results"
    assert sorted(file.name for file in (results / "trajectories/compare/1").glob("*.jsonl")) == [
        "1-control.jsonl",
        "1.jsonl",
        "2-control.jsonl",
        "2.jsonl",
    ]
    remembered = [
        "\n".join(file.read_text() for file in results.glob(f"{name}*.jsonl")) for name in ("memory", "control-memory")
    ]
    assert [text.count('"finished"') for text in remembered] == [4, 4]
    assert ["kettle" in text.replace("a kettle.", "") for text in remembered] == [False, True], "not mixed"
    arms = Counter(
        node.get("value")
        for node in ElementTree.parse(two_tasks.folder / "j.xml").iter("property")
        if node.get("name") == "mmina_arm"
    )
    assert arms == {"control": 4}
    kept = json.loads((results / "gate.json").read_text())
    assert (kept["baseline"]["file"], kept["decision"]["passed"]) == ("control bots:Plays", False)
    assert json.loads((results / "session.json").read_text())["control"] == {
        "agent": "bots:Plays",
        "not_run": 0,
        "skipped": [],
    }
    if not way:
        assert judged(two_tasks, "--regressions=any") == (1, kept["decision"]["reasons"][0].replace("--mmina-", "--"))
        assert judged(two_tasks, "--max-drop=task=1", "--regressions=none")[0] == 0
        assert "leave out --baseline" in judged(two_tasks, "--baseline=b.json")[1]


def judged(project: Project, *arguments: str) -> tuple[int, str]:
    """Judge the stored results again: the exit status, and the reason or the error."""
    code = f"from pytest_mmina.commands.main import main; exit(main(['gate', 'mmina-results', *{arguments}]))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=project.folder, capture_output=True, text=True)
    return ran.returncode, ran.stdout.partition("\n")[0].partition(": ")[2].partition(": ")[2] or ran.stderr


def test_what_the_old_agent_did_wrong_fails_nothing(two_tasks: Project, way: Way) -> None:
    two_tasks.file("pytest.ini", "[pytest]\nmmina_tasks = tasks\n")
    two_tasks.file(
        "test_own.py",
        """
        import pytest

        @pytest.mark.mmina("compare/1")
        def test_own(mmina_run, mmina_hop, mmina_snapshot):
            episode = mmina_run()
            assert episode == mmina_snapshot
            with mmina_hop("is right"):
                assert episode.solved
            assert episode.steps == 3, "the old agent stops earlier"

        @pytest.mark.mmina("compare/1")
        def test_without_an_episode(mmina_task):
            assert mmina_task.id == "compare/1"
        """.replace("\n        ", "\n"),
    )
    result = two_tasks.run(
        "tasks", "test_own.py", *agents("Plays", "Half"), ANY, "--mmina-snapshot", "--snapshot-update", *way
    )
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "since control bots:Half: 2 better (of 2 compared)",
            "gate: open: no task was solved less often*",
            "*3 control*",
        ]
    )
    names = sorted(file.name for file in two_tasks.folder.rglob("__trajectories__/*/*.txt"))
    assert names == ["test_own[compare-1].txt", "test_task[compare-1].txt", "test_task[compare-2].txt"]


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        ("Breaks", "1 episode of the control errored: see their reasons and run again"),
        ("Skips", "1 selected case of the control gave no episode"),
    ],
)
def test_a_lost_episode_of_the_control_closes_the_gate(two_tasks: Project, way: Way, control: str, reason: str) -> None:
    old = f"import os, bots\nOld = bots.{control} if os.path.exists('broken') else bots.Plays\n"
    two_tasks.file("old.py", old)
    arguments = ("tasks", "--mmina-agent=bots:Plays", "--mmina-control=old:Old", ANY, "--mmina-allow-new=5", *way)
    two_tasks.file("broken", "")
    result = two_tasks.run(*arguments)
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"gate: CLOSED: {reason}*"])
    (two_tasks.folder / "broken").unlink()
    again = two_tasks.run(*arguments, "--mmina-resume=mmina-results")
    assert again.ret == 0
    again.stdout.fnmatch_lines(["since control old:Old: no task changed (of 2 compared)", "gate: open: no task was s*"])


def test_a_worker_that_the_control_kills_closes_the_gate(two_tasks: Project) -> None:
    result = two_tasks.run("tasks", *agents("Plays", "Exits"), ANY, "-n2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: 1 episode of the control errored*"])
    assert [one["outcome"] for one in two_tasks.episodes() if one["arm"]] == ["solved", "errored"]


def test_a_selection_without_the_control_closes_the_gate(two_tasks: Project, way: Way) -> None:
    result = two_tasks.run("tasks", *agents("Plays", "Half"), ANY, "-k", "not 1-control", *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: 1 task (compare/1) without the same trials of both agents*"])
    result = two_tasks.run("tasks", *agents("Plays", "Half"), ANY, "-k", "compare/1", *way)
    assert result.ret == 0, "both arms of the selected task"


def test_a_task_that_both_agents_skip_closes_the_gate(two_tasks: Project, way: Way) -> None:
    two_tasks.add_to_conftest(
        """
        @pytest.fixture(autouse=True)
        def login(request):
            if "compare/2" in request.node.name:
                pytest.skip("no login")
        """
    )
    result = two_tasks.run("tasks", *agents("Plays", "Plays"), ANY, *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: 1 task (compare/2) skipped, so not compared with the control*"])


def test_shards_run_both_agents(two_tasks: Project, way: Way) -> None:
    for number in (3, 4):
        two_tasks.task(f"compare/{number}")
    cases: list[Any] = []
    for part in ("1/2", "2/2"):
        two_tasks.run("tasks", *agents("Plays", "Half"), ANY, f"--mmina-shard={part}", *way)
        cases += [(one["task"], one["arm"]) for one in two_tasks.episodes()]
    assert sorted(cases) == [(f"compare/{number}", arm) for number in (1, 2, 3, 4) for arm in ("", "control")]


HOOK = """
    def pytest_mmina_make_agent(config, task{argument}):
        import bots
        return {body}
"""


@pytest.mark.parametrize(
    ("argument", "body", "control"),
    [
        (", agent", "bots.Plays() if agent == 'rules' else bots.Nothing()", "Nothing"),
        (", agent", "bots.Plays() if agent == 'rules' else None", "Half"),
        ("", "bots.Plays()", "Half"),
    ],
)
def test_a_hook_is_asked_for_the_control_if_it_asks_which_agent_is_wanted(
    two_tasks: Project, way: Way, argument: str, body: str, control: str
) -> None:
    two_tasks.add_to_conftest(HOOK.format(argument=argument, body=body))
    result = two_tasks.run("tasks", "--mmina-control", "bots:Half", ANY, *way)
    assert result.ret == 0
    passed = {one["arm"]: sum(hop["passed"] for hop in one["hops"]) for one in two_tasks.episodes()}
    assert passed == {"": 2, "control": {"Nothing": 0, "Half": 1}[control]}
    assert {one["agent"] for one in two_tasks.episodes()} == {"Plays", "bots:Half"}


def test_a_fixture_that_makes_one_agent_for_both_is_an_error(two_tasks: Project, way: Way) -> None:
    fixture = "@pytest.fixture\ndef mmina_agent({asked}):\n    import bots\n    return {made}\n"
    plain = (two_tasks.folder / "conftest.py").read_text()
    two_tasks.file("conftest.py", plain + fixture.format(asked="", made="bots.Plays()"))
    result = two_tasks.run("tasks", "--mmina-control", "bots:Half", ANY, *way)
    assert result.ret != 0
    assert "the fixture mmina_agent in conftest.py makes the agent of both arms" in result.stdout.str()
    assert "pytest_mmina_make_agent(config, task, agent)" in result.stdout.str()
    assert "gate: open" not in result.stdout.str()
    wrapping = fixture.format(asked="mmina_agent", made="mmina_agent")
    two_tasks.file("conftest.py", plain + wrapping)
    assert two_tasks.run("tasks", *agents("Plays", "Half"), ANY, *way).ret == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--mmina-baseline=b.json",), "--mmina-control cannot be used with --mmina-baseline: the control is the base"),
        (("--mmina-stop-early",), "--mmina-stop-early cannot be used with --mmina-control: both agents run the same"),
        (("--mmina-control=unknown",), "--mmina-control: unknown agent 'unknown'"),
        (("--mmina-control=replay:mmina-results",), "--mmina-control: replay:mmina-results is the folder that this"),
        (("-n2", "--dist=worksteal"), "--mmina-control distributes the cases among the workers itself: leave out --d"),
    ],
)
def test_what_a_control_cannot_be_used_with_is_a_usage_error(
    two_tasks: Project, arguments: tuple[str, ...], problem: str
) -> None:
    two_tasks.file("b.json", "{}")
    if "replay" in arguments[0]:
        two_tasks.run("tasks", "--mmina-agent=bots:Plays")
    result = two_tasks.run("tasks", *agents("Plays", "Half"), *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert problem in result.stderr.str()


def test_a_control_needs_mmina(two_tasks: Project) -> None:
    result = two_tasks.pytester.runpytest_subprocess("--mmina-control=oracle")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--mmina-control asks for a gate, which needs --mmina"])


def test_the_two_agents_take_turns_in_who_goes_first() -> None:
    arms: tuple[Arm, ...] = ("", "control")
    firsts = [[in_turns(arms, f"compare/{task}", trial)[0] for trial in (1, 2, 3, 4)] for task in range(200)]
    assert all(first[:2] == first[2:] and sorted(first[:2]) == list(arms) for first in firsts), "one, then the other"
    assert 70 < sum(first[0] == "" for first in firsts) < 130, "and as many tasks begin with each"
    assert in_turns(("",), "compare/1", 1) == [""]


def test_a_control_that_never_works_closes_the_gate(two_tasks: Project, way: Way) -> None:
    two_tasks.file("old.py", "class Old:\n    def act(self, observation):\n        raise KeyError('API_KEY')\n")
    result = two_tasks.run("tasks", "--mmina-agent=bots:Plays", "--mmina-control=old:Old", *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["gate: CLOSED: the control broke in each of its episodes before it passed a hop (*API_KEY*"]
    )
    saved = two_tasks.run("tasks", "--mmina-agent=old:Old", "--mmina-save-baseline=baseline.json", *way)
    assert saved.ret == 1
    assert not (two_tasks.folder / "baseline.json").exists()
