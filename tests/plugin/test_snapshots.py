"""Snapshots of episodes in whole sessions: create, match, differ, update, unused, and failing for another reason."""

from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from tests.plugin.project import KETTLE, SITE_HOME, TOKYO, Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]

READS = '''
import os

class Reads:
    """Does what the task says, word for word."""

    def reset(self, intent):
        self.lines = iter(intent.split(" ; "))

    def act(self, observation):
        line = next(self.lines)
        if line == "raise":
            raise ValueError("the model is away")
        if line == "crash":
            os._exit(1)
        return line
'''
SOLUTION = (f"goto [{TOKYO}]", f"goto [{KETTLE}]", "stop [東京]")
ASTRAY = (f"goto [{TOKYO}]", f"goto [{SITE_HOME}]", "stop [東京]")
TEXT = """hop 1  event tokyo                          passed at step 1
  goto   www.eventbrite.com/d/japan--tokyo/all--events/
hop 2  7770 kettle                          passed at step 2
  goto   localhost/catalogsearch/result/?q=kettle
stop "東京"
"""


@pytest.fixture
def plays(project: Project) -> Project:
    project.file("bots.py", READS)
    project.pytester.makeini("[pytest]\nmmina_agent = bots:Reads\nmmina_tasks = tasks")
    return project


def does(project: Project, task: int, *lines: str) -> Path:
    """Let the agent do this in a task; returns where its snapshot lies."""
    project.task(f"compare/{task}", intent=" ; ".join(lines))
    return project.folder / f"tasks/compare/__trajectories__/{task}/test_task[compare-{task}].txt"


def test_a_snapshot_from_its_creation_to_its_end(plays: Project, way: Way) -> None:
    same, changed, failing, gone = (does(plays, number, *SOLUTION) for number in (1, 2, 3, 4))
    created = plays.run("tasks", "--mmina-snapshot", "--snapshot-update", *way)
    created.assert_outcomes(passed=4)
    created.stdout.fnmatch_lines(["4 snapshots generated."])
    assert same.read_text(encoding="utf-8") == TEXT

    does(plays, 2, *ASTRAY)
    does(plays, 3, SOLUTION[0], "raise")
    (plays.folder / "tasks/compare/4.json").unlink()
    compared = plays.run("tasks", "--mmina-snapshot", *way)
    compared.assert_outcomes(passed=1, failed=2)
    compared.stdout.fnmatch_lines(
        [
            "significant difference, first in hop 2 (7770 kettle):",
            "    -   goto   localhost/catalogsearch/result/?q=kettle",
            "    +   goto   www.eventbrite.com/",
            f"seen there: {TOKYO}  'a page'",
            "hop lost: 7770 kettle",
            "-   goto   localhost/catalogsearch/result/?q=kettle",
            "1 snapshot failed. 1 snapshot passed. 1 snapshot unused.",
        ]
    )
    before = failing.read_text(encoding="utf-8")

    updated = plays.run("tasks", "--mmina-snapshot", "--snapshot-update", "--snapshot-details", *way)
    updated.stdout.fnmatch_lines(["1 snapshot passed. 1 snapshot updated. 1 unused snapshot deleted.", "Deleted *-4*"])
    assert "  goto   www.eventbrite.com/\n" in changed.read_text(encoding="utf-8")
    assert failing.read_text(encoding="utf-8") == before, "what it did before it failed is no new behaviour"
    assert same.read_text(encoding="utf-8") == TEXT
    assert not gone.exists()


def test_what_a_crash_or_an_end_takes_along_keeps_its_snapshot(plays: Project) -> None:
    files = [does(plays, number, *SOLUTION) for number in (1, 2, 3, 4)]
    plays.run("tasks", "--mmina-snapshot", "--snapshot-update")
    does(plays, 2, "crash")
    plays.run("tasks", "--mmina-snapshot", "--snapshot-update", "-n2")
    assert all(file.exists() for file in files)
    does(plays, 1, "raise")
    plays.run("tasks", "--mmina-snapshot", "--snapshot-update", "-x")
    assert all(file.exists() for file in files)


def test_the_fixture_says_what_is_compared(plays: Project) -> None:
    plays.file(
        "test_own.py",
        """
def test_hops(mmina_run, mmina_snapshot):
    episode = mmina_run()
    assert episode == mmina_snapshot(level="hops")
    assert episode == mmina_snapshot(vary={"wanted": "q=[a-z]+"})
    assert 1 + 1 == 2

def test_fails_before(mmina_run, mmina_snapshot):
    episode = mmina_run()
    episode.require_solved()
    assert episode == mmina_snapshot
""",
    )
    does(plays, 1, *SOLUTION)
    plays.run("test_own.py", "--snapshot-update").assert_outcomes(passed=2)
    folder = plays.folder / "__trajectories__/test_own"
    names = ["test_fails_before[compare-1].txt", "test_hops[compare-1].1.txt", "test_hops[compare-1].txt"]
    assert sorted(file.name for file in folder.iterdir()) == names
    assert "?<wanted>" in (folder / names[1]).read_text(encoding="utf-8")
    does(plays, 1, *ASTRAY)
    result = plays.run("test_own.py", "-vv")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*significant difference, first in hop 2 (7770 kettle):", "*hop lost: 7770 kettle"])
    plays.run("--snapshot-update", "-k", "fails_before").assert_outcomes(failed=1, deselected=2)
    plays.pytester.runpytest_subprocess("--snapshot-update").assert_outcomes(skipped=2)
    assert sorted(file.name for file in folder.iterdir()) == names


def test_what_is_tolerated_fails_no_case(plays: Project, way: Way) -> None:
    wordy = (SOLUTION[0], "scroll [down]", *SOLUTION[1:])
    files = [does(plays, number, *SOLUTION) for number in (1, 2)]
    plays.run("tasks", "--mmina-snapshot", "--snapshot-update")
    does(plays, 1, *wordy)
    does(plays, 2, *wordy[:-1], "stop [大阪]")
    options = ("tasks", "--mmina-snapshot", "--mmina-tolerate=extra-scrolls", *way)
    tolerated = plays.run(*options, "--mmina-fail-on=gate")
    tolerated.assert_outcomes(passed=1, failed=1)
    tolerated.stdout.fnmatch_lines(
        ["informational difference, first*", '*+ stop "大阪"', "1 snapshot failed. 1 snapshot passed."]
    )
    tolerated.stdout.no_fnmatch_line("    +   scroll*")
    plays.run(*options, "--snapshot-update")
    assert files[0].read_text(encoding="utf-8") == TEXT, "what is tolerated is no new behaviour"


def test_what_cannot_be_tolerated_is_told(plays: Project) -> None:
    does(plays, 1, *SOLUTION)
    result = plays.run("tasks", "--mmina-tolerate=retrys")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --mmina-tolerate: 'retrys' cannot be tolerated. Did you mean 'retries'? *"])


def snapshots_in(folder: Path) -> dict[str, bytes]:
    """All snapshots by their paths; they are taken away."""
    files = sorted(folder.rglob("__trajectories__/*/*.txt"))
    found = {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
    for file in files:
        file.unlink()
    return found


@pytest.mark.parametrize(
    ("compares", "vary"),
    [((), ""), ((), r"host=www\.\w+"), (("--mmina-snapshot", "-n2"), r"host=www\.\w+")],
    ids=["runs", "varies", "compares"],
)
def test_approving_writes_what_an_update_would(
    plays: Project, vary: str, compares: Way, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plays.file(
        "test_own.py",
        """
import pytest

@pytest.mark.mmina("compare/1")
def test_own(mmina_run, mmina_hop, mmina_snapshot):
    episode = mmina_run()
    with mmina_hop("of its own"):
        assert episode == mmina_snapshot(level="hops")
""",
    )
    does(plays, 1, *SOLUTION)
    does(plays, 2, SOLUTION[0], "raise")
    does(plays, 3, *ASTRAY)
    monkeypatch.chdir(plays.folder)
    given = ("tasks", "test_own.py", "--mmina-snapshot-level=sites", "-o", f"mmina_snapshot_vary={vary}")
    plays.run(*given, *compares)
    assert snapshots_in(plays.folder) == {}
    capsys.readouterr()
    assert main(["approve", "mmina-results"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert (
        "mmina-results/trajectories/compare/2/1.jsonl: not approved, because the episode failed: the agent raised"
        in out[0]
    )
    assert out[-1] == "3 written, 0 as they were, 1 left out, 0 refused"
    approved = snapshots_in(plays.folder)
    assert approved["tasks/compare/__trajectories__/3/test_task[compare-3].txt"].count(b"<host>") == bool(vary)
    plays.run(*given, "--mmina-snapshot", "--snapshot-update")
    assert snapshots_in(plays.folder) == approved
