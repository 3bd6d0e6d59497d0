"""Every kind of action, from each text that can say it to what it does to a page in a real Chromium.

All grammars have to give the same action, and that one is done.
"""

import json
import re
import time
from collections.abc import Callable
from typing import NamedTuple, get_args

import pytest

from pytest_mmina.core.language.actions import ActionKind
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.grammar_brackets import GRAMMAR
from pytest_mmina.core.language.grammar_calls import CALL_FORMS
from pytest_mmina.core.language.outline import read_outline
from pytest_mmina.core.language.trajectory import Observation
from tests.browser.conftest import Stage, Staged
from tests.browser.workshop import SITE

ELSEWHERE = f"{SITE.home}?elsewhere"
PLAIN, FIELD = "<button 'Plain'>", "<textbox 'Field'>"


class Example(NamedTuple):
    """How a kind is written, `<button 'Plain'>` for a reference, and what it does.

    `noted` is what the page notes of it, `seen` says whether an observation shows what it did. `before` and `after` are
    actions around it, `call` is empty where BrowserGym has no such call.
    """

    brackets: str
    call: str
    noted: str = ""
    seen: Callable[[Observation], bool] = lambda observation: True
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    seconds: float = 0.0


EXAMPLES: dict[ActionKind, Example] = {
    "click": Example(f"click [{PLAIN}]", f"click('{PLAIN}')", "click 0 - 1"),
    "hover": Example(
        "hover [700, 360]", "mouse_move(700, 360)", "drawn 700", before=("mouse_down [650, 350]",)
    ),
    "type": Example(f"type [{FIELD}] [new] [0]", f"fill('{FIELD}', 'new')", "field new."),
    "clear": Example(f"clear [{FIELD}]", f"clear('{FIELD}')", "field ."),
    "select": Example("select [<listbox 'Colours'>] [Red]", "select_option('<listbox 'Colours'>', 'Red')", "r"),
    "check": Example("check [<checkbox 'Box'>]", "check('<checkbox 'Box'>')", "box true"),
    "uncheck": Example(
        "uncheck [<checkbox 'Box'>]", "uncheck('<checkbox 'Box'>')", "box false", before=("check [checkbox 'Box']",)
    ),
    "upload": Example(
        "upload [<button 'Paper'>] [a b.txt]", "upload_file('<button 'Paper'>', 'a b.txt')", "a b.txt 4"
    ),
    "drag": Example(
        "drag [<img 'From'>] [<img 'To'>]", "drag_and_drop('<img 'From'>', '<img 'To'>')", "dropped"
    ),
    "focus": Example(
        f"focus [{FIELD}]", f"focus('{FIELD}')", "entered older", after=("press [End]", "type [] [er] [1]")
    ),
    "press": Example(f"press [{FIELD}] [x]", f"press('{FIELD}', 'x')", "field xold."),
    "key_down": Example(
        "key_down [Shift]", "keyboard_down('Shift')", "click 0 Shift 1", after=("click [button 'Plain']",)
    ),
    "key_up": Example(
        "key_up [Shift]", "keyboard_up('Shift')", "click 0 - 1", before=("key_down [Shift]",),
        after=("click [button 'Plain']",),
    ),
    "mouse_down": Example("mouse_down [650, 350]", "mouse_down(650, 350)", "mousedown 0 - 1 650 350"),
    "mouse_up": Example(
        "mouse_up [700, 360]", "mouse_up(700, 360)", "mouseup 0 - 1 700 360", before=("mouse_down [650, 350]",)
    ),
    "scroll": Example("scroll [0, 80]", "scroll(0, 80)", "box at 80", before=("hover [950, 350]",)),
    "wait": Example("wait [0.7]", "noop(700)", "nothing", seconds=0.7),
    "goto": Example(
        f"goto [{ELSEWHERE}]", f"goto('{ELSEWHERE}')", seen=lambda now: now.url == ELSEWHERE
    ),
    "go_back": Example(
        "go_back", "go_back()", seen=lambda now: now.url == SITE.home, before=(f"goto [{ELSEWHERE}]",)
    ),
    "go_forward": Example(
        "go_forward", "go_forward()", seen=lambda now: now.url == ELSEWHERE, before=(f"goto [{ELSEWHERE}]", "go_back")
    ),
    "new_tab": Example(
        "new_tab", "new_tab()", seen=lambda now: [tab.current for tab in now.tabs] == [False, True]
    ),
    "tab_focus": Example(
        "tab_focus [0]", "tab_focus(0)", seen=lambda now: [tab.current for tab in now.tabs] == [True, False],
        before=("new_tab",),
    ),
    "close_tab": Example("close_tab", "tab_close()", seen=lambda now: len(now.tabs) == 1, before=("new_tab",)),
    "stop": Example("stop [done]", "send_msg_to_user('done')", "nothing"),
}  # fmt: skip


def filled(text: str, observation: Observation) -> str:
    """The text with references of this page in it."""
    elements = {f"<{each.role} {each.name!r}>": each.ref for each in read_outline(observation.text)}
    return re.sub(r"<\w+ '[^']*'>", lambda named: elements[named[0]], text)


def test_every_kind_has_an_example() -> None:
    kinds = set(get_args(ActionKind))
    assert set(EXAMPLES) == set(GRAMMAR) == kinds
    called = {parse_action(form).kind for form in CALL_FORMS.values()}
    assert {kind for kind, example in EXAMPLES.items() if example.call} == called


@pytest.mark.parametrize("kind", get_args(ActionKind))
def test_from_text_to_page(stage: Stage, kind: ActionKind) -> None:
    example = EXAMPLES[kind]
    observation = stage.do(*example.before) if example.before else stage.see().observation
    action = parse_action(filled(example.brackets, observation))
    as_object = {"kind": kind, **action.model_dump(mode="json", exclude_defaults=True)}
    assert parse_action(json.dumps(as_object)) == action
    if example.call:
        assert parse_action(filled(example.call, observation)) == action
    assert action.kind == kind
    began = time.monotonic()
    stage.session.act(action)
    assert time.monotonic() - began >= example.seconds
    if kind == "stop":
        assert action.text == "done"
    if example.after:
        stage.see()
        stage.do(*example.after)
    if example.noted:
        assert stage.log().startswith(example.noted)
    assert example.seen(stage.see().observation)


@pytest.fixture
def stage(staged: Staged) -> Stage:
    stage = staged(SITE)
    folder = stage.folder / "uploads"
    folder.mkdir()
    (folder / "a b.txt").write_text("four")
    return stage
