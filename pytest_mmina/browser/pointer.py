"""Mouse and keyboard input without a named element: on points of the viewport, and on the focused element."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, Position

from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.references import ENGINE
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action


def wait_for_answer(page: Page, *, timeout: float) -> None:
    """Return as soon as a page answers; raises Playwright's TimeoutError after `timeout` seconds."""
    page.locator(":root").get_attribute("lang", timeout=timeout * 1000)


class Pointer:
    """The input devices of the current page; `timeout` is in seconds.

    Playwright's mouse has no time limit and would wait forever if a script is busy. So the root element is clicked at
    the point instead, which sends the same events.
    """

    def __init__(self, pages: Pages, *, timeout: float) -> None:
        self._pages, self._timeout = pages, timeout

    def click(self, point: tuple[float, float], action: Action, *, timeout: float) -> None:
        """Click a point with the button, modifiers and count of an action, within `timeout` milliseconds."""
        self._root.click(
            position=self._on_root(point),
            force=True,
            button=action.button,
            modifiers=action.modifiers or None,
            click_count=2 if action.double else 1,
            timeout=timeout,
        )

    def click_at_once(self, point: tuple[float, float], action: Action, *, timeout: float) -> None:
        """Click a point of a page that has just answered. If its script is then busy for `timeout` seconds, stop it.

        This does not wait for the effects of the click.
        """
        page = self._pages.current
        with self._pages.interrupts.stop_after(page, timeout):
            page.mouse.click(*point, button=action.button, click_count=2 if action.double else 1)

    def hover(self, point: tuple[float, float]) -> None:
        """Move the mouse to a point."""
        self._root.hover(position=self._on_root(point), force=True, timeout=self._timeout * 1000)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag from one point to another."""
        root = self._root
        root.drag_to(
            root,
            source_position=self._on_root(start),
            target_position=self._on_root(end),
            force=True,
            timeout=self._timeout * 1000,
        )

    def send(self, do: Callable[[], object]) -> None:
        """Send input that has no time limit of its own, and stop the page's script if that takes too long."""
        page = self._pages.current
        # An interrupt would come too late for a page that hangs already.
        wait_for_answer(page, timeout=self._timeout)
        with self._pages.interrupts.stop_after(page, self._timeout):
            do()

    def middle_of(self, element: Locator) -> tuple[float, float]:
        """Scroll an element into view and return the point in its middle."""
        element.scroll_into_view_if_needed(timeout=self._timeout * 1000)
        box = element.bounding_box(timeout=self._timeout * 1000)
        if box is None:
            raise ActionFailed("the element is not visible")
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def wait_for_frames(self) -> None:
        """Wait until the page has been drawn again."""
        limit = self._timeout * 1000
        # For Playwright, an element is stable if it is at the same place in two consecutive frames.
        self._root.element_handle(timeout=limit).wait_for_element_state("stable", timeout=limit)

    def focused(self) -> Locator:
        """Return the element that has the focus, or the root element of the document if none has."""
        return self._pages.current.locator(f"{ENGINE}=focus")

    @property
    def _root(self) -> Locator:
        return self._pages.current.locator(":root")

    def _on_root(self, point: tuple[float, float]) -> Position:
        x, y = point
        size = self._pages.current.viewport_size
        width, height = (size["width"], size["height"]) if size else (x + 1, y + 1)
        if not (0 <= x < width and 0 <= y < height):
            raise ActionFailed(f"the point {x:g}, {y:g} is outside the viewport, which is {width} by {height}")
        box = self._root.bounding_box(timeout=self._timeout * 1000)
        if box is None:
            raise ActionFailed("the page is empty: its root element has no box")
        return {"x": x - box["x"], "y": y - box["y"]}
