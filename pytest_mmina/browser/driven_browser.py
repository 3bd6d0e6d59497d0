"""A browser that the agent drives itself: one Chromium per episode, which clients can connect to over CDP.

All its pages belong to one profile, which uses the proxy of the hermetic web. So everything that a client opens,
including popups and new tabs, is confined and observed.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
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
    """What a driver gets: the address of the episode's browser, and Playwright pages connected to it."""

    def __init__(self, cdp_url: str) -> None:
        self.cdp_url = cdp_url

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Connect with Playwright's synchronous API, for use in the calling thread, and yield the first page."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.connect_over_cdp(self.cdp_url)
            yield browser.contexts[0].pages[0]

    @asynccontextmanager
    async def async_page(self) -> AsyncIterator[AsyncPage]:
        """Connect with Playwright's asynchronous API, and yield the first page."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(self.cdp_url)
            yield browser.contexts[0].pages[0]


class DrivenPlaywrightBrowser(PlaywrightBrowser):
    """A PlaywrightBrowser that observes while a driver acts; `profile` opens its contexts."""

    def __init__(self, profile: Profile, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._profile = profile
        self._count_before = 0

    @property
    def connection(self) -> BrowserConnection:
        """The connection that the driver uses."""
        return BrowserConnection(self._profile.cdp_url)

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
        before, self._count_before = self._count_before, pages.request_count + pages.navigation_count
        return self._count_before != before

    def close(self) -> None:
        """Close the browser and remove its profile."""
        super().close()
        self._profile.remove()


def _log_in(context: BrowserContext, state: Path) -> None:
    """Load a stored login into an existing context; raises BrowserError if Playwright is too old for that."""
    if not hasattr(context, "set_storage_state"):
        raise BrowserError("driving a task with a login (storage_state) needs Playwright 1.59 or newer")
    context.set_storage_state(state)
