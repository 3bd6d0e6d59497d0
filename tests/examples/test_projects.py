"""The three small projects to start from, each copied and run as its pytest.ini says."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.long]

EXAMPLES = Path(__file__).parents[2] / "examples"


class Project:
    """A copy of an example."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder / name
        shutil.copytree(EXAMPLES / name, self.folder)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command there, as it stands behind a prompt."""
        tools = Path(sys.executable).parent
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        environment["PATH"] = f"{tools}{os.pathsep}{environment['PATH']}"
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )


def test_the_gate_is_open_until_the_agent_is_worse(tmp_path: Path) -> None:
    project = Project("gate", tmp_path)
    opened = project.run("pytest")
    assert (opened.returncode, last_line(opened, "gate:")) == (
        0,
        "gate: open: hop success rate 100.0% >= 90.0% (--mmina-min-hop-rate); "
        "1 episode of 'prices/1' solved (--mmina-must-pass)",
    )
    closed = project.run("pytest", "--mmina-agent=null")
    assert closed.returncode != 0
    assert last_line(closed, "gate:").startswith("gate: CLOSED: hop success rate 0.0% < 90.0%")


def test_assertions_earn_credit(tmp_path: Path) -> None:
    project = Project("assertions", tmp_path)
    assert project.run("pytest", "test_shopping.py").returncode == 0
    (line,) = (project.folder / "mmina-results/episodes.jsonl").read_text(encoding="utf-8").splitlines()
    hops = [(hop["name"], hop["passed"]) for hop in json.loads(line)["hops"]]
    assert hops == [
        ("answer with what the shop shows", True),
        ("opened one article", True),
        ("took at most 5 steps", True),
    ]


def test_snapshots_match_until_the_agent_goes_another_way(tmp_path: Path) -> None:
    project = Project("snapshots", tmp_path)
    (snapshot,) = project.folder.rglob("__trajectories__/*/*.txt")
    assert project.run("pytest").returncode == 0
    other = project.run("pytest", "--mmina-agent=oracle")
    assert other.returncode == 1
    assert last_line(other, "    + ").endswith('type   searchbox "Search the store" ← "gooseneck kettle" ⏎')
    approved = project.run("mmina", "approve", "mmina-results")
    assert approved.stdout.endswith("written\n1 written, 0 as they were, 0 left out, 0 refused\n")
    assert '"gooseneck kettle"' in snapshot.read_text(encoding="utf-8")


def last_line(done: subprocess.CompletedProcess[str], begin: str) -> str:
    lines = [line for line in done.stdout.splitlines() if line.startswith(begin)]
    assert lines, done.stdout
    return lines[-1]


@pytest.mark.parametrize("name", ["gate", "assertions", "snapshots"])
def test_the_readme_names_it(name: str) -> None:
    assert f"](examples/{name})" in (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
