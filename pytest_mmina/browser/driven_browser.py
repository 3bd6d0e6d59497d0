"""A browser that the agent drives itself: one Chromium an episode, that others can take hold of over CDP.

All its pages lie in one profile whose proxy is the hermetic web's: whatever a client opens there, popups and new tabs
included, is confined and seen.
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
    """Opens the contexts of driven episodes, each in a profile folder of its own that goes when the next one comes."""

    def __init__(self, browser_type: BrowserType, launch: Mapping[str, Any]) -> None:
        self._browser_type, self._launch = browser_type, dict(launch)
        self._folder: Path | None = None

    def open(self, **arguments: Any) -> BrowserContext:
        """Launch a browser whose one context is its default one; raises BrowserError if it does not come up."""
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
            raise BrowserError(f"no browser to drive: {error.message.splitlines()[0]}") from None
        return context

    @property
    def cdp_url(self) -> str:
        """Where the browser answers."""
        assert self._folder is not None, "it was opened"
        try:
            port = (self._folder / _PORT_FILE).read_text(encoding="ascii").split()[0]
        except (OSError, IndexError):
            raise BrowserError("the browser opened no port to be driven by; only a Chromium has one") from None
        return f"http://127.0.0.1:{port}"

    def remove(self) -> None:
        """Remove the folder."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


class BrowserConnection:
    """The browser of an episode, for whoever drives it."""

    def __init__(self, cdp_url: str) -> None:
        self.cdp_url = cdp_url

    @contextmanager
    def page(self) -> Iterator[Page]:
        """The current page of Playwright's synchronous API, in the thread that asks."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.connect_over_cdp(self.cdp_url)
            yield browser.contexts[0].pages[0]

    @asynccontextmanager
    async def async_page(self) -> AsyncIterator[AsyncPage]:
        """The current page of Playwright's asynchronous API."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(self.cdp_url)
            yield browser.contexts[0].pages[0]


class DrivenPlaywrightBrowser(PlaywrightBrowser):
    """A PlaywrightBrowser that looks on while somebody else drives; its contexts come from `profile`."""

    def __init__(self, profile: Profile, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._profile = profile
        self._seen = 0

    @property
    def connection(self) -> BrowserConnection:
        """How to take hold of it."""
        return BrowserConnection(self._profile.cdp_url)

    def reset(self, start_urls: Sequence[str]) -> None:
        """Open the start pages; the empty one that the browser came with is closed."""
        super().reset(start_urls)
        pages = self._opened()
        with suppress(PlaywrightError):
            for page in pages.context.pages:
                if page not in pages.open:
                    page.close()

    def watch(self, *, seconds: float) -> bool:
        """Let events come in for a time; says whether anything was opened or asked for since the last call."""
        pages = self._opened()
        with suppress(PlaywrightError):
            pages.current.wait_for_timeout(seconds * 1000)
        self._raise_if_dead()
        before, self._seen = self._seen, pages.asked + pages.moved
        return self._seen != before

    def close(self) -> None:
        """Close the browser, and remove its profile."""
        super().close()
        self._profile.remove()


def _log_in(context: BrowserContext, state: Path) -> None:
    """Bring a stored login into a context that is there already."""
    if not hasattr(context, "set_storage_state"):
        raise BrowserError("a task with a login (storage_state) can be driven with Playwright 1.59 or newer")
    context.set_storage_state(state)
