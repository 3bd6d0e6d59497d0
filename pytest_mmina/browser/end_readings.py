"""What is read once the agent has stopped: expressions on its page and on others of its context, and pictures."""

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
from pytest_mmina.browser.likeness import likeness
from pytest_mmina.browser.pages import Pages
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.core.tasks.checks import picture_kind
from pytest_mmina.core.tasks.end_readings import LAST, Reading, ReadingResults
from pytest_mmina.core.tasks.page_functions import PREFIX

# What an expression does not find reads as nothing, as in the originals.
_READ = """async argument => {
  let found;
  try { found = await (%s)(...argument); } catch (error) { return ""; }
  if (found === null || found === undefined) return "";
  return typeof found === "object" ? JSON.stringify(found) : String(found);
}"""
_PICTURES = """selector => Array.from(document.querySelectorAll(selector))
  .flatMap(node => node.tagName === "IMG" ? [node] : Array.from(node.querySelectorAll("img")))
  .map(image => image.currentSrc || image.src).filter(Boolean)"""
_MOST_PICTURES = 50
_MOST_SHOWN = 10
_ATTEMPTS = 3


class EndReader:
    """Reads on the page where the agent stopped, and opens others beside it; times are in seconds.

    `hangs` is true once a page did not answer in time.
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
        """Read all, those of the agent's own page first; raises BrowserError."""
        own = self._pages.current
        last_url = own.url
        found = ReadingResults({}, {})
        by_address: dict[str, list[Reading]] = {}
        for reading in sorted(readings, key=lambda reading: reading.key):
            address = "" if reading.url == LAST else reading.address(last_url)
            if reading.url.startswith(PREFIX) and not self._serves(address):
                # Made of the agent's own address: it has stopped where there is nothing to be judged.
                found.texts[reading.key] = ""
            else:
                by_address.setdefault(address, []).append(reading)
        for address, group in sorted(by_address.items()):
            # What is read must not move the page that is read next.
            with self._at(address, own) as page:
                for reading in sorted(group, key=lambda reading: len(reading.before)):
                    if reading.shows_pictures:
                        pictures = tuple(islice(filter(picture_kind, self._pictures(reading, page)), _MOST_SHOWN))
                        found.pictures[reading.key] = pictures
                        found.texts[reading.key] = " ".join(sha256(picture).hexdigest() for picture in pictures)
                    else:
                        found.texts[reading.key] = self._read(reading, page)
        return found

    @contextmanager
    def _at(self, address: str, own: Page) -> Iterator[Page]:
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
            return self._read_likeness(reading, page)
        for expression in reading.before:
            self._evaluate(page, f"() => ({expression})")
        if reading.before:
            self._settle(self._pages)
        text = self._evaluate(page, reading.script, list(reading.arguments))
        return text if reading.read.strip() else html.unescape(text)

    def _evaluate(self, page: Page, script: str, arguments: list[object] | None = None) -> str:
        for attempts_left in reversed(range(_ATTEMPTS)):
            try:
                return str(evaluate(page.main_frame, _READ % script, arguments or [], timeout=self._timeout))
            except PlaywrightTimeout:
                self.hangs = True
                return ""
            except PlaywrightError as error:
                # A task's expression that is no JavaScript finds nothing.
                if "SyntaxError" in str(error):
                    return ""
                # A page that goes away while it is read leaves another.
                if not attempts_left:
                    raise
                self._settle(self._pages)
        raise AssertionError("the last attempt returns or raises")

    def _read_likeness(self, reading: Reading, page: Page) -> str:
        shown = list(self._pictures(reading, page))
        wanted = [self._bytes_of(address) for address in reading.pictures]
        if not any(wanted):
            raise BrowserError(f"the picture to compare with, {reading.pictures[0]}, cannot be had")
        alike = [likeness(one, other) for one in shown for other in wanted if one and other]
        return f"{max(alike):.6f}" if alike else ""

    def _pictures(self, reading: Reading, page: Page) -> Iterator[bytes]:
        addresses = evaluate(page.main_frame, _PICTURES, reading.read, timeout=self._timeout)[:_MOST_PICTURES]
        for address in dict.fromkeys(addresses):
            yield self._bytes_of(urljoin(page.url, address))

    def _bytes_of(self, address: str) -> bytes:
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
