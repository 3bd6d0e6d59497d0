"""Actions and their text grammar: what agents written for MMInA and WebArena emit."""

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from pytest_mmina.core.errors import ActionError, did_you_mean
from pytest_mmina.core.models import Model, Text

ActionKind = Literal[
    "click", "hover", "type", "press", "scroll", "goto", "new_tab", "tab_focus", "close_tab", "go_back", "go_forward",
    "stop",
]  # fmt: skip


class Target(Model):
    """The element an action is about: a reference of the last observation, or a role with an accessible name."""

    ref: Text = ""
    role: Text = ""
    name: Text = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.ref) == bool(self.role):
            raise ValueError("an element is named either by its reference or by role and name")
        return self

    def __str__(self) -> str:
        return self.ref or f"{self.role} {self.name!r}"


class Action(Model):
    """One thing an agent does; which fields matter depends on `kind`.

    `text` is what is typed, pressed, opened or answered; `enter` presses Enter after typing; `direction` is that
    of a scroll; `tab` counts from 0.
    """

    kind: ActionKind
    target: Target | None = None
    text: Text = ""
    enter: bool = False
    direction: Literal["up", "down"] = "down"
    tab: int = Field(default=0, ge=0)

    def __str__(self) -> str:
        match self.kind:
            case "click" | "hover":
                return f"{self.kind} [{self.target}]"
            case "type":
                return f"type [{self.target}] [{self.text}] [{int(self.enter)}]"
            case "scroll":
                return f"scroll [{self.direction}]"
            case "tab_focus":
                return f"tab_focus [{self.tab}]"
            case "press" | "goto" | "stop":
                return f"{self.kind} [{self.text}]"
            case _:
                return self.kind


_FENCED = re.compile(r"```(.*?)```", re.DOTALL)
_VERB = re.compile(r"([a-z_]+)\s*(.*)", re.DOTALL | re.IGNORECASE)
_ONE_ARGUMENT = re.compile(r"\[(.*)\]", re.DOTALL)
_TYPE_ARGUMENTS = re.compile(
    r"\[([^\]]*)\]\s*\[(.*?)\](?:\s*\[\s*(?:press_enter_after\s*=\s*)?([01])\s*\])?", re.DOTALL
)
_NAMED_ELEMENT = re.compile(r"""([a-z]+)\s+(?:'(.*)'|"(.*)")""", re.DOTALL)
_REFERENCE = re.compile(r"[A-Za-z]{0,2}\d*[A-Za-z]?\d+")

GRAMMAR: dict[str, str] = {
    "click": "click [id]",
    "hover": "hover [id]",
    "type": "type [id] [text] [0|1]",
    "press": "press [key combination]",
    "scroll": "scroll [up|down]",
    "goto": "goto [url]",
    "new_tab": "new_tab",
    "tab_focus": "tab_focus [n]",
    "close_tab": "close_tab",
    "go_back": "go_back",
    "go_forward": "go_forward",
    "stop": "stop [answer]",
}


def parse_action(text: str) -> Action:
    """Read one action from what an agent said, with or without triple backticks around it.

    An element is `[e12]`, a reference of the last observation, or `[button 'Search']`, a role and an accessible
    name. Raises ActionError, whose text tells the agent what was expected.
    """
    fenced = _FENCED.search(text)
    line = (fenced.group(1) if fenced else text).strip()
    verb_match = _VERB.fullmatch(line)
    verb = verb_match.group(1).lower() if verb_match else ""
    if verb_match is None or verb not in GRAMMAR:
        known = ", ".join(GRAMMAR.values())
        raise ActionError(f"{_shortened(line)!r} is not an action.{did_you_mean(verb, GRAMMAR)} Actions: {known}")
    rest = verb_match.group(2).strip()
    if verb == "type":
        return _parse_type(line, rest)
    if "[" not in GRAMMAR[verb]:
        if rest not in ("", "[]"):
            raise _malformed(line, verb)
        return Action.model_validate({"kind": verb})
    argument_match = _ONE_ARGUMENT.fullmatch(rest)
    if argument_match is None and not (verb == "stop" and not rest):
        raise _malformed(line, verb)
    argument = argument_match.group(1).strip() if argument_match else ""
    return _parse_one_argument(line, verb, argument)


def _parse_one_argument(line: str, verb: str, argument: str) -> Action:
    match verb:
        case "click" | "hover":
            return Action.model_validate({"kind": verb, "target": _parse_target(line, verb, argument)})
        case "scroll":
            direction = argument.removeprefix("direction=").strip().lower()
            if direction not in ("up", "down"):
                raise _malformed(line, verb)
            return Action.model_validate({"kind": "scroll", "direction": direction})
        case "tab_focus":
            number = argument.removeprefix("tab_index=").strip()
            if not re.fullmatch(r"[0-9]{1,6}", number):
                raise _malformed(line, verb)
            return Action(kind="tab_focus", tab=int(number))
        case "stop":
            return Action(kind="stop", text=argument)
        case _:
            if not argument:
                raise _malformed(line, verb)
            return Action.model_validate({"kind": verb, "text": argument})


def _parse_type(line: str, rest: str) -> Action:
    # An accessible name may hold brackets, so a named element is read up to its closing quote first.
    named = re.match(r"""\[([a-z]+\s+(?:'.*?'|".*?"))\]\s*(\[.*)""", rest, re.DOTALL)
    if named is not None:
        target_text, arguments = named.group(1), _TYPE_ARGUMENTS.fullmatch(f"[0] {named.group(2)}")
    else:
        arguments = _TYPE_ARGUMENTS.fullmatch(rest)
        target_text = arguments.group(1) if arguments else ""
    if arguments is None:
        raise _malformed(line, "type")
    target = _parse_target(line, "type", target_text)
    return Action(kind="type", target=target, text=arguments.group(2), enter=arguments.group(3) != "0")


def _parse_target(line: str, verb: str, text: str) -> Target:
    named = _NAMED_ELEMENT.fullmatch(text.strip())
    if named is not None:
        return Target(role=named.group(1), name=named.group(2) if named.group(2) is not None else named.group(3))
    reference = text.strip().removeprefix("ref=")
    if _REFERENCE.fullmatch(reference) is None:
        raise _malformed(line, verb)
    return Target(ref=reference)


def _malformed(line: str, verb: str) -> ActionError:
    return ActionError(f"{_shortened(line)!r} is not well formed. Write: {GRAMMAR[verb]}")


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
