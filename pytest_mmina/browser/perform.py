"""Doing an action on the current page, or saying why it cannot be done."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_never

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser.addresses import allowed_address
from pytest_mmina.browser.keyboard import key_combination
from pytest_mmina.browser.obstacles import Attempt, said, spoken
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.pointer import Pointer
from pytest_mmina.browser.references import ask, resolve
from pytest_mmina.browser.targets import described, nearest_references, reference_of
from pytest_mmina.browser.uploads import choose_files, offered_files
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action, Direction, Target
from pytest_mmina.core.language.outline import Element

# What may close the tab that it is done in.
_CLOSING = frozenset({"click", "press", "key_down", "key_up", "mouse_down", "mouse_up", "select", "check", "uncheck"})

_DIRECTIONS: dict[Direction, tuple[int, int]] = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


def perform(
    action: Action,
    pages: Pages,
    elements: Callable[[], Sequence[Element]],
    *,
    timeout: float,
    navigation_timeout: float,
    uploads: Sequence[Path] = (),
) -> None:
    """Do an action within `timeout` seconds, or open an address within `navigation_timeout`.

    `elements` gives those of the last observation, `uploads` the folders with the files that may be uploaded. What an
    action sets off is waited for when the page is observed next.

    Raises ActionFailed with the reason where the page does not allow it.
    """
    try:
        _Performance(action, pages, elements, timeout, navigation_timeout, uploads).do()
    except PlaywrightError as error:
        if isinstance(error, PlaywrightTimeout) and pages.navigating:
            # The action was done, and what it asked for is slow to come: whoever observes next will wait for it.
            return
        is_closed = "has been closed" in said(error) and not isinstance(error, PlaywrightTimeout)
        if is_closed and pages.is_connected and (action.kind in _CLOSING or action.enter):
            return  # The tab went with it, before Playwright heard that it was done.
        raise ActionFailed(f"{action}: {spoken(error)}") from None


class _Performance:
    """One action, under way."""

    def __init__(
        self,
        action: Action,
        pages: Pages,
        elements: Callable[[], Sequence[Element]],
        timeout: float,
        navigation_timeout: float,
        uploads: Sequence[Path],
    ) -> None:
        self._action, self._pages, self._elements = action, pages, elements
        self._timeout, self._navigation_timeout, self._uploads = timeout, navigation_timeout, uploads
        self._pointer = Pointer(pages, timeout=timeout)

    def do(self) -> None:
        action, page = self._action, self._pages.current
        match action.kind:
            case "click":
                self._click()
            case "hover":
                self._hover()
            case "drag":
                self._drag()
            case "mouse_down" | "mouse_up":
                self._hover()
                press_or_release = page.mouse.down if action.kind == "mouse_down" else page.mouse.up
                self._pointer.raw(lambda: press_or_release(button=action.button))
            case "type" if action.target is None:
                focused = self._pointer.focused()
                self._keep_secret(self._kind_of(focused))
                focused.type(action.text, timeout=self._timeout * 1000)
                self._press_enter()
            case "type":
                self._type()
            case "clear":
                self._try(lambda element, limit: element.clear(timeout=limit))
            case "select":
                self._try(lambda element, limit: element.select_option(list(action.values), timeout=limit))
            case "check" | "uncheck":
                is_on = action.kind == "check"
                self._point(lambda element, limit, at_once: element.set_checked(is_on, timeout=limit, force=at_once))
            case "focus":
                self._try(lambda element, limit: element.focus(timeout=limit))
            case "upload":
                self._upload()
            case "press" if action.target is not None:
                self._element().press(key_combination(action.text), timeout=self._timeout * 1000)
            case "press":
                # Unlike the keyboard's, an element's press() waits for a navigation that it sets off.
                self._pointer.focused().press(key_combination(action.text), timeout=self._timeout * 1000)
            case "key_down" | "key_up":
                keyboard, key = page.keyboard, key_combination(action.text)
                self._pointer.raw(lambda: keyboard.down(key) if action.kind == "key_down" else keyboard.up(key))
            case "scroll":
                self._scroll()
            case "wait":
                page.wait_for_timeout(action.seconds * 1000)
            case "goto":
                self._goto()
            case "new_tab":
                self._pages.context.new_page()
            case "tab_focus":
                if action.tab >= len(self._pages.open):
                    raise ActionFailed(f"{action}: there are {len(self._pages.open)} tabs, counted from 0")
                self._pages.focus(self._pages.open[action.tab])
            case "close_tab":
                with self._pages.interrupts.after(page, self._timeout):
                    page.close()
            case "go_back" | "go_forward":
                self._go()
            case "stop":
                pass
            case _:
                assert_never(action.kind)

    def _element(self, target: Target | None = None) -> Locator:
        target = target or self._action.target
        assert target is not None, "an action of this kind has a target"
        reference = self._reference(target)
        try:
            return resolve(self._pages.current, reference, timeout=self._timeout)
        except ActionFailed as failure:
            raise ActionFailed(f"{failure}{nearest_references(reference, self._elements())}") from None

    def _kind_of(self, element: Locator) -> str:
        return ask(element, {"do": "kind"}, timeout=self._timeout)

    def _try(self, do: Callable[[Locator, float], object], *, values: Sequence[str] = ()) -> None:
        element = self._element()
        attempt = Attempt(self._pages, element, timeout=self._timeout)
        attempt.make(lambda limit: do(element, limit), self._action, self._name, values=values or self._action.values)

    @property
    def _at(self) -> tuple[float, float] | None:
        """The point that the action is about, where it names one instead of an element."""
        return self._action.target.point if self._action.target is not None else None

    def _click(self) -> None:
        action = self._action
        if self._at is not None:
            self._pointer.click(self._at, action, timeout=self._timeout * 1000)
            return
        element = self._element()
        attempt = Attempt(self._pages, element, timeout=self._timeout)
        # The mouse knows no keys that are held down, and no time limit but that of an interrupt.
        is_plain = not action.modifiers and self._pages.interrupts.reaches(self._pages.current)
        point = attempt.point_at_once(action) if is_plain else None
        if point is not None:
            # A script may take its time over a click.
            self._pointer.click_at_once(point, action, timeout=self._navigation_timeout)
            return
        attempt.make(
            lambda limit: element.click(
                button=action.button,
                modifiers=action.modifiers or None,
                click_count=2 if action.double else 1,
                timeout=limit,
            ),
            action,
            self._name,
        )

    def _hover(self) -> None:
        if self._at is not None:
            self._pointer.hover(self._at)
            return
        self._point(lambda element, limit, at_once: element.hover(timeout=limit, force=at_once))

    def _point(self, do: Callable[[Locator, float, bool], object]) -> None:
        """Send the mouse to an element: at once where the page is still, else when Playwright says that it is."""
        element = self._element()
        attempt = Attempt(self._pages, element, timeout=self._timeout)
        sure = iter([attempt.point_at_once(self._action) is not None])
        attempt.make(lambda limit: do(element, limit, next(sure, False)), self._action, self._name)

    def _name(self) -> str:
        assert self._action.target is not None, "it has been found"
        return described(self._reference(self._action.target), self._elements())

    def _reference(self, target: Target) -> str:
        # To read all elements is work, which a reference spares.
        return target.ref or reference_of(target, self._elements())

    def _drag(self) -> None:
        start, end = self._action.target, self._action.to
        assert start is not None, "a drag has a start"
        assert end is not None, "a drag has an end"
        if start.point is None and end.point is None:
            end_element = self._element(end)
            self._try(lambda element, limit: element.drag_to(end_element, timeout=limit))
            return
        self._pointer.drag(*(each.point or self._pointer.middle_of(self._element(each)) for each in (start, end)))

    def _type(self) -> None:
        text, element = self._action.text, self._element()
        kind = self._kind_of(element)
        if kind == "select":
            self._try(lambda found, limit: found.select_option(label=text, timeout=limit), values=[text])
            return
        self._keep_secret(kind)
        self._try(lambda found, limit: found.fill(text, timeout=limit))
        if self._action.enter:
            element.press("Enter", timeout=self._timeout * 1000)

    def _keep_secret(self, kind: str) -> None:
        if kind == "input password":
            self._pages.typed_secrets.add(self._action.text)

    def _press_enter(self) -> None:
        if self._action.enter:
            self._pointer.focused().press("Enter", timeout=self._timeout * 1000)

    def _upload(self) -> None:
        if (point := self._at) is not None:
            self._choose_files(lambda limit: self._pointer.click(point, self._action, timeout=limit))
            return
        element = self._element()
        if self._kind_of(element) == "input file":
            element.set_input_files(offered_files(self._action, self._uploads), timeout=self._timeout * 1000)
            return
        self._choose_files(lambda limit: element.click(timeout=limit))

    def _choose_files(self, click: Callable[[float], object]) -> None:
        choose_files(self._action, self._pages.current, self._uploads, click, timeout=self._timeout)

    def _scroll(self) -> None:
        action, page = self._action, self._pages.current
        if action.target is not None and action.target.point is None:
            self._try(lambda element, limit: element.scroll_into_view_if_needed(timeout=limit))
        if action.dx or action.dy:
            if action.target is not None:
                self._pointer.hover(action.target.point or self._pointer.middle_of(self._element()))
            self._pointer.raw(lambda: page.mouse.wheel(action.dx, action.dy))
            # A wheel scrolls beside the page's script, which hears of it with a later frame.
            self._pointer.wait_for_frames()
        elif action.target is None:
            for frame in page.frames:
                ask(frame, {"do": "scroll", "by": _DIRECTIONS[action.direction]}, timeout=self._timeout)

    def _goto(self) -> None:
        address = allowed_address(self._action.text)
        try:
            self._pages.current.goto(address, wait_until="commit", timeout=self._navigation_timeout * 1000)
        except PlaywrightError as error:
            # What is there is told as a download.
            if "Download is starting" not in str(error):
                raise

    def _go(self) -> None:
        page, limit = self._pages.current, self._navigation_timeout * 1000
        before = page.url
        go = page.go_back if self._action.kind == "go_back" else page.go_forward
        go(wait_until="commit", timeout=limit)
        if page.url == before:
            raise ActionFailed(f"{self._action}: the history of this tab ends here")
