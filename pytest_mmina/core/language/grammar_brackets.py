"""The text grammar of MMInA and WebArena, `click [12]`, with further verbs in the same style."""

import re
from typing import Any, NoReturn, assert_never, get_args

from pytest_mmina.core.errors import ActionError, nearest
from pytest_mmina.core.language.action_mappings import read_action
from pytest_mmina.core.language.actions import Action, ActionKind, Direction, MouseButton, Target
from pytest_mmina.core.shortening import shortened

GRAMMAR: dict[ActionKind, str] = {
    "click": "click [id]",
    "hover": "hover [id]",
    "type": "type [id] [text] [0|1]",
    "clear": "clear [id]",
    "select": "select [id] [option]",
    "check": "check [id]",
    "uncheck": "uncheck [id]",
    "upload": "upload [id] [file]",
    "drag": "drag [id] [id]",
    "focus": "focus [id]",
    "press": "press [key combination]",
    "key_down": "key_down [key]",
    "key_up": "key_up [key]",
    "mouse_down": "mouse_down [x, y]",
    "mouse_up": "mouse_up [x, y]",
    "scroll": "scroll [up|down|left|right] or scroll [id] or scroll [dx, dy]",
    "wait": "wait [seconds]",
    "goto": "goto [url]",
    "go_back": "go_back",
    "go_forward": "go_forward",
    "new_tab": "new_tab",
    "tab_focus": "tab_focus [n]",
    "close_tab": "close_tab",
    "stop": "stop [answer]",
}

_VERB = re.compile(r"([a-z_]+)\s*(.*)", re.DOTALL | re.IGNORECASE)
_ONE_ARGUMENT = re.compile(r"\[(.*)\]", re.DOTALL)
_TYPED = re.compile(r"\[(.*?)\](?:\s*\[\s*(?:press_enter_after\s*=\s*)?([01])\s*\])?", re.DOTALL)
# A name may contain quotes and brackets: it ends at the unescaped quote that ends the argument.
_FIRST_ARGUMENT = [
    re.compile(r"""\[\s*([a-z]+\s+(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))\s*\]\s*(.*)""", re.DOTALL),
    re.compile(r"""\[\s*([a-z]+\s+(?:'.*?'|".*?"))\s*\]\s*(.*)""", re.DOTALL),
    re.compile(r"\[([^\]]*)\]\s*(.*)", re.DOTALL),
]
_NAMED_ELEMENT = re.compile(r"""([a-z]+)\s+(?:'(.*)'|"(.*)")""", re.DOTALL)
_REFERENCE = re.compile(r"[A-Za-z]{0,2}\d*[A-Za-z]?\d+")
_PAIR = re.compile(r"(-?[\d.]+(?:e[+-]?\d+)?)\s*,\s*(-?[\d.]+(?:e[+-]?\d+)?)")
_BUTTONS = get_args(MouseButton)


def parse_brackets(line: str) -> Action:
    """Return the action in a line; a target is `[e12]`, `[button 'Search']` or the point `[310, 200]`.

    Raises ActionError, which names the nearest verb and its right form.
    """
    verb_match = _VERB.fullmatch(line)
    verb = verb_match.group(1).lower() if verb_match else ""
    if verb_match is None or verb not in GRAMMAR:
        raise ActionError(f"{shortened(line, 200)!r} is not an action.{_nearest(verb)}")
    return _ArgumentReader(line, verb).read(verb_match.group(2).strip())


def _nearest(verb: str) -> str:
    if near := nearest(verb, GRAMMAR):
        return f" Did you mean {near!r}? Write: {GRAMMAR[near]}"
    return f" Actions: {', '.join(GRAMMAR)}; for example click [id], type [id] [text] [1], stop [answer]"


class _ArgumentReader:
    """Reads the arguments after the verb."""

    def __init__(self, line: str, verb: ActionKind) -> None:
        self._line, self._verb = line, verb

    def read(self, rest: str) -> Action:
        fields: dict[str, Any] = {"kind": self._verb}
        match self._verb:
            case "go_back" | "go_forward" | "new_tab" | "close_tab":
                if rest not in ("", "[]"):
                    self._refuse()
            case "type":
                target, rest = self._first(rest)
                typed = _TYPED.fullmatch(rest) or self._refuse()
                fields |= {"text": typed.group(1), "enter": typed.group(2) != "0"}
                fields |= {"target": self._target(target)} if target else {}
            case "select" | "upload":
                target, rest = self._first(rest)
                values = re.split(r"\]\s*\[", self._only(rest))
                fields |= {"target": self._target(target), "values": values}
            case "drag":
                target, rest = self._first(rest)
                fields |= {"target": self._target(target), "to": self._target(self._only(rest))}
            case "press":
                target, second = self._first(rest)
                if second.startswith("["):
                    fields |= {"target": self._target(target), "text": self._only(second)}
                else:
                    fields["text"] = self._only(rest)
            case "scroll":
                fields |= self._scroll(rest)
            case "click" | "mouse_down" | "mouse_up":
                target, second = self._first(rest) if rest.count("[") > 1 else (self._only(rest), "")
                fields |= {"target": self._target(target), **self._click_options(self._only(second) if second else "")}
            case "hover" | "clear" | "check" | "uncheck" | "focus":
                fields["target"] = self._target(self._only(rest))
            case "tab_focus":
                fields["tab"] = self._number(self._only(rest).removeprefix("tab_index="), r"[0-9]{1,6}")
            case "wait":
                fields |= {"seconds": self._number(self._only(rest), r"[0-9.]{1,8}")} if rest else {}
            case "stop":
                fields["text"] = self._only(rest).strip() if rest else ""
            case "goto" | "key_down" | "key_up":
                fields["text"] = self._only(rest).strip()
            case _:
                assert_never(self._verb)
        if fields.get("text") == "" and self._verb not in ("type", "stop"):
            self._refuse()
        return read_action(fields, form=GRAMMAR[self._verb])

    def _scroll(self, rest: str) -> dict[str, Any]:
        target, second = self._first(rest)
        if second.startswith("["):
            return {"target": self._target(target), **self._wheel(self._only(second))}
        argument = self._only(rest)
        direction = argument.removeprefix("direction=").strip().lower()
        if direction in get_args(Direction):
            return {"direction": direction}
        return self._wheel(argument) if _PAIR.fullmatch(argument) else {"target": self._target(argument)}

    def _wheel(self, argument: str) -> dict[str, float]:
        pair = _PAIR.fullmatch(argument) or self._refuse()
        return {"dx": self._number(pair.group(1)), "dy": self._number(pair.group(2))}

    def _click_options(self, argument: str) -> dict[str, Any]:
        words = argument.split()
        buttons = [word for word in words if word in _BUTTONS]
        modifiers = [word for word in words if word not in (*_BUTTONS, "double")]
        options: dict[str, Any] = {"button": buttons[-1]} if buttons else {}
        return (
            options | ({"double": True} if "double" in words else {}) | ({"modifiers": modifiers} if modifiers else {})
        )

    def _target(self, argument: str) -> Target:
        argument = argument.strip()
        if named := _NAMED_ELEMENT.fullmatch(argument):
            name = named.group(2) if named.group(2) is not None else named.group(3)
            return Target(role=named.group(1), name=re.sub(r"\\(['\"\\])", r"\1", name))
        if pair := _PAIR.fullmatch(argument):
            return Target(x=self._number(pair.group(1)), y=self._number(pair.group(2)))
        reference = argument.removeprefix("ref=")
        return Target(ref=reference) if _REFERENCE.fullmatch(reference) else self._refuse()

    def _first(self, rest: str) -> tuple[str, str]:
        found = next(filter(None, (pattern.fullmatch(rest) for pattern in _FIRST_ARGUMENT)), None) or self._refuse()
        return found.group(1), found.group(2)

    def _only(self, rest: str) -> str:
        return (_ONE_ARGUMENT.fullmatch(rest) or self._refuse()).group(1).strip()

    def _number(self, text: str, pattern: str = r".{1,40}") -> float:
        try:
            return float(text) if re.fullmatch(pattern, text.strip(), re.ASCII) else self._refuse()
        except ValueError:
            self._refuse()

    def _refuse(self) -> NoReturn:
        raise ActionError(f"{shortened(self._line, 200)!r} is not well formed. Write: {GRAMMAR[self._verb]}")
