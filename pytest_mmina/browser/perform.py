"""Doing an action on the current page, or saying why it cannot be done."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser.bounded import run
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.references import STALE, resolve
from pytest_mmina.core.actions import Action, Target
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.outline import Element, find_elements

_MODIFIERS = {"ctrl": "Control", "control": "Control", "cmd": "Meta", "command": "Meta", "meta": "Meta",
              "alt": "Alt", "option": "Alt", "shift": "Shift"}  # fmt: skip
_KEYS = {"enter": "Enter", "return": "Enter", "esc": "Escape", "escape": "Escape", "tab": "Tab", "space": "Space",
         "backspace": "Backspace", "delete": "Delete", "up": "ArrowUp", "down": "ArrowDown", "left": "ArrowLeft",
         "right": "ArrowRight", "arrowup": "ArrowUp", "arrowdown": "ArrowDown", "arrowleft": "ArrowLeft",
         "arrowright": "ArrowRight", "home": "Home", "end": "End", "pageup": "PageUp",
         "pagedown": "PageDown"}  # fmt: skip
_SCROLL = "sign => window.scrollBy(0, sign * window.innerHeight)"
_REASONS = (STALE, "intercepts pointer events", "element is not enabled", "element is not visible",
            "element is not stable", "element is outside of the viewport", "did not find some options",
            "element is not editable")  # fmt: skip


def perform(
    action: Action, pages: Pages, elements: Sequence[Element], *, timeout: float, navigation_timeout: float
) -> None:
    """Do an action within `timeout` seconds, or open an address within `navigation_timeout`.

    `elements` are those of the last observation. What an action sets off is waited for when the page is observed next.

    Raises ActionFailed with the reason where the page does not allow it.
    """
    try:
        _perform(action, pages, elements, timeout * 1000, navigation_timeout * 1000)
    except PlaywrightError as error:
        if isinstance(error, PlaywrightTimeout) and pages.navigating:
            # The action was done, and what it asked for is slow to come: whoever observes next will wait for it.
            return
        raise ActionFailed(f"{action}: {_reason(error)}") from None


def _perform(
    action: Action, pages: Pages, elements: Sequence[Element], timeout: float, navigation_timeout: float
) -> None:
    page = pages.current
    match action.kind:
        case "click":
            _locate(action, pages, elements).click(timeout=timeout)
        case "hover":
            _locate(action, pages, elements).hover(timeout=timeout)
        case "type":
            _type(_locate(action, pages, elements), action, timeout)
        case "press":
            # Unlike the keyboard's, an element's press() waits for a navigation that it sets off.
            focused = page.wait_for_function("document.activeElement ?? document.documentElement", timeout=timeout)
            element = focused.as_element()
            assert element is not None, "an element was asked for"
            element.press(_key_combination(action.text), timeout=timeout)
        case "scroll":
            for frame in page.frames:
                run(frame, _SCROLL, 1 if action.direction == "down" else -1, timeout=timeout / 1000)
        case "goto":
            page.goto(allowed_address(action.text), wait_until="commit", timeout=navigation_timeout)
        case "new_tab":
            pages.context.new_page()
        case "tab_focus":
            if action.tab >= len(pages.open):
                raise ActionFailed(f"{action}: there are {len(pages.open)} tabs, counted from 0")
            pages.focus(pages.open[action.tab])
        case "close_tab":
            page.close()
        case "go_back" | "go_forward":
            before = page.url
            go = page.go_back if action.kind == "go_back" else page.go_forward
            go(wait_until="commit", timeout=navigation_timeout)
            if page.url == before:
                raise ActionFailed(f"{action}: the history of this tab ends here")
        case "stop":
            pass


def allowed_address(text: str) -> str:
    """Complete an address that an agent wants to open; raises ActionFailed for all but http, https and about:blank.

    An address without a scheme gets one: `http` on localhost, `https` elsewhere.
    """
    # Browsers drop control characters and outer blanks, so `java\\tscript:` must be read as they read it.
    address = re.sub(r"[\x00-\x1f\x7f]", "", text).strip()
    if re.match(r"(https?://[^/]|about:blank$)", address, re.IGNORECASE):
        return address
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", address, re.IGNORECASE)
    # `localhost:7770` and `www.example.com:443` are hosts with a port; no scheme in use has a dot in its name.
    if scheme is not None and scheme.group(1).lower() != "localhost" and "." not in scheme.group(1):
        raise RefusedAddress(f"blocked: {scheme.group(1).lower()}: addresses are refused, only http and https are open")
    return f"{'http' if address.startswith('localhost') else 'https'}://{address}"


class RefusedAddress(ActionFailed):
    """An address that no episode may open, whatever the web it runs in."""


def _locate(action: Action, pages: Pages, elements: Sequence[Element]) -> Locator:
    target = action.target
    if target is None:
        raise ActionFailed(f"{action.kind}: names no element")
    return resolve(pages.current, _reference(target, elements))


def _reference(target: Target, elements: Sequence[Element]) -> str:
    if target.ref:
        return target.ref
    found = find_elements(elements, role=target.role, name=target.name)
    if len(found) == 1:
        return found[0].ref
    if found:
        references = ", ".join(element.ref for element in found)
        raise ActionFailed(f"{len(found)} elements are {target}: name one by its reference ({references})")
    names = [element.name for element in elements if element.role == target.role and element.ref and element.name]
    close = get_close_matches(target.name, names, n=3, cutoff=0.4)
    hint = f"; the nearest are {', '.join(map(repr, close))}" if close else ""
    raise ActionFailed(f"no element is {target}{hint}")


def _type(element: Locator, action: Action, timeout: float) -> None:
    if element.evaluate("node => node.tagName", timeout=timeout) == "SELECT":
        element.select_option(label=action.text, timeout=timeout)
        return
    element.fill(action.text, timeout=timeout)
    if action.enter:
        element.press("Enter", timeout=timeout)


def _key_combination(text: str) -> str:
    *modifiers, key = re.split(r"\+(?=.)", text.strip())
    return "+".join([*(_MODIFIERS.get(name.lower(), name) for name in modifiers), _KEYS.get(key.lower(), key)])


def _reason(error: PlaywrightError) -> str:
    """Make of Playwright's error and call log the one line that tells an agent what is in the way."""
    lines = [re.sub(r"^[\s\-\d×]+", "", line) for line in str(error).splitlines()]
    for phrase in _REASONS:
        for line in lines:
            if phrase in line:
                return line[:300]
    return re.sub(r"^\w+\.\w+: ", "", lines[0])[:300] if lines else type(error).__name__
