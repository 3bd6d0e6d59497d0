"""The main job: the bundled tasks and MMInA's own example, in a real browser, with the built-in agents."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.project import Project

pytestmark = pytest.mark.long

Way = tuple[str, ...]


def journal(project: Project) -> list[dict[str, Any]]:
    """The episodes, times aside."""
    return [{**episode, "seconds": 0} for episode in project.episodes()]


@pytest.mark.browser
def test_oracle_solves_bundled_tasks(project: Project) -> None:
    """A ninth of them; `make validity` runs them all, several times."""
    result = project.run("--mmina-agent", "oracle", "--mmina-shard=1/9", "-n2")
    assert result.ret == 0
    summary = project.summary()
    assert summary["episodes"] == summary["solved"] > 10
    assert summary["hop_success_rate"] == summary["task_success_rate"] == 1
    assert all(episode["blocked"] == 0 for episode in project.episodes())
    (browser,) = {episode["browser"] for episode in project.episodes()}
    assert re.fullmatch(r"chromium [0-9]+(\.[0-9]+)+", browser)


@pytest.mark.browser
def test_null_passes_no_hop(project: Project) -> None:
    """That it passes none of any bundled task is shown without a browser, in test_bundled_tasks.py."""
    assert project.run("--mmina-agent", "null", "-k", "compare", "-n2").ret == 1
    summary = project.summary()
    assert (summary["hops_passed"], summary["solved"]) == (0, 0)
    assert summary["unsolved"] == summary["episodes"] == 10


@pytest.mark.browser
def test_rules_lies_between_and_always_at_the_same_place(project: Project) -> None:
    journals = []
    for way in ((), ("-n2",)):
        project.run(
            "--mmina-agent", "rules", "--mmina-fail-on=gate", "-k", "normal/8 or shopping/2 or shopping/3", *way
        )
        journals.append(journal(project))
        summary = project.summary()
        assert summary["errored"] == 0
        assert 0.1 < summary["hop_success_rate"] < 0.9
        assert 0 < summary["task_success_rate"] < 0.9
    assert journals[0] == journals[1]


ARTICLE = "https://library.kiwix.org/viewer#wikipedia_en_all_maxi_2024-01/A/Tokyo"
EVENTS = "https://www.eventbrite.com/d/japan--tokyo/events/"


VISITS = {
    (ARTICLE, EVENTS): ("solved", [1, 2]),
    ("https://www.eventbrite.com/",): ("unsolved", []),
    (EVENTS,): ("solved", [1, 1]),
    (ARTICLE,): ("partial", [1]),
}
"""What an agent visits in each trial, with the outcome and the steps that pass a hop."""


@pytest.mark.browser
def test_the_task_that_mmina_prints_runs_as_it_is(project: Project, shared_data: Path) -> None:
    lines = [line for addresses in VISITS for line in (*(f"goto [{address}]" for address in addresses), "stop [done]")]
    project.file("visits.py", f"lines = iter({lines})\ndef agent(observation): return next(lines)\n")
    task = shared_data / "mmina_official_example" / "compare" / "17.json"
    result = project.run(str(task), "--mmina-agent", "visits:agent", f"--mmina-trials={len(VISITS)}")
    result.assert_outcomes(passed=2, failed=2)
    episodes = project.episodes()
    assert {episode["task"] for episode in episodes} == {"compare/17"}
    assert [
        (episode["outcome"], [hop["step"] for hop in episode["hops"] if hop["passed"]]) for episode in episodes
    ] == list(VISITS.values())


def test_an_agent_is_found_by_a_bare_pytest(project: Project) -> None:
    """`python -m pytest` puts the current folder on the import path, `pytest` does not."""
    project.task("compare/1")
    script = Path(sys.executable).with_name("pytest")
    run = subprocess.run(
        [script, "-p", "no:cacheprovider", "--mmina", "--mmina-agent", "bots:Plays", "tasks"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout
    assert json.loads((project.folder / "mmina-results" / "summary.json").read_text())["solved"] == 1


@pytest.mark.browser
def test_what_leaves_the_web_is_stopped_seen_and_counted(project: Project, way: Way) -> None:
    project.task("compare/1")
    lines = [
        "https://example.org/",
        "http://169.254.169.254/",
        "file:///etc/passwd",
        "javascript:1",
        "data:text/html,x",
    ]
    project.file(
        "leaves.py",
        f"lines = iter({lines})\n"
        "seen = []\n"
        "def agent(observation):\n"
        "    seen.append(observation.error)\n"
        "    line = next(lines, None)\n"
        "    if line is None:\n"
        "        return f'stop [{sum(error.startswith(\"blocked: \") for error in seen)}]'\n"
        "    return f'goto [{line}]'\n",
    )
    project.run("tasks", "--mmina-agent", "leaves:agent", *way)
    (episode,) = project.episodes()
    assert (episode["blocked"], episode["answer"], episode["outcome"]) == (5, "5", "unsolved")
