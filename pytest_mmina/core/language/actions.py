"""The actions of an agent, and the fields of each kind of action."""

from typing import Annotated, Literal, NamedTuple, Self, assert_never, get_args

from pydantic import Field, model_validator

from pytest_mmina.core.models import Model, Text

ActionKind = Literal[
    "click", "hover", "type", "clear", "select", "check", "uncheck", "upload", "drag", "focus", "press", "key_down",
    "key_up", "mouse_down", "mouse_up", "scroll", "wait", "goto", "go_back", "go_forward", "new_tab", "tab_focus",
    "close_tab", "stop",
]  # fmt: skip
MouseButton = Literal["left", "middle", "right"]
Modifier = Literal["Alt", "Control", "Meta", "Shift"]
Direction = Literal["up", "down", "left", "right"]

LONGEST_WAIT = 30.0
"""How many seconds one action may wait at most."""


class Target(Model):
    """The target of an action: a reference of the last observation, a role with an accessible name, or a point.

    A point is given in CSS pixels from the top left corner of the viewport.
    """

    ref: Text = Field(default="", description="A reference of the last observation, such as e12.")
    role: Text = Field(default="", description="An ARIA role, such as button; give the name with it.")
    name: Text = Field(default="", description="The accessible name of the element, in full.")
    x: float | None = Field(default=None, allow_inf_nan=False, description="Pixels from the viewport's left edge.")
    y: float | None = Field(default=None, allow_inf_nan=False, description="Pixels from the viewport's top edge.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = (bool(self.ref), bool(self.role), self.x is not None and self.y is not None)
        is_whole = (self.x is None) == (self.y is None) and (bool(self.role) or not self.name)
        if sum(ways) != 1 or not is_whole:
            raise ValueError("a target is one of: ref; role and name; x and y")
        return self

    @property
    def point(self) -> tuple[float, float] | None:
        """The point, or None if the target is an element."""
        return (self.x, self.y) if self.x is not None and self.y is not None else None

    def __str__(self) -> str:
        if self.point is not None:
            return f"{_number(self.point[0])}, {_number(self.point[1])}"
        return self.ref or f"{self.role} {_quoted(self.name)}"


class Action(Model):
    """One action of an agent. The allowed fields depend on `kind` (see ACTION_KINDS)."""

    kind: ActionKind
    target: Target | None = Field(default=None, description="The element or the point to act on.")
    to: Target | None = Field(default=None, description="Where a drag ends.")
    text: Text = Field(
        default="", description="The text to type, the key to press, the address to open, or the answer."
    )
    enter: bool = Field(default=False, description="Press Enter after typing.")
    values: tuple[Annotated[Text, Field(min_length=1)], ...] = Field(
        default=(), description="Labels (or values) of options, or names of files."
    )
    button: MouseButton = Field(default="left", description="The mouse button.")
    double: bool = Field(default=False, description="Click twice.")
    modifiers: tuple[Modifier, ...] = Field(default=(), description="Keys to hold down meanwhile.")
    direction: Direction = Field(default="down", description="Scroll by one viewport in this direction.")
    dx: float = Field(default=0.0, allow_inf_nan=False, description="Turn the wheel instead: pixels to the right.")
    dy: float = Field(default=0.0, allow_inf_nan=False, description="Turn the wheel instead: pixels down.")
    tab: int = Field(default=0, ge=0, description="The number of a tab, counted from 0.")
    seconds: float = Field(default=1.0, ge=0, le=LONGEST_WAIT, description="How long to wait.")

    @model_validator(mode="after")
    def _fields_of_its_kind(self) -> Self:
        kind = ACTION_KINDS[self.kind]
        defaults = type(self).model_fields
        foreign = [
            name for name in defaults
            if name not in ("kind", *kind.needs, *kind.takes) and getattr(self, name) != defaults[name].default
        ]  # fmt: skip
        # An empty text is allowed only for `type`, where it empties the field.
        missing = [
            name for name in kind.needs
            if name not in self.model_fields_set or (getattr(self, name) in (None, "", ()) and self.kind != "type")
        ]  # fmt: skip
        if foreign:
            raise ValueError(f"{self.kind} has no {', '.join(foreign)}")
        if missing:
            raise ValueError(f"{self.kind} needs {', '.join(missing)}")
        if self.kind == "scroll" and self.target and self.target.point and not (self.dx or self.dy):
            raise ValueError("a point is always in view: give dx and dy to turn the wheel there")
        return self

    def __str__(self) -> str:
        match self.kind:
            case "go_back" | "go_forward" | "new_tab" | "close_tab":
                return self.kind
            case "type":
                arguments = [str(self.target or ""), self.text, str(int(self.enter))]
            case "scroll":
                wheel = f"{_number(self.dx)}, {_number(self.dy)}" if self.dx or self.dy else ""
                direction = "" if self.target or wheel else self.direction
                arguments = [part for part in (str(self.target or ""), wheel, direction) if part]
            case "tab_focus":
                arguments = [str(self.tab)]
            case "wait":
                arguments = [_number(self.seconds)]
            case "goto" | "press" | "key_down" | "key_up" | "stop":
                arguments = [*([str(self.target)] if self.target else []), self.text]
            case (
                "click"
                | "hover"
                | "clear"
                | "select"
                | "check"
                | "uncheck"
                | "upload"
                | "drag"
                | "focus"
                | "mouse_down"
                | "mouse_up"
            ):
                how = " ".join(
                    [*([self.button] if self.button != "left" else []), *["double"] * self.double, *self.modifiers]
                )
                arguments = [
                    str(self.target),
                    *self.values,
                    *([str(self.to)] if self.to else []),
                    *([how] if how else []),
                ]
            case _:
                assert_never(self.kind)
        return f"{self.kind} {' '.join(f'[{argument}]' for argument in arguments)}"


class ActionFields(NamedTuple):
    """What a kind of action does, the fields that it needs, and its optional fields."""

    does: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


def _fields_of(kind: ActionKind) -> ActionFields:
    match kind:
        case "click":
            return ActionFields("Click an element or a point.", ("target",), ("button", "double", "modifiers"))
        case "hover":
            return ActionFields("Move the mouse over an element or to a point.", ("target",))
        case "type":
            return ActionFields(
                "Replace the text of a field; without a target, type into the focused element. "
                "In a list: choose the option.",
                ("text",),
                ("target", "enter"),
            )
        case "clear":
            return ActionFields("Empty a field.", ("target",))
        case "select":
            return ActionFields("Choose options of a list by label or value.", ("target", "values"))
        case "check":
            return ActionFields("Switch a checkbox, radio button or switch on.", ("target",))
        case "uncheck":
            return ActionFields("Switch a checkbox or switch off.", ("target",))
        case "upload":
            return ActionFields(
                "Choose files for a file field or its button, from those offered for upload.", ("target", "values")
            )
        case "drag":
            return ActionFields("Drag one element or point to another.", ("target", "to"))
        case "focus":
            return ActionFields("Put the focus on an element.", ("target",))
        case "press":
            return ActionFields(
                "Press a key or a combination such as Control+a, in an element or in the focused one.",
                ("text",),
                ("target",),
            )
        case "key_down":
            return ActionFields("Hold a key down.", ("text",))
        case "key_up":
            return ActionFields("Release a key.", ("text",))
        case "mouse_down":
            return ActionFields("Move the mouse there and hold a button down.", ("target",), ("button",))
        case "mouse_up":
            return ActionFields("Move the mouse there and release a button.", ("target",), ("button",))
        case "scroll":
            return ActionFields(
                "Scroll by a viewport, turn the wheel by pixels, or bring an element into view.",
                (),
                ("direction", "dx", "dy", "target"),
            )
        case "wait":
            return ActionFields(f"Wait, {LONGEST_WAIT:g} seconds at most.", (), ("seconds",))
        case "goto":
            return ActionFields("Open an http or https address in this tab.", ("text",))
        case "go_back":
            return ActionFields("Go back in the history of this tab.")
        case "go_forward":
            return ActionFields("Go forward in the history of this tab.")
        case "new_tab":
            return ActionFields("Open an empty tab and make it current.")
        case "tab_focus":
            return ActionFields("Make a tab current.", (), ("tab",))
        case "close_tab":
            return ActionFields("Close this tab.")
        case "stop":
            return ActionFields("End the task, with the answer if one was asked for.", (), ("text",))
        case _:
            assert_never(kind)


ACTION_KINDS: dict[ActionKind, ActionFields] = {kind: _fields_of(kind) for kind in get_args(ActionKind)}


def _quoted(name: str) -> str:
    quote = '"' if "'" in name and '"' not in name else "'"
    return quote + name.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")
