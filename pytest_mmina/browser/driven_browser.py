"""A browser that the agent drives itself: one Chromium per episode, which clients can connect to over CDP.

All its pages belong to one profile, which uses the proxy of the hermetic web. So everything that a client opens,
including popups and new tabs, is confined and observed.
"""

import asyncio
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.async_api import Page as AsyncPage
from playwright.async_api import async_playwright
from playwright.sync_api import BrowserContext, BrowserType, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.core.errors import BrowserError

_PORT_FILE = "DevToolsActivePort"
_LONGEST_WAIT = 2.0


class Profile:
    """Opens the contexts of driven episodes.

    Each context has a profile folder of its own, which is removed when the next one is opened.
    """

    def __init__(self, browser_type: BrowserType, launch: Mapping[str, Any]) -> None:
        self._browser_type, self._launch = browser_type, dict(launch)
        self._folder: Path | None = None

    def open(self, **arguments: Any) -> BrowserContext:
        """Launch a browser and return its default context; raises BrowserError if it does not start."""
        self.remove()
        self._folder = Path(tempfile.mkdtemp(prefix="mmina-driven-"))
        login = arguments.pop("storage_state", None)
        flags = [*self._launch.get("args", []), "--remote-debugging-port=0"]
        try:
            context = self._browser_type.launch_persistent_context(
                self._folder, **{**self._launch, "args": flags}, **arguments
            )
            if login:
                _log_in(context, Path(login))
        except PlaywrightError as error:
            raise BrowserError(f"the browser to drive did not start: {error.message.splitlines()[0]}") from None
        return context

    @property
    def cdp_url(self) -> str:
        """The address that CDP clients connect to; raises BrowserError if the browser has none."""
        assert self._folder is not None, "open() comes first"
        try:
            port = (self._folder / _PORT_FILE).read_text(encoding="ascii").split()[0]
        except (OSError, IndexError):
            raise BrowserError("the browser opened no port for CDP clients, which only Chromium does") from None
        return f"http://127.0.0.1:{port}"

    def remove(self) -> None:
        """Remove the profile folder."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


class BrowserConnection:
    """What a driver gets: the address of the episode's browser, and Playwright pages connected to it.

    `before_close` returns when what happened so far has been seen: a client that closes takes its downloads with it.
    """

    def __init__(self, cdp_url: str, before_close: Callable[[], None] = lambda: None) -> None:
        self.cdp_url, self._before_close = cdp_url, before_close

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Connect with Playwright's synchronous API, for use in the calling thread, and yield the first page."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.connect_over_cdp(self.cdp_url)
            yield browser.contexts[0].pages[0]
            self._before_close()

    @asynccontextmanager
    async def async_page(self) -> AsyncIterator[AsyncPage]:
        """Connect with Playwright's asynchronous API, and yield the first page."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(self.cdp_url)
            yield browser.contexts[0].pages[0]
            await asyncio.to_thread(self._before_close)


class DrivenPlaywrightBrowser(PlaywrightBrowser):
    """A PlaywrightBrowser that observes while a driver acts; `profile` opens its contexts."""

    def __init__(self, profile: Profile, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._profile = profile
        self._count_before = 0
        self._watches = 0
        self._watched = threading.Condition()

    @property
    def connection(self) -> BrowserConnection:
        """The connection that the driver uses."""
        return BrowserConnection(self._profile.cdp_url, self._wait_for_downloads)

    def reset(self, start_urls: Sequence[str]) -> None:
        """Open the start pages, and close the empty page that the browser started with."""
        super().reset(start_urls)
        pages = self._opened()
        with suppress(PlaywrightError):
            for page in pages.context.pages:
                if page not in pages.open:
                    page.close()

    def watch(self, *, seconds: float) -> bool:
        """Receive events for some seconds; return whether pages navigated or sent requests since the last call."""
        pages = self._opened()
        pages.downloads.counts = True
        with suppress(PlaywrightError):
            pages.current.wait_for_timeout(seconds * 1000)
        self._raise_if_dead()
        with self._watched:
            self._watches += 1
            self._watched.notify_all()
        before, self._count_before = self._count_before, pages.request_count + pages.navigation_count
        return self._count_before != before

    def _wait_for_downloads(self) -> None:
        """Wait, in the driver's thread, until the downloads that it began have been seen and have ended."""
        if not self._wants_downloads:
            return
        with self._watched:
            # The watch that goes on may have begun before the download did.
            enough = self._watches + 2
            self._watched.wait_for(lambda: self._watches >= enough, _LONGEST_WAIT)

    def close(self) -> None:
        """Close the browser and remove its profile."""
        super().close()
        self._profile.remove()


def _log_in(context: BrowserContext, state: Path) -> None:
    """Load a stored login into an existing context; raises BrowserError if Playwright is too old for that."""
    if not hasattr(context, "set_storage_state"):
        raise BrowserError("driving a task with a login (storage_state) needs Playwright 1.59 or newer")
    context.set_storage_state(state)
