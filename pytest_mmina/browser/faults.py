"""Faults: what the pages of an episode wrote to the console as errors, and which of their requests failed."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

LONGEST = 500
"""How many characters of a message or an address are kept."""

MOST_AT_ONCE = 20
"""How many of each kind are kept between two looks, and which is said where there were more."""

MOST_MESSAGES = 1000
"""How many messages of an episode's console are listened to: one that is written to without end costs time."""

# Chromium tells every request that failed on the console as well.
_REQUEST_TOLD = "Failed to load resource: "
_ERRORS = ("error", "assert")


class Faults:
    """Keeps the faults of a context until they are taken; a page has written most of their text."""

    def __init__(self, context: BrowserContext, *, is_served: Callable[[str], bool]) -> None:
        self._context, self._is_served = context, is_served
        self._console: dict[str, None] = {}
        self._requests: dict[str, None] = {}
        self._messages = 0
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)

    def take(self) -> dict[str, tuple[str, ...]]:
        """Hand over what came since the last call, by the names of the fields of a Capture; each fault once."""
        # Requests go out side by side, so the order in which they fail is chance.
        taken = {"console_errors": _few(list(self._console)), "failed_requests": _few(sorted(self._requests))}
        self._console, self._requests = {}, {}
        return taken

    def on_failed(self, request: Request) -> None:
        """Note a request that had no answer."""
        # One that is aborted made way for another, or became a download.
        if request.failure != "net::ERR_ABORTED":
            self._note(self._requests, f"{request.method} {_cut(request.url)}: {request.failure}")

    def on_answer(self, response: Response) -> None:
        """Note a request that was answered with an error, or refused because it leaves the web."""
        if response.status >= 400:
            served = self._is_served(response.url)
            reason = f"{response.status} {response.status_text}".rstrip() if served else "blocked"
            self._note(self._requests, f"{response.request.method} {_cut(response.url)}: {reason}")

    def _on_console(self, message: ConsoleMessage) -> None:
        self._messages += 1
        if self._messages == MOST_MESSAGES:
            self._context.remove_listener("console", self._on_console)
            self._note(self._console, f"more than {MOST_MESSAGES} messages: what follows is not kept")
        elif message.type in _ERRORS and not message.text.startswith(_REQUEST_TOLD):
            self._note(self._console, _cut(message.text))

    def _on_error(self, error: WebError) -> None:
        self._note(self._console, f"uncaught: {_cut(str(error.error))}")

    def _note(self, notes: dict[str, None], text: str) -> None:
        if len(notes) < MOST_MESSAGES:
            notes[text] = None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _few(texts: list[str]) -> tuple[str, ...]:
    return (*texts[:MOST_AT_ONCE], *["and more"] * (len(texts) > MOST_AT_ONCE))
