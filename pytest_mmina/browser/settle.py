"""Waits, without fixed sleeps, until a page has finished what an action caused, and captures it then."""

import time
from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser.page_capture import (
    Activity,
    CaptureRequest,
    PageCapture,
    capture_page,
    capture_page_at_rest,
    wait_until_quiet,
)
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.references import References

QUIET_MILLISECONDS = 20

# Within this time, Playwright asks a page that is not at rest again after 20 ms and then every 50 ms.
_PATIENCE = 0.25

# Playwright's events for activities that a page knows of a little earlier.
_ANNOUNCED_BY: dict[Activity, str] = {
    Activity.LEAVING: "framenavigated",
    Activity.OPENING: "page",
    Activity.DOWNLOADING: "download",
}


def settle_and_capture(
    pages: Pages,
    request: CaptureRequest,
    references: References,
    *,
    at_most: float,
    navigation_at_most: float,
    capture_at_most: float,
) -> PageCapture:
    """Wait until no navigation is in progress, nothing loads and the page is at rest, and capture it then.

    Times are in seconds. A server may take longer to answer (`navigation_at_most`) than a page may take to come to rest
    (`at_most`). A page may never come to rest, because its script is busy or because it navigates again and again. It
    is captured as it is when its time is over, within `capture_at_most`.

    Raises Playwright's Error: TimeoutError if the page does not answer even then, other errors if it is closed or
    navigates meanwhile.
    """
    answers_before = pages.answer_count
    deadline = time.monotonic() + (navigation_at_most if pages.navigating else at_most)
    is_waiting = bool(pages.navigating)
    must_load = must_watch = False
    checkpoint = references.checkpoint
    while (left := deadline - time.monotonic()) > 0:
        page, announcements = pages.current, pages.announcements
        references.roll_back(checkpoint)
        patience = min(left, _PATIENCE)
        result: PageCapture | Activity = Activity.STIRRING
        try:
            # The page is first asked before it has loaded: the first question injects Playwright's own script, which
            # takes some time, and so this happens while the page loads.
            if (must_load or must_watch) and not pages.navigating:
                page.wait_for_load_state("load", timeout=left * 1000)
            if pages.is_leaving(page):
                result = Activity.LEAVING
            elif not must_watch:
                result = capture_page_at_rest(
                    page, request, references, timeout=left, announced=pages.take_announcement(page)
                )
            else:
                wait_until_quiet(
                    page, quiet=QUIET_MILLISECONDS, timeout=patience, announced=pages.take_announcement(page)
                )
                if not pages.in_flight:
                    result = capture_page(page, request, references, timeout=left)
            if isinstance(result, PageCapture) and page is pages.current and not pages.in_flight:
                return result
            event = _ANNOUNCED_BY.get(result) if isinstance(result, Activity) else None
            must_watch = event is None and (must_load or result is not Activity.LOADING)
            must_load = result is Activity.LOADING
            if event is not None and pages.announcements == announcements:
                with suppress(PlaywrightTimeout):
                    (page.context if event == "page" else page).wait_for_event(event, timeout=patience * 1000)
        except PlaywrightTimeout:
            must_watch = True
        except PlaywrightError:
            # The document was replaced by a navigation, so there is something new to wait for.
            if not pages.is_connected:
                raise
            must_load = must_watch = False
        if pages.navigating and not is_waiting and pages.answer_count == answers_before:
            deadline, is_waiting = time.monotonic() + navigation_at_most, True
        elif is_waiting and pages.answer_count > answers_before:
            deadline, is_waiting = time.monotonic() + at_most, False
    references.roll_back(checkpoint)
    return capture_page(pages.current, request, references, timeout=capture_at_most)
