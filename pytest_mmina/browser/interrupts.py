"""Taking a page out of a script that never ends: raw input has no time limit of Playwright's own."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from weakref import WeakKeyDictionary

import greenlet  # type: ignore[import-untyped]
from playwright.sync_api import CDPSession, Page
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.core.errors import ActionFailed

_SILENT = "window.alert = () => {}; window.confirm = () => true; window.prompt = (_, proposed = '') => proposed"


class Interrupts:
    """Keeps a line open to every page of a context: to a page that hangs, none can be opened any more."""

    def __init__(self) -> None:
        self._lines: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()
        self._stopping: set[Page] = set()

    def watch(self, page: Page) -> None:
        """Open the line to a page; nothing happens in a browser that has none, or where the page is gone already."""
        # Called from an event's handler: it waits aside, and delays nobody.
        with suppress(PlaywrightError):
            self._lines[page] = page.context.new_cdp_session(page)

    def reaches(self, page: Page) -> bool:
        """Whether there is a line to a page."""
        return page in self._lines

    def stop(self, page: Page) -> None:
        """End the script that is running in a page; what it set up (timers, listeners) stays."""
        line = self._lines.get(page)
        if line is None or page in self._stopping:
            return
        # A second request would end what comes after that script: a question of ours that waits for its turn.
        self._stopping.add(page)
        try:
            with suppress(PlaywrightError):
                line.send("Runtime.terminateExecution")
        finally:
            self._stopping.discard(page)

    def silence(self, page: Page) -> None:
        """Keep the document in a page from opening more dialogs, as browsers offer to a person."""
        line = self._lines.get(page)
        if line is not None:
            with suppress(PlaywrightError):
                line.send("Runtime.evaluate", {"expression": _SILENT})

    @contextmanager
    def after(self, page: Page, seconds: float) -> Iterator[None]:
        """Stop the script of a page if the block has not come to its end within a time; raises ActionFailed then."""
        stopped: list[bool] = []

        def stop() -> None:
            stopped.append(True)
            self.stop(page)

        # Playwright's own loop runs while the block waits; what it calls must not wait in the loop itself.
        timer = asyncio.get_running_loop().call_later(seconds, lambda: greenlet.greenlet(stop).switch())
        try:
            yield
        finally:
            timer.cancel()
        if stopped:
            raise ActionFailed(f"the page did not answer within {seconds:g} seconds, and its script was stopped")
