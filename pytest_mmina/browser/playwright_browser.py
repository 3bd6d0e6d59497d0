"""Playwright's browser as the core's port `Browser`: one context per episode."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NoReturn, Protocol

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError
from pydantic import JsonValue

from pytest_mmina.browser.addresses import RefusedAddress
from pytest_mmina.browser.end_readings import EndReader
from pytest_mmina.browser.observing import Observing
from pytest_mmina.browser.obstacles import spoken
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.perform import perform
from pytest_mmina.browser.walk import first_script
from pytest_mmina.core.episode.ports import Capture
from pytest_mmina.core.errors import ActionFailed, BrowserError
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import View
from pytest_mmina.core.tasks.end_readings import Reading, ReadingResults
from pytest_mmina.core.tasks.task import Probes

_READ_ATTEMPTS = 3


class Web(Protocol):
    """What stands between the browser and the world."""

    @property
    def proxy_address(self) -> str:
        """Where the browser finds it."""

    @property
    def refused(self) -> tuple[str, ...]:
        """The addresses that the episode asked for in vain."""

    def serves(self, url: str) -> bool:
        """Whether an address belongs to a site of this web."""

    @property
    def now(self) -> datetime | None:
        """The time that pages are shown, where it stands still."""

    @property
    def deployments(self) -> frozenset[str]:
        """The hosts that are passed on to the network, where time goes on."""

    def begin_episode(self) -> None:
        """Forget the last episode."""

    def site_values(self, site: str, path: str) -> tuple[JsonValue, ...]:
        """What a JSONPath finds in the state of a site; raises SiteError if there is no such site or state."""

    def raise_for_sites(self) -> None:
        """Raise SiteError where a site broke."""


class PlaywrightBrowser:
    """A browser whose contexts are opened by `open_context` behind a web; times are in seconds.

    `view` says how the agent sees a page, and `pictures` in which folder it finds its pictures.
    Agents may upload what lies in the folders `uploads`; what they download goes to the folder `downloads`, without one
    it is refused.
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
        self._observing = Observing(
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

    @property
    def blocked(self) -> int:
        """How many requests and navigations of this episode were refused."""
        return len(self._web.refused) + self._refused_schemes

    @property
    def typed_secrets(self) -> frozenset[str]:
        """What was typed into password fields during this episode."""
        return frozenset(self._pages.typed_secrets) if self._pages is not None else frozenset()

    def reset(self, start_urls: Sequence[str]) -> None:
        """Open the start pages, a tab each and the first one current, in a fresh context on a fresh web."""
        self.close()
        self._web.begin_episode()
        self._refused_before, self._refused_schemes = 0, 0
        self._observing.begin_episode()
        try:
            proxy = {"server": self._web.proxy_address, "bypass": "<-loopback>"}
            self._context = self._open_context(proxy=proxy)
            self._context.add_init_script(first_script(self._web.now, moving=self._web.deployments))
            self._pages = Pages(self._context, is_served=self._web.serves, downloads=self._downloads)
            for url in start_urls:
                if not self._web.serves(url):
                    raise BrowserError(f"the start page {url} is not part of this web")
                self._context.new_page().goto(url, wait_until="commit", timeout=self._page_timeout * 1000)
            if len(start_urls) > 1:
                self._pages.focus(self._pages.open[0])
        except PlaywrightError as error:
            self._raise_for(error)

    def observe(self, *, probes: Probes) -> Capture:
        """Settle, then read the current page once; see `Browser.observe`."""
        pages = self._opened()
        for attempts_left in reversed(range(_READ_ATTEMPTS)):
            try:
                seen = self._observing.read(pages, probes)
                pages.downloads.wait(pages.current, at_most=self._settle_timeout)
                self._web.raise_for_sites()
                break
            except PlaywrightError as error:
                # A page that goes away while it is read (a popup that closes, a timer that navigates) leaves another.
                if not attempts_left:
                    self._raise_for(error)
                self._raise_if_dead()
        problem = self._new_refusals() or seen.observation.error or pages.take_failure()
        told = {"error": problem, "events": pages.take_events()}
        observation = seen.observation.model_copy(update=told)
        states = (*pages.take_passed(), *seen.states)
        return Capture(observation=observation, states=states, boxes=seen.boxes, **pages.faults.take())

    def act(self, action: Action) -> None:
        """Do an action; see `Browser.act`."""
        try:
            perform(
                action,
                self._opened(),
                lambda: self._observing.elements,
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

    def read(self, readings: Iterable[Reading]) -> ReadingResults:
        """Read what checks ask for at the end; see `Browser.read`."""
        reader = EndReader(
            self._opened(),
            serves=self._web.serves,
            settle=self._observing.settle,
            timeout=self._read_timeout,
            load=self._page_timeout,
        )
        try:
            found = reader.read(readings)
            self._web.raise_for_sites()
        except PlaywrightError as error:
            self._raise_for(error)
        finally:
            self._observing.hangs = self._observing.hangs or reader.hangs
        return found

    def close(self) -> None:
        """Close this episode's context, if there is one."""
        context, pages = self._context, self._pages
        self._context, self._pages = None, None
        if context is None:
            return
        if self._observing.hangs:
            _kill_browser(context)
        try:
            context.close()
        except PlaywrightError:
            # With the browser, its contexts are gone as well.
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
        self._web.raise_for_sites()
        raise BrowserError(spoken(error)) from None


def _kill_browser(context: BrowserContext) -> None:
    # A script that never ends goes on in a closed page, takes a processor from every later episode, and keeps the
    # browser from closing. The next case launches a new one.
    browser = context.browser
    if browser is not None and browser.browser_type.name == "chromium":
        # The browser cannot answer any more, so this always raises.
        with suppress(PlaywrightError):
            browser.new_browser_cdp_session().send("Browser.crash")
