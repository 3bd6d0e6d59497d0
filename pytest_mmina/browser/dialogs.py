"""Dialogs: answered at once, as a person would who means what they do, and told to the agent."""

from playwright.sync_api import BrowserContext, Dialog
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.interrupts import Interrupts

MOST_DIALOGS = 20
"""How many dialogs in a row are told; a page with more has its script stopped, and may open no others."""

_FEW = 3


class Dialogs:
    """Accepts every dialog of a context: OK on alert and confirm, the text that a prompt proposes, leaving a page."""

    def __init__(self, context: BrowserContext, interrupts: Interrupts) -> None:
        self._interrupts = interrupts
        self._told: list[str] = []
        self._count = 0
        context.on("dialog", self._on_dialog)

    def take_events(self) -> tuple[str, ...]:
        """Hand over what happened since the last call."""
        told, self._told = tuple(self._told), []
        # A page that goes on and on between two observations has not begun anew.
        if len(told) <= _FEW:
            self._count = 0
        return told

    def _on_dialog(self, dialog: Dialog) -> None:
        self._count += 1
        if self._count <= MOST_DIALOGS:
            self._told.append(_told(dialog))
        elif self._count == MOST_DIALOGS + 1:
            self._told.append(
                f"the page opened more than {MOST_DIALOGS} dialogs; its script was stopped, and it may open no others"
            )
        try:
            dialog.accept(dialog.default_value) if dialog.type == "prompt" else dialog.accept()
            if self._count % (MOST_DIALOGS + 1) == 0 and dialog.page is not None:
                self._interrupts.stop(dialog.page)
                self._interrupts.silence(dialog.page)
        except PlaywrightError:
            # The page went away with its dialog.
            return


def _told(dialog: Dialog) -> str:
    said = dialog.message if len(dialog.message) <= 500 else dialog.message[:499] + "…"
    match dialog.type:
        case "alert":
            return f"the page showed an alert: {said!r}"
        case "confirm":
            return f"the page asked {said!r}; answered with OK"
        case "prompt":
            return f"the page asked {said!r}; answered with the proposed text {dialog.default_value[:500]!r}"
        case _:
            return "the page asked whether to leave it; answered with yes"
