"""Stops scripts that never end. Playwright has no time limit for raw mouse and keyboard input, so this provides one."""

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
    """Keeps a CDP session open to every page of a context, because a page that hangs accepts no new session."""

    def __init__(self) -> None:
        self._sessions: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()
        self._stopping: set[Page] = set()

    def watch(self, page: Page) -> None:
        """Open the session to a page; does nothing if the browser has no CDP or if the page is closed already."""
        # An event handler calls this. Handlers run in greenlets of their own, so waiting here delays nothing.
        with suppress(PlaywrightError):
            self._sessions[page] = page.context.new_cdp_session(page)

    def can_stop(self, page: Page) -> bool:
        """Return whether there is a session to a page."""
        return page in self._sessions

    def stop(self, page: Page) -> None:
        """Stop the script that is running in a page; its timers and listeners stay."""
        session = self._sessions.get(page)
        if session is None or page in self._stopping:
            return
        # A second request would stop what runs after that script: one of our own scripts that is waiting.
        self._stopping.add(page)
        try:
            with suppress(PlaywrightError):
                session.send("Runtime.terminateExecution")
        finally:
            self._stopping.discard(page)

    def silence(self, page: Page) -> None:
        """Prevent the document in a page from opening more dialogs, as browsers offer to their users."""
        session = self._sessions.get(page)
        if session is not None:
            with suppress(PlaywrightError):
                session.send("Runtime.evaluate", {"expression": _SILENT})

    @contextmanager
    def stop_after(self, page: Page, seconds: float) -> Iterator[None]:
        """Stop the script of a page if the block takes longer than `seconds`, and then raise ActionFailed."""
        stopped: list[bool] = []

        def stop() -> None:
            stopped.append(True)
            self.stop(page)

        # The event loop of Playwright runs while the block waits. A callback must not block it, so it gets a greenlet.
        timer = asyncio.get_running_loop().call_later(seconds, lambda: greenlet.greenlet(stop).switch())
        try:
            yield
        finally:
            timer.cancel()
        if stopped:
            raise ActionFailed(f"the page did not answer within {seconds:g} seconds, and its script was stopped")
