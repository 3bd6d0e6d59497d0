"""Implements the core's interface `Browser` with Playwright: one context per episode."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NoReturn, Protocol

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from pydantic import JsonValue

from pytest_mmina.browser.addresses import RefusedAddress
from pytest_mmina.browser.end_reader import EndReader
from pytest_mmina.browser.injected_scripts import first_script
from pytest_mmina.browser.observer import Observer
from pytest_mmina.browser.obstacles import readable_message
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.perform import perform
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.errors import ActionFailed, BrowserError
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.files import DownloadedFile
from pytest_mmina.core.language.trajectory import Answered, View
from pytest_mmina.core.tasks.end_readings import Reading, ReadingResults
from pytest_mmina.core.tasks.task import Probes

_READ_ATTEMPTS = 3


class Web(Protocol):
    """The web that the browser can reach, and nothing else."""

    @property
    def proxy_address(self) -> str:
        """The address of the proxy that serves this web."""

    @property
    def refused(self) -> tuple[str, ...]:
        """The addresses that this episode requested and that were refused."""

    def serves(self, url: str) -> bool:
        """Return whether an address belongs to a site of this web."""

    def answered(self, url: str) -> Answered:
        """Return how much of an address its site answered in this episode."""

    def served(self, url: str) -> bool:
        """Return whether an address was answered with success in this episode, as a document or as anything else."""

    @property
    def now(self) -> datetime | None:
        """The fixed time of the clock in pages, or None if the clock runs."""

    @property
    def deployments(self) -> frozenset[str]:
        """The hosts whose requests go to the network, and whose pages have a running clock."""

    def begin_episode(self) -> None:
        """Reset everything that belongs to the last episode."""

    def site_values(self, site: str, path: str) -> tuple[JsonValue, ...]:
        """Return what a JSONPath finds in the state of a site; raises SiteError if there is no such site or state."""

    def raise_for_sites(self, *, timed_out: bool = False) -> None:
        """Raise SiteError if a site of this episode failed, or with `timed_out` if one has not answered yet."""


class PlaywrightBrowser:
    """A browser whose contexts are opened by `open_context` behind the proxy of a web; times are in seconds.

    `view` defines how the agent sees a page. Pictures of pages go to the folder `pictures`. Agents may upload files
    from the folders `uploads`. Downloads go to the folder `downloads`; without it, they are refused.
    """

    def __init__(
        self,
        open_context: Callable[..., BrowserContext],
        web: Web,
        *,
        view: View | None = None,
        pictures: Path | None = None,
        action_timeout: float = 5.0,
        settle_timeout: float = 5.0,
        page_timeout: float = 30.0,
        read_timeout: float = 10.0,
        uploads: Sequence[Path] = (),
        downloads: Path | None = None,
    ) -> None:
        self._open_context, self._web = open_context, web
        self._action_timeout, self._page_timeout, self._read_timeout = action_timeout, page_timeout, read_timeout
        self._settle_timeout, self._uploads, self._downloads = settle_timeout, uploads, downloads
        self._observer = Observer(
            view or View(),
            web.site_values,
            pictures=pictures,
            settle_timeout=settle_timeout,
            page_timeout=page_timeout,
            read_timeout=read_timeout,
        )
        self._context: BrowserContext | None = None
        self._pages: Pages | None = None
        self._refused_before = 0
        self._refused_schemes = 0
        self._wants_downloads = False

    @property
    def blocked(self) -> int:
        """How many requests and navigations of this episode were refused."""
        return len(self._web.refused) + self._refused_schemes

    @property
    def typed_secrets(self) -> frozenset[str]:
        """What was typed into password fields during this episode."""
        return frozenset(self._pages.typed_secrets) if self._pages is not None else frozenset()

    def reset(self, start_urls: Sequence[str]) -> None:
        """Open a new context on a fresh web, with each start page in a tab of its own and the first one current."""
        self.close()
        self._web.begin_episode()
        self._refused_before, self._refused_schemes = 0, 0
        self._observer.begin_episode()
        try:
            proxy = {"server": self._web.proxy_address, "bypass": "<-loopback>"}
            self._context = self._open_context(proxy=proxy)
            self._context.add_init_script(first_script(self._web.now, moving=self._web.deployments))
            self._pages = Pages(
                self._context,
                is_served=self._web.serves,
                answered=self._web.answered,
                served=self._web.served,
                downloads=self._downloads,
            )
            for url in start_urls:
                if not self._web.serves(url):
                    raise BrowserError(f"the start page {url} is not part of this web")
                self._context.new_page().goto(url, wait_until="commit", timeout=self._page_timeout * 1000)
            if len(start_urls) > 1:
                self._pages.focus(self._pages.open[0])
        except PlaywrightError as error:
            self._raise_for(error)

    def observe(self, *, probes: Probes) -> Capture:
        """Wait until the current page has settled, then read it; see `Browser.observe`."""
        pages = self._opened()
        for attempts_left in reversed(range(_READ_ATTEMPTS)):
            try:
                capture = self._observer.read(pages, probes)
                pages.downloads.wait(pages.current, at_most=self._settle_timeout)
                self._web.raise_for_sites()
                break
            except PlaywrightError as error:
                # The page was closed or navigated while it was read, so another one can be read now.
                if not attempts_left:
                    self._raise_for(error)
                self._raise_if_dead()
        refusals = self._new_refusals()
        problem = refusals or capture.observation.error or pages.take_failure()
        update = {"error": problem, "blocked": bool(refusals), "events": pages.take_events()}
        observation = capture.observation.model_copy(update=update)
        states = (*pages.take_passed_states(), *capture.states)
        self._wants_downloads = probes.downloads
        if probes.downloads:
            ended = pages.downloads.take_ended(contents=probes.contents)
            states = (*states[:-1], states[-1].model_copy(update={"downloads": ended}))
        return Capture(observation=observation, states=states, boxes=capture.boxes, **pages.errors.take())

    def act(self, action: Action) -> None:
        """Perform an action; see `Browser.act`."""
        self._opened().downloads.counts = True
        try:
            perform(
                action,
                self._opened(),
                lambda: self._observer.elements,
                timeout=self._action_timeout,
                navigation_timeout=self._page_timeout,
                uploads=self._uploads,
            )
        except RefusedAddress:
            self._refused_schemes += 1
            raise
        except ActionFailed:
            self._raise_if_dead()
            raise

    def late_downloads(self, *, contents: bool) -> tuple[DownloadedFile, ...]:
        """Wait for the downloads in progress; see `Browser.late_downloads`."""
        pages = self._opened()
        try:
            pages.downloads.wait(pages.current, at_most=self._read_timeout)
        except PlaywrightError as error:
            self._raise_for(error)
        return pages.downloads.take_ended(contents=contents)

    def read(self, readings: Iterable[Reading]) -> ReadingResults:
        """Read what checks ask for at the end; see `Browser.read`."""
        reader = EndReader(
            self._opened(),
            serves=self._web.serves,
            settle=self._observer.settle,
            timeout=self._read_timeout,
            load=self._page_timeout,
        )
        try:
            found = reader.read(readings)
            self._web.raise_for_sites()
        except PlaywrightError as error:
            self._raise_for(error)
        finally:
            self._observer.hangs = self._observer.hangs or reader.hangs
        return found

    def close(self) -> None:
        """Close this episode's context, if there is one."""
        context, pages = self._context, self._pages
        self._context, self._pages = None, None
        if context is None:
            return
        if self._observer.hangs:
            _kill_browser(context)
        try:
            context.close()
        except PlaywrightError:
            # If the browser has ended, so have its contexts.
            if pages is not None and pages.is_connected:
                raise

    def _opened(self) -> Pages:
        assert self._pages is not None, "an episode begins with reset()"
        return self._pages

    def _new_refusals(self) -> str:
        refused = self._web.refused
        new, self._refused_before = refused[self._refused_before :], len(refused)
        return f"blocked: {', '.join(new)} is not part of this web, and was refused" if new else ""

    def _raise_if_dead(self) -> None:
        if self._pages is not None and not self._pages.is_connected:
            raise BrowserError("the browser died in mid-episode")

    def _raise_for(self, error: PlaywrightError) -> NoReturn:
        self._raise_if_dead()
        self._web.raise_for_sites(timed_out=isinstance(error, PlaywrightTimeoutError))
        raise BrowserError(readable_message(error)) from None


def _kill_browser(context: BrowserContext) -> None:
    # A script that never ends continues in a closed page. It would use a processor during every later episode, and
    # prevent the browser from closing. The next case launches a new browser.
    browser = context.browser
    if browser is not None and browser.browser_type.name == "chromium":
        # The browser cannot answer any more, so this always raises.
        with suppress(PlaywrightError):
            browser.new_browser_cdp_session().send("Browser.crash")
