"""Waiting, without fixed sleeps, until a page has done what an action made it do."""

import time

from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.bounded import run
from pytest_mmina.browser.pages import Pages

QUIET_MILLISECONDS = 20

_QUIET = """([quiet, most]) => new Promise(resolve => {
  let timer;
  const done = () => { observer.disconnect(); clearTimeout(timer); clearTimeout(last); resolve(); };
  const again = () => { clearTimeout(timer); timer = setTimeout(done, quiet); };
  const observer = new MutationObserver(again);
  const last = setTimeout(done, most);
  observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
  again();
})"""


def settle(pages: Pages, *, at_most: float, navigation_at_most: float) -> None:
    """Wait for the navigation under way, then until nothing loads and the DOM has been quiet for a moment.

    Times are in seconds. A server that is slow to answer is waited for longer than a page that never stops, be it that
    its script is busy or that it navigates again and again: that is taken as it is when its time is over.
    """
    answered_before = pages.answered
    deadline = time.monotonic() + (navigation_at_most if pages.navigating else at_most)
    is_waiting = bool(pages.navigating)
    while (left := deadline - time.monotonic()) > 0:
        page = pages.current
        try:
            if not pages.navigating:
                page.wait_for_load_state("load", timeout=left * 1000)
            run(page.main_frame, _QUIET, [QUIET_MILLISECONDS, left * 1000], timeout=left)
        except PlaywrightError:
            # The document went away under the wait: a navigation, so there is something new to wait for.
            # A browser that died shows when it is used next.
            if not pages.is_connected:
                return
        else:
            if page is pages.current and not pages.in_flight:
                return
        if pages.navigating and not is_waiting and pages.answered == answered_before:
            deadline, is_waiting = time.monotonic() + navigation_at_most, True
        elif is_waiting and pages.answered > answered_before:
            deadline, is_waiting = time.monotonic() + at_most, False
