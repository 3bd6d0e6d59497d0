"""Downloads: they are stored in the episode's folder under safe names, and reported to the agent as events."""

import re
import time
from collections.abc import Callable
from errno import ENOENT
from pathlib import Path
from shutil import copyfile
from urllib.parse import urlsplit

from playwright.sync_api import Download, Page
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.file_reading.limits import ReadingLimits
from pytest_mmina.browser.file_reading.reading import read_file
from pytest_mmina.core.language.files import DownloadedFile, FileContent

_UNIQUE_NAME = re.compile(r"[0-9a-f-]{36}")
_LONGEST_NAME = 60
_LONGEST_URL = 2000
# Of one episode: what a page downloads again and again is read only so often.
_MOST_FILES, _MOST_CHARACTERS_OF_ALL, _LONGEST_READING = 50, 2_000_000, 60.0
_MOST_CHARACTERS = ReadingLimits().characters
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Downloads:
    """The downloads of one episode. Without a folder, they are refused.

    `served` says whether a site answered an address with success in this episode. `started` is the number of downloads
    so far. `counts` becomes true when the agent acts for the first time: what a page downloads before is nobody's work.
    """

    def __init__(self, folder: Path | None, served: Callable[[str], bool] = lambda url: True) -> None:
        self._folder, self._served = folder, served
        self.started = 0
        self.counts = False
        self._in_progress: list[Download] = []
        self._events: list[str] = []
        self._names: set[str] = set()
        self._ended: list[DownloadedFile] = []
        self._files_left, self._seconds_left = _MOST_FILES, _LONGEST_READING
        self._characters_left = _MOST_CHARACTERS_OF_ALL

    @property
    def has_unreported(self) -> bool:
        """Whether a download is in progress or has not been reported as an event."""
        return bool(self._in_progress or self._events)

    def watch(self, page: Page) -> None:
        """Store the downloads of a page."""
        page.on("download", self._on_download)

    def wait(self, page: Page, *, at_most: float) -> None:
        """Wait until no download is in progress, for at most `at_most` seconds.

        A download that takes longer is reported when it is complete.
        """
        deadline = time.monotonic() + at_most
        while self._in_progress and time.monotonic() < deadline:
            # Playwright has no event for the end of a download. The handler waits for it, without a time limit.
            page.wait_for_timeout(5)

    def take_events(self) -> tuple[str, ...]:
        """Return the events since the last call."""
        events, self._events = tuple(self._events), []
        return events

    def take_ended(self, *, contents: bool) -> tuple[DownloadedFile, ...]:
        """Return the files whose downloads have ended since the last call, with their contents if they are wanted."""
        ended, self._ended = self._ended, []
        return tuple(self._read(file, contents=contents) for file in ended)

    def _on_download(self, download: Download) -> None:
        self.started += 1
        name = safe_name(download.suggested_filename)
        kept_name, counts = self._unique_name(name), self.counts
        failure, size = "", 0
        try:
            if self._folder is None:
                download.cancel()
                self._events.append(f"the page offered the file {kept_name!r}; downloads are not kept here")
                self._note(download, name, kept_name, problem="downloads are not kept here")
                return
            self._in_progress.append(download)
            # Each handler runs in a greenlet of its own, so waiting here does not block the page.
            failure = download.failure() or ""
            if not failure:
                self._folder.mkdir(parents=True, exist_ok=True)
                _keep(download, self._folder / kept_name)
                size = (self._folder / kept_name).stat().st_size
            self._events.append(
                f"the download of {kept_name!r} failed: {failure}"
                if failure
                else f"downloaded {kept_name!r}, {size} bytes"
            )
            problem = f"the download failed: {failure}" if failure else ""
            if not counts:
                problem = problem or "the page began the download by itself, before the agent did anything"
            self._note(download, name, kept_name, problem=problem, size=size)
        except PlaywrightError:
            # The episode ended during the download.
            return
        except OSError as error:
            self._events.append(f"the download of {kept_name!r} could not be kept: {error.strerror}")
            self._note(download, name, kept_name, problem=f"it could not be kept: {error.strerror}")
        finally:
            if download in self._in_progress:
                self._in_progress.remove(download)

    def _note(self, download: Download, name: str, kept_name: str, *, problem: str, size: int = 0) -> None:
        url, page = download.url, download.page.url
        made_by_page = not url.startswith(("http://", "https://"))
        if not made_by_page and not problem and not self._served(url):
            # A client that drives the browser can answer a request itself.
            problem = "its site did not answer this address with success"
        is_data = url.startswith("data:")
        origin = _origin_of(page if is_data else url)
        url = (url.partition(",")[0] if is_data else url)[:_LONGEST_URL]
        file = DownloadedFile(name=name, file=kept_name, url=url, origin=origin, size=size, problem=problem)
        self._ended.append(file)

    def _read(self, file: DownloadedFile, *, contents: bool) -> DownloadedFile:
        """Return a file with what it is, and with what is in it."""
        if file.problem or self._folder is None:
            return file
        self._files_left -= 1
        if self._files_left < 0 or self._seconds_left <= 0 or self._characters_left <= 0:
            problem = "the files of this episode are too many or too large to read all of them"
            return file.model_copy(update={"content": FileContent(problem=problem)})
        began, path = time.monotonic(), self._folder / file.file
        limits = ReadingLimits(characters=min(self._characters_left, _MOST_CHARACTERS))
        try:
            found = read_file(path, name=file.name, contents=contents, limits=limits)
        except OSError as error:
            # Somebody has removed it, for example the agent that it was for.
            return file.model_copy(update={"problem": f"it cannot be opened: {error.strerror}"})
        self._seconds_left -= time.monotonic() - began
        self._characters_left -= found.content.length if found.content is not None else 0
        return file.model_copy(update={"type": found.type, "sha256": found.sha256, "content": found.content})

    def _unique_name(self, name: str) -> str:
        stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
        number, unique = 1, name
        while unique.lower() in self._names:
            number += 1
            unique = f"{stem}-{number}{dot}{suffix}"
        self._names.add(unique.lower())
        return unique


def _keep(download: Download, file: Path) -> None:
    """Copy a file that was downloaded; raises OSError if it is not where the browser was told to store it."""
    try:
        download.save_as(file)
    except PlaywrightError:
        # Another client that connects to the browser tells it another folder. Playwright's have such names.
        place = Path(download.path())
        if place.exists():
            raise
        others = place.parent.parent.glob(f"playwright-artifacts-*/{place.name}")
        found = next(others, None) if _UNIQUE_NAME.fullmatch(place.name) else None
        if found is None:
            told = "the client that drives the browser keeps its downloads elsewhere"
            raise FileNotFoundError(ENOENT, told) from None
        copyfile(found, file)


def _origin_of(url: str) -> str:
    """Return scheme and host of an address, or of the page that made it (`blob:`); "" if it has none."""
    try:
        parts = urlsplit(url.removeprefix("blob:"))
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else ""


def safe_name(suggested: str) -> str:
    """Return a safe file name for the name that a server suggests.

    It has no folder, it is not hidden, and every common file system accepts it.
    """
    name = re.sub(r"[^\w.()+ -]", "_", re.split(r"[/\\]", suggested)[-1]).strip(" .")
    if len(name) > _LONGEST_NAME:
        suffix = name[name.rfind(".") :] if "." in name[-12:] else ""
        name = name[: _LONGEST_NAME - len(suffix)] + suffix
    return f"_{name}" if not name or _RESERVED.fullmatch(name) else name
