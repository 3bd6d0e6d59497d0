"""The names of keys, as agents write them and as Playwright expects them."""

import re

_MODIFIERS = {"ctrl": "Control", "control": "Control", "cmd": "Meta", "command": "Meta", "meta": "Meta",
              "alt": "Alt", "option": "Alt", "shift": "Shift"}  # fmt: skip
_KEYS = {"enter": "Enter", "return": "Enter", "esc": "Escape", "escape": "Escape", "tab": "Tab", "space": "Space",
         "backspace": "Backspace", "delete": "Delete", "up": "ArrowUp", "down": "ArrowDown", "left": "ArrowLeft",
         "right": "ArrowRight", "arrowup": "ArrowUp", "arrowdown": "ArrowDown", "arrowleft": "ArrowLeft",
         "arrowright": "ArrowRight", "home": "Home", "end": "End", "pageup": "PageUp",
         "pagedown": "PageDown"}  # fmt: skip


def key_combination(text: str) -> str:
    """Return Playwright's name of a key or a combination of keys: `Control+a` for `ctrl+a`, `Escape` for `esc`."""
    *modifiers, key = re.split(r"\+(?=.)", text.strip())
    # A modifier can be pressed on its own.
    names = {**_MODIFIERS, **_KEYS}
    return "+".join([*(_MODIFIERS.get(name.lower(), name) for name in modifiers), names.get(key.lower(), key)])
