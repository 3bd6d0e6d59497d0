"""Waiting, without fixed sleeps, until a page has done what an action made it do."""

import time

from playwright.sync_api import Error as PlaywrightError

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


def settle(pages: Pages, *, at_most: float) -> None:
    """Wait until nothing loads and the DOM has been quiet for a moment, for `at_most` seconds at most.

    A page that never stops is taken as it is when the time is over.
    """
    deadline = time.monotonic() + at_most
    while (left := deadline - time.monotonic()) > 0:
        page = pages.current
        try:
            page.wait_for_load_state("load", timeout=left * 1000)
            page.evaluate(_QUIET, [QUIET_MILLISECONDS, left * 1000])
        except PlaywrightError:
            # The document went away under the wait: a navigation, so there is something new to wait for.
            # A browser that died shows when it is used next.
            if not pages.is_connected:
                return
            continue
        if page is pages.current and not pages.in_flight:
            return
