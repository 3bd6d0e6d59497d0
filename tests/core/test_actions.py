import re

import pytest

from pytest_mmina.core.errors import ActionError
from pytest_mmina.core.language.actions import ACTION_KINDS, Action, Target
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.grammar_brackets import GRAMMAR


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("click [12]", Action(kind="click", target=Target(ref="12"))),
        ("click [e12]", Action(kind="click", target=Target(ref="e12"))),
        ("click [f1e2]", Action(kind="click", target=Target(ref="f1e2"))),
        ("Click  [e12] ", Action(kind="click", target=Target(ref="e12"))),
        ("Let me see.\n```click [e12]```", Action(kind="click", target=Target(ref="e12"))),
        ("```\nhover [e1]\n``` then", Action(kind="hover", target=Target(ref="e1"))),
        ("click [link 'Tokyo Tower']", Action(kind="click", target=Target(role="link", name="Tokyo Tower"))),
        ('click [button "It\'s [new]"]', Action(kind="click", target=Target(role="button", name="It's [new]"))),
        ("type [3] [red tower] [0]", Action(kind="type", target=Target(ref="3"), text="red tower")),
        ("type [3] [red tower]", Action(kind="type", target=Target(ref="3"), text="red tower", enter=True)),
        ("type [3] [a [b] c] [1]", Action(kind="type", target=Target(ref="3"), text="a [b] c", enter=True)),
        ("type [3] [two\nlines] [0]", Action(kind="type", target=Target(ref="3"), text="two\nlines")),
        ("type [3] [x] [press_enter_after=0]", Action(kind="type", target=Target(ref="3"), text="x")),
        (
            "type [searchbox 'Find [it]'] [x] [0]",
            Action(kind="type", target=Target(role="searchbox", name="Find [it]"), text="x"),
        ),
        ("press [Control+a]", Action(kind="press", text="Control+a")),
        ("scroll [up]", Action(kind="scroll", direction="up")),
        ("scroll [direction=down]", Action(kind="scroll", direction="down")),
        ("goto [https://a.example/?q=[1]]", Action(kind="goto", text="https://a.example/?q=[1]")),
        ("new_tab", Action(kind="new_tab")),
        ("tab_focus [2]", Action(kind="tab_focus", tab=2)),
        ("close_tab []", Action(kind="close_tab")),
        ("go_back", Action(kind="go_back")),
        ("go_forward", Action(kind="go_forward")),
        ("stop [It is [9]]", Action(kind="stop", text="It is [9]")),
        ("stop", Action(kind="stop")),
        ("stop []", Action(kind="stop")),
        ("click [310, 20.5]", Action(kind="click", target=Target(x=310, y=20.5))),
        (
            "click [e1] [right Shift]",
            Action(kind="click", target=Target(ref="e1"), button="right", modifiers=("Shift",)),
        ),
        (
            "click [link 'It's [a] [b]'] [double]",
            Action(kind="click", target=Target(role="link", name="It's [a] [b]"), double=True),
        ),
        ("type [] [on and on] [0]", Action(kind="type", text="on and on")),
        ("press [e3] [Enter]", Action(kind="press", text="Enter", target=Target(ref="e3"))),
        ("press []]", Action(kind="press", text="]")),
        (
            "select [e3] [Red] [Light blue]",
            Action(kind="select", target=Target(ref="e3"), values=("Red", "Light blue")),
        ),
        (
            "upload [button 'Add'] [a b.pdf]",
            Action(kind="upload", target=Target(role="button", name="Add"), values=("a b.pdf",)),
        ),
        (
            "drag [e3] [listitem 'Done']",
            Action(kind="drag", target=Target(ref="e3"), to=Target(role="listitem", name="Done")),
        ),
        ("drag [1, 2] [3, 4]", Action(kind="drag", target=Target(x=1, y=2), to=Target(x=3, y=4))),
        ("scroll [e9]", Action(kind="scroll", target=Target(ref="e9"))),
        ("scroll [0, -300]", Action(kind="scroll", dx=0, dy=-300)),
        ("scroll [e9] [0, 40]", Action(kind="scroll", target=Target(ref="e9"), dy=40)),
        ("wait [2.5]", Action(kind="wait", seconds=2.5)),
        ("wait", Action(kind="wait")),
    ],
)
def test_the_grammar(text: str, action: Action) -> None:
    assert parse_action(text) == action


@pytest.mark.parametrize("text", [
    "click [12]", "click [link 'Tokyo']", "hover [e1]", "type [3] [a [b]] [1]", "type [textbox 'To'] [x] [0]",
    "press [Enter]", "scroll [up]", "goto [https://a.example/]", "new_tab", "tab_focus [1]", "close_tab", "go_back",
    "go_forward", "stop [yes]", "click [1.5, 2] [right double Shift]", "clear [e1]", "select [e1] [a] [b]",
    "check [e1]", "upload [e1] [a.txt]", "drag [e1] [e2]", "focus [e1]", "press [e1] [Enter]",
    "key_down [Shift]", "mouse_up [3, 4]", "scroll [e1]", "scroll [0, -30.5]", "wait [2.5]", "type [] [x] [1]",
])  # fmt: skip
def test_an_action_prints_as_what_it_was_parsed_from(text: str) -> None:
    assert str(parse_action(text)) == text


def test_every_verb_of_the_grammar_can_be_parsed() -> None:
    filled = {"id": "e1", "x, y": "3, 4", "seconds": "2", "n": "1", "0|1": "1", "up|down|left|right": "left"}
    for verb, forms in GRAMMAR.items():
        for form in forms.split(" or "):
            example = re.sub(r"\[(.*?)\]", lambda found: f"[{filled.get(found[1], '5, 6')}]", form)
            assert parse_action(example).kind == verb
    assert set(GRAMMAR) == set(ACTION_KINDS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not an action. Actions: click"),
        ("I would click on the first link", "is not an action"),
        ("clikc [3]", r"Did you mean 'click'\?"),
        ("click 3", r"is not well formed. Write: click \[id\]"),
        ("click [the first link]", "is not well formed"),
        ("click [link Tokyo]", "is not well formed"),
        ("click []", "is not well formed"),
        ("type [3]", r"Write: type \[id\] \[text\] \[0|1\]"),
        ("scroll [sideways]", r"Write: scroll \[up\|down\|left\|right\]"),
        ("tab_focus [one]", "is not well formed"),
        ("tab_focus [²]", "is not well formed"),
        (f"tab_focus [{'9' * 5000}]", "is not well formed"),
        ("goto []", "is not well formed"),
        ("press []", "is not well formed"),
        ("select [e1]", r"Write: select \[id\] \[option\]"),
        ("upload [e1] []", r"upload: values.0: .*Write: upload \[id\] \[file\]"),
        ("drag [e1]", r"Write: drag \[id\] \[id\]"),
        ("click [1, 2, 3]", "is not well formed"),
        ("click [1.2.3, 4]", "is not well formed"),
        ("click [e1] [gently]", "click: modifiers.0: Input should be 'Alt'"),
        ("wait [31]", "wait: seconds: Input should be less than or equal to 30"),
        ("wait [.]", "is not well formed"),
        ("fill [e1] [x]", r"Write: fill\('12', 'text'\)"),
        ("go_back [2]", "is not well formed"),
        ("click [e1]; click [e2]", "is not well formed"),
    ],
)
def test_what_is_no_action_is_told_to_the_agent(text: str, message: str) -> None:
    with pytest.raises(ActionError, match=message):
        parse_action(text)


def test_a_long_text_is_not_thrown_back_whole() -> None:
    with pytest.raises(ActionError) as caught:
        parse_action("x" * 10_000)
    assert len(str(caught.value)) < 600
