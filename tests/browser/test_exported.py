"""An exported script, run as a user runs it: by itself, against the web that `mmina serve` serves."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pytest_mmina.agents.builtin import ScriptedAgent
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.bundled import bundled
from pytest_mmina.commands.main import main
from pytest_mmina.core.episode.episode import run_episode
from pytest_mmina.core.record.stored_trajectory import Head
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.sites.registry import load_sites
from pytest_mmina.sites.web import HermeticWeb
from pytest_mmina.trajectories.writing import Recording

COMMAND = [sys.executable, "-c", "import sys; from pytest_mmina.commands.main import main; sys.exit(main())"]


@pytest.fixture
def served() -> Iterator[str]:
    """The address of the proxy of `mmina serve`."""
    with subprocess.Popen([*COMMAND, "serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def recorded(browser: Browser, folder: Path) -> Path:
    """What `oracle` does in a bundled task."""
    (task,) = load_tasks(bundled("tasks") / "compare/3.json")
    web = HermeticWeb(load_sites([bundled("fixtures") / "sites"]))
    session = PlaywrightBrowser(lambda **given: browser.new_context(ignore_https_errors=True, **given), web)
    head = Head(
        detail="full", task=task.id, subset=task.subset, trial=1, agent="oracle", intent=task.intent,
        start_urls=task.start_urls, hops=tuple(hop.name for hop in task.hops),
    )  # fmt: skip
    recording = Recording(folder / "1.jsonl", results=folder, head=head, here=folder)
    assert run_episode(task, agent=ScriptedAgent(task.oracle), browser=session, recorder=recording).solved
    recording.close()
    session.close()
    web.close()
    return folder / "1.jsonl"


def run(file: Path, source: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    file.write_text(source, encoding="utf-8")
    return subprocess.run([sys.executable, file, *arguments], capture_output=True, text=True, timeout=120)


def test_a_recorded_run_runs_again_by_itself(
    browser: Browser, tmp_path: Path, served: str, capsys: pytest.CaptureFixture[str]
) -> None:
    trajectory = recorded(browser, tmp_path)
    assert main(["export", str(trajectory), "--as=script"]) == 0
    source = capsys.readouterr().out
    again = run(tmp_path / "again.py", source, f"--proxy={served}")
    assert (again.returncode, again.stderr) == (0, "")
    assert (
        'hop 2  say the total                        passed at step 8\n  7  click  link "View cart"\n' in again.stdout
    )
    assert "now at" not in again.stdout, "every step leads where it led"

    drifted = source.replace("'link', 'Tern 24 Day Backpack'", "'link', 'Gone'").replace(
        "PATIENCE = 10", "PATIENCE = 1"
    )
    lost = run(tmp_path / "drifted.py", drifted, f"--proxy={served}")
    assert lost.returncode == 1
    assert lost.stdout.endswith(
        "  4  click  link \"Tern 24 Day Backpack\"\n     cannot be done: there is no link 'Gone' number 1 on "
        "http://localhost:7770/catalogsearch/result/?q=tern+backpack\n"
    )

    alone = run(tmp_path / "again.py", source)
    assert alone.returncode == 2, "it does not go out by itself"
    assert "one of the arguments --proxy --live is required" in alone.stderr


def test_serving_where_something_else_does_is_told(served: str, capsys: pytest.CaptureFixture[str]) -> None:
    port = served.rpartition(":")[2]
    assert main(["serve", "--port", port]) == 1
    assert capsys.readouterr().err == f"mmina: --port {port}: Address already in use\n"
