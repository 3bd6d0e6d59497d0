"""A user's project to run pytest in: task files, scripted agents, and the results of a session."""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

# Its compiled part can be imported only once, and pytester forgets the modules that a test imports.
import jsonpath_rfc9535  # noqa: F401
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

class Breaks(Plays):
    """Breaks a fake browser, each time that it plays."""

    def mischief(self):
        import conftest
        conftest.faults.append("the browser died in mid-episode")

def function(observation):
    pages = {{"{SITE_HOME}": PLAY[0], "{TOKYO}": PLAY[1]}}
    return pages.get(observation.url, "stop [done]") if observation.intent else "stop"

ready_made = Plays()
no_agent = 7
'''

FAKE_BROWSER = {
    "fake_browser.py": Path(fakes.__file__).read_text(),
    "conftest.py": """
import pytest, fake_browser
from pytest_mmina.core.errors import BrowserError

faults = []

def fail():
    if faults:
        raise BrowserError(faults.pop())

@pytest.fixture
def mmina_browser(browser_name):
    return fake_browser.FakeBrowser(broken=fail)
""",
}
"""The files that replace Chromium in a project by a fake browser."""


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

    def replace_browser(self) -> None:
        """Replace Chromium by a fake browser, which knows `goto` alone and costs nothing."""
        for name, content in FAKE_BROWSER.items():
            self.file(name, content)

    def add_to_conftest(self, source: str) -> None:
        """Add something to the conftest.py of the project, which may have replaced the browser."""
        with (self.folder / "conftest.py").open("a") as file:
            file.write(dedent(source))

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
        """What stands in episodes.jsonl, without the run, which is another one each time."""
        lines = (self.folder / "mmina-results/episodes.jsonl").read_text().splitlines()
        return [{name: value for name, value in json.loads(line).items() if name != "run"} for line in lines]

    def summary(self) -> dict[str, Any]:
        """What stands in summary.json."""
        content: dict[str, Any] = json.loads((self.folder / "mmina-results/summary.json").read_text())
        return content
