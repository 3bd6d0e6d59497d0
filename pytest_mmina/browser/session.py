"""Playwright's browser as the core's port `Browser`: one context per episode."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn, Protocol

from playwright.sync_api import BrowserContext, Frame, Page
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pydantic import JsonValue

from pytest_mmina.browser.bounded import evaluate
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.perform import RefusedAddress, perform
from pytest_mmina.browser.reading import EndReader
from pytest_mmina.browser.settle import settle
from pytest_mmina.core.actions import Action
from pytest_mmina.core.errors import ActionFailed, BrowserError
from pytest_mmina.core.outline import Element, read_outline
from pytest_mmina.core.ports import Sight
from pytest_mmina.core.readings import Reading
from pytest_mmina.core.tasks import Probes
from pytest_mmina.core.trajectory import Observation, State, Tab, site_value_key
from pytest_mmina.core.trajectory import Page as PageState

_READ_ATTEMPTS = 3
_READ_TEXTS = """selectors => selectors.map(selector => {
  try {
    return Array.from(document.querySelectorAll(selector), node =>
      ["INPUT", "TEXTAREA", "SELECT"].includes(node.tagName) ? node.value : (node.innerText ?? node.textContent));
  } catch (error) { return String(error.message); }
})"""


# A page that reads the clock or throws dice must be the same page tomorrow.
_STAND_STILL = """(() => {
  if (%s.includes(location.host)) return;
  const now = %d, RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, made) => Reflect.construct(target, values.length ? values : [now], made),
    apply: () => new RealDate(now).toString(),
    get: (target, name) => name === "now" ? () => now : Reflect.get(target, name),
  });
  let seed = 20250303;
  Math.random = () => {
    seed = (seed + 0x6D2B79F5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
})()"""


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
    """A browser whose contexts are opened by `open_context` behind a web; times are in seconds."""

    def __init__(
        self,
        open_context: Callable[..., BrowserContext],
        web: Web,
        *,
        action_timeout: float = 5.0,
        settle_timeout: float = 5.0,
        page_timeout: float = 30.0,
        read_timeout: float = 10.0,
    ) -> None:
        self._open_context, self._web = open_context, web
        self._action_timeout, self._settle_timeout, self._page_timeout = action_timeout, settle_timeout, page_timeout
        self._read_timeout = read_timeout
        self._context: BrowserContext | None = None
        self._pages: Pages | None = None
        self._elements: list[Element] = []
        self._refused_before = 0
        self._refused_schemes = 0
        self._hangs = False

    @property
    def blocked(self) -> int:
        """How many requests and navigations of this episode were refused."""
        return len(self._web.refused) + self._refused_schemes

    def reset(self, start_urls: Sequence[str]) -> None:
        """Open the start pages, a tab each and the first one current, in a fresh context on a fresh web."""
        self.close()
        self._web.begin_episode()
        self._elements, self._refused_before, self._refused_schemes, self._hangs = [], 0, 0, False
        try:
            proxy = {"server": self._web.proxy_address, "bypass": "<-loopback>"}
            self._context = self._open_context(proxy=proxy)
            if self._web.now is not None:
                moving = json.dumps(sorted(self._web.deployments))
                self._context.add_init_script(_STAND_STILL % (moving, self._web.now.timestamp() * 1000))
            self._pages = Pages(self._context, is_served=self._web.serves)
            for url in start_urls:
                if not self._web.serves(url):
                    raise BrowserError(f"the start page {url} is not part of this web")
                self._context.new_page().goto(url, wait_until="commit", timeout=self._page_timeout * 1000)
                self._settle(self._pages)
            if len(start_urls) > 1:
                self._pages.focus(self._pages.open[0])
        except PlaywrightError as error:
            self._raise_for(error)

    def observe(self, *, probes: Probes) -> Sight:
        """Settle, then read the current page once; see `Browser.observe`."""
        pages = self._opened()
        for attempts_left in reversed(range(_READ_ATTEMPTS)):
            try:
                self._settle(pages)
                self._web.raise_for_sites()
                observation = self._read(pages)
                settled = self._read_state(pages, probes)
                break
            except PlaywrightError as error:
                # A page that goes away while it is read (a popup that closes, a timer that navigates) leaves another.
                if not attempts_left:
                    self._raise_for(error)
                self._raise_if_dead()
        if refusals := self._new_refusals():
            observation = observation.model_copy(update={"error": refusals})
        self._elements = list(read_outline(observation.text))
        return Sight(observation=observation, states=(*pages.take_passed(), settled))

    def act(self, action: Action) -> None:
        """Do an action; see `Browser.act`."""
        try:
            perform(
                action,
                self._opened(),
                self._elements,
                timeout=self._action_timeout,
                navigation_timeout=self._page_timeout,
            )
        except RefusedAddress:
            self._refused_schemes += 1
            raise
        except ActionFailed:
            self._raise_if_dead()
            raise

    def read(self, readings: Iterable[Reading]) -> dict[str, str]:
        """Read what checks ask for at the end; see `Browser.read`."""
        reader = EndReader(
            self._opened(),
            serves=self._web.serves,
            settle=self._settle,
            timeout=self._read_timeout,
            load=self._page_timeout,
        )
        try:
            found = reader.read(readings)
            self._web.raise_for_sites()
        except PlaywrightError as error:
            self._raise_for(error)
        finally:
            self._hangs = self._hangs or reader.hangs
        return found

    def close(self) -> None:
        """Close this episode's context, if there is one."""
        context, pages = self._context, self._pages
        self._context, self._pages = None, None
        if context is None:
            return
        if self._hangs:
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

    def _settle(self, pages: Pages) -> None:
        settle(pages, at_most=self._settle_timeout, navigation_at_most=self._page_timeout)

    def _read(self, pages: Pages) -> Observation:
        page = pages.current
        error = text = ""
        try:
            # A document without a body (a picture, say) has no outline, and Playwright would wait for one.
            if evaluate(page.main_frame, "() => document.body !== null", timeout=self._read_timeout):
                text = page.aria_snapshot(mode="ai", timeout=self._read_timeout * 1000)
        except PlaywrightTimeout:
            self._hangs = True
            error = f"the page did not answer within {self._read_timeout:g} seconds"
        tabs = tuple(
            Tab(title=self._title(open_page), url=open_page.url, current=open_page is page) for open_page in pages.open
        )
        return Observation(
            url=page.url, title=next(tab.title for tab in tabs if tab.current), tabs=tabs, error=error, text=text
        )

    def _title(self, page: Page) -> str:
        try:
            return str(evaluate(page.main_frame, "() => document.title", timeout=self._read_timeout))
        except PlaywrightTimeout:
            return ""

    def _read_state(self, pages: Pages, probes: Probes) -> State:
        return State(
            pages=tuple(_page_state(page, probes.selectors, timeout=self._read_timeout) for page in pages.in_order()),
            site_values={
                site_value_key(site, path): self._web.site_values(site, path)
                for site, path in sorted(probes.site_values)
            },
        )

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
        raise BrowserError(str(error).splitlines()[0]) from None


def _kill_browser(context: BrowserContext) -> None:
    # A script that never ends goes on in a closed page, takes a processor from every later episode, and keeps the
    # browser from closing. The next case launches a new one.
    browser = context.browser
    if browser is not None and browser.browser_type.name == "chromium":
        # The browser cannot answer any more, so this always raises.
        with suppress(PlaywrightError):
            browser.new_browser_cdp_session().send("Browser.crash")


def _page_state(page: Page, probed: frozenset[str], *, timeout: float) -> PageState:
    if not probed:
        return PageState(url=page.url)
    selectors = sorted(probed)
    texts: dict[str, tuple[str, ...]] = dict.fromkeys(selectors, ())
    for frame in page.frames:
        for selector, found in zip(selectors, _read_texts(frame, selectors, timeout=timeout), strict=True):
            if isinstance(found, str):
                raise BrowserError(f"the task's selector {selector!r} cannot be used: {found}")
            texts[selector] += tuple(found)
    return PageState(url=page.url, texts=texts)


def _read_texts(frame: Frame, selectors: Sequence[str], *, timeout: float) -> list[Any]:
    try:
        found: list[Any] = evaluate(frame, _READ_TEXTS, selectors, timeout=timeout)
    except PlaywrightTimeout:
        # A page that does not answer holds nothing, as far as anybody can see.
        return [[] for _ in selectors]
    return found
