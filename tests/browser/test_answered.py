"""In a real browser: an address counts if its site answered it, whatever a script has set."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, redirect
from playwright.sync_api import Playwright
from werkzeug.wrappers import Response

from pytest_mmina.agents.driver import InProcessDriver
from pytest_mmina.agents.event_loop import EventLoop
from pytest_mmina.browser.driven_browser import DrivenPlaywrightBrowser, Profile
from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.bundled import bundled
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.sites.registry import Site, load_sites
from pytest_mmina.sites.web import HermeticWeb
from pytest_mmina.trajectories.judging_steps import judged_again

pytestmark = pytest.mark.browser
HOME = "https://shop.example/"


def create_app() -> Flask:
    app = Flask("shop")
    pages = {
        "/": "<title>Shop</title><form action=/order method=post><button>Order</button></form>",
        "/tea": "<title>Tea</title><h1>Tea</h1>",
        "/frame": "<title>Frame</title><iframe src=/inner></iframe>",
        "/inner": "<title>Inner</title>",
        "/new": "<title>New</title>",
        "/api/products/7": "{}",
    }
    for path, text in pages.items():
        app.add_url_rule(path, path, lambda text=text: text)
    app.add_url_rule("/order", view_func=lambda: "<title>Thank you</title>", methods=["POST"])

    @app.get("/old")
    def move() -> Response:
        return redirect("/new")

    return app


SHOP = Site(
    name="shop",
    hosts=("shop.example",),
    home=HOME,
    create_app=create_app,
    client_routes={"/products/{id}": "/api/products/{id}"},
)
Driven = Callable[..., Episode]


@pytest.fixture
def driven(playwright: Playwright) -> Iterator[Driven]:
    """Let a function drive through a task whose hops are these checks."""
    web = HermeticWeb([SHOP, *load_sites([bundled("fixtures") / "sites/encyclopedia"])])
    profile = Profile(playwright.chromium, launch_arguments({}))

    def run(function: Callable[..., Any], task: Task) -> Episode:
        browser = DrivenPlaywrightBrowser(
            profile, lambda **options: profile.open(ignore_https_errors=True, **options), web, settle_timeout=0.5
        )
        try:
            return run_episode(task, agent=InProcessDriver(lambda: function, EventLoop()), browser=browser)
        finally:
            browser.close()

    yield run
    web.close()


def task_of(*paths: str) -> Task:
    hops = tuple(Hop(name=path, check=AddressCheck(host=("shop.example",), path=(path,))) for path in paths)
    return Task(id="drive/1", subset="drive", intent="Drive.", start_urls=(HOME,), hops=hops)


def test_only_what_the_site_answered_counts(driven: Driven) -> None:
    def push(page: Any, path: str) -> None:
        page.evaluate("path => history.pushState(null, '', path)", path)

    def drive(intent: str, page: Any) -> str:
        # Of what is set below, the site is asked for one route's content, and for one document as something else.
        page.evaluate("fetch('/api/products/7').then(answer => answer.text())")
        page.evaluate("fetch('/tea?fetched').then(answer => answer.text())")
        for path in ("/pushed", "/tea?city=vienna", "/products/7", "/products/8", "/inner", "/old", "/tea?fetched"):
            push(page, path)
        page.goto(f"{HOME}missing")
        page.route("**/made-up", lambda route: route.fulfill(body="<title>Made up</title>", content_type="text/html"))
        page.goto(f"{HOME}made-up")
        page.goto(f"{HOME}frame")
        page.goto(f"{HOME}old")
        page.goto(HOME)
        page.get_by_text("Order").click()
        page.wait_for_url("**/order")
        page.goto(f"{HOME}tea")
        return "done"

    solved, unsolved = task_of("/tea"), task_of("/pushed")
    episode = driven(drive, solved)
    assert [hop.url for hop in episode.hops if hop.passed] == [f"{HOME}tea"], "not /tea?city=vienna, which was only set"
    states = [state for step in episode.trajectory.steps for state in step.states]
    answered = {page.url.removeprefix(HOME): page.answered for state in states for page in state.pages}
    assert answered == {
        "": "whole",
        "pushed": "no",
        "tea?city=vienna": "no",
        "products/7": "whole",
        "products/8": "no",
        "inner": "no",
        "old": "no",
        "tea?fetched": "no",
        "made-up": "no",
        "frame": "whole",
        "new": "whole",
        "order": "whole",
        "tea": "whole",
    }
    again = judged_again(solved, episode.trajectory.steps)
    assert (again.hops, again.unknown) == (episode.hops, "")
    assert not judged_again(unsolved, episode.trajectory.steps).hops[0].passed


def test_a_page_that_is_returned_to_counts_again(driven: Driven) -> None:
    def drive(intent: str, page: Any) -> str:
        page.goto(f"{HOME}tea")
        page.goto(f"{HOME}new")
        page.go_back()
        page.wait_for_url("**/tea")
        return "done"

    episode = driven(drive, task_of("/new", "/tea"))
    assert episode.solved, episode


def test_a_viewer_counts_when_it_asks_for_the_article(driven: Driven) -> None:
    viewer = "https://library.kiwix.org/viewer"
    book = "wikipedia_en_all_maxi_2024-01"

    def drive(intent: str, page: Any) -> str:
        page.goto(viewer)
        page.frame_locator("#article").get_by_role("heading").first.wait_for()
        page.evaluate("book => history.pushState(null, '', `#${book}/A/Paris`)", book)
        page.frame_locator("#article").get_by_role("link", name="Tokyo", exact=True).first.click()
        page.wait_for_url("**/A/Tokyo")
        return "done"

    check = AddressCheck(
        host=("library.kiwix.org",),
        path=("/viewer",),
        fragment=("{book}/A/{article}",),
        placeholders={"article": "Tokyo"},
    )
    task = task_of("/").model_copy(update={"hops": (Hop(name="Tokyo", check=check),)})
    episode = driven(drive, task)
    assert episode.solved, episode.hops
    states = [state for step in episode.trajectory.steps for state in step.states]
    answered = {page.url.partition("/A/")[2]: page.answered for state in states for page in state.pages}
    assert answered["Paris"] == "document"
    assert answered["Tokyo"] == "whole"
