"""A browser that somebody else drives: what is seen of it, and what becomes of one who hangs."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect, request
from playwright.sync_api import Playwright
from werkzeug.wrappers import Response

from pytest_mmina.agents.driver import InProcessDriver
from pytest_mmina.agents.event_loop import EventLoop
from pytest_mmina.browser.driven_browser import DrivenPlaywrightBrowser, Profile
from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.core.tasks.checks import Check, PageText, SiteState, UrlMatch
from pytest_mmina.core.tasks.download import Download
from pytest_mmina.core.tasks.task import Hop, Probes, Task
from pytest_mmina.sites.registry import Site
from pytest_mmina.sites.web import HermeticWeb
from tests.processes import commands_below

HOME = "https://shop.example/"


class Shop:
    """A shop with a redirect, a popup, a button that asks the server, and one that only changes the page."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.app = Flask("shop")
        self.app.add_url_rule("/", view_func=self.show)
        self.app.add_url_rule("/old", view_func=self.move)
        self.app.add_url_rule("/new", view_func=lambda: "<title>New</title><h1>The new page</h1>")
        self.app.add_url_rule("/order", view_func=self.order, methods=["POST"])
        self.app.add_url_rule("/export", view_func=self.export)

    def show(self) -> str:
        return (
            "<title>Shop</title><a href='/old'>Old</a><a href='/new?popup' target='_blank'>Popup</a>"
            "<button onclick=\"fetch('/order', {method: 'POST', body: 'tea'})\">Order</button>"
            "<button onclick=\"document.body.append('Thank you')\">Thank</button><a href='/export'>Export</a>"
        )

    def move(self) -> Response:
        return redirect("/new?moved")

    def order(self) -> str:
        self.orders.append(request.get_data(as_text=True))
        return "ordered"

    def export(self) -> Response:
        header = {"Content-Disposition": "attachment; filename=orders.csv"}
        return Response("Order,Total\nRF-1,$12\n", headers=header)

    def state(self) -> dict[str, Any]:
        return {"orders": self.orders}


Driven = Callable[..., Episode]


@pytest.fixture
def driven(playwright: Playwright, tmp_path: Path) -> Iterator[Driven]:
    """Let a function drive through a task whose hops are these checks."""
    shops: list[Shop] = []

    def create_app() -> Any:
        shops.append(Shop())
        shops[-1].app.extensions["mmina_state"] = shops[-1].state
        return shops[-1].app

    web = HermeticWeb([Site(name="shop", hosts=("shop.example",), home=HOME, create_app=create_app)])
    profile = Profile(playwright.chromium, launch_arguments({}))

    def run(
        function: Callable[..., Any], *checks: Check, clock: Callable[[], float] = time.monotonic, **limits: Any
    ) -> Episode:
        browser = DrivenPlaywrightBrowser(
            profile,
            lambda **options: profile.open(ignore_https_errors=True, **options),
            web,
            settle_timeout=0.5,
            downloads=tmp_path / "downloads",
        )
        hops = tuple(Hop(name=str(place), check=check) for place, check in enumerate(checks))
        task = Task(id="drive/1", subset="drive", intent="Drive.", start_urls=(HOME,), hops=hops)
        driver = InProcessDriver(lambda: function, EventLoop())
        try:
            return run_episode(task, agent=driver, browser=browser, limits=Limits(**limits), clock=clock)
        finally:
            browser.close()

    yield run
    web.close()


@pytest.fixture
def wait_for_a_look(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Wait, as who drives a page, until what has happened on it so far has been seen."""
    looks: list[Capture] = []
    observe = DrivenPlaywrightBrowser.observe

    def counted(browser: DrivenPlaywrightBrowser, *, probes: Probes) -> Capture:
        looks.append(observe(browser, probes=probes))
        return looks[-1]

    def wait(page: Any) -> None:
        # What happens between two looks is one step; the next look may have begun before it.
        before = len(looks)
        while len(looks) < before + 2:
            page.wait_for_timeout(10)

    monkeypatch.setattr(DrivenPlaywrightBrowser, "observe", counted)
    return wait


def test_all_that_its_pages_pass_through_is_seen(driven: Driven, wait_for_a_look: Callable[[Any], None]) -> None:
    def drive(intent: str, page: Any) -> str:
        assert [each.url for each in page.context.pages] == [HOME], "the tab that a browser comes with is gone"
        page.get_by_text("Old").click()
        page.wait_for_url("**/new?moved")
        wait_for_a_look(page)
        page.goto(HOME)
        wait_for_a_look(page)
        with page.expect_popup() as popup:
            page.get_by_text("Popup").click()
        popup.value.close()
        page.get_by_text("Thank").click()
        wait_for_a_look(page)
        with page.expect_response("**/order"):
            page.get_by_text("Order").click()
        return "done"

    checks = [UrlMatch(contains=(part,)) for part in ("/old", "moved", "popup")]
    ordered = SiteState(site="shop", path="$.orders[0]", equals="tea")
    episode = driven(drive, *checks, PageText(contains=("Thank you",)), ordered)
    assert (episode.outcome, episode.answer, episode.reason) == ("solved", "done", "the agent stopped")
    assert [url.removeprefix(HOME) for url in episode.trajectory.urls][:3] == ["", "old", "new?moved"]
    assert episode.steps == len(episode.trajectory.steps) - 2 >= 3


def test_what_leaves_the_web_is_refused_in_new_tabs_too(driven: Driven) -> None:
    def drive(intent: str, page: Any) -> str:
        tab = page.context.new_page()
        return str(tab.goto("https://outside.example/").status)

    episode = driven(drive, UrlMatch(contains=("outside",)))
    assert (episode.answer, episode.blocked, episode.outcome) == ("403", 1, "unsolved")


def test_one_that_hangs_is_left_behind_and_its_browser_closed(
    driven: Driven, wait_for_a_look: Callable[[Any], None]
) -> None:
    hung: list[float] = []

    def clock() -> float:
        # An hour passes while it hangs.
        return time.monotonic() + sum(hung)

    def drive(intent: str, page: Any) -> None:
        page.get_by_text("Old").click()
        page.wait_for_url("**/new?moved")
        wait_for_a_look(page)
        hung.append(3600)
        page.wait_for_selector("#never", timeout=600_000)

    limits = {"step_timeout": 1800, "episode_timeout": 7200}
    # What a site holds is looked at all the time, and not only when a page changes.
    ordered = SiteState(site="shop", path="$.orders[0]", equals="tea")
    episode = driven(drive, UrlMatch(contains=("moved",)), ordered, clock=clock, **limits)
    assert episode.ending == "failed"
    assert episode.reason.startswith("the agent did nothing for 1800 seconds (step timeout)")
    assert episode.hops[0].passed, "what it earned before stays"
    assert not [command for command in commands_below() if "mmina-driven" in command]


def test_one_that_never_ends_is_cut_off(driven: Driven) -> None:
    def drive(intent: str, page: Any) -> None:
        while True:
            for name in ("?a", "?b"):
                page.goto(HOME + name)
                page.wait_for_timeout(300)

    assert driven(drive, UrlMatch(contains=("moved",)), max_steps=3).reason == "limit of 3 steps reached"
    assert driven(drive, UrlMatch(contains=("moved",)), episode_timeout=1.5).ending == "truncated"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ValueError("no way"), "the agent raised ValueError: no way"),
        (7, "drive() must return the answer as text, a Reply or None, not int"),
    ],
)
def test_a_driver_that_fails(driven: Driven, answer: object, reason: str) -> None:
    def drive(intent: str) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert driven(drive, UrlMatch(contains=("moved",))).reason == reason


def test_a_browser_that_cannot_be_launched_is_not_the_agents_failure(playwright: Playwright) -> None:
    profile = Profile(playwright.chromium, {"executable_path": "/nonexistent"})
    with pytest.raises(BrowserError, match="the browser to drive did not start"):
        profile.open()
    profile.remove()


def test_faults_go_with_the_next_step(driven: Driven) -> None:
    def drive(intent: str, page: Any) -> str:
        page.evaluate("console.error('broken')")
        page.wait_for_timeout(400)
        page.goto(HOME + "new")
        page.wait_for_timeout(400)
        page.evaluate("fetch('/missing').then(() => 0)")
        return "done"

    steps = driven(drive, PageText(contains=("new page",))).trajectory.steps
    assert [step.console_errors for step in steps] == [(), ("broken",), ()]
    assert [step.failed_requests for step in steps] == [(), (), (f"GET {HOME}missing: 404 NOT FOUND",)]


def downloads(page: Any) -> str:
    with page.expect_download() as download:
        page.click("text=Export")
    download.value.path()
    return "done"


def answers_itself(page: Any) -> str:
    header = {"Content-Disposition": "attachment; filename=orders.csv"}
    page.route("**/export", lambda route: route.fulfill(body="Order,Total\nRF-1,$12\n", headers=header))
    return downloads(page)


def test_a_file_that_a_driver_downloads_counts_only_if_the_site_gave_it(driven: Driven) -> None:
    check = Download.model_validate({"cells": {"column": "Total", "where": {"Order": "RF-1"}, "equals": "$12"}})
    episode = driven(downloads, check)
    assert episode.hops[0].passed, episode.hops[0].reason
    assert not driven(answers_itself, check).hops[0].passed
