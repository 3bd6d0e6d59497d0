"""Performs an action on the current page, or raises the reason why the page does not allow it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_never

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser.keyboard import key_combination
from pytest_mmina.browser.navigation import go_in_history, open_address
from pytest_mmina.browser.obstacles import Attempt, message_without_log, readable_message
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.pointer import Pointer
from pytest_mmina.browser.references import ask, resolve
from pytest_mmina.browser.targets import described, nearest_references, reference_of
from pytest_mmina.browser.uploads import choose_files, offered_files
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action, Direction, Target
from pytest_mmina.core.language.outline import Element

# Actions that may close their own tab.
_MAY_CLOSE_TAB = frozenset(
    {"click", "press", "key_down", "key_up", "mouse_down", "mouse_up", "select", "check", "uncheck"}
)

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
    """Perform an action within `timeout` seconds, or open an address within `navigation_timeout` seconds.

    `elements` returns the elements of the last observation. `uploads` are the folders with the files that may be
    uploaded. This does not wait for the effects of the action; the next observation does.

    Raises ActionFailed with the reason if the page does not allow the action.
    """
    try:
        _Performance(action, pages, elements, timeout, navigation_timeout, uploads).do()
    except PlaywrightError as error:
        if isinstance(error, PlaywrightTimeout) and pages.navigating:
            # The action was done, and the navigation that it started is slow. The next observation waits for it.
            return
        is_closed = "has been closed" in message_without_log(error) and not isinstance(error, PlaywrightTimeout)
        if is_closed and pages.is_connected and (action.kind in _MAY_CLOSE_TAB or action.enter):
            return  # The action closed the tab before Playwright received confirmation that it was done.
        raise ActionFailed(f"{action}: {readable_message(error)}") from None


class _Performance:
    """The execution of one action."""

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
                self._pointer.send(lambda: press_or_release(button=action.button))
            case "type" if action.target is None:
                focused = self._pointer.focused()
                self._note_secret(self._kind_of(focused))
                focused.type(action.text, timeout=self._timeout * 1000)
                self._press_enter()
            case "type":
                self._type()
            case "clear":
                self._attempt(lambda element, limit: element.clear(timeout=limit))
            case "select":
                self._attempt(lambda element, limit: element.select_option(list(action.values), timeout=limit))
            case "check" | "uncheck":
                is_on = action.kind == "check"
                self._move_mouse(
                    lambda element, limit, at_once: element.set_checked(is_on, timeout=limit, force=at_once)
                )
            case "focus":
                self._attempt(lambda element, limit: element.focus(timeout=limit))
            case "upload":
                self._upload()
            case "press" if action.target is not None:
                self._element().press(key_combination(action.text), timeout=self._timeout * 1000)
            case "press":
                # The press() of an element waits for a navigation that it starts; the press() of the keyboard does not.
                self._pointer.focused().press(key_combination(action.text), timeout=self._timeout * 1000)
            case "key_down" | "key_up":
                keyboard, key = page.keyboard, key_combination(action.text)
                self._pointer.send(lambda: keyboard.down(key) if action.kind == "key_down" else keyboard.up(key))
            case "scroll":
                self._scroll()
            case "wait":
                page.wait_for_timeout(action.seconds * 1000)
            case "goto":
                open_address(page, action, limit=self._navigation_timeout * 1000)
            case "new_tab":
                self._pages.context.new_page()
            case "tab_focus":
                if action.tab >= len(self._pages.open):
                    raise ActionFailed(f"{action}: there are {len(self._pages.open)} tabs, counted from 0")
                self._pages.focus(self._pages.open[action.tab])
            case "close_tab":
                with self._pages.interrupts.stop_after(page, self._timeout):
                    page.close()
            case "go_back" | "go_forward":
                go_in_history(page, action, limit=self._navigation_timeout * 1000)
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

    def _attempt(self, do: Callable[[Locator, float], object], *, values: Sequence[str] = ()) -> None:
        element = self._element()
        attempt = Attempt(self._pages, element, timeout=self._timeout)
        attempt.make(lambda limit: do(element, limit), self._action, self._name, values=values or self._action.values)

    @property
    def _target_point(self) -> tuple[float, float] | None:
        """The point that the action names as its target, or None if the target is an element."""
        return self._action.target.point if self._action.target is not None else None

    def _click(self) -> None:
        action = self._action
        if self._target_point is not None:
            self._pointer.click(self._target_point, action, timeout=self._timeout * 1000)
            return
        element = self._element()
        attempt = Attempt(self._pages, element, timeout=self._timeout)
        # The mouse cannot hold modifier keys, and it has no time limit, so an interrupt must be possible.
        can_use_mouse = not action.modifiers and self._pages.interrupts.can_stop(self._pages.current)
        point = attempt.ready_point(action) if can_use_mouse else None
        if point is not None:
            # A script may handle a click for longer than an action may wait for its element.
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
        if self._target_point is not None:
            self._pointer.hover(self._target_point)
            return
        self._move_mouse(lambda element, limit, at_once: element.hover(timeout=limit, force=at_once))

    def _move_mouse(self, do: Callable[[Locator, float, bool], object]) -> None:
        """Move the mouse to an element: at once if nothing on the page moves, otherwise after Playwright's checks."""
        element = self._element()
        attempt = Attempt(self._pages, element, timeout=self._timeout)
        is_ready = iter([attempt.ready_point(self._action) is not None])
        attempt.make(lambda limit: do(element, limit, next(is_ready, False)), self._action, self._name)

    def _name(self) -> str:
        assert self._action.target is not None, "the target has been found"
        return described(self._reference(self._action.target), self._elements())

    def _reference(self, target: Target) -> str:
        # A reference makes it unnecessary to read all elements, which takes time.
        return target.ref or reference_of(target, self._elements())

    def _drag(self) -> None:
        start, end = self._action.target, self._action.to
        assert start is not None, "a drag has a start"
        assert end is not None, "a drag has an end"
        if start.point is None and end.point is None:
            end_element = self._element(end)
            self._attempt(lambda element, limit: element.drag_to(end_element, timeout=limit))
            return
        self._pointer.drag(*(each.point or self._pointer.middle_of(self._element(each)) for each in (start, end)))

    def _type(self) -> None:
        text, element = self._action.text, self._element()
        kind = self._kind_of(element)
        if kind == "select":
            self._attempt(lambda found, limit: found.select_option(label=text, timeout=limit), values=[text])
            return
        self._note_secret(kind)
        self._attempt(lambda found, limit: found.fill(text, timeout=limit))
        if self._action.enter:
            element.press("Enter", timeout=self._timeout * 1000)

    def _note_secret(self, kind: str) -> None:
        if kind == "input password":
            self._pages.typed_secrets.add(self._action.text)

    def _press_enter(self) -> None:
        if self._action.enter:
            self._pointer.focused().press("Enter", timeout=self._timeout * 1000)

    def _upload(self) -> None:
        if (point := self._target_point) is not None:
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
            self._attempt(lambda element, limit: element.scroll_into_view_if_needed(timeout=limit))
        if action.dx or action.dy:
            if action.target is not None:
                self._pointer.hover(action.target.point or self._pointer.middle_of(self._element()))
            self._pointer.send(lambda: page.mouse.wheel(action.dx, action.dy))
            # Wheel scrolling runs outside the page's script, which gets the scroll event in a later frame.
            self._pointer.wait_for_frames()
        elif action.target is None:
            for frame in page.frames:
                ask(frame, {"do": "scroll", "by": _DIRECTIONS[action.direction]}, timeout=self._timeout)
