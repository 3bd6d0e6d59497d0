"""Mouse and keyboard where no element is named: points of the viewport, and what has the focus."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, Position

from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.references import ENGINE
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action


def responds(page: Page, *, timeout: float) -> None:
    """Return once a page answers; raises Playwright's TimeoutError after `timeout` seconds."""
    page.locator(":root").get_attribute("lang", timeout=timeout * 1000)


class Pointer:
    """The input devices of the current page; `timeout` is in seconds.

    The mouse itself knows no time limit, and would wait for ever where a script is busy. So the root element is clicked
    at the point instead, which sends the same events.
    """

    def __init__(self, pages: Pages, *, timeout: float) -> None:
        self._pages, self._timeout = pages, timeout

    def click(self, point: tuple[float, float], action: Action, *, timeout: float) -> None:
        """Click a point as an action says, within `timeout` milliseconds."""
        self._root.click(
            position=self._on_root(point),
            force=True,
            button=action.button,
            modifiers=action.modifiers or None,
            click_count=2 if action.double else 1,
            timeout=timeout,
        )

    def click_at_once(self, point: tuple[float, float], action: Action, *, timeout: float) -> None:
        """Click a point of a page that has just answered; a script that is then busy for `timeout` seconds is stopped.

        What the click sets off is not waited for.
        """
        page = self._pages.current
        with self._pages.interrupts.after(page, timeout):
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

    def raw(self, do: Callable[[], object]) -> None:
        """Do what has no time limit of its own."""
        page = self._pages.current
        # A page that hangs already would not even be reached by an interrupt in time.
        responds(page, timeout=self._timeout)
        with self._pages.interrupts.after(page, self._timeout):
            do()

    def middle_of(self, element: Locator) -> tuple[float, float]:
        """The point in the middle of an element, which is brought into view."""
        element.scroll_into_view_if_needed(timeout=self._timeout * 1000)
        box = element.bounding_box(timeout=self._timeout * 1000)
        if box is None:
            raise ActionFailed("the element is not visible")
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def wait_for_frames(self) -> None:
        """Wait until the page has been drawn anew."""
        limit = self._timeout * 1000
        # Playwright calls stable what two frames in a row show at the same place.
        self._root.element_handle(timeout=limit).wait_for_element_state("stable", timeout=limit)

    def focused(self) -> Locator:
        """The element that has the focus, or the document's."""
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
            raise ActionFailed("the page shows nothing")
        return {"x": x - box["x"], "y": y - box["y"]}
