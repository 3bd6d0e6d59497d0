"""A baseline of a git repository and one behind a URL, each way pytest can run."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plugin.project import Project
from tests.plugin.test_baseline import saved
from tests.repositories import git

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]


@pytest.fixture
def committed(project: Project) -> Project:
    """A repository whose branch `main` has a baseline of three solved tasks, which is not in the folder any more."""
    for number in (1, 2, 3):
        project.task(f"compare/{number}")
    saved(project)
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "all"]):
        git(project.folder, *command)
    (project.folder / "baseline.json").unlink()
    return project


def test_the_baseline_of_the_merge_base_decides(committed: Project, way: Way) -> None:
    name = "git:main:baseline.json"
    result = committed.run(
        "tasks", "--mmina-agent", "bots:Half", "--mmina-baseline", name, "--mmina-regressions=any", *way
    )
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"since {name}: 3 worse (of 3 compared)", "gate: CLOSED: 3 tasks*"])
    kept = json.loads((committed.folder / "mmina-results/gate.json").read_text())
    assert kept["baseline"]["file"] == name
    if way:
        return
    command = ["gate", "mmina-results", "--no-html", "--baseline", name]
    code = f"from pytest_mmina.commands.main import main; exit(main({command}))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=committed.folder, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "gate: open: no significant drop over 3 tasks" in ran.stdout


def test_what_cannot_be_read_is_a_usage_error(committed: Project, way: Way) -> None:
    for name, problem in (
        ("git:nowhere:baseline.json", "*--mmina-baseline: git:nowhere:*no commit 'nowhere'*git fetch origin nowhere*"),
        (
            "http://127.0.0.1:1/b.json?key=a-secret-key",
            "*--mmina-baseline: http://127.0.0.1:1/b.json?[[]secret] cannot*",
        ),
    ):
        result = committed.run("tasks", "--mmina-agent", "bots:Plays", "--mmina-baseline", name, *way)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([problem])
        assert "a-secret-key" not in result.stderr.str()
        assert not (committed.folder / "mmina-results").exists()


class Downloads:
    """A server on loopback with one file; `requests` counts how often it was asked."""

    def __init__(self, file: Path) -> None:
        self.requests = 0
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.requests += 1
                self.send_response(200)
                self.end_headers()
                self.wfile.write(file.read_bytes())

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/baseline.json"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def downloads(project: Project) -> Iterator[Downloads]:
    downloads = Downloads(project.folder / "baseline.json")
    yield downloads
    downloads.close()


def test_a_baseline_is_downloaded_once_for_all_workers(project: Project, downloads: Downloads, way: Way) -> None:
    for number in (1, 2, 3, 4):
        project.task(f"compare/{number}")
    saved(project)
    content = json.loads((project.folder / "baseline.json").read_text())
    for number, seconds in ((1, 30.0), (2, 10.0), (3, 10.0), (4, 10.0)):
        content["tasks"][f"compare/{number}"]["seconds"] = seconds
    project.file("baseline.json", json.dumps(content))
    address = f"{downloads.address}?key=a-secret-key"
    result = project.run("tasks", "--mmina-agent", "bots:Half", "--mmina-baseline", address, "--mmina-shard=1/2", *way)
    assert downloads.requests == 1
    assert [episode["task"] for episode in project.episodes()] == ["compare/1"], "as long as the three others together"
    result.stdout.fnmatch_lines([f"since {downloads.address}?[[]secret]: 1 worse (of 1 compared)"])
    kept = [file.read_text() for file in (project.folder / "mmina-results").rglob("*.*") if file.is_file()]
    assert "a-secret-key" not in "".join([*kept, result.stdout.str()])
