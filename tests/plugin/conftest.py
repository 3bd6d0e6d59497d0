"""A user's project to run pytest in, and the three ways to run it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.core import fakes

SITE_HOME = "https://www.eventbrite.com/"
TOKYO = "https://www.eventbrite.com/d/japan--tokyo/all--events/"
KETTLE = "http://localhost:7770/catalogsearch/result/?q=kettle"

BOTS = f'''
import os, signal, subprocess, time

PLAY = ["goto [{TOKYO}]", "goto [{KETTLE}]", "stop [done]"]

class Plays:
    """Plays its lines; in a task whose intent says MISCHIEF, does mischief instead of the second one."""

    lines = PLAY

    def reset(self, intent):
        self.naughty, self.turn = "MISCHIEF" in intent, 0

    def act(self, observation):
        self.turn += 1
        if self.naughty and self.turn == 2:
            self.mischief()
        return self.lines[self.turn - 1]

    def mischief(self):
        pass

class Half(Plays):
    lines = [PLAY[0], "stop"]

class Nothing(Plays):
    lines = ["stop"]

class Exits(Plays):
    def mischief(self):
        os._exit(1)

class Raises(Plays):
    def mischief(self):
        raise ValueError("the model is away")

class Hangs(Plays):
    def mischief(self):
        time.sleep(600)

class Skips(Plays):
    def mischief(self):
        import pytest
        pytest.skip("no key for the model")

class Kills(Plays):
    """Kills the browser: every Chromium main process among the descendants of this process."""

    def mischief(self):
        lines = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True).stdout.splitlines()[1:]
        processes = {{int(pid): (int(parent), args) for pid, parent, args in (line.split(None, 2) for line in lines)}}
        for pid, (parent, args) in processes.items():
            while parent in processes and parent != os.getpid():
                parent = processes[parent][0]
            if parent == os.getpid() and "--type=" not in args and "chrom" in args.lower():
                os.kill(pid, signal.SIGKILL)

def function(observation):
    pages = {{"{SITE_HOME}": PLAY[0], "{TOKYO}": PLAY[1]}}
    return pages.get(observation.url, "stop [done]") if observation.intent else "stop"

ready_made = Plays()
no_agent = 7
'''

PAPER = """
import pytest, paper

@pytest.fixture
def mmina_browser(browser_name):
    return paper.FakeBrowser()
"""


class Project:
    """A project of a user's, with tasks, agents and the results of a run."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.folder: Path = pytester.path
        (self.folder / "bots.py").write_text(BOTS)

    def task(self, task_id: str = "compare/1", **fields: Any) -> Path:
        """Write a task of two hops, or of what `fields` say."""
        document = {
            "intent": "Search events in Tokyo, then a kettle.", "start_url": SITE_HOME,
            "procedure": ["event", "7770", "end"], "city": "tokyo", "shop": "kettle", **fields,
        }  # fmt: skip
        return self.file(f"tasks/{task_id}.json", json.dumps(document))

    def file(self, name: str, content: str) -> Path:
        """Write any file."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def leave_out_browser(self) -> None:
        """Put a browser of paper, which knows `goto` alone, in the place of Chromium: half of what a session costs."""
        self.file("paper.py", Path(fakes.__file__).read_text())
        self.file("conftest.py", PAPER)

    def use_browser(self) -> None:
        """Take Chromium after all."""
        (self.folder / "conftest.py").unlink()

    def run(self, *arguments: str, html: bool = False) -> pytest.RunResult:
        """Run pytest as a user does, with a time limit; the page is left out where it is not what is tested."""
        page = () if html else ("--mmina-no-html",)
        # Plugins that cost a start of Python a tenth, and have nothing to do with most tests.
        reports = any(argument.startswith("--html=") for argument in arguments)
        without = ["hypothesispytest", *([] if reports else ["html", "metadata"])]
        left_out = (option for name in without for option in ("-p", f"no:{name}"))
        return self.pytester.runpytest_subprocess(
            "-p", "no:cacheprovider", *left_out, "--mmina", *page, *arguments, timeout=300
        )

    def episodes(self) -> list[dict[str, Any]]:
        """What stands in episodes.jsonl."""
        return [json.loads(line) for line in (self.folder / "mmina-results/episodes.jsonl").read_text().splitlines()]

    def summary(self) -> dict[str, Any]:
        """What stands in summary.json."""
        content: dict[str, Any] = json.loads((self.folder / "mmina-results/summary.json").read_text())
        return content


WITHOUT_BROWSER = (
    "test_baseline", "test_cases", "test_collection", "test_errors", "test_gate", "test_judge", "test_partition",
    "test_progress", "test_scheduling", "test_snapshots", "test_telling", "test_trajectories",
)  # fmt: skip
"""What is tested there is the same whatever the browser is."""


@pytest.fixture
def project(pytester: pytest.Pytester, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Project:
    # A user's session is no worker of ours, and syrupy would take it for one.
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
        monkeypatch.delenv(name)
    project = Project(pytester)
    if request.module.__name__.rpartition(".")[2] in WITHOUT_BROWSER:
        project.leave_out_browser()
    return project


THREE_WAYS = (
    "test_baseline", "test_collection", "test_gate", "test_partition", "test_scheduling", "test_snapshots",
)  # fmt: skip
"""What gate and collection do is tested without xdist in play, with it switched off, and with two workers."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a `way` in each: three in the modules above, elsewhere without and with workers."""
    if "way" in metafunc.fixturenames:
        ways = {"plain": (), "n0": ("-n0",), "n2": ("-n2",)}
        if metafunc.module.__name__.rpartition(".")[2] not in THREE_WAYS:
            del ways["n0"]
        metafunc.parametrize("way", list(ways.values()), ids=list(ways))
