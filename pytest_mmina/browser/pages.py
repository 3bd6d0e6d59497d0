"""The pages of one episode's context: which are open, which one is current, and all states they pass through."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urldefrag

from playwright.sync_api import BrowserContext, Frame, Page, Request, Response
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.dialogs import Dialogs
from pytest_mmina.browser.downloads import Downloads
from pytest_mmina.browser.interrupts import Interrupts
from pytest_mmina.browser.page_errors import PageErrors
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.core.language.trajectory import Answered, PageState, State

# These connections stay open by design, so they do not show whether a page has finished loading.
_NEVER_FINISHED = frozenset({"websocket", "eventsource", "media", "ping", "beacon"})


class Pages:
    """Watches a context, and records each popup, redirect and URL that a script changes as a state, in order.

    `in_flight` contains the requests that are not finished, `navigating` the requests for documents that have no
    response yet. `request_count` is the number of all requests, `answer_count` the number of responses to requests for
    documents, `navigation_count` the number of navigations of pages, `page_count` the number of pages opened so far.
    `typed_secrets` contains what was typed into password fields. `dialogs`, `downloads` and `errors` collect what
    happens beside the pages. `answered` says how much of an address its site answered, `served` whether it was answered
    with success as anything at all.
    """

    def __init__(
        self,
        context: BrowserContext,
        *,
        is_served: Callable[[str], bool],
        answered: Callable[[str], Answered],
        served: Callable[[str], bool] = lambda url: True,
        downloads: Path | None = None,
    ) -> None:
        self.context = context
        self.interrupts = Interrupts()
        self.dialogs = Dialogs(context, self.interrupts)
        self.downloads = Downloads(downloads, served)
        self.errors = PageErrors(context, is_served=is_served)
        self.open: list[Page] = []
        self.in_flight: set[Request] = set()
        self.navigating: set[Request] = set()
        self._unannounced: set[Request] = set()
        self.answer_count = 0
        self.request_count = 0
        self.navigation_count = 0
        self.page_count = 0
        self.typed_secrets: set[str] = set()
        self._recent: list[Page] = []
        self._unaware: set[Page] = set()
        self._passed_states: list[State] = []
        self._crashed = False
        self._failure = ""
        self._is_served = is_served
        self.answered = answered
        self._error_addresses: set[str] = set()
        context.on("page", self._on_page)
        context.on("request", self._on_request)
        context.on("requestfinished", self._on_request_done)
        context.on("requestfailed", self._on_request_failed)
        context.on("response", self._on_response)

    @property
    def current(self) -> Page:
        """The page that the agent sees; raises BrowserError if a page crashed.

        If the last page of the context was closed, an empty one is opened.
        """
        if self._crashed:
            raise BrowserError("a page of the browser crashed")
        if not self._recent:
            self.context.new_page()
        assert self._recent, "a new page is announced before new_page() returns"
        return self._recent[-1]

    @property
    def announcements(self) -> int:
        """How many navigations, pages and downloads Playwright has announced so far."""
        return self.navigation_count + self.page_count + self.downloads.started

    @property
    def is_connected(self) -> bool:
        """Whether Playwright is still connected to the browser."""
        browser = self.context.browser
        return browser is not None and browser.is_connected()

    def focus(self, page: Page) -> None:
        """Make a page the current one."""
        self._make_current(page)
        page.bring_to_front()

    def _make_current(self, page: Page) -> None:
        # When the current page is closed, the one before it becomes current again.
        self._recent = [*(other for other in self._recent if other is not page), page]

    def is_leaving(self, page: Page) -> bool:
        """Return whether a request for another document in this page is still without a response."""
        return any(_has_page(request) and request.frame == page.main_frame for request in self.navigating)

    def take_announcement(self, page: Page) -> bool:
        """Return whether a page has to learn that Playwright has announced a tab or a download of it."""
        is_unaware = page in self._unaware
        self._unaware.discard(page)
        return is_unaware or self.downloads.has_unreported

    def in_order(self) -> list[Page]:
        """Return the open pages that checks may read (see `is_page`), the current one first."""
        current = self.current
        others = [page for page in self.open if page is not current]
        return [page for page in (current, *others) if self.is_page(page.url)]

    def take_passed_states(self) -> list[State]:
        """Return the states since the last call."""
        # What the sites answered is read now: a page asks for what it shows after it has set its address.
        passed = [
            State(pages=tuple(PageState(url=page.url, answered=self.answered(page.url)) for page in state.pages))
            for state in self._passed_states
        ]
        self._passed_states = []
        return passed

    def take_events(self) -> tuple[str, ...]:
        """Return the events of dialogs and downloads since the last call."""
        return (*self.dialogs.take_events(), *self.downloads.take_events())

    def take_failure(self) -> str:
        """Return why a page could not be opened since the last call; an empty string if none failed."""
        failure, self._failure = self._failure, ""
        return failure

    def is_page(self, url: str) -> bool:
        """Return whether there is a page at this address that can pass a check.

        There is none outside the web, and none if the site answered with an error. Otherwise any address that contains
        the right words would pass.
        """
        return url == "about:blank" or (self._is_served(url) and urldefrag(url).url not in self._error_addresses)

    def _note_state(self, url: str) -> None:
        state = State(pages=(PageState(url=url),))
        if self.is_page(url) and state not in self._passed_states[-1:]:
            self._passed_states.append(state)

    def _on_page(self, page: Page) -> None:
        self.page_count += 1
        self._unaware.update(self.open)
        self.open.append(page)
        self._make_current(page)
        self.in_flight -= self._unannounced
        self._unannounced.clear()
        page.on("framenavigated", self._on_navigated)
        page.on("close", self._on_close)
        page.on("crash", self._on_crash)
        # A popup may have navigated to its address before it is announced.
        if page.url not in ("", "about:blank"):
            self._note_state(page.url)
        self.downloads.watch(page)
        self.interrupts.watch(page)

    def _on_navigated(self, frame: Frame) -> None:
        if frame.parent_frame is None:
            self.navigation_count += 1
            if frame.url != "about:blank":
                self._note_state(frame.url)

    def _on_request(self, request: Request) -> None:
        self.request_count += 1
        if request.resource_type not in _NEVER_FINISHED:
            self.in_flight.add(request)
        if request.is_navigation_request():
            self.navigating.add(request)
            if not _has_page(request):
                self._unannounced.add(request)

    def _on_request_done(self, request: Request) -> None:
        # The request of a popup may finish before the popup is announced. Until then it counts as in flight.
        if request not in self._unannounced:
            self.in_flight.discard(request)
        self.navigating.discard(request)

    def _on_request_failed(self, request: Request) -> None:
        self._unannounced.discard(request)
        self._on_request_done(request)
        self.errors.on_failed(request)
        # A request is aborted if another one replaces it, or if it becomes a download.
        if _is_of_a_page(request) and request.failure != "net::ERR_ABORTED":
            self._failure = f"{request.url} cannot be opened: {request.failure}"

    def _on_response(self, response: Response) -> None:
        if response.request in self.navigating:
            self.navigating.discard(response.request)
            # The load event reports when the rest of a document has arrived.
            if response.request not in self._unannounced:
                self.in_flight.discard(response.request)
            self.answer_count += 1
        self.errors.on_response(response)
        if not _is_of_a_page(response.request):
            return
        address = urldefrag(response.url).url
        (self._error_addresses.add if response.status >= 400 else self._error_addresses.discard)(address)
        if 300 <= response.status < 400 and response.status != 304:
            self._note_state(response.url)

    def _on_close(self, page: Page) -> None:
        if page in self.open:
            self.open.remove(page)
        # Playwright does not report the requests of a closed page as finished.
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
        # The first request of a popup is reported before its page.
        return False
