"""The pages of one episode's context: which are open, which is current, and every state they pass through."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urldefrag

from playwright.sync_api import BrowserContext, Frame, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.dialogs import Dialogs
from pytest_mmina.browser.downloads import Downloads
from pytest_mmina.browser.faults import Faults
from pytest_mmina.browser.interrupts import Interrupts
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.core.language.trajectory import PageState, State

# Connections that stay open by design say nothing about whether a page is done.
_NEVER_DONE = frozenset({"websocket", "eventsource", "media", "ping", "beacon"})


class Pages:
    """Watches a context: popups, redirects and URLs changed by script each become a state, in order.

    `in_flight` are the requests that are not finished, `navigating` those for documents that nobody answered so far;
    `answered` counts the answers to documents, `asked` all requests, `moved` the documents and addresses that pages
    came to, `opened` the pages.
    `typed_secrets` is what was typed into password fields. `dialogs`, `downloads` and `faults` keep what
    happens beside pages.
    """

    def __init__(
        self, context: BrowserContext, *, is_served: Callable[[str], bool], downloads: Path | None = None
    ) -> None:
        self.context = context
        self.interrupts = Interrupts()
        self.dialogs = Dialogs(context, self.interrupts)
        self.downloads = Downloads(downloads)
        self.faults = Faults(context, is_served=is_served)
        self.open: list[Page] = []
        self.in_flight: set[Request] = set()
        self.navigating: set[Request] = set()
        self._unannounced: set[Request] = set()
        self.answered = 0
        self.asked = 0
        self.moved = 0
        self.opened = 0
        self.typed_secrets: set[str] = set()
        self._recent: list[Page] = []
        self._untold: set[Page] = set()
        self._passed: list[State] = []
        self._crashed = False
        self._failure = ""
        self._is_served = is_served
        self._missing: set[str] = set()
        context.on("page", self._on_page)
        context.on("request", self._on_request)
        context.on("requestfinished", self._on_request_done)
        context.on("requestfailed", self._on_request_failed)
        context.on("response", self._on_response)

    @property
    def current(self) -> Page:
        """The page that the agent looks at; raises BrowserError if it crashed.

        A context whose last page closed itself gets an empty one.
        """
        if self._crashed:
            raise BrowserError("a page of the browser crashed")
        if not self._recent:
            self.context.new_page()
        assert self._recent, "a new page is announced before new_page() returns"
        return self._recent[-1]

    @property
    def heard_of(self) -> int:
        """How many documents, pages and downloads have been heard of so far."""
        return self.moved + self.opened + self.downloads.begun

    @property
    def is_connected(self) -> bool:
        """Whether the browser is still there."""
        browser = self.context.browser
        return browser is not None and browser.is_connected()

    def focus(self, page: Page) -> None:
        """Make a page the current one."""
        self._make_current(page)
        page.bring_to_front()

    def _make_current(self, page: Page) -> None:
        # When it closes, whoever looks on sees the page that they looked at before.
        self._recent = [*(other for other in self._recent if other is not page), page]

    def is_leaving(self, page: Page) -> bool:
        """Whether another document was asked for in place of the page's own, and nobody has answered so far."""
        return any(_has_page(request) and request.frame == page.main_frame for request in self.navigating)

    def take_news(self, page: Page) -> bool:
        """Whether a page is to be told that a tab or a download which it may have begun has been heard of."""
        is_untold = page in self._untold
        self._untold.discard(page)
        return is_untold or self.downloads.has_news

    def in_order(self) -> list[Page]:
        """The open pages that count, the current one first."""
        current = self.current
        others = [page for page in self.open if page is not current]
        return [page for page in (current, *others) if self.is_page(page.url)]

    def take_passed(self) -> list[State]:
        """Hand over the states since the last call."""
        passed, self._passed = self._passed, []
        return passed

    def take_events(self) -> tuple[str, ...]:
        """Hand over what happened beside the pages since the last call."""
        return (*self.dialogs.take_events(), *self.downloads.take_events())

    def take_failure(self) -> str:
        """Why a page could not be opened since the last call, if one could not."""
        failure, self._failure = self._failure, ""
        return failure

    def is_page(self, url: str) -> bool:
        """Say whether there is a page at this address, for which a check may hold.

        There is none where the web ends, and none where a site answered with an error: else any address with the right
        words in it would do.
        """
        return url == "about:blank" or (self._is_served(url) and urldefrag(url).url not in self._missing)

    def _pass(self, url: str) -> None:
        state = State(pages=(PageState(url=url),))
        if self.is_page(url) and state not in self._passed[-1:]:
            self._passed.append(state)

    def _on_page(self, page: Page) -> None:
        self.opened += 1
        self._untold.update(self.open)
        self.open.append(page)
        self._make_current(page)
        self.in_flight -= self._unannounced
        self._unannounced.clear()
        page.on("framenavigated", self._on_navigated)
        page.on("close", self._on_close)
        page.on("crash", self._on_crash)
        # A popup may have reached its address before it is announced.
        if page.url not in ("", "about:blank"):
            self._pass(page.url)
        self.downloads.watch(page)
        self.interrupts.watch(page)

    def _on_navigated(self, frame: Frame) -> None:
        if frame.parent_frame is None:
            self.moved += 1
            if frame.url != "about:blank":
                self._pass(frame.url)

    def _on_request(self, request: Request) -> None:
        self.asked += 1
        if request.resource_type not in _NEVER_DONE:
            self.in_flight.add(request)
        if request.is_navigation_request():
            self.navigating.add(request)
            if not _has_page(request):
                self._unannounced.add(request)

    def _on_request_done(self, request: Request) -> None:
        # A popup may be answered in full before it is announced: until then there is something to wait for.
        if request not in self._unannounced:
            self.in_flight.discard(request)
        self.navigating.discard(request)

    def _on_request_failed(self, request: Request) -> None:
        self._unannounced.discard(request)
        self._on_request_done(request)
        self.faults.on_failed(request)
        # One that is aborted made way for another, or became a download.
        if _is_of_a_page(request) and request.failure != "net::ERR_ABORTED":
            self._failure = f"{request.url} cannot be opened: {request.failure}"

    def _on_response(self, response: Response) -> None:
        if response.request in self.navigating:
            self.navigating.discard(response.request)
            # Whether the rest of a document has come is told by its load event.
            if response.request not in self._unannounced:
                self.in_flight.discard(response.request)
            self.answered += 1
        self.faults.on_answer(response)
        if not _is_of_a_page(response.request):
            return
        address = urldefrag(response.url).url
        (self._missing.add if response.status >= 400 else self._missing.discard)(address)
        if 300 <= response.status < 400 and response.status != 304:
            self._pass(response.url)

    def _on_close(self, page: Page) -> None:
        if page in self.open:
            self.open.remove(page)
        # What the page was loading will never be reported as finished.
        self.in_flight.clear()
        self.navigating.clear()
        self._unannounced.clear()
        self._recent = [other for other in self._recent if other is not page]

    def _on_crash(self, page: Page) -> None:
        self._crashed = True


def _is_of_a_page(request: Request) -> bool:
    return request.is_navigation_request() and (not _has_page(request) or request.frame.parent_frame is None)


def _has_page(request: Request) -> bool:
    try:
        return request.frame is not None
    except PlaywrightError:
        # A popup's first request comes before its page does.
        return False
