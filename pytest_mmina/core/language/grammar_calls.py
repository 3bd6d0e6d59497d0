"""The text grammar of BrowserGym, `click('12')`: parsed with `ast`, with literal arguments only, and never executed.

The calls and their arguments are those of `browsergym.core.action.functions`.
"""

import ast
import inspect
import re
from collections.abc import Callable
from typing import Any

from pytest_mmina.core.errors import ActionError, nearest
from pytest_mmina.core.language.action_mappings import read_action
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.grammar_brackets import GRAMMAR
from pytest_mmina.core.shortening import shortened

LONGEST = 100_000
"""How many characters a text with calls may have at most."""
MOST_CALLS = 10


def _ref(bid: object) -> dict[str, str]:
    if not isinstance(bid, (str, int)) or isinstance(bid, bool):
        raise TypeError("an element must be given as a text such as '12'")
    return {"ref": str(bid)}


def _all(values: object) -> object:
    return values if isinstance(values, list) else [values]


_CALLS: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "click": ("click('12', button='left', modifiers=['Shift'])", lambda bid, button="left", modifiers=():
        {"kind": "click", "target": _ref(bid), "button": button, "modifiers": modifiers}),
    "dblclick": ("dblclick('12')", lambda bid, button="left", modifiers=():
        {"kind": "click", "target": _ref(bid), "button": button, "modifiers": modifiers, "double": True}),
    "fill": ("fill('12', 'text')", lambda bid, value, enable_autocomplete_menu=False:
        {"kind": "type", "target": _ref(bid), "text": value}),
    "clear": ("clear('12')", lambda bid: {"kind": "clear", "target": _ref(bid)}),
    "check": ("check('12')", lambda bid: {"kind": "check", "target": _ref(bid)}),
    "uncheck": ("uncheck('12')", lambda bid: {"kind": "uncheck", "target": _ref(bid)}),
    "select_option": ("select_option('12', 'blue')", lambda bid, options:
        {"kind": "select", "target": _ref(bid), "values": _all(options)}),
    "upload_file": ("upload_file('12', 'name.pdf')", lambda bid, file:
        {"kind": "upload", "target": _ref(bid), "values": _all(file)}),
    "hover": ("hover('12')", lambda bid: {"kind": "hover", "target": _ref(bid)}),
    "focus": ("focus('12')", lambda bid: {"kind": "focus", "target": _ref(bid)}),
    "press": ("press('12', 'Control+a')", lambda bid, key_comb:
        {"kind": "press", "target": _ref(bid), "text": key_comb}),
    "drag_and_drop": ("drag_and_drop('12', '34')", lambda from_bid, to_bid:
        {"kind": "drag", "target": _ref(from_bid), "to": _ref(to_bid)}),
    # scroll(0, 0) does nothing: an action `scroll` without `dx` and `dy` would scroll down.
    "scroll": ("scroll(0, 300)", lambda delta_x, delta_y:
        {"kind": "scroll", "dx": delta_x, "dy": delta_y} if delta_x or delta_y else {"kind": "wait", "seconds": 0}),
    "mouse_move": ("mouse_move(310, 200)", lambda x, y: {"kind": "hover", "target": {"x": x, "y": y}}),
    "mouse_click": ("mouse_click(310, 200)", lambda x, y, button="left":
        {"kind": "click", "target": {"x": x, "y": y}, "button": button}),
    "mouse_dblclick": ("mouse_dblclick(310, 200)", lambda x, y, button="left":
        {"kind": "click", "target": {"x": x, "y": y}, "button": button, "double": True}),
    "mouse_down": ("mouse_down(310, 200)", lambda x, y, button="left":
        {"kind": "mouse_down", "target": {"x": x, "y": y}, "button": button}),
    "mouse_up": ("mouse_up(310, 200)", lambda x, y, button="left":
        {"kind": "mouse_up", "target": {"x": x, "y": y}, "button": button}),
    "mouse_drag_and_drop": ("mouse_drag_and_drop(10, 20, 310, 200)", lambda from_x, from_y, to_x, to_y:
        {"kind": "drag", "target": {"x": from_x, "y": from_y}, "to": {"x": to_x, "y": to_y}}),
    "mouse_upload_file": ("mouse_upload_file(310, 200, 'name.pdf')", lambda x, y, file:
        {"kind": "upload", "target": {"x": x, "y": y}, "values": _all(file)}),
    "keyboard_press": ("keyboard_press('Control+a')", lambda key: {"kind": "press", "text": key}),
    "keyboard_down": ("keyboard_down('Shift')", lambda key: {"kind": "key_down", "text": key}),
    "keyboard_up": ("keyboard_up('Shift')", lambda key: {"kind": "key_up", "text": key}),
    "keyboard_type": ("keyboard_type('text')", lambda text: {"kind": "type", "text": text}),
    "keyboard_insert_text": ("keyboard_insert_text('text')", lambda text: {"kind": "type", "text": text}),
    "goto": ("goto('https://example.org/')", lambda url: {"kind": "goto", "text": url}),
    "go_back": ("go_back()", lambda: {"kind": "go_back"}),
    "go_forward": ("go_forward()", lambda: {"kind": "go_forward"}),
    "new_tab": ("new_tab()", lambda: {"kind": "new_tab"}),
    "tab_close": ("tab_close()", lambda: {"kind": "close_tab"}),
    "tab_focus": ("tab_focus(1)", lambda index: {"kind": "tab_focus", "tab": index}),
    "noop": ("noop(1000)", lambda wait_ms=1000: {"kind": "wait", "seconds": wait_ms / 1000}),
    "send_msg_to_user": ("send_msg_to_user('the answer')", lambda text: {"kind": "stop", "text": text}),
    # As in BrowserGym's own WebArena tasks, the answer to an impossible task is N/A.
    "report_infeasible": ("report_infeasible('why')", lambda reason: {"kind": "stop", "text": "N/A"}),
}  # fmt: skip
CALL_FORMS = {name: form for name, (form, _) in _CALLS.items()}


def parse_calls(text: str) -> tuple[Action, ...]:
    """Return the actions of one to ten calls, on lines of their own or separated by `;`.

    Raises ActionError, which names the nearest call and its right form.
    """
    calls = _calls_in(text)
    if len(calls) > MOST_CALLS:
        raise ActionError(f"{len(calls)} actions at once: {MOST_CALLS} at most")
    return tuple(_action_of(call, text) for call in calls)


def _calls_in(text: str) -> list[ast.Call]:
    if len(text) > LONGEST:
        raise ActionError(f"{shortened(text, 200)!r} is too long: {LONGEST} characters at most")
    tree = _parsed(text) or _parsed(_with_escaped_newlines(text))
    if tree is None:
        name = text.partition("(")[0].strip()
        raise ActionError(f"{shortened(text, 200)!r} is not well formed.{_remedy(name)}")
    calls = [statement.value for statement in tree.body if isinstance(statement, ast.Expr)]
    named = [call for call in calls if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)]
    if len(named) != len(tree.body) or not named:
        raise ActionError(f"{shortened(text, 200)!r} contains more than calls: nothing is executed.{_remedy('')}")
    return named


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text.strip())
    # Deep nesting raises one of the last two.
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _with_escaped_newlines(text: str) -> str:
    # Models put line breaks inside quotes, which BrowserGym allows and Python does not.
    quoted = re.compile(r"""'''.*?'''|\""".*?\"""|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
    return quoted.sub(lambda found: found[0] if found[0][:3] in ("'''", '"""') else found[0].replace("\n", "\\n"), text)


def _action_of(call: ast.Call, text: str) -> Action:
    assert isinstance(call.func, ast.Name), "_calls_in() returns only calls of a name"
    name = call.func.id
    if name not in _CALLS:
        raise ActionError(f"{shortened(name, 200)!r} is not an action.{_remedy(name)}")
    form, make = _CALLS[name]
    try:
        arguments = [_literal(argument) for argument in call.args]
        named = {str(keyword.arg): _literal(keyword.value) for keyword in call.keywords}
        bound = inspect.signature(make).bind(*arguments, **named)
        fields = make(*bound.args, **bound.kwargs)
    except (TypeError, ValueError) as error:
        source = shortened(ast.get_source_segment(text.strip(), call) or name, 200)
        raise ActionError(f"{source!r} is not well formed ({error}). Write: {form}") from None
    return read_action(fields, form=form)


def _literal(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=None | bool() | int() | float() | str()):
            return node.value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.List(elts=parts) | ast.Tuple(elts=parts) if all(isinstance(part, ast.Constant) for part in parts):
            return [_literal(part) for part in parts]
    raise TypeError("arguments must be texts, numbers or lists of texts")


def _remedy(name: str) -> str:
    if name in CALL_FORMS:
        return f" Write: {CALL_FORMS[name]}"
    if name in GRAMMAR:
        return f" Write: {GRAMMAR[name]}"
    if near := nearest(name, CALL_FORMS):
        return f" Did you mean {near!r}? Write: {CALL_FORMS[near]}"
    return f" Calls: {', '.join(CALL_FORMS)}; for example click('12'), send_msg_to_user('the answer')"
