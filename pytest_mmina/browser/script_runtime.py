"""Repeats a recorded run. This script was written by `mmina export --as script`.

It needs only Playwright (pip install playwright). A run in the hermetic web also needs that web: `mmina serve` prints
the address for --proxy. The script judges nothing: it repeats the steps, and reports which ones no longer work.
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import BrowserContext, Dialog, Locator, Page, ProxySettings, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

PATIENCE = 10.0
"""How many seconds to wait for an element, and for the address after a step."""

Point = tuple[float, float]


class Run:
    """The browser in which a recorded run is repeated: its current page, and the actions there."""

    def __init__(self, context: BrowserContext, *, files: Path) -> None:
        self._context, self._files = context, files
        self._open: list[Page] = []
        self._recent: list[Page] = []
        context.on("page", self._on_page)
        context.on("dialog", _accept)

    @property
    def page(self) -> Page:
        """The page that was opened or focused last."""
        return self._recent[-1] if self._recent else self._context.new_page()

    def step(self, number: int, action: str, do: Callable[[Page], object], *, then: str = "", failed: str = "") -> None:
        """Do a step, and wait until the page is at the address `then`.

        `failed` is the reason if the step failed in the recording. If it did not, but fails now, the script exits.
        """
        print(f"{number:>3}  {action}")
        try:
            do(self.page)
        except PlaywrightError as error:
            print(f"     cannot be done: {error.message.splitlines()[0]}")
            if not failed:
                sys.exit(1)
        if failed:
            print(f"     it failed in the recording: {failed}")
        if then:
            self._arrive(then)

    def find(self, role: str, name: str, position: int = 1) -> Locator:
        """Wait for an element with this role and name, and return the one at `position` in the page and its frames."""
        deadline = time.monotonic() + PATIENCE
        while True:
            left = position
            for frame in self.page.frames:
                found = frame.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
                count = found.count()
                if left <= count:
                    return found.nth(left - 1)
                left -= count
            if time.monotonic() > deadline:
                raise PlaywrightError(f"there is no {role} {name!r} number {position} on {self.page.url}")
            self.page.wait_for_timeout(20)

    def fill(self, element: Locator, text: str, *, enter: bool = False) -> None:
        """Replace the text of a field, or select an option of a list."""
        if element.evaluate("element => element.localName") == "select":
            element.select_option(label=text)
            return
        element.fill(text)
        if enter:
            element.press("Enter")

    def upload(self, element: Locator, names: Sequence[str]) -> None:
        """Choose files in the folder --files, by their names without a path."""
        files = [self._files / Path(name).name for name in names]
        with self.page.expect_file_chooser() as chooser:
            element.click()
        chooser.value.set_files(files)

    def middle(self, element: Locator) -> Point:
        """Scroll an element into view and return the point in its middle."""
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        if box is None:
            raise PlaywrightError("the element is not visible")
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, start: Point, end: Point) -> None:
        """Drag from one point to another."""
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move(*end, steps=5)
        mouse.up()

    def scroll(self, right: int, down: int) -> None:
        """Scroll by a number of viewports."""
        self.page.evaluate("([right, down]) => scrollBy(right * innerWidth, down * innerHeight)", [right, down])

    def focus(self, tab: int) -> None:
        """Make a tab the current one."""
        page = self._open[tab]
        self._recent = [*(other for other in self._recent if other is not page), page]
        page.bring_to_front()

    def _arrive(self, url: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.page.url != url and time.monotonic() < deadline:
            self.page.wait_for_timeout(20)
        if self.page.url != url:
            print(f"     the page is at {self.page.url!r}, but in the recording it was at {url!r}")
        try:
            self.page.wait_for_load_state(timeout=PATIENCE * 1000)
        except PlaywrightTimeout:
            print("     the page is still loading")

    def _on_page(self, page: Page) -> None:
        self._open.append(page)
        self._recent.append(page)
        page.on("close", self._on_close)

    def _on_close(self, page: Page) -> None:
        self._open.remove(page)
        self._recent.remove(page)


def secret() -> str:
    """Return the password from the environment, because recordings contain no passwords."""
    if "MMINA_SECRET" not in os.environ:
        sys.exit("this step types a password, which is not in the recording: set the variable MMINA_SECRET to it")
    return os.environ["MMINA_SECRET"]


def _accept(dialog: Dialog) -> None:
    dialog.accept(dialog.default_value) if dialog.type == "prompt" else dialog.accept()


def main(steps: Callable[[Run], None], *, start_urls: Sequence[str]) -> None:
    """Open the start pages in Chromium, and do the steps."""
    parser = argparse.ArgumentParser(description="Repeat a recorded run.")
    web = parser.add_mutually_exclusive_group(required=True)
    web.add_argument("--proxy", metavar="URL", help="the hermetic web, as `mmina serve` prints it")
    web.add_argument("--live", action="store_true", help="the sites themselves")
    parser.add_argument("--headed", action="store_true", help="show the browser")
    parser.add_argument("--chromium", default=shutil.which("chromium-headless-shell"), metavar="FILE")
    parser.add_argument("--files", type=Path, default=Path.cwd(), metavar="DIR", help="folder with files to upload")
    options = parser.parse_args()
    proxy: ProxySettings | None = {"server": options.proxy, "bypass": "<-loopback>"} if options.proxy else None
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            headless=not options.headed,
            executable_path=None if options.headed else options.chromium,
            args=["--no-sandbox"] if is_root else [],
        )
        context = browser.new_context(
            proxy=proxy,
            # The hermetic web has one certificate for all hosts.
            ignore_https_errors=bool(options.proxy),
            locale="en-US",
            timezone_id="UTC",
            reduced_motion="reduce",
        )
        if options.proxy:
            # The sites of the hermetic web always have this date.
            context.clock.set_fixed_time("2025-03-03T09:00:00Z")
        run = Run(context, files=options.files)
        for url in start_urls:
            context.new_page().goto(url, wait_until="commit")
        if len(start_urls) > 1:
            run.focus(0)
        steps(run)
        browser.close()
