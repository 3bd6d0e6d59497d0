"""What observing costs: whole tasks compared with bare Playwright, and one observation compared with other ways.

Run `make bench`. Bare Playwright observes nothing. Rounds are interleaved in one browser, and ratios are taken within a
round. The medians over all rounds are printed and written to `benchmarks/results/latest.json`.
"""

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pages import BENCH, HOME, SIZES
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from pytest_mmina.browser.injected_scripts import register_page_script
from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.tasks.task import Probes
from pytest_mmina.sites.web import HermeticWeb

RESULTS = Path(__file__).parent / "results"
NOTHING = Probes()
STEPS = (
    ("click", 'link "Item 2"', ""),
    ("click", 'button "Add 1"', ""),
    ("type", 'searchbox "Search"', "kettle"),
    ("press", "", "Enter"),
    ("type", 'combobox "Sort"', "Name"),
    ("click", 'checkbox "In stock"', ""),
    ("click", 'link "Next page"', ""),
    ("click", 'link "Offer of the day"', ""),
)
CONTEXT = {"ignore_https_errors": True, "locale": "en-US", "timezone_id": "UTC", "reduced_motion": "reduce"}


def main() -> None:
    """Measure, print, and write `benchmarks/results/latest.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    web = HermeticWeb([BENCH])
    with sync_playwright() as playwright:
        register_page_script(playwright.selectors)
        browser = playwright.chromium.launch(**launch_arguments({}))
        result = tasks(browser, web, options.rounds) | observations(browser, web, options.rounds)
        browser.close()
    for name, value in result.items():
        print(f"{name:32}{value:9.3f}" if isinstance(value, float) else f"{name}: {json.dumps(value, indent=2)}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(result, indent=2) + "\n")


def tasks(browser: Browser, web: HermeticWeb, rounds: int) -> dict[str, Any]:
    """Compare whole tasks for each page size; times are in milliseconds."""

    def open_context(**arguments: Any) -> BrowserContext:
        return browser.new_context(**CONTEXT, **arguments)

    session = PlaywrightBrowser(open_context, web)
    contenders = {
        "bare": lambda size: bare(open_context, web, size),
        "mmina": lambda size: observed(session, size, browser=browser),
    }
    taken: dict[str, dict[int, list[tuple[float, float]]]] = {name: {size: [] for size in SIZES} for name in contenders}
    for turn in range(-2, rounds):
        for size in SIZES:
            order = list(contenders.items())
            for name, task in order if turn % 2 else reversed(order):
                times = task(size)
                if turn >= 0:
                    taken[name][size].append(times)

    def ratio(part: int, sizes: tuple[int, ...]) -> float:
        return statistics.median(
            sum(taken["mmina"][size][turn][part] for size in sizes)
            / sum(taken["bare"][size][turn][part] for size in sizes)
            for turn in range(rounds)
        )

    medians = {
        f"{name}_{what}_milliseconds": {
            str(size): statistics.median(times[part] for times in taken[name][size]) for size in SIZES
        }
        for name in contenders
        for part, what in enumerate(("reset", "task"))
    }
    return {
        "whole_task_ratio": ratio(1, SIZES),
        "reset_ratio": ratio(0, SIZES),
        "small_page_ratio": ratio(1, SIZES[:1]),
        "middle_page_ratio": ratio(1, SIZES[1:2]),
        "large_page_ratio": ratio(1, SIZES[2:]),
        **medians,
    }


def bare(open_context: Callable[..., BrowserContext], web: HermeticWeb, size: int) -> tuple[float, float]:
    """Run the task with Playwright alone. Returns the milliseconds of the reset and of the whole task."""
    begun = time.perf_counter()
    web.begin_episode()
    context = open_context(proxy={"server": web.proxy_address, "bypass": "<-loopback>"})
    page = context.new_page()
    page.goto(f"{HOME}{size}/")
    reset = time.perf_counter()
    page.click("text=Item 2")
    page.click("text=Add 1")
    page.fill("#q", "kettle")
    page.press("#q", "Enter")
    page.select_option("#sort", label="Name")
    page.click("#stock")
    page.click("text=Next page")
    page.click("text=Offer of the day")
    # Loading the last page is part of the task: a bare script would wait for it too, to read the result.
    page.wait_for_load_state()
    context.close()
    ended = time.perf_counter()
    return (reset - begun) * 1000, (ended - begun) * 1000


def observed(session: PlaywrightBrowser, size: int, *, browser: Browser) -> tuple[float, float]:
    """Run the same task in the plugin's browser, with an observation after the reset and after each action."""
    begun = time.perf_counter()
    session.reset([f"{HOME}{size}/"])
    # `goto` waits for this as well; the plugin waits only when it observes.
    browser.contexts[-1].pages[0].wait_for_load_state()
    reset = time.perf_counter()
    text = session.observe(probes=NOTHING).observation.text
    for kind, element, what in STEPS:
        named: dict[str, Any] = {"target": {"ref": reference(element, text)}} if element else {}
        session.act(Action.model_validate({"kind": kind, "text": what, **named}))
        text = session.observe(probes=NOTHING).observation.text
    session.close()
    ended = time.perf_counter()
    assert "Item 0" in text, "the last page is not the offer of the day"
    return (reset - begun) * 1000, (ended - begun) * 1000


def reference(element: str, text: str) -> str:
    """Find the reference of an element as agents do, in the text of the page."""
    shown = re.search(rf"{element}.*?\[ref=(e\d+)\]", text)
    assert shown is not None, f"{element} is not on the page"
    return shown.group(1)


def observations(browser: Browser, web: HermeticWeb, rounds: int) -> dict[str, Any]:
    """Compare three ways to observe the largest page; times are in milliseconds."""
    session = PlaywrightBrowser(lambda **arguments: browser.new_context(**CONTEXT, **arguments), web)
    session.reset([f"{HOME}{SIZES[-1]}/"])
    session.observe(probes=NOTHING)
    page: Page = browser.contexts[-1].pages[0]
    accessibility = page.context.new_cdp_session(page)
    contenders: dict[str, Callable[[], object]] = {
        "mmina": lambda: session.observe(probes=NOTHING),
        "aria": lambda: page.aria_snapshot(mode="ai"),
        "cdp": lambda: accessibility.send("Accessibility.getFullAXTree"),
    }
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(-1, rounds):
        for name, observe in contenders.items():
            # Observe once before measuring, so that none pays for what another left behind: an old tree, a cold script.
            observe()
            begun = time.perf_counter()
            observe()
            if turn >= 0:
                taken[name].append((time.perf_counter() - begun) * 1000)
    nodes = page.evaluate("document.querySelectorAll('*').length")
    session.close()

    def speedup(name: str) -> float:
        return statistics.median(other / own for other, own in zip(taken[name], taken["mmina"], strict=True))

    return {
        "observation_speedup_vs_aria": speedup("aria"),
        "observation_speedup_vs_cdp": speedup("cdp"),
        "observation_nodes": float(nodes),
        "observation_milliseconds": {name: statistics.median(times) for name, times in taken.items()},
    }


if __name__ == "__main__":
    main()
