"""The errors of the pages of an episode: error messages on the console, and requests that failed."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

LONGEST = 500
"""How many characters of a message or an address are kept."""

MOST_AT_ONCE = 20
"""How many errors of each kind are kept between two observations. A last entry says if there were more."""

MOST_MESSAGES = 1000
"""How many console messages of an episode are received. A page that writes without end would cost time."""

# Chromium also reports every failed request on the console.
_REPORTED_REQUEST = "Failed to load resource: "
_ERRORS = ("error", "assert")


class PageErrors:
    """Collects the errors of a context until they are taken. Their text comes from pages, so it is untrusted."""

    def __init__(self, context: BrowserContext, *, is_served: Callable[[str], bool]) -> None:
        self._context, self._is_served = context, is_served
        self._console: dict[str, None] = {}
        self._requests: dict[str, None] = {}
        self._messages = 0
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)

    def take(self) -> dict[str, tuple[str, ...]]:
        """Return the errors since the last call, each one once, by the names of the fields of a Capture."""
        # Requests run in parallel, so the order in which they fail is random.
        taken = {"console_errors": _limited(list(self._console)), "failed_requests": _limited(sorted(self._requests))}
        self._console, self._requests = {}, {}
        return taken

    def on_failed(self, request: Request) -> None:
        """Record a request that got no response."""
        # A request is aborted if another one replaces it, or if it becomes a download.
        if request.failure != "net::ERR_ABORTED":
            self._note(self._requests, f"{request.method} {_cut(request.url)}: {request.failure}")

    def on_response(self, response: Response) -> None:
        """Record a request that was answered with an error, or refused because its host is not part of the web."""
        if response.status >= 400:
            served = self._is_served(response.url)
            reason = f"{response.status} {response.status_text}".rstrip() if served else "blocked"
            self._note(self._requests, f"{response.request.method} {_cut(response.url)}: {reason}")

    def _on_console(self, message: ConsoleMessage) -> None:
        self._messages += 1
        if self._messages == MOST_MESSAGES:
            self._context.remove_listener("console", self._on_console)
            self._note(self._console, f"more than {MOST_MESSAGES} messages: the rest is not recorded")
        elif message.type in _ERRORS and not message.text.startswith(_REPORTED_REQUEST):
            self._note(self._console, _cut(message.text))

    def _on_error(self, error: WebError) -> None:
        self._note(self._console, f"uncaught: {_cut(str(error.error))}")

    def _note(self, notes: dict[str, None], text: str) -> None:
        if len(notes) < MOST_MESSAGES:
            notes[text] = None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _limited(texts: list[str]) -> tuple[str, ...]:
    return (*texts[:MOST_AT_ONCE], *["and more"] * (len(texts) > MOST_AT_ONCE))
