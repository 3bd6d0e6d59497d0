"""Waiting, without fixed sleeps, until a page has done what an action made it do, and looking at it then."""

import time
from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser.look import Look, Unrest, Wanted, look, look_at_rest, watch
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.references import References

QUIET_MILLISECONDS = 20

# With so much time at once, Playwright asks a page that is not at rest again after 20 and then every 50 ms.
_PATIENCE = 0.25


# By which event the world outside hears of what a page knows a little earlier.
_TOLD_BY: dict[Unrest, str] = {Unrest.LEAVING: "framenavigated", Unrest.OPENING: "page", Unrest.DOWNLOADING: "download"}


def settle_and_look(
    pages: Pages,
    wanted: Wanted,
    references: References,
    *,
    at_most: float,
    navigation_at_most: float,
    look_at_most: float,
) -> Look:
    """Wait for the navigation under way, then until nothing loads and the page has come to rest; look at it then.

    Times are in seconds. A server that is slow to answer is waited for longer (`navigation_at_most`) than a page that
    never stops (`at_most`), be it that its script is busy or that it navigates again and again: that one is looked at
    as it is when its time is over, within `look_at_most`.

    Raises Playwright's Error: TimeoutError if the page does not answer even then, else what became of it.
    """
    answered_before = pages.answered
    deadline = time.monotonic() + (navigation_at_most if pages.navigating else at_most)
    is_waiting = bool(pages.navigating)
    must_load = must_watch = False
    given = references.given
    while (left := deadline - time.monotonic()) > 0:
        page, heard_of = pages.current, pages.heard_of
        references.take_back(given)
        patience = min(left, _PATIENCE)
        seen: Look | Unrest = Unrest.STIRRING
        try:
            # It is asked before it has loaded: Playwright's own script comes to a document with the first question, and
            # has its own time to come meanwhile.
            if (must_load or must_watch) and not pages.navigating:
                page.wait_for_load_state("load", timeout=left * 1000)
            if pages.is_leaving(page):
                seen = Unrest.LEAVING
            elif not must_watch:
                seen = look_at_rest(page, wanted, references, timeout=left, heard=pages.take_news(page))
            else:
                watch(page, quiet=QUIET_MILLISECONDS, timeout=patience, heard=pages.take_news(page))
                if not pages.in_flight:
                    seen = look(page, wanted, references, timeout=left)
            if isinstance(seen, Look) and page is pages.current and not pages.in_flight:
                return seen
            event = _TOLD_BY.get(seen) if isinstance(seen, Unrest) else None
            must_watch = event is None and (must_load or seen is not Unrest.LOADING)
            must_load = seen is Unrest.LOADING
            if event is not None and pages.heard_of == heard_of:
                with suppress(PlaywrightTimeout):
                    (page.context if event == "page" else page).wait_for_event(event, timeout=patience * 1000)
        except PlaywrightTimeout:
            must_watch = True
        except PlaywrightError:
            # The document went away meanwhile: a navigation, so there is something new to wait for.
            if not pages.is_connected:
                raise
            must_load = must_watch = False
        if pages.navigating and not is_waiting and pages.answered == answered_before:
            deadline, is_waiting = time.monotonic() + navigation_at_most, True
        elif is_waiting and pages.answered > answered_before:
            deadline, is_waiting = time.monotonic() + at_most, False
    references.take_back(given)
    return look(pages.current, wanted, references, timeout=look_at_most)
