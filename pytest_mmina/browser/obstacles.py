"""Finds out why an action cannot be done: the page is asked as soon as the action takes longer than a moment."""

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.pointer import wait_for_answer
from pytest_mmina.browser.references import STALE, ask
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action

PATIENCE = 0.5
"""How many seconds an element may take to become usable before the page is asked what blocks it."""

_CAUSES = (STALE, "intercepts pointer events", "is not enabled", "is not visible", "is not stable",
            "did not find some", "outside of the viewport", "is not editable")  # fmt: skip

# Playwright's messages if a page navigates or closes meanwhile. They do not help an agent.
_PAGE_GONE = ("Execution context was destroyed", "rame was detached", "has been closed", "Cannot find context")


class Attempt:
    """An action on an element that may not be ready.

    It first gets a moment. If it is not done then, the page is asked for the reason. Without a reason, the action gets
    the rest of the time.
    """

    def __init__(self, pages: Pages, element: Locator, *, timeout: float) -> None:
        self._pages, self._element, self._timeout = pages, element, timeout

    def make(
        self, do: Callable[[float], object], action: Action, name: Callable[[], str], *, values: Sequence[str] = ()
    ) -> None:
        """Call `do` with a limit in milliseconds; raises ActionFailed with the reason if something blocks it."""
        patience = min(PATIENCE, self._timeout)
        try:
            do(patience * 1000)
            return
        except PlaywrightTimeout as error:
            if self._pages.navigating:
                raise
            if _was_done(error):
                self._wait_for_answer(action, self._timeout - patience)
                return
            if reason := self._why(action, values):
                raise ActionFailed(f"{action}: {name()} {reason}") from None
            if patience == self._timeout:
                raise
        do((self._timeout - patience) * 1000)

    def ready_point(self, action: Action) -> tuple[float, float] | None:
        """Return the point where the mouse can click or hover at once, or None.

        There is one if nothing in the page moves and nothing blocks the element.
        """
        with suppress(PlaywrightTimeout):
            request: dict[str, object] = {"do": "ready", "kind": action.kind}
            if answer := ask(self._element, request, timeout=min(PATIENCE, self._timeout)):
                x, y = json.loads(answer)
                return x, y
        return None

    def _why(self, action: Action, values: Sequence[str]) -> str:
        try:
            return ask(self._element, {"do": "why", "kind": action.kind, "values": list(values)}, timeout=1.0)
        except PlaywrightError as error:
            return f"is {STALE}" if STALE in str(error) else ""

    def _wait_for_answer(self, action: Action, seconds: float) -> None:
        # The page received the event and is busy with it. Another attempt would perform the action twice.
        try:
            wait_for_answer(self._pages.current, timeout=max(seconds, 0.001))
        except PlaywrightTimeout:
            raise ActionFailed(f"{action}: done, but the page does not answer: its script is busy") from None


def message_without_log(error: PlaywrightError) -> str:
    """Return Playwright's own message without its call log, which quotes the page."""
    return str(error).partition("\nCall log")[0]


def readable_message(error: PlaywrightError) -> str:
    """Return the one line of Playwright's error and call log that explains to an agent what went wrong."""
    if any(phrase in message_without_log(error) for phrase in _PAGE_GONE):
        return "the page went away meanwhile"
    lines = [re.sub(r"^[\s\-\d×]+", "", line) for line in str(error).splitlines()]
    for phrase in _CAUSES:
        for line in lines:
            if phrase in line:
                return (STALE if phrase == STALE else line)[:300]
    return re.sub(r"^\w+\.\w+: ", "", lines[0])[:300] if lines else type(error).__name__


def _was_done(error: PlaywrightTimeout) -> bool:
    log = str(error)
    return log.rfind("performing") > max(log.rfind("retrying"), -1)
