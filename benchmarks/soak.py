"""Whether memory and time grow over a thousand episodes in one worker, in this process and in the browser.

Run `make bench-soak`. Memory is the resident memory of the processes in megabytes (Linux only). The growth is counted
from the fiftieth episode on.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

from pages import BENCH, HOME, SIZES
from playwright.sync_api import sync_playwright

from pytest_mmina.browser.injected_scripts import register_page_script
from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.core.episode.episode import run_episode
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.sites.web import HermeticWeb

RESULTS = Path(__file__).parent / "results"
SETTLED = 50
LINES = ("click [link 'Item 2']", "type [searchbox 'Search'] [kettle] [1]", "click [button 'Add 1']", "stop [done]")


def main() -> None:
    """Measure, print, and write `benchmarks/results/soak.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=1000)
    options = parser.parse_args()
    task = Task.model_validate(
        {
            "id": "bench/1",
            "subset": "bench",
            "intent": "add something",
            "start_urls": [f"{HOME}{SIZES[1]}/"],
            "hops": [{"name": "searched", "check": {"kind": "url_match", "pattern": "q=kettle"}}],
        }
    )
    web = HermeticWeb([BENCH])
    seconds: list[float] = []
    memory: list[dict[str, float]] = []
    with sync_playwright() as playwright:
        register_page_script(playwright.selectors)
        browser = playwright.chromium.launch(**launch_arguments({}))
        session = PlaywrightBrowser(lambda **arguments: browser.new_context(ignore_https_errors=True, **arguments), web)
        for number in range(options.episodes):
            begun = time.perf_counter()
            episode = run_episode(task, agent=Plays(), browser=session)
            session.close()
            seconds.append(time.perf_counter() - begun)
            assert episode.solved, episode.reason
            if number + 1 == SETTLED or (number + 1) % 100 == 0:
                memory.append({"episode": number + 1, **megabytes()})
                print(memory[-1], f"{statistics.median(seconds[-SETTLED:]):.3f} s per episode", flush=True)
        browser.close()
    first, last = seconds[:100], seconds[-100:]
    result = {
        "episodes": options.episodes,
        "python_growth_megabytes": memory[-1]["python"] - memory[0]["python"],
        "browser_growth_megabytes": memory[-1]["browser"] - memory[0]["browser"],
        "last_to_first_hundred": statistics.median(last) / statistics.median(first),
        "memory": memory,
    }
    print(json.dumps({name: value for name, value in result.items() if name != "memory"}, indent=2))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "soak.json").write_text(json.dumps(result, indent=2) + "\n")


class Plays:
    """An agent that plays fixed lines."""

    def __init__(self) -> None:
        self._lines = iter(LINES)

    def act(self, observation: object) -> str:
        """Return the next line."""
        return next(self._lines)


def megabytes() -> dict[str, float]:
    """Return the resident memory of this process and of the browsers that it started."""
    children: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            names[int(entry.name)] = stat[stat.index("(") + 1 : stat.rindex(")")]
            children.setdefault(int(stat[stat.rindex(")") + 2 :].split()[1]), []).append(int(entry.name))
    waiting, below = [os.getpid()], []
    while waiting:
        process = waiting.pop()
        below.append(process)
        waiting += children.get(process, [])
    browsers = [process for process in below if "chrom" in names.get(process, "")]
    return {"python": held_by(os.getpid()), "browser": sum(map(held_by, browsers))}


def held_by(process: int) -> float:
    """Return the resident memory of a process in megabytes, or 0 if the process is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


if __name__ == "__main__":
    main()
