"""Downloads: they are stored in the episode's folder under safe names, and reported to the agent as events."""

import re
import time
from pathlib import Path

from playwright.sync_api import Download, Page
from playwright.sync_api import Error as PlaywrightError

_LONGEST_NAME = 60
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Downloads:
    """The downloads of one episode. Without a folder, they are refused.

    `started` is the number of downloads so far.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.started = 0
        self._in_progress: list[Download] = []
        self._events: list[str] = []
        self._names: set[str] = set()

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

    def _on_download(self, download: Download) -> None:
        self.started += 1
        name = self._unique_name(safe_name(download.suggested_filename))
        try:
            if self._folder is None:
                download.cancel()
                self._events.append(f"the page offered the file {name!r}; downloads are not kept here")
                return
            self._in_progress.append(download)
            # Each handler runs in a greenlet of its own, so waiting here does not block the page.
            failure = download.failure()
            if failure is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                download.save_as(self._folder / name)
            self._events.append(
                f"the download of {name!r} failed: {failure}"
                if failure
                else f"downloaded {name!r}, {(self._folder / name).stat().st_size} bytes"
            )
        except PlaywrightError:
            # The episode ended during the download.
            return
        except OSError as error:
            self._events.append(f"the download of {name!r} could not be kept: {error.strerror}")
        finally:
            if download in self._in_progress:
                self._in_progress.remove(download)

    def _unique_name(self, name: str) -> str:
        stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
        number, unique = 1, name
        while unique.lower() in self._names:
            number += 1
            unique = f"{stem}-{number}{dot}{suffix}"
        self._names.add(unique.lower())
        return unique


def safe_name(suggested: str) -> str:
    """Return a safe file name for the name that a server suggests.

    It has no folder, it is not hidden, and every common file system accepts it.
    """
    name = re.sub(r"[^\w.()+ -]", "_", re.split(r"[/\\]", suggested)[-1]).strip(" .")
    if len(name) > _LONGEST_NAME:
        suffix = name[name.rfind(".") :] if "." in name[-12:] else ""
        name = name[: _LONGEST_NAME - len(suffix)] + suffix
    return f"_{name}" if not name or _RESERVED.fullmatch(name) else name
