"""A history of the main branch as the baseline of a session, each way pytest can run."""

import json

import pytest

# pytester forgets what a test imports, and some of these modules can be imported only once in a process.
import pytest_mmina.gate.significance
import pytest_mmina.gate.statistics
import pytest_mmina.reports.github  # noqa: F401
from pytest_mmina.commands.main import main
from pytest_mmina.gate.history import read_history, write_history
from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]

TRIALS = ("--mmina-trials=3",)


@pytest.fixture
def history(project: Project) -> Project:
    """Four tasks, and a history of eight sessions that solved all of them."""
    for number in range(1, 5):
        project.task(f"compare/{number}")
    project.run("tasks", "--mmina-agent", "bots:Plays", *TRIALS)
    file = project.folder / "history.jsonl"
    assert main(["history", "add", str(project.folder / "mmina-results"), str(file)]) == 0
    first = read_history(file)
    eight = tuple(first.sessions[0].model_copy(update={"runs": (f"run-{number}",)}) for number in range(8))
    write_history(file, first.model_copy(update={"sessions": eight}))
    return project


def test_a_session_is_compared_with_all_sessions_of_a_history(
    history: Project, way: Way, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = ("--mmina-baseline=history.jsonl", "--mmina-alpha=0.05/20", "--mmina-drift=0.05", *TRIALS)
    result = history.run("tasks", "--mmina-agent", "bots:Plays", *rules, *way)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "gate: open: drift is not watched yet*",
            "*the baseline is the newest 8 sessions of a history*",
            "*alpha is 0.05 for 20 merges together, which is 0.00256 for this one*",
        ]
    )
    stored = json.loads((history.folder / "mmina-results" / "gate.json").read_text())
    assert stored["baseline"]["sessions"] == 8
    assert stored["baseline"]["drift"]["sessions"] == 0
    result = history.run("tasks", "--mmina-agent", "bots:Half", *rules, *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: fewer tasks are solved than chance allows: over 4 tasks*"])
    folder, file = str(history.folder / "mmina-results"), str(history.folder / "history.jsonl")
    for arguments, status in (([], 1), (["--regressions=none", "--drift=0.05"], 0)):
        assert main(["gate", folder, "--no-html", "--baseline", file, *arguments]) == status
    assert main(["history", "add", folder, file]) == 0
    capsys.readouterr()
    assert main(["history", "add", folder, file]) == 1
    assert "session 9 of" in capsys.readouterr().err
    assert main(["history", "show", file]) == 0
    *_, last, baseline, drift = capsys.readouterr().out.splitlines()
    assert last.split()[0] == "9"
    assert last.split()[2:6] == ["4", "12", "0.0%", "50.0%"]
    assert baseline == "as a baseline: 4 tasks, the newest 1 session of bots:Half together"
    assert drift.startswith("no drift in 9 sessions of the main branch")


def test_a_damaged_history_is_an_error_before_anything_runs(history: Project, way: Way) -> None:
    file = history.folder / "history.jsonl"
    file.write_text(file.read_text().replace("\n", "\n<<<<<<< HEAD\n", 1))
    before = history.episodes()
    result = history.run("tasks", "--mmina-agent", "bots:Half", "--mmina-baseline=history.jsonl", *way)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--mmina-baseline: *history.jsonl contains a merge conflict.*git checkout*"])
    assert history.episodes() == before
