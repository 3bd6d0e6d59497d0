"""The workflow that teams copy: its shell steps are run as they stand, for the main branch and for a pull request."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.plugin.project import BOTS, FAKE_BROWSER
from tests.repositories import git

pytestmark = pytest.mark.long


FILE = Path(__file__).parents[2] / "examples/ci/web-agent.yml"
TASK = """{"intent": "Search events in Tokyo, then a kettle.", "start_url": "https://www.eventbrite.com/",
"procedure": ["event", "7770", "end"], "city": "tokyo", "shop": "kettle"}"""


class Workflow:
    """Runs the jobs of the workflow: shell steps by bash, the actions for artifacts by copying folders."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.document = yaml.safe_load(FILE.read_text())
        self._artifacts = folder / "artifacts"
        self._installed = False
        self._environment = {
            **os.environ,
            **self.document["env"],
            "GITHUB_BASE_REF": "",
            **environment,
            "PIP_NO_INDEX": "1",
            "GITHUB_ACTIONS": "true",
        }
        self._environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    def run(self, job: str, checkout: Path, **matrix: str) -> subprocess.CompletedProcess[str]:
        """Run a job in a checkout, up to the first step that fails; gives the last shell step that was run.

        After that, what is to be done whatever failed is done, too.
        """
        outputs: dict[str, str] = {}
        done = None
        for number, step in enumerate(self.document["jobs"][job]["steps"]):
            if done is not None and done.returncode and "cancelled()" not in step.get("if", ""):
                continue
            given = {name: _filled(str(value), matrix, outputs) for name, value in step.get("with", {}).items()}
            if "run" not in step:
                self._act(step["uses"], given, checkout)
                continue
            # Every machine installs for itself; here, all of them are this one.
            if step["name"] == "Install":
                if self._installed:
                    continue
                self._installed = True
            variables = {name: _filled(value, matrix, outputs) for name, value in step.get("env", {}).items()}
            written = {
                name: checkout.with_name(f"{checkout.name}-{number}-{name}")
                for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")
            }
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=checkout,
                env={**self._environment, **variables, **{name: str(file) for name, file in written.items()}},
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            if done.returncode:
                continue
            if written["GITHUB_OUTPUT"].exists():
                for line in written["GITHUB_OUTPUT"].read_text().splitlines():
                    name, _, value = line.partition("=")
                    outputs[f"steps.{step['id']}.outputs.{name}"] = value
        assert done is not None
        return done

    def _act(self, action: str, given: Mapping[str, str], checkout: Path) -> None:
        if action.startswith("actions/upload-artifact@"):
            if (checkout / given["path"]).exists():
                shutil.copytree(checkout / given["path"], self._artifacts / given["name"])
        elif action.startswith("actions/download-artifact@"):
            for artifact in self._artifacts.iterdir():
                if "pattern" in given and fnmatch(artifact.name, given["pattern"]):
                    shutil.copytree(artifact, checkout / given["path"] / artifact.name)
                elif artifact.name == given.get("name"):
                    shutil.copytree(artifact, checkout / given["path"])


def _filled(text: str, matrix: Mapping[str, str], outputs: Mapping[str, str]) -> str:
    values = {**{f"matrix.{name}": value for name, value in matrix.items()}, **outputs}
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two tasks and an agent, as the server has it."""
    first = tmp_path / "first"
    (first / "tasks/compare").mkdir(parents=True)
    for number in (1, 2):
        (first / f"tasks/compare/{number}.json").write_text(TASK)
    (first / "my_agent.py").write_text(BOTS)
    # What a browser does is of no interest to a workflow.
    for name, content in FAKE_BROWSER.items():
        (first / name).write_text(content)
    git(first, "init", "--quiet", "--initial-branch=main")
    git(first, "add", ".")
    git(first, "commit", "--quiet", "--message=Tasks")
    git(tmp_path, "clone", "--quiet", "--bare", "first", "server.git")
    return tmp_path / "server.git"


def checked_out(repository: Path, name: str) -> Path:
    git(repository.parent, "clone", "--quiet", repository.name, name)
    return repository.parent / name


@pytest.mark.browser
def test_the_main_branch_saves_a_baseline_that_holds_a_worse_agent_back(tmp_path: Path, repository: Path) -> None:
    workflow = Workflow(tmp_path / "main", AGENT="my_agent:Plays", TRIALS="1", PYTEST_XDIST_AUTO_NUM_WORKERS="1")
    shards = workflow.document["jobs"]["episodes"]["strategy"]["matrix"]["shard"]
    for number, shard in enumerate(shards):
        done = workflow.run("episodes", checked_out(repository, f"main-{number}"), shard=shard)
        assert done.returncode == 0, done.stdout + done.stderr
    merged = workflow.run("gate", checked_out(repository, "main-gate"))
    assert merged.returncode == 1, "there is no baseline yet: the step `Decide` is left out on the main branch"
    assert "baseline.json does not exist" in merged.stderr
    saved = workflow.run("baseline", checked_out(repository, "main-baseline"))
    assert saved.returncode == 0, saved.stdout + saved.stderr
    assert '"compare/2": {"task":' in git(repository, "show", "main:baseline.json")

    environment = {"TRIALS": "1", "PYTEST_XDIST_AUTO_NUM_WORKERS": "1", "GITHUB_BASE_REF": "main"}
    pull = Workflow(tmp_path / "pull", AGENT="my_agent:Nothing", **environment)
    assert pull.run("episodes", checked_out(repository, "pull-0"), shard=shards[0]).returncode == 0
    part = pull.run("gate", checked_out(repository, "pull-part"))
    assert part.returncode == 1
    assert f"the results of shard {shards[1]} are missing" in part.stderr
    assert pull.run("episodes", checked_out(repository, "pull-1"), shard=shards[1]).returncode == 0
    last = checked_out(repository, "pull-gate")
    (last / "baseline.json").write_text("what the pull request made of it")
    closed = pull.run("gate", last)
    assert closed.returncode == 1
    assert "gate: CLOSED: " in closed.stdout
    assert "a drop of 100.0 percentage points, 10.0 allowed (--max-drop)" in closed.stdout
    assert "::error file=tasks/compare/1.json,line=1,title=compare/1::solved 1 of 1 then, 0 of 1 now" in closed.stdout
    (told,) = tmp_path.glob("pull-gate-*-GITHUB_STEP_SUMMARY")
    assert told.read_text().startswith("## pytest-mmina: the gate is closed")
    assert told.read_text() == (tmp_path / "pull/artifacts/whole/summary.md").read_text()
    assert [*tmp_path.glob("pull-?-*-GITHUB_STEP_SUMMARY")] == [], "a shard decides nothing"


def test_what_the_server_decides_is_as_we_take_it() -> None:
    document = Workflow(Path()).document
    jobs: dict[str, Any] = document["jobs"]
    assert document["defaults"]["run"]["shell"] == "bash", "or a command that fails in a pipe would pass"
    assert jobs["gate"]["if"] == "${{ !cancelled() }}", "a job that is skipped is taken for one that passed"
    assert jobs["episodes"]["strategy"]["fail-fast"] is False
    assert document["permissions"] == {"contents": "read"}
    assert jobs["baseline"]["permissions"] == {"contents": "write"}
    assert "refs/heads/main" in jobs["baseline"]["if"]
    numbers = [shard.split("/") for shard in jobs["episodes"]["strategy"]["matrix"]["shard"]]
    assert [int(number) for number, _ in numbers] == list(range(1, int(numbers[0][1]) + 1))
