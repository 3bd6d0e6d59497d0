"""Opens an address in a tab, and goes back and forward in its history. Neither waits for the page to load."""

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from pytest_mmina.browser.addresses import allowed_address
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action


def open_address(page: Page, action: Action, *, limit: float) -> None:
    """Open the address of an action within `limit` milliseconds; raises ActionFailed if it is not allowed."""
    address = allowed_address(action.text)
    try:
        page.goto(address, wait_until="commit", timeout=limit)
    except PlaywrightError as error:
        # The address is a download, which is reported as an event.
        if "Download is starting" not in str(error):
            raise


def go_in_history(page: Page, action: Action, *, limit: float) -> None:
    """Go back or forward within `limit` milliseconds; raises ActionFailed at the end of the history."""
    before = page.url
    go = page.go_back if action.kind == "go_back" else page.go_forward
    go(wait_until="commit", timeout=limit)
    if page.url == before:
        raise ActionFailed(f"{action}: the history of this tab ends here")
