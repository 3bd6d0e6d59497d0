"""Results are those of one run: of one agent, in one folder, at one time; each way pytest can run."""

import json
from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.results.lock import FolderLock
from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]
GATED = "--mmina-min-hop-rate=0"

# Kills the process that began the session, which is another one with xdist.
KILLER = """
import os, signal

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        open("controller.pid", "w").write(str(os.getpid()))
"""
BOTS = """
import os, signal
from bots import *

class Broken(Nothing):
    def act(self, observation):
        if self.naughty:
            controller = int(open("controller.pid").read())
            os.kill(controller, signal.SIGKILL)
            os._exit(0)
        return super().act(observation)

class Strange(Plays):
    lines = [*PLAY[:2], "stop [one\\u2028two\\x85three\\ud800four\\x00five\\x1c\\r\\n]"]
"""


@pytest.fixture
def two_tasks(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Two tasks, the first of which makes a broken agent kill its session."""
    project.task("compare/1", intent="MISCHIEF")
    project.task("compare/2")
    project.file("more_bots.py", BOTS)
    project.add_to_conftest(KILLER)
    monkeypatch.chdir(project.folder)
    return project


def refused(capsys: pytest.CaptureFixture[str], *, because: str) -> None:
    """Every command that counts results refuses the folder, and says why."""
    baseline = Path("refused.json")
    for command in (
        ["gate", "mmina-results", "--min-task-rate", "0"],
        ["save-baseline", "mmina-results", str(baseline)],
        ["merge", "mmina-results", "--into", "refused"],
        ["report", "mmina-results"],
        ["compare", "mmina-results", "mmina-results"],
    ):
        assert main(command) == 1, command
        assert because in capsys.readouterr().err
    assert not baseline.exists()
    assert not Path("refused").exists()


def test_a_killed_session_leaves_nothing_of_the_one_before(
    two_tasks: Project, way: Way, capsys: pytest.CaptureFixture[str]
) -> None:
    assert two_tasks.run("tasks", "--mmina-agent=bots:Plays", GATED).ret == 0
    two_tasks.run("tasks", "--mmina-agent=more_bots:Broken", GATED, *way)
    refused(capsys, because="the session of agent more_bots:Broken")
    resumed = two_tasks.run("tasks", "--mmina-agent=bots:Plays", GATED, "--mmina-resume=mmina-results", *way)
    assert resumed.ret == pytest.ExitCode.USAGE_ERROR
    resumed.stderr.fnmatch_lines(
        ["*the run in mmina-results is another one: agent: more_bots:Broken there, bots:Plays here. Resume it with *"]
    )
    two_tasks.task("compare/1", intent="MISCHIEF, if that is what it takes")
    again = two_tasks.run("tasks", "--mmina-agent=more_bots:Broken", GATED, "--mmina-resume=mmina-results", *way)
    assert again.ret != 0
    assert "gate: open" not in again.stdout.str()
    assert two_tasks.run("tasks/compare/2.json", "--mmina-agent=more_bots:Broken", GATED, *way).ret == 0
    assert [episode["outcome"] for episode in two_tasks.episodes()] == ["unsolved"], "another run may begin"


def test_a_session_that_is_killed_before_it_has_a_plan_is_told(
    two_tasks: Project, way: Way, capsys: pytest.CaptureFixture[str]
) -> None:
    two_tasks.run("tasks", "--mmina-agent=bots:Plays")
    two_tasks.add_to_conftest("""
    def pytest_collectstart():
        import os, signal
        if os.path.exists("doom"):
            os.kill(int(open("controller.pid").read()), signal.SIGKILL)
    """)
    two_tasks.file("doom", "")
    two_tasks.run("tasks", "--mmina-agent=bots:Nothing", *way)
    refused(capsys, because="the session of agent bots:Nothing")
    Path("doom").unlink()
    if "-n2" in way:
        return  # its workers outlive it for a moment, and still write their plan
    assert two_tasks.run("nowhere.json", "--mmina-agent=bots:Plays", *way).ret != 0
    assert main(["gate", "mmina-results", "--min-task-rate", "1"]) == 0, "a session that stops in order keeps results"


def test_a_folder_has_one_session_at_a_time(two_tasks: Project, way: Way, capsys: pytest.CaptureFixture[str]) -> None:
    two_tasks.run("tasks", "--mmina-agent=bots:Plays")
    before = {file: file.read_bytes() for file in Path("mmina-results").iterdir() if file.is_file()}
    lock = FolderLock(Path("mmina-results"))
    lock.acquire(agent="bots:Other", run="other")
    for option in ("--mmina-results=mmina-results", "--mmina-resume=mmina-results"):
        result = two_tasks.run("tasks", "--mmina-agent=bots:Plays", option, *way)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"*{option[:14]}*is in use by the session of agent bots:Other (process *"])
    refused(capsys, because="mmina-results is in use by the session of agent bots:Other (process")
    lock.release()
    assert {file: file.read_bytes() for file in Path("mmina-results").iterdir() if file.is_file()} == before
    assert main(["gate", "mmina-results", "--min-task-rate", "1"]) == 0


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        (["--mmina-agent=bots:Half"], "agent: bots:Plays there, bots:Half here"),
        (["--mmina-trials=2"], "--mmina-trials: 1 there, 2 here"),
        (
            ["--mmina-max-steps=7", "--mmina-memory=3"],
            "--mmina-max-steps: 30 there, 7 here; --mmina-memory: 0 there, 3",
        ),
        (["--mmina-observation=html"], "--mmina-observation: aria there, html here"),
        (["--mmina-shard=1/1"], "--mmina-shard: not set there, 1/1 here"),
        (
            ['--mmina-chat-body={"api_key": "k"}'],
            '--mmina-chat-body: {"temperature": 0} there, {"api_key": "[secret]',
        ),
    ],
)
def test_a_run_is_not_resumed_with_another_setting(two_tasks: Project, options: list[str], difference: str) -> None:
    two_tasks.run("tasks", "--mmina-agent=bots:Plays")
    result = two_tasks.run("tasks", "--mmina-agent=bots:Plays", "--mmina-resume=mmina-results", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"the run in mmina-results is another one: {difference}" in result.stderr.str()


def test_a_run_is_not_resumed_with_other_tasks(two_tasks: Project, way: Way) -> None:
    two_tasks.run("tasks", "--mmina-agent=bots:Plays")
    before = {file: file.read_bytes() for file in Path("mmina-results").iterdir() if file.is_file()}
    options = ("--mmina-agent=bots:Plays", GATED, "--mmina-resume=mmina-results", *way)
    two_tasks.task("compare/2", intent="Something else.")
    two_tasks.task("compare/3")
    result = two_tasks.run("tasks", *options, "--deselect=tasks/compare/1.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.stdout.lines if "the run in mmina-results has other cases: " in line]
    assert "1 case is not in the run: tasks/compare/3.json::test_task[compare/3" in line
    assert "1 case is in the run and not selected here: tasks/compare/1.json::test_task[compare/1" in line
    assert "1 case is of a task that has changed: tasks/compare/2.json::test_task[compare/2" in line
    assert "gate: open" not in result.stdout.str()
    assert {file: file.read_bytes() for file in Path("mmina-results").iterdir() if file.is_file()} == before


def test_what_cannot_matter_does_not_keep_a_run_from_being_resumed(two_tasks: Project, way: Way) -> None:
    two_tasks.run("tasks", "--mmina-agent=bots:Plays", "-n2", GATED)
    facts = json.loads(Path("mmina-results/session.json").read_text())
    Path("mmina-results/summary.json").unlink()
    lines = Path("mmina-results/episodes.jsonl").read_bytes().splitlines(keepends=True)
    Path("mmina-results/episodes.jsonl").write_bytes(lines[0] + lines[1][:-40])
    options = ("-v", "--color=yes", "--mmina-min-task-rate=0.5", "--mmina-record=none")
    result = two_tasks.run("tasks", "--mmina-agent=bots:Plays", *options, "--mmina-resume=mmina-results", *way)
    assert result.ret == 0
    result.assert_outcomes(passed=1)
    assert {**json.loads(Path("mmina-results/session.json").read_text()), "ran": None} == {**facts, "ran": None}


def test_an_agent_of_a_fixture_is_not_resumed_by_another_one(two_tasks: Project, way: Way) -> None:
    two_tasks.pytester.makeini("[pytest]\nmmina_tasks = tasks")
    two_tasks.add_to_conftest("""
    @pytest.fixture
    def mmina_agent():
        import bots
        return getattr(bots, open("chosen").read())()
    """)
    two_tasks.file("test_own.py", "import pytest\n@pytest.mark.mmina\ndef test_own(mmina_run):\n    mmina_run()\n")
    two_tasks.file("chosen", "Plays")
    assert two_tasks.run("test_own.py", GATED).ret == 0
    Path("mmina-results/summary.json").unlink()
    first = Path("mmina-results/episodes.jsonl").read_bytes().splitlines(keepends=True)[0]
    Path("mmina-results/episodes.jsonl").write_bytes(first)
    two_tasks.file("chosen", "Nothing")
    result = two_tasks.run("test_own.py", GATED, "--mmina-resume=mmina-results", *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "--mmina-resume: the run had another agent than Nothing, whose episodes are not counted (1). Begin *",
            "gate: CLOSED: 1 selected case gave no episode",
        ]
    )
    assert [episode["agent"] for episode in two_tasks.episodes()] == ["Plays"]


@pytest.mark.parametrize("number", [1, 2])
def test_a_worker_with_another_folder_closes_the_gate(
    two_tasks: Project, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """xdist copies the project to the folder of such a worker, where a relative results folder is another one."""
    elsewhere = two_tasks.folder.parent / f"{two_tasks.folder.name}-elsewhere"
    elsewhere.mkdir()
    two_tasks.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_agent = bots:Exits")
    test = "import pytest\n@pytest.mark.mmina\ndef test_own(mmina_run):\n    mmina_run()\n"
    own = two_tasks.file("test_own.py", test)
    two_tasks.run(str(own), "--mmina-agent=bots:Plays")
    workers = [f"--tx={number}*popen//chdir={elsewhere}", f"--rsyncdir={two_tasks.folder}", "--dist=load"]
    result = two_tasks.run(str(own), GATED, "--mmina-max-errored=5", *workers)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["gate: CLOSED: the list of selected cases is not in the results: *; 1 selected case *"]
    )
    assert main(["gate", "mmina-results", "--min-task-rate", "0", "--max-errored", "5"]) == 1
    assert "gate: CLOSED: the list of selected cases" in capsys.readouterr().out
    assert main(["save-baseline", "mmina-results", "baseline.json"]) == 1


def test_an_answer_may_hold_any_character(two_tasks: Project, way: Way, capsys: pytest.CaptureFixture[str]) -> None:
    two_tasks.task("compare/1")
    result = two_tasks.run("tasks", "--mmina-agent=more_bots:Strange", GATED, *way)
    assert result.ret == 0, result.stdout.str()
    assert "one\u2028two\x85three" in Path("mmina-results/episodes.jsonl").read_bytes().decode()
    for command in (["gate"], ["save-baseline"], ["report"], ["compare"]):
        more = {"save-baseline": ["b.json"], "compare": ["mmina-results"]}.get(command[0], [])
        assert main([*command, "mmina-results", *more]) == 0, capsys.readouterr().err
    assert two_tasks.run("tasks", "--mmina-agent=more_bots:Strange", "--mmina-resume=mmina-results", *way).ret == 0


@pytest.mark.parametrize("name", ["index.html", "summary.md", "page/mine.css", "trajectories/mine.jsonl", "run.json"])
def test_a_folder_of_the_users_is_not_touched(two_tasks: Project, name: str) -> None:
    two_tasks.run("tasks", "--mmina-agent=bots:Plays", "--mmina-results=whole")
    mine = two_tasks.file(f"mine/{name}", "{}")
    result = two_tasks.run("tasks", "--mmina-agent=bots:Plays", "--mmina-results=mine", html=True)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*mine has a '{name.split('/')[0]}' that pytest-mmina did not write*"])
    assert main(["merge", "whole", "--into", "mine"]) == 1
    assert [file for file in Path("mine").rglob("*") if file.is_file()] == [mine.relative_to(two_tasks.folder)]
    assert mine.read_text() == "{}"


def test_other_places_that_are_no_folder_for_results(two_tasks: Project) -> None:
    two_tasks.file("file", "mine")
    Path("outside").mkdir()
    Path("linked").mkdir()
    Path("linked/trajectories").symlink_to(Path("outside").resolve())
    Path("nowhere").symlink_to("gone")
    for folder, problem in (
        (".", "contains the folder that pytest was called in: name another folder"),
        ("..", "contains the folder that pytest was called in: name another folder"),
        ("file", "cannot be used"),
        ("nowhere", "cannot be used"),
        ("linked", "trajectories is a link"),
    ):
        result = two_tasks.run("tasks", "--mmina-agent=bots:Plays", f"--mmina-results={folder}")
        assert result.ret == pytest.ExitCode.USAGE_ERROR, folder
        assert problem in result.stderr.str()
    assert Path("file").read_text() == "mine"
    assert not list(Path("outside").iterdir())


CLEANS = """
import os, pytest

@pytest.fixture(autouse=True, scope="session")
def clean():
    for name in ("planned.json", "run.json", "session.lock"):
        if os.path.exists(f"mmina-results/{name}"):
            os.remove(f"mmina-results/{name}")

@pytest.fixture(autouse=True)
def skip_one(request, clean):
    if "compare/1" in request.node.name:
        pytest.skip("no key")
"""


def test_a_plan_that_is_gone_closes_the_gate(two_tasks: Project, way: Way, capsys: pytest.CaptureFixture[str]) -> None:
    """A fixture of the user's may clean the folder when the session has begun."""
    two_tasks.add_to_conftest(CLEANS)
    result = two_tasks.run("tasks", "--mmina-agent=bots:Plays", GATED, *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: the list of selected cases is not in the results*"])
    assert main(["gate", "mmina-results", "--min-hop-rate", "0"]) == 1
    capsys.readouterr()
