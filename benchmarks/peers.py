"""Whole tasks compared with BrowserGym, on the same pages in the same Chromium.

Run `make bench-peers`, which gives BrowserGym a virtual environment of its own. Each contender launches a browser for
each task, as BrowserGym does. Rounds are interleaved.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from browser import CONTEXT, RESULTS, observed
from pages import BENCH, HOME, SIZES
from playwright.sync_api import Playwright, sync_playwright

from pytest_mmina.browser.injected_scripts import register_page_script
from pytest_mmina.browser.launch import find_on_path, launch_arguments
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.sites.web import HermeticWeb

PEER = Path(__file__).with_name("peer_browsergym.py")


def main() -> None:
    """Measure, print, and write `benchmarks/results/peers.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--sizes", type=int, nargs="+", choices=SIZES, default=SIZES, help="page sizes in elements")
    parser.add_argument("--python", default=shutil.which("python3"), help="the Python with BrowserGym installed")
    options = parser.parse_args()
    executable = find_on_path()
    web = HermeticWeb([BENCH])
    peer = subprocess.Popen(
        [options.python, str(PEER), web.proxy_address, executable, HOME],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    taken: dict[str, list[dict[int, float]]] = {"mmina": [], "off": [], "default": []}
    with sync_playwright() as playwright:
        register_page_script(playwright.selectors)

        def timed(name: str, size: int) -> float:
            return own(playwright, web, executable, size) if name == "mmina" else asked(peer, web, size, name)

        for name in taken:  # Run everything once before measuring. A small page is enough for that.
            timed(name, options.sizes[0])
        for turn in range(1, options.rounds + 1):
            for name, rounds in taken.items():
                rounds.append({size: timed(name, size) for size in options.sizes})
            write(summary(taken, options.sizes))  # A round takes minutes, so save what was measured so far.
            print(f"round {turn} of {options.rounds}: {milliseconds(taken, turn - 1)}", file=sys.stderr, flush=True)
    assert peer.stdin is not None
    peer.stdin.close()
    peer.wait()
    print(json.dumps(summary(taken, options.sizes), indent=2))


def summary(taken: dict[str, list[dict[int, float]]], sizes: Sequence[int]) -> dict[str, Any]:
    """Return the medians over the rounds so far: of the ratios within a round, and of the times."""

    def speedup(name: str, of: Sequence[int]) -> float:
        both = zip(taken[name], taken["mmina"], strict=True)
        return statistics.median(
            sum(theirs[size] for size in of) / sum(ours[size] for size in of) for theirs, ours in both
        )

    return {
        "rounds": len(taken["mmina"]),
        "task_speedup_vs_browsergym_without_delays": speedup("off", sizes),
        "task_speedup_vs_browsergym": speedup("default", sizes),
        "task_speedup_by_size": {
            str(size): {name: speedup(name, [size]) for name in ("off", "default")} for size in sizes
        },
        "task_milliseconds": {
            name: {str(size): statistics.median(times[size] for times in rounds) for size in sizes}
            for name, rounds in taken.items()
        },
    }


def milliseconds(taken: dict[str, list[dict[int, float]]], turn: int) -> str:
    """Return one round as a line: each contender's times by size."""
    return ", ".join(f"{name} {' '.join(f'{time:.0f}' for time in taken[name][turn].values())} ms" for name in taken)


def write(result: dict[str, Any]) -> None:
    """Write the result to `benchmarks/results/peers.json`."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "peers.json").write_text(json.dumps(result, indent=2) + "\n")


def own(playwright: Playwright, web: HermeticWeb, executable: str, size: int) -> float:
    """Run the task in the plugin's browser, and return the milliseconds, including launch and close."""
    begun = time.perf_counter()
    browser = playwright.chromium.launch(**launch_arguments({"executable_path": executable}))

    def open_context(**arguments: Any) -> Any:
        return browser.new_context(**CONTEXT, **arguments)

    observed(PlaywrightBrowser(open_context, web), size, browser=browser)
    browser.close()
    return (time.perf_counter() - begun) * 1000


def asked(peer: "subprocess.Popen[str]", web: HermeticWeb, size: int, delays: str) -> float:
    """Let BrowserGym run the task, and return the milliseconds."""
    assert peer.stdin is not None
    assert peer.stdout is not None
    web.begin_episode()
    peer.stdin.write(f"{size} {delays}\n")
    peer.stdin.flush()
    answer = peer.stdout.readline()
    if not answer:
        raise SystemExit("BrowserGym ended without an answer; see its error above")
    return float(answer)


if __name__ == "__main__":
    main()
