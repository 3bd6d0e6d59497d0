"""What is read when the agent has stopped: expressions and pictures, on its page and on other pages of its context."""

import html
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from urllib.parse import urljoin

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser.evaluate_within import evaluate
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.picture_similarity import picture_similarity
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.core.tasks.checks import picture_kind
from pytest_mmina.core.tasks.end_readings import LAST, Reading, ReadingResults
from pytest_mmina.core.tasks.page_functions import PREFIX

# If an expression fails or finds nothing, its text is empty, as in the original benchmarks.
_EVALUATE = """async argument => {
  let found;
  try { found = await (%s)(...argument); } catch (error) { return ""; }
  if (found === null || found === undefined) return "";
  return typeof found === "object" ? JSON.stringify(found) : String(found);
}"""
_PICTURE_ADDRESSES = """selector => Array.from(document.querySelectorAll(selector))
  .flatMap(node => node.tagName === "IMG" ? [node] : Array.from(node.querySelectorAll("img")))
  .map(image => image.currentSrc || image.src).filter(Boolean)"""
_MOST_PICTURES = 50
_MOST_SHOWN = 10
_ATTEMPTS = 3


class EndReader:
    """Reads the page where the agent stopped, and opens other pages beside it; times are in seconds.

    `hangs` is true if a page did not answer in time.
    """

    def __init__(
        self,
        pages: Pages,
        *,
        serves: Callable[[str], bool],
        settle: Callable[[Pages], None],
        timeout: float,
        load: float,
    ) -> None:
        self._pages, self._serves, self._settle = pages, serves, settle
        self._timeout, self._load = timeout, load
        self.hangs = False

    def read(self, readings: Iterable[Reading]) -> ReadingResults:
        """Return the texts and pictures of all readings, those of the agent's own page first.

        Raises BrowserError if a page is not part of the web, or if no picture to compare with can be loaded.
        """
        own = self._pages.current
        last_url = own.url
        found = ReadingResults({}, {})
        by_address: dict[str, list[Reading]] = {}
        for reading in sorted(readings, key=lambda reading: reading.key):
            address = "" if reading.url == LAST else reading.address(last_url)
            if reading.url.startswith(PREFIX) and not self._serves(address):
                # The address is made from the agent's own, and the agent stopped at a place that has no such page.
                found.texts[reading.key] = ""
            else:
                by_address.setdefault(address, []).append(reading)
        for address, group in sorted(by_address.items()):
            with self._open(address, own) as page:
                # Readings that change the page come last, so that they do not affect the others.
                for reading in sorted(group, key=lambda reading: len(reading.before)):
                    if reading.shows_pictures:
                        pictures = tuple(islice(filter(picture_kind, self._pictures(reading, page)), _MOST_SHOWN))
                        found.pictures[reading.key] = pictures
                        found.texts[reading.key] = " ".join(sha256(picture).hexdigest() for picture in pictures)
                    else:
                        found.texts[reading.key] = self._read(reading, page)
        return found

    @contextmanager
    def _open(self, address: str, own: Page) -> Iterator[Page]:
        if not address:
            yield own
            return
        if not self._serves(address):
            raise BrowserError(f"the page to be judged, {address}, is not part of this web")
        page = self._pages.context.new_page()
        try:
            page.goto(address, wait_until="commit", timeout=self._load * 1000)
            self._settle(self._pages)
            yield page
        finally:
            page.close()

    def _read(self, reading: Reading, page: Page) -> str:
        if reading.pictures:
            return self._read_similarity(reading, page)
        for expression in reading.before:
            self._evaluate(page, f"() => ({expression})")
        if reading.before:
            self._settle(self._pages)
        text = self._evaluate(page, reading.script, list(reading.arguments))
        return text if reading.read.strip() else html.unescape(text)

    def _evaluate(self, page: Page, script: str, arguments: list[object] | None = None) -> str:
        for attempts_left in reversed(range(_ATTEMPTS)):
            try:
                return str(evaluate(page.main_frame, _EVALUATE % script, arguments or [], timeout=self._timeout))
            except PlaywrightTimeout:
                self.hangs = True
                return ""
            except PlaywrightError as error:
                # An expression that is not valid JavaScript finds nothing.
                if "SyntaxError" in str(error):
                    return ""
                # The page navigated or closed while it was read. Another page is current now, so try again.
                if not attempts_left:
                    raise
                self._settle(self._pages)
        raise AssertionError("the last attempt returns or raises")

    def _read_similarity(self, reading: Reading, page: Page) -> str:
        pictures = list(self._pictures(reading, page))
        expected = [self._download(address) for address in reading.pictures]
        if not any(expected):
            raise BrowserError(f"the picture to compare with, {reading.pictures[0]}, cannot be loaded")
        similarities = [picture_similarity(one, other) for one in pictures for other in expected if one and other]
        return f"{max(similarities):.6f}" if similarities else ""

    def _pictures(self, reading: Reading, page: Page) -> Iterator[bytes]:
        addresses = evaluate(page.main_frame, _PICTURE_ADDRESSES, reading.read, timeout=self._timeout)[:_MOST_PICTURES]
        for address in dict.fromkeys(addresses):
            yield self._download(urljoin(page.url, address))

    def _download(self, address: str) -> bytes:
        if not self._serves(address):
            return b""
        page = self._pages.context.new_page()
        try:
            response = page.goto(address, timeout=self._load * 1000)
            return response.body() if response is not None and response.ok else b""
        except PlaywrightError:
            return b""
        finally:
            page.close()
