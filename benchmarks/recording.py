"""What recording costs: the memory of a long episode, and the time of whole episodes with and without it.

Run `make bench`. The memory is Python's own peak (tracemalloc) over an episode on a browser of paper, whose every page
is another one of about 20,000 characters, with the path of a screenshot. The time is that of bundled tasks in Chromium,
played by `oracle`, in interleaved sessions with `--mmina-record=full` and `none`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

from pytest_mmina.core.actions import Action, Target
from pytest_mmina.core.episode import run_episode
from pytest_mmina.core.limits import Limits
from pytest_mmina.core.ports import Sight
from pytest_mmina.core.readings import Found, Reading
from pytest_mmina.core.recording import Head
from pytest_mmina.core.tasks import Hop, Probes, SiteWord, Task
from pytest_mmina.core.trajectory import Observation, Page, State
from pytest_mmina.reports.trajectories import Recording

_ELEMENTS = 550


class PaperBrowser:
    """Shows another page each time, whatever is done."""

    blocked = 0
    typed_secrets: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        self._folder, self._pages = folder, count(1)

    def reset(self, start_urls: Sequence[str]) -> None:
        """Begin."""

    def act(self, action: Action) -> None:
        """Do nothing."""

    def read(self, readings: Iterable[Reading]) -> Found:
        """Read nothing."""
        return Found({}, {})

    def observe(self, *, probes: Probes) -> Sight:
        """Show the next page."""
        page = next(self._pages)
        url = f"https://paper.example/{page}"
        text = "\n".join(f'- link "Thing {number} of page {page}" [ref=e{number}]' for number in range(_ELEMENTS))
        pictures = {"screenshot": str(self._folder / "pictures" / f"{page}.jpg")}
        observation = Observation(url=url, title="paper", text=text, pictures=pictures)
        return Sight(observation=observation, states=(State(pages=(Page(url=url),)),))


class Clicker:
    """Clicks on another link each time."""

    def reset(self, intent: str) -> None:
        """Begin anew."""
        self._turns = count(1)

    def act(self, observation: Observation) -> Action:
        """Click."""
        return Action(kind="click", target=Target(ref=f"e{next(self._turns) % _ELEMENTS}"))


def peak_megabytes(steps: int) -> float:
    """Python's peak over a recorded episode of so many steps."""
    hop = Hop(name="never", check=SiteWord(word="nowhere"))
    task = Task(id="paper/1", subset="paper", intent="Click.", start_urls=("https://paper.example/",), hops=(hop,))
    head = Head(
        detail="full", task=task.id, subset="paper", trial=1, agent="", intent="", start_urls=(), hops=("never",)
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recording = Recording(folder / "1.jsonl", results=folder, head=head, here=folder)
        tracemalloc.start()
        browser = PaperBrowser(folder)
        run_episode(task, agent=Clicker(), browser=browser, limits=Limits(max_steps=steps), recorder=recording)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        recording.close()
    return peak / 1e6


def episode_seconds(detail: str, tasks: str, folder: Path) -> float:
    """The seconds of all episodes of one session."""
    options = ["--mmina", "--mmina-agent=oracle", f"--mmina-record={detail}", f"--mmina-results={folder}", "-k", tasks]
    plugins = ["-p", "no:cacheprovider", "-q", "-W", "ignore"]
    subprocess.run([sys.executable, "-m", "pytest", *plugins, *options], check=True, cwd=folder, capture_output=True)
    return sum(float(json.loads(line)["seconds"]) for line in (folder / "episodes.jsonl").read_text().splitlines())


def main() -> None:
    """Measure, print, and write `benchmarks/results/recording.json` or what `--json` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", default="compare", help="which bundled tasks, as for pytest's -k")
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "recording.json")
    options = parser.parse_args()
    rounds: list[dict[str, float]] = []
    for number in range(options.rounds):
        details = ("none", "full") if number % 2 == 0 else ("full", "none")
        with tempfile.TemporaryDirectory() as name:
            rounds.append({detail: episode_seconds(detail, options.tasks, Path(name)) for detail in details})
    result = {
        "peak_megabytes": peak_megabytes(options.steps),
        "seconds_none": statistics.median(each["none"] for each in rounds),
        "seconds_full": statistics.median(each["full"] for each in rounds),
        "ratio": statistics.median(each["full"] / each["none"] for each in rounds),
    }
    for name, value in result.items():
        print(f"{name:<16}{value:>10.3f}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
