"""Trials that are left out, sites that are visited one after another, and what becomes of both when a worker dies."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.plugin.gate_options import require_fitting_options
from tests.plugin.project import BOTS, Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]


@pytest.fixture
def three_tasks(project: Project) -> Project:
    for number in (1, 2, 3):
        project.task(f"compare/{number}", intent="MISCHIEF" if number == 2 else "Go.")
    return project


def trials_of(project: Project) -> dict[str, int]:
    tasks = [episode["task"] for episode in project.episodes()]
    return {task: tasks.count(task) for task in sorted(set(tasks))}


WAITS = """
from pathlib import Path

class Waits(Raises):
    \"\"\"A worker's third episode waits until the failure of compare/2 is on the disk.\"\"\"

    episodes = 0

    def reset(self, intent):
        super().reset(intent)
        Waits.episodes += 1
        while "PYTEST_XDIST_WORKER" in os.environ and Waits.episodes > 2 and not self.has_failed():
            time.sleep(0.01)

    def has_failed(self):
        return any('"compare/2"' in file.read_text() for file in Path("mmina-results").glob("episodes*.jsonl"))
"""


def test_trials_that_decide_nothing_are_left_out(three_tasks: Project, way: Way) -> None:
    """A failure of compare/2 in its first trial closes the gate: only what was on its way then is still run."""
    three_tasks.file("bots.py", BOTS + WAITS)
    rule = "--mmina-must-pass=compare/2"
    result = three_tasks.run("tasks", "--mmina-agent=bots:Waits", "--mmina-trials=6", "--mmina-stop-early", rule, *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["gate: CLOSED: 1 task (compare/2) must be solved in each trial, and was not*", "*trials stopped early: *"]
    )
    summary, trials = three_tasks.summary(), trials_of(three_tasks)
    assert list(trials) == ["compare/1", "compare/2", "compare/3"]
    assert summary["not_run"] == 0
    assert summary["episodes"] + summary["stopped"] == 18
    # How many are on their way before the answer is known is a matter of how busy the machine is.
    assert summary["episodes"] <= (3 if "-n2" not in way else 14), trials


def test_what_is_lost_is_told_from_what_is_left_out(three_tasks: Project, way: Way) -> None:
    """compare/2 skips itself in its one trial, and is lost; compare/1 is needed to the end."""
    rule = "--mmina-must-pass=compare/1"
    result = three_tasks.run("tasks", "--mmina-agent=bots:Skips", "--mmina-trials=3", "--mmina-stop-early", rule, *way)
    assert result.ret == 1
    lost = three_tasks.summary()["not_run"]
    result.stdout.fnmatch_lines([f"gate: CLOSED: {lost} selected case* gave no episode*"])
    trials, summary = trials_of(three_tasks), three_tasks.summary()
    assert trials["compare/1"] == 3
    assert lost >= 1
    assert summary["episodes"] + summary["stopped"] + lost == 9
    assert summary["stopped"] >= (4 if "-n2" not in way else 1)


SITES = """

class Visits(Plays):
    \"\"\"Notes when it is on a site; in mischief it takes its process with it, once.\"\"\"

    def act(self, observation):
        if self.turn == 0:
            note("in")
        line = super().act(observation)
        if line.startswith("stop"):
            note("out")
        return line

    def mischief(self):
        if not os.path.exists("died"):
            open("died", "w").close()
            note("out")
            os._exit(1)

def note(what):
    with open("visits.txt", "a") as file:
        file.write(what + chr(10))
"""


def test_a_serial_site_is_never_visited_twice_at_once(project: Project, way: Way) -> None:
    """All tasks visit `live`, some by way of another serial site; with workers, one dies and is replaced."""
    project.file("bots.py", BOTS + SITES)
    if "-n2" not in way:
        project.file("died", "")
    for number in range(1, 7):
        intent = "MISCHIEF" if number == 3 else "Go."
        sites = ["live"] if number % 2 else ["beside", "live"]
        project.task(f"compare/{number}", sites=sites, intent=intent)
    serial = ("--mmina-serial=live", "--mmina-serial=beside", "--mmina-serial=lvie")
    result = project.run("tasks", "--mmina-agent=bots:Visits", *serial, "--mmina-fail-on=gate", *way)
    visits = (project.folder / "visits.txt").read_text().split()
    assert visits == ["in", "out"] * 6
    result.stdout.fnmatch_lines(["--mmina-serial lvie: no selected task visits 'lvie'. Did you mean 'live'?"])
    outcomes = [episode["outcome"] for episode in project.episodes()]
    assert outcomes == ["solved", "solved", "errored" if "-n2" in way else "solved", *["solved"] * 3]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--mmina-stop-early"], "needs a gate that decides when to stop: give a rule, such as --mmina-baseline"),
        (
            ["--mmina-stop-early", "--mmina-min-task-rate=1", "--mmina-fail-on=task"],
            "cannot be used with --mmina-fail-on",
        ),
        (
            ["--mmina-stop-early", "--mmina-min-task-rate=1", "--mmina-save-baseline=b.json"],
            "a baseline needs all trials",
        ),
        (
            ["--mmina-stop-early", "--mmina-min-task-rate=1", "--mmina-shard=1/2"],
            "results of one shard do not decide the gate",
        ),
        (
            ["--mmina-serial=x", "--dist=worksteal"],
            "--mmina-serial distributes the cases among the workers itself: leave out --dist",
        ),
    ],
)
def test_options_that_contradict_each_other(pytester: pytest.Pytester, arguments: list[str], problem: str) -> None:
    config = pytester.parseconfig("--mmina", *arguments)
    with pytest.raises(pytest.UsageError, match=problem):
        require_fitting_options(config)


@pytest.mark.parametrize("arguments", [[], ["--mmina-fail-on=gate", "--mmina-stop-early"], ["--mmina-serial=x"]])
def test_options_that_go_together(pytester: pytest.Pytester, arguments: list[str]) -> None:
    require_fitting_options(pytester.parseconfig("--mmina", *arguments))


def test_early_stopping_is_kept_with_the_results(three_tasks: Project) -> None:
    """So that `mmina gate` knows, and a session that is taken up again stops where it would have stopped."""
    options = ("--mmina-agent=bots:Plays", "--mmina-trials=3", "--mmina-stop-early", "--mmina-must-pass=compare/1")
    three_tasks.run("tasks", *options)
    folder = three_tasks.folder / "mmina-results"
    unbroken = kept(folder)
    assert unbroken[1]["stopped"]["trials"] == 4
    lines = (folder / "episodes.jsonl").read_text().splitlines(keepends=True)
    (folder / "episodes.jsonl").write_text("".join(lines[:2]))
    assert three_tasks.run("tasks", *options, "--mmina-resume=mmina-results").ret == 0
    assert kept(folder) == unbroken


def kept(folder: Path) -> list[dict[str, Any]]:
    """What a session kept, its command line aside."""
    return [{**json.loads((folder / name).read_text()), "ran": None} for name in ("summary.json", "session.json")]
