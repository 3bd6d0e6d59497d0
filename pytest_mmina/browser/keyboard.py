"""The names of keys, as agents write them and as Playwright wants them."""

import re

_MODIFIERS = {"ctrl": "Control", "control": "Control", "cmd": "Meta", "command": "Meta", "meta": "Meta",
              "alt": "Alt", "option": "Alt", "shift": "Shift"}  # fmt: skip
_KEYS = {"enter": "Enter", "return": "Enter", "esc": "Escape", "escape": "Escape", "tab": "Tab", "space": "Space",
         "backspace": "Backspace", "delete": "Delete", "up": "ArrowUp", "down": "ArrowDown", "left": "ArrowLeft",
         "right": "ArrowRight", "arrowup": "ArrowUp", "arrowdown": "ArrowDown", "arrowleft": "ArrowLeft",
         "arrowright": "ArrowRight", "home": "Home", "end": "End", "pageup": "PageUp",
         "pagedown": "PageDown"}  # fmt: skip


def key_combination(text: str) -> str:
    """A key or a chord in Playwright's words: `ctrl+a` is `Control+a`, `esc` is `Escape`."""
    *modifiers, key = re.split(r"\+(?=.)", text.strip())
    # A modifier can be pressed on its own.
    names = {**_MODIFIERS, **_KEYS}
    return "+".join([*(_MODIFIERS.get(name.lower(), name) for name in modifiers), names.get(key.lower(), key)])
