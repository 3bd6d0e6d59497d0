"""A recorded trajectory as a Python script for Playwright.

Texts from pages and agents appear in the script only as literals written by `repr`, never in comments or names.
"""

from pathlib import Path
from typing import NamedTuple, assert_never

from pytest_mmina.browser.addresses import allowed_address
from pytest_mmina.browser.keyboard import key_combination
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action, Direction, Target
from pytest_mmina.core.language.elements import NamedElement
from pytest_mmina.core.record.canonical import CanonicalLine, canonical_lines, plain
from pytest_mmina.core.record.stored_trajectory import StoredStep
from pytest_mmina.core.secrets import REMOVED
from pytest_mmina.trajectories.reading import Recorded
from pytest_mmina.trajectories.show_and_diff import canonical_recording

_RUNNING = Path(__file__).parent.parent / "browser" / "script_runtime.py"
_DIRECTIONS: dict[Direction, tuple[int, int]] = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
Literal = str | int | float | list[str]


class _Code(NamedTuple):
    """Source code, in contrast to a value that still has to be written as a literal."""

    source: str


class _Unknown(Exception):
    """A step that a script cannot repeat, with the reason."""


def script_of(recorded: Recorded) -> str:
    """Return the source of a script that repeats a trajectory; if that was cut off, the steps that it has."""
    head = recorded.head
    lines = [
        "#!/usr/bin/env python3",
        _RUNNING.read_text(encoding="utf-8"),
        "",
        f"TASK = {head.task!r}",
        f"INTENT = {head.intent!r}",
        f"START_URLS = {[_address(url) for url in head.start_urls]!r}",
        "",
        "",
        "def steps(run: Run) -> None:",
        '    """The steps, as they were recorded."""',
        *(f"    {statement}" for line in _lines(recorded) for statement in _statements(line, recorded)),
        "",
        "",
        'if __name__ == "__main__":',
        "    print(f'{TASK!r}: {INTENT!r}')",
        "    main(steps, start_urls=START_URLS)",
        "",
    ]
    return "\n".join(lines)


def _lines(recorded: Recorded) -> list[CanonicalLine]:
    return canonical_lines(canonical_recording(recorded), level="actions")


def _statements(line: CanonicalLine, recorded: Recorded) -> list[str]:
    description = line.text.strip()
    step = recorded.stored[line.step - 1] if 0 < line.step <= len(recorded.stored) else None
    if step is None or (step.action is not None and step.action.kind == "stop"):
        return [_call("print", description)]
    following = recorded.stored[line.step] if line.step < len(recorded.stored) else None
    try:
        does = _does(step)
    except (_Unknown, ActionFailed) as reason:
        return [_call("print", f"{line.step:>3}  {description}  (cannot be repeated: {plain(str(reason))})")]
    options: dict[str, Literal] = {}
    if following is not None:
        options = {"then": following.url, "failed": plain(following.error)}
    return [_call("run.step", line.step, description, _Code(f"lambda page: {does}"), **options)]


def _does(step: StoredStep) -> str:
    """Return an expression that repeats a step; raises _Unknown, or ActionFailed for an invalid address."""
    action = step.action
    if action is None:
        if not step.arrived:
            raise _Unknown("it was no action")
        return _call("page.goto", _address(step.url), wait_until="commit")
    match action.kind:
        case "click":
            return _click(step, action)
        case "hover":
            return _moved(action.target, step.element)
        case "drag":
            return _call("run.drag", _point(action.target, step.element), _point(action.to, step.to))
        case "mouse_down" | "mouse_up":
            how: dict[str, Literal] = {"button": action.button} if action.button != "left" else {}
            button = _call(f"page.mouse.{'down' if action.kind == 'mouse_down' else 'up'}", **how)
            return f"({_moved(action.target, step.element)}, {button})"
        case "type":
            return _type(step, action)
        case "clear":
            return _on(step, "clear")
        case "press" if action.target is not None:
            return _on(step, "press", _key(action))
        case "press":
            return _call("page.keyboard.press", _key(action))
        case "key_down" | "key_up":
            return _call(f"page.keyboard.{'down' if action.kind == 'key_down' else 'up'}", _key(action))
        case "select":
            return _on(step, "select_option", list(action.values))
        case "check" | "uncheck":
            return _on(step, "set_checked", action.kind == "check")
        case "focus":
            return _on(step, "focus")
        case "upload":
            return _call("run.upload", _element(action.target, step.element), list(action.values))
        case "scroll":
            return _scroll(step, action)
        case "wait":
            return _call("page.wait_for_timeout", action.seconds * 1000)
        case "goto":
            return _call("page.goto", _address(action.text), wait_until="commit")
        case "go_back" | "go_forward":
            return _call(f"page.{action.kind}", wait_until="commit")
        case "new_tab":
            return "page.context.new_page()"
        case "tab_focus":
            return _call("run.focus", action.tab)
        case "close_tab":
            return "page.close()"
        case "stop":
            raise _Unknown("a script ends by itself")
        case _:
            assert_never(action.kind)


def _click(step: StoredStep, action: Action) -> str:
    target = action.target
    how: dict[str, Literal] = {"button": action.button} if action.button != "left" else {}
    how |= {"click_count": 2} if action.double else {}
    if target is not None and target.point is not None:
        clicked = _call("page.mouse.click", *target.point, **how)
        held = [_call("page.keyboard.down", key) for key in action.modifiers]
        freed = [_call("page.keyboard.up", key) for key in action.modifiers]
        return f"({', '.join([*held, clicked, *freed])})" if held else clicked
    how |= {"modifiers": [str(key) for key in action.modifiers]} if action.modifiers else {}
    return _on(step, "click", **how)


def _key(action: Action) -> Literal | _Code:
    return _Code("secret()") if REMOVED in action.text else key_combination(action.text)


def _type(step: StoredStep, action: Action) -> str:
    text = _Code("secret()") if REMOVED in action.text else action.text
    if action.target is not None:
        enter = {"enter": True} if action.enter else {}
        return _call("run.fill", _element(action.target, step.element), text, **enter)
    typed = _call("page.keyboard.type", text)
    return f"({typed}, page.keyboard.press('Enter'))" if action.enter else typed


def _scroll(step: StoredStep, action: Action) -> str:
    if action.dx or action.dy:
        wheel = _call("page.mouse.wheel", action.dx, action.dy)
        return f"({_moved(action.target, step.element)}, {wheel})" if action.target is not None else wheel
    if action.target is not None:
        return _on(step, "scroll_into_view_if_needed")
    return _call("run.scroll", *_DIRECTIONS[action.direction])


def _moved(target: Target | None, element: NamedElement | None) -> str:
    if target is not None and target.point is not None:
        return _call("page.mouse.move", *target.point)
    return f"{_element(target, element).source}.hover()"


def _point(target: Target | None, element: NamedElement | None) -> _Code:
    if target is not None and target.point is not None:
        return _Code(f"({', '.join(repr(float(number)) for number in target.point)})")
    return _Code(_call("run.middle", _element(target, element)))


def _on(step: StoredStep, method: str, *values: Literal | _Code, **options: Literal) -> str:
    assert step.action is not None, "it is an action"
    return _call(f"{_element(step.action.target, step.element).source}.{method}", *values, **options)


def _element(target: Target | None, element: NamedElement | None) -> _Code:
    if element is None:
        raise _Unknown(f"what {target} was is not known")
    position = [element.position] if element.position > 1 else []
    return _Code(_call("run.find", element.role, element.name, *position))


def _address(url: str) -> str:
    return allowed_address(url)


def _call(function: str, *values: Literal | _Code, **options: Literal) -> str:
    """Return a call as source code; `function` and the names of the options are always ours."""
    given = [value.source if isinstance(value, _Code) else repr(value) for value in values]
    named = [f"{name}={value!r}" for name, value in options.items() if value != ""]
    return f"{function}({', '.join([*given, *named])})"
