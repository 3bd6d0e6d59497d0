"""Dialogs: every one is accepted at once and reported to the agent as an event."""

from playwright.sync_api import BrowserContext, Dialog
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.interrupts import Interrupts

MOST_DIALOGS = 20
"""How many dialogs in a row are reported. If a page opens more, its script is stopped and it may open no others."""

_FEW_DIALOGS = 3


class Dialogs:
    """Accepts every dialog of a context.

    An alert and a confirm are answered with OK, a prompt with the text that it proposes, and a page may be left.
    """

    def __init__(self, context: BrowserContext, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._events: list[str] = []
        self._count = 0
        context.on("dialog", self._on_dialog)

    def take_events(self) -> tuple[str, ...]:
        """Return the events since the last call."""
        events, self._events = tuple(self._events), []
        # Many dialogs between two observations are still the same series, so the count goes on.
        if len(events) <= _FEW_DIALOGS:
            self._count = 0
        return events

    def _on_dialog(self, dialog: Dialog) -> None:
        self._count += 1
        if self._count <= MOST_DIALOGS:
            self._events.append(_event(dialog))
        elif self._count == MOST_DIALOGS + 1:
            self._events.append(
                f"the page opened more than {MOST_DIALOGS} dialogs; its script was stopped, and it may open no others"
            )
        try:
            dialog.accept(dialog.default_value) if dialog.type == "prompt" else dialog.accept()
            if self._count % (MOST_DIALOGS + 1) == 0 and dialog.page is not None:
                self._interrupts.stop(dialog.page)
                self._interrupts.silence(dialog.page)
        except PlaywrightError:
            # The page was closed together with its dialog.
            return


def _event(dialog: Dialog) -> str:
    message = dialog.message if len(dialog.message) <= 500 else dialog.message[:499] + "…"
    match dialog.type:
        case "alert":
            return f"the page showed an alert: {message!r}"
        case "confirm":
            return f"the page asked {message!r}; answered with OK"
        case "prompt":
            return f"the page asked {message!r}; answered with the proposed text {dialog.default_value[:500]!r}"
        case _:
            return "the page asked whether to leave it; answered with yes"
