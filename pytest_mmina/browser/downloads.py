"""Downloads: kept in the episode's folder under names that are safe there, and told to the agent."""

import re
import time
from pathlib import Path

from playwright.sync_api import Download, Page
from playwright.sync_api import Error as PlaywrightError

_LONGEST_NAME = 60
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Downloads:
    """What the pages of one episode download; without a folder, it is refused. `begun` counts them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.begun = 0
        self._under_way: list[Download] = []
        self._told: list[str] = []
        self._names: set[str] = set()

    @property
    def has_news(self) -> bool:
        """Whether something was downloaded, or is about to be, that nobody was told of."""
        return bool(self._under_way or self._told)

    def watch(self, page: Page) -> None:
        """Keep what a page downloads."""
        page.on("download", self._on_download)

    def wait(self, page: Page, *, at_most: float) -> None:
        """Wait for what is under way, `at_most` seconds; what takes longer is told when it is there."""
        deadline = time.monotonic() + at_most
        while self._under_way and time.monotonic() < deadline:
            # Playwright tells of no end of a download; waiting for one without a limit is left to the handler.
            page.wait_for_timeout(5)

    def take_events(self) -> tuple[str, ...]:
        """Hand over what happened since the last call."""
        told, self._told = tuple(self._told), []
        return told

    def _on_download(self, download: Download) -> None:
        self.begun += 1
        name = self._own_name(safe_name(download.suggested_filename))
        try:
            if self._folder is None:
                download.cancel()
                self._told.append(f"the page offered the file {name!r}; downloads are not kept here")
                return
            self._under_way.append(download)
            # Each handler waits aside: the page goes on meanwhile.
            failure = download.failure()
            if failure is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                download.save_as(self._folder / name)
            self._told.append(
                f"the download of {name!r} failed: {failure}"
                if failure
                else f"downloaded {name!r}, {(self._folder / name).stat().st_size} bytes"
            )
        except PlaywrightError:
            # The episode has ended under it.
            return
        except OSError as error:
            self._told.append(f"the download of {name!r} could not be kept: {error.strerror}")
        finally:
            if download in self._under_way:
                self._under_way.remove(download)

    def _own_name(self, name: str) -> str:
        stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
        number, own = 1, name
        while own.lower() in self._names:
            number += 1
            own = f"{stem}-{number}{dot}{suffix}"
        self._names.add(own.lower())
        return own


def safe_name(suggested: str) -> str:
    """A file name made of what a server suggested: no folder, nothing hidden, nothing that a file system minds."""
    name = re.sub(r"[^\w.()+ -]", "_", re.split(r"[/\\]", suggested)[-1]).strip(" .")
    if len(name) > _LONGEST_NAME:
        suffix = name[name.rfind(".") :] if "." in name[-12:] else ""
        name = name[: _LONGEST_NAME - len(suffix)] + suffix
    return f"_{name}" if not name or _RESERVED.fullmatch(name) else name
