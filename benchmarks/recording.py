"""What recording costs: the memory of a long episode, and the time of whole episodes with and without it.

Run `make bench`. The memory is measured in an episode on a fake browser. Each of its pages has about 20,000 new
characters, and a screenshot of 300,000 bytes that is written as in a real episode. Measured are Python's own peak
(tracemalloc) and how much the process grows beyond its size after a short episode. The time is that of bundled tasks in
Chromium, played by `oracle`, in interleaved sessions with `--mmina-record=full` and `none`. It is given as wall time
and as processor time of pytest, Playwright and the browser together, which depends less on the load of the machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, cast

import psutil
from playwright.sync_api import Page as BrowserPage

from pytest_mmina.browser.pictures import Pictures
from pytest_mmina.core.episode.episode import run_episode
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.trajectory import Observation, PageState, State
from pytest_mmina.core.record.stored_trajectory import Head
from pytest_mmina.core.tasks.checks import SiteWord
from pytest_mmina.core.tasks.end_readings import Reading, ReadingResults
from pytest_mmina.core.tasks.task import Hop, Probes, Task
from pytest_mmina.trajectories.writing import Recording

_ELEMENTS = 550
_SCREENSHOT = 300_000

_COUNTS = """
import psutil, pytest

def spent():
    process, found = psutil.Process(), {}
    for each in [process, *process.children(recursive=True)]:
        try:
            found[each.pid] = sum(each.cpu_times()[:2])
        except psutil.NoSuchProcess:
            pass
    return found

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    before = spent()
    try:
        return (yield)
    finally:
        # Processes that have ended meanwhile belonged to the page of the previous episode.
        with open("processor.txt", "a") as file:
            print(sum(seconds - before.get(pid, 0) for pid, seconds in spent().items()), file=file)
"""
"""A plugin that writes the processor time of each episode to a file."""


class PaperPage:
    """A fake page that gives screenshots."""

    def screenshot(self, **options: Any) -> bytes:
        """Return bytes that cannot be compressed."""
        return os.urandom(_SCREENSHOT)


class PaperBrowser:
    """A fake browser that shows a new page in each observation, whatever the agent does."""

    blocked = 0
    typed_secrets: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        self._pictures, self._pages = Pictures(folder / "pictures", ["screenshot"], timeout=1), count(1)
        self._page = cast(BrowserPage, PaperPage())
        self._process = psutil.Process()
        self.largest = 0

    def reset(self, start_urls: Sequence[str]) -> None:
        """Do nothing."""

    def act(self, action: Action) -> None:
        """Do nothing."""

    def read(self, readings: Iterable[Reading]) -> ReadingResults:
        """Read nothing."""
        return ReadingResults({}, {})

    def observe(self, *, probes: Probes) -> Capture:
        """Show the next page."""
        page = next(self._pages)
        url = f"https://paper.example/{page}"
        text = "\n".join(f'- link "Thing {number} of page {page}" [ref=e{number}]' for number in range(_ELEMENTS))
        pictures = self._pictures.take(self._page, ())
        self.largest = max(self.largest, self._process.memory_info().rss)
        observation = Observation(url=url, title="paper", text=text, pictures=pictures)
        return Capture(observation=observation, states=(State(pages=(PageState(url=url),)),))


class Clicker:
    """Clicks a different link in each step."""

    def reset(self, intent: str) -> None:
        """Start with the first link again."""
        self._turns = count(1)

    def act(self, observation: Observation) -> Action:
        """Click the next link."""
        return Action(kind="click", target=Target(ref=f"e{next(self._turns) % _ELEMENTS}"))


def long_episode(steps: int) -> int:
    """Run and record an episode of so many steps, and return the largest memory of the process meanwhile, in bytes."""
    hop = Hop(name="never", check=SiteWord(word="nowhere"))
    task = Task(id="paper/1", subset="paper", intent="Click.", start_urls=("https://paper.example/",), hops=(hop,))
    head = Head(
        detail="full", task=task.id, subset="paper", trial=1, agent="", intent="", start_urls=(), hops=("never",)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = Recording(folder / "1.jsonl", results=folder, head=head, here=folder)
        browser = PaperBrowser(folder)
        run_episode(task, agent=Clicker(), browser=browser, limits=Limits(max_steps=steps), recorder=recording)
        recording.close()
    return browser.largest


def growth_megabytes(steps: int) -> float:
    """Return how much the process grows in an episode of so many steps. Call it while the process is small."""
    before = long_episode(10)
    return (long_episode(steps) - before) / 1e6


def peak_megabytes(steps: int) -> float:
    """Return Python's peak memory over a recorded episode of so many steps."""
    tracemalloc.start()
    long_episode(steps)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def episode_seconds(detail: str, tasks: str, folder: Path) -> tuple[float, float]:
    """Return the seconds of all episodes of one session, as wall time and as processor time."""
    (folder / "counts.py").write_text(_COUNTS)
    options = ["--mmina", "--mmina-agent=oracle", f"--mmina-record={detail}", f"--mmina-results={folder}", "-k", tasks]
    plugins = ["-p", "no:cacheprovider", "-p", "counts", "-q", "-W", "ignore"]
    command = [sys.executable, "-m", "pytest", *plugins, *options]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout[-5000:])
    clock = sum(float(json.loads(line)["seconds"]) for line in (folder / "episodes.jsonl").read_text().splitlines())
    return clock, sum(map(float, (folder / "processor.txt").read_text().split()))


def main() -> None:
    """Measure, print, and write `benchmarks/results/recording.json` or what `--json` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", default="compare", help="which bundled tasks, as for pytest's -k")
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "recording.json")
    options = parser.parse_args()
    # Measure this first: anything else would make the process large.
    growth = growth_megabytes(options.steps)
    rounds: list[dict[str, tuple[float, float]]] = []
    for number in range(options.rounds):
        details = ("none", "full") if number % 2 == 0 else ("full", "none")
        taken = {}
        for detail in details:
            with tempfile.TemporaryDirectory() as name:
                taken[detail] = episode_seconds(detail, options.tasks, Path(name))
        rounds.append(taken)
    result = {"peak_megabytes": peak_megabytes(options.steps), "growth_megabytes": growth}
    for at, name in enumerate(("clock", "processor")):
        result |= {
            f"{name}_seconds_none": statistics.median(each["none"][at] for each in rounds),
            f"{name}_seconds_full": statistics.median(each["full"][at] for each in rounds),
            f"{name}_ratio": statistics.median(each["full"][at] / each["none"][at] for each in rounds),
        }
    for name, value in result.items():
        print(f"{name:<24}{value:>10.3f}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
