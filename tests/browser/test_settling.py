"""Waiting until a page has come to rest, in a real Chromium."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser import settle
from pytest_mmina.browser.injected_scripts import first_script
from pytest_mmina.browser.page_capture import CaptureRequest, PageCapture, capture_page, wait_until_quiet
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.references import references_of
from pytest_mmina.browser.settle import settle_and_capture
from tests.timing import is_once_within

ADDRESS = "https://here.example/"
SAY = "document.querySelector('p').textContent = 'after'"

Open = Callable[[str], Pages]


@pytest.fixture
def show(context: BrowserContext) -> Open:
    """Open a page whose button runs a script."""

    def open_page(script: str) -> Pages:
        bodies = {
            ADDRESS: f'<button onclick="{script}">Go</button><p>before</p>',
            f"{ADDRESS}data": "after",
            f"{ADDRESS}next": "<p>after</p>",
        }
        context.route("**/*", lambda route: route.fulfill(body=bodies[route.request.url], content_type="text/html"))
        context.add_init_script(first_script(None))
        pages = Pages(context, is_served=lambda url: True, answered=lambda url: "whole")
        context.new_page().goto(ADDRESS)
        return pages

    return open_page


FORM = "<form action=/next><input name=target><button>Go</button></form>"


def questions(*names: str) -> str:
    """What a document's main world answers to some questions: an expression."""
    return ", ".join(f"!document.dispatchEvent(new Event('mmina:{name}', {{ cancelable: true }}))" for name in names)


@pytest.mark.parametrize(
    ("markup", "script", "said"),
    [
        (FORM, "document.forms[0].requestSubmit()", "leaving"),
        (FORM, "document.forms[0].submit()", "leaving"),
        (FORM, "history.go(9)", "leaving"),
        (FORM, "location.href = '/next'", "leaving"),
        (FORM, "location.hash = 'next'", ""),
        (FORM, "document.forms[0].onsubmit = () => false; document.forms[0].requestSubmit()", ""),
        ("<form method=dialog></form>", "document.forms[0].requestSubmit()", ""),
        ("<iframe name=in></iframe><form target=in></form>", "document.forms[0].requestSubmit()", "leaving"),
        ("<form target=_blank></form>", "document.forms[0].requestSubmit()", "opening"),
        ("<a href=/next target=_blank>Go</a>", "document.links[0].click()", "opening"),
        (
            "<a href=/next onclick=\"this.target = '_blank'\"><b>Go</b></a>",
            "document.links[0].firstChild.click()",
            "opening",
        ),
        ("<a href=/next target=_blank onclick='return false'>Go</a>", "document.links[0].click()", ""),
        ("<iframe name=in></iframe><a href=/next target=in>Go</a>", "document.links[0].click()", ""),
        ("<base target=_blank><a href=/next>Go</a>", "document.links[0].click()", "opening"),
        (
            "<svg><a href=/next target=_blank><text>Go</text></a></svg>",
            "document.querySelector('text').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))",
            "opening",
        ),
        (
            "<div><template shadowrootmode=open><a href=/next target=_blank><b>Go</b></a></template></div>",
            "document.querySelector('div').shadowRoot.querySelector('b').click()",
            "opening",
        ),
        ("", "Object.assign(document.createElement('a'), { href: '/next', target: '_blank' }).click()", "opening"),
        ("", "open('/next')", "opening"),
        ("", "open('/next', '', 'noopener')", "opening"),
        ("", "open('#next', '_self')", ""),
        ("<iframe name=in></iframe>", "open('/next', 'in')", ""),
    ],
)
def test_what_sets_out_a_little_later_is_told(page: Page, markup: str, script: str, said: str) -> None:
    page.add_init_script(first_script(None))
    page.route("**/*", lambda route: route.fulfill(body=markup, content_type="text/html"))
    page.goto(ADDRESS)
    asked = ("leaving", "opening", "downloading")
    # In the same task: later, the browser may have set out already.
    answers = page.evaluate(f"() => {{ {script}; return [{questions(*asked)}]; }}")
    assert [name for name, answer in zip(asked, answers, strict=True) if answer] == ([said] if said else [])


def test_a_window_that_is_opened_again_is_no_new_one(page: Page) -> None:
    page.add_init_script(first_script(None))
    page.goto("about:blank")
    opened = f"open('', 'other'); const first = {questions('opening')}; {questions('heard')}"
    assert page.evaluate(f"() => {{ {opened}; open('', 'other'); return [first, {questions('opening')}]; }}") == [
        True,
        False,
    ]


def look_at(pages: Pages, *, at_most: float = 5.0) -> PageCapture:
    return settle_and_capture(
        pages,
        CaptureRequest(formats=("aria",)),
        references_of(pages.context),
        at_most=at_most,
        navigation_at_most=10.0,
        capture_at_most=5.0,
    )


def test_what_the_browser_does_after_an_event_is_due(show: Open) -> None:
    """A dialog that a button closes tells of it in a task of its own, which may come after the next question."""
    page = show(f"document.title = {questions('queued')}").current
    page.click("button")
    assert page.title() == "true"
    page.wait_for_function(f"!({questions('queued')})")


@pytest.mark.parametrize("script", ["", "document.querySelector('dialog').close()"])
def test_what_is_queued_is_asked_for_again_and_not_watched_for(
    show: Open, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    watched: list[object] = []
    monkeypatch.setattr(settle, "wait_until_quiet", lambda *given, **options: watched.append(given))
    pages = show(script)
    tell = f"document.querySelector('dialog').onclose = () => {{ {SAY} }}"
    add = "document.body.insertAdjacentHTML('beforeend', '<dialog open></dialog>')"
    pages.current.evaluate(f"() => {{ {add}; {tell} }}")
    look_at(pages)
    pages.current.click("button")
    assert ("after" if script else "before") in look_at(pages).texts["aria"]
    assert not watched


def test_a_download_is_told_until_it_is_heard_of(show: Open) -> None:
    page = show("").current
    link = "Object.assign(document.createElement('a'), { href: '/data', download: 'paper' })"
    asked = questions("downloading", "heard", "downloading")
    assert page.evaluate(f"() => {{ {link}.click(); return [{asked}]; }}") == [True, False, False]


def test_a_tab_is_waited_for_until_it_is_there(show: Open) -> None:
    pages = show("window.open('/next')")
    look_at(pages)
    pages.current.mouse.click(*middle_of(pages.current))
    assert "after" in look_at(pages).texts["aria"]
    first = pages.open[0]
    pages.focus(first)
    assert "before" in look_at(pages).texts["aria"]
    assert is_once_within(1.0, lambda: look_at(pages)), "the tab that was opened had been heard of"


def test_a_page_that_makes_way_for_another_is_waited_for_without_asking_it_again(
    show: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[object] = []
    monkeypatch.setattr(settle, "wait_until_quiet", lambda *given, **options: watched.append(given))
    pages = show("location.href = '/next'")
    look_at(pages)
    pages.current.mouse.click(*middle_of(pages.current))
    assert "after" in look_at(pages).texts["aria"]
    assert not watched


def middle_of(page: Page) -> tuple[float, float]:
    box = page.locator("button").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize(
    "script",
    [
        SAY,
        f"setTimeout(() => {{ {SAY} }}, 15)",
        f"requestAnimationFrame(() => requestAnimationFrame(() => {{ {SAY} }}))",
        f"const both = new MessageChannel(); both.port1.onmessage = () => {{ {SAY} }}; both.port2.postMessage(1)",
        "fetch('/data').then(answer => answer.text()).then(text => document.querySelector('p').textContent = text)",
        f"fetch('/data').then(() => setTimeout(() => {{ {SAY} }}, 10))",
        f"const asked = new XMLHttpRequest(); asked.onload = () => {{ {SAY} }}; asked.open("
        "'GET', '/data'); asked.send()",
        "location.href = '/next'",
        "setTimeout(() => location.assign('/next'), 10)",
        "const frame = document.createElement('iframe'); frame.src = '/next'; document.body.append(frame)",
        f"new IntersectionObserver(() => {{ {SAY} }}).observe(document.body)",
        f"document.body.animate([{{opacity: 0}}, {{opacity: 1}}], 60).onfinish = () => {{ {SAY} }}",
    ],
)
def test_what_an_action_sets_going_is_waited_for(show: Open, script: str) -> None:
    pages = show(script)
    assert "before" in look_at(pages).texts["aria"]
    pages.current.click("button")
    assert "after" in look_at(pages).texts["aria"]


def test_a_page_that_nothing_is_due_in_is_not_waited_for(show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(page: Page, *, quiet: int, timeout: float, announced: bool) -> None:
        raise AssertionError("there is nothing to wait for")

    monkeypatch.setattr(settle, "wait_until_quiet", fail)
    pages = show("")
    look_at(pages)
    pages.current.evaluate(f"() => {{ {SAY}; setTimeout(() => 0, 60_000); setInterval(() => 0, 60_000) }}")
    assert "after" in look_at(pages).texts["aria"]


@pytest.mark.parametrize(
    "script",
    [
        "setInterval(() => { document.querySelector('p').textContent = performance.now() }, 1)",
        "(function again() { document.body.append('more '); requestAnimationFrame(again); })()",
        "(function again() { fetch('/data').finally(again); })()",
        "setInterval(() => fetch('/data'), 5)",
    ],
)
def test_a_page_that_never_stops_is_taken_as_it_is(show: Open, script: str) -> None:
    pages = show(script)
    look_at(pages)
    pages.current.click("button")
    # Once only: such a page grows, and each look at it takes longer than the one before.
    begun = time.monotonic()
    assert "Go" in look_at(pages, at_most=0.5).texts["aria"]
    assert time.monotonic() - begun < 4


FORM = (
    "<iframe name=inside srcdoc='<p>before</p>'></iframe><form target=inside action=/next><button>Send</button></form>"
)


def test_a_frame_that_is_about_to_leave_is_not_at_rest(show: Open) -> None:
    """Whoever asks may not have heard of the request yet, on a busy machine."""
    page = show(SAY).current
    page.set_content(FORM)
    wait_until_quiet(page, quiet=20, timeout=2.0)
    page.route(f"{ADDRESS}next?", lambda route: None)
    page.click("text=Send")
    with pytest.raises(PlaywrightTimeout):
        wait_until_quiet(page, quiet=20, timeout=0.4)


def test_what_is_seen_in_passing_leaves_no_gap_in_the_numbers(show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = show(SAY)
    page, references = pages.current, references_of(pages.context)
    page.set_content("<button>One</button><button>Two</button>")
    looks: list[str] = []

    def disturbed(*arguments: Any, **options: Any) -> PageCapture | None:
        seen = capture_page(*arguments, **options)
        if seen is not None and not looks:
            # What is asked for when the first look is over makes it one in passing.
            page.evaluate("document.querySelector('button').remove(); fetch('/data')")
        looks.extend([seen.texts["aria"]] if seen is not None else [])
        return seen

    monkeypatch.setattr(settle, "capture_page", disturbed)
    text = look_at(pages).texts["aria"]
    assert len(looks) == 2, "the first look was not thrown away"
    assert [line.strip() for line in text.splitlines() if "button" in line] == ['- button "Two" [ref=e1]']
    assert references.next == 2
