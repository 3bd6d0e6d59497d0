"""What agents of other kinds answer: BrowserGym's calls, JSON, and mappings such as the arguments of a tool call."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_mmina.core.errors import ActionError
from pytest_mmina.core.language.action_schema import action_schema, action_tools
from pytest_mmina.core.language.actions import ACTION_KINDS, Action, ActionKind, Target
from pytest_mmina.core.language.grammar import parse_action, parse_actions, read_answer
from pytest_mmina.core.language.grammar_calls import CALL_FORMS

E12 = Target(ref="12")


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("click('12')", Action(kind="click", target=E12)),
        ("click(12)", Action(kind="click", target=E12)),
        ('click("12", button="right")', Action(kind="click", target=E12, button="right")),
        ("click('12', 'middle', ['Shift'])", Action(kind="click", target=E12, button="middle", modifiers=("Shift",))),
        ("dblclick(bid='12')", Action(kind="click", target=E12, double=True)),
        ("fill('12', 'it\\'s \"x\"')", Action(kind="type", target=E12, text='it\'s "x"')),
        ("fill('12', 'two\nlines')", Action(kind="type", target=E12, text="two\nlines")),
        ("fill('12', '''two\nlines''')", Action(kind="type", target=E12, text="two\nlines")),
        ("select_option('12', 'blue')", Action(kind="select", target=E12, values=("blue",))),
        ("select_option('12', ['a', 'b'])", Action(kind="select", target=E12, values=("a", "b"))),
        ("upload_file('12', 'a.pdf')", Action(kind="upload", target=E12, values=("a.pdf",))),
        ("press('12', 'Control+a')", Action(kind="press", target=E12, text="Control+a")),
        ("drag_and_drop('12', '13')", Action(kind="drag", target=E12, to=Target(ref="13"))),
        ("scroll(0, 300)", Action(kind="scroll", dy=300)),
        ("scroll(-50.5, -100)", Action(kind="scroll", dx=-50.5, dy=-100)),
        ("scroll(0, 0)", Action(kind="wait", seconds=0)),
        ("mouse_click(310, 20.5)", Action(kind="click", target=Target(x=310, y=20.5))),
        ("mouse_move(3, 4)", Action(kind="hover", target=Target(x=3, y=4))),
        ("mouse_drag_and_drop(1, 2, 3, 4)", Action(kind="drag", target=Target(x=1, y=2), to=Target(x=3, y=4))),
        ("keyboard_press('Enter')", Action(kind="press", text="Enter")),
        ("keyboard_type('on')", Action(kind="type", text="on")),
        ("goto('https://a.example/?q=(1)')", Action(kind="goto", text="https://a.example/?q=(1)")),
        ("tab_focus(2)", Action(kind="tab_focus", tab=2)),
        ("tab_close()", Action(kind="close_tab")),
        ("noop()", Action(kind="wait")),
        ("noop(500)", Action(kind="wait", seconds=0.5)),
        ("send_msg_to_user('It was built in 1751.')", Action(kind="stop", text="It was built in 1751.")),
        ("report_infeasible('no such field')", Action(kind="stop", text="N/A")),
        ("# I click now\nclick('12')  # like this", Action(kind="click", target=E12)),
        ("I will click.\n```python\nclick('12')\n```", Action(kind="click", target=E12)),
        ("```click('12')```", Action(kind="click", target=E12)),
        ('{"kind": "click", "target": {"ref": "12"}}', Action(kind="click", target=E12)),
        ('```json\n{"kind": "go_back"}\n```', Action(kind="go_back")),
    ],
)
def test_texts(text: str, action: Action) -> None:
    assert parse_action(text) == action


def test_every_call_has_a_right_form() -> None:
    for name, form in CALL_FORMS.items():
        assert form.startswith(f"{name}(")
        parse_action(form)


def test_several_calls_are_several_actions() -> None:
    text = "fill('1', 'a')\nclick('2'); click('3')"
    assert [str(action) for action in parse_actions(text)] == ["type [1] [a] [0]", "click [2]", "click [3]"]
    with pytest.raises(ActionError, match="contains 3 actions, but only one is allowed"):
        parse_action(text)
    with pytest.raises(ActionError, match="11 actions at once: 10 at most"):
        parse_actions("go_back()\n" * 11)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clik('12')", r"Did you mean 'click'\? Write: click\('12'"),
        ("type('12', 'x')", r"Write: type \[id\] \[text\] \[0\|1\]"),
        ("click()", r"missing a required argument: 'bid'.*Write: click\('12'"),
        ("click('12', where='top')", "unexpected keyword argument 'where'"),
        ("click(e12)", "arguments must be texts, numbers or lists of texts"),
        ("click(f'{1}')", "arguments must be texts, numbers or lists of texts"),
        ("click(open('/etc/passwd').read())", "arguments must be texts"),
        ("click(*['12'])", "arguments must be texts"),
        ("click(**{'bid': '12'})", "arguments must be texts"),
        ("click('12'", "is not well formed"),
        ("click('12') and click('13')", "nothing is executed"),
        ("x = click('12')", "is not an action"),
        ("import os", "is not an action"),
        ("__import__('os').system('x')", "nothing is executed"),
        ("(lambda: 1)()", "is not an action"),
        ("click('12').fill('x')", "nothing is executed"),
        ("fill('12', 5)", "type: text: Input should be a valid string"),
        ("click(True)", "an element must be given as a text"),
        ("mouse_click('here', 3)", "click: target.x: Input should be a valid number"),
        ("mouse_click(1e999, 3)", "click: target.x: Input should be a finite number"),
        ("noop(60000)", "wait: seconds: Input should be less than or equal to 30"),
        ("noop('long')", r"is not well formed .*Write: noop\(1000\)"),
        ("tab_focus(-1)", "tab_focus: tab: Input should be greater than or equal to 0"),
        ("upload_file('12', [])", "upload needs values"),
        ("click(" + "(" * 5000, "is not well formed"),
        ("click(" + "-" * 50_000 + "1)", "is not well formed|arguments must be texts"),
        ("click(" + "[" * 90 + "]" * 90 + ")", "arguments must be texts"),
        ("click('" + "x" * 200_000 + "')", "is too long"),
        ("click('\0')\0", "is not well formed"),
        ('{"kind": "click"', "is not a JSON object"),
        ('{"a": ' * 100_000, "is not a JSON object"),
        ('{"name": "click"}', "'None' is not a kind of action. Kinds: click, hover"),
    ],
)
def test_what_is_no_action_is_told_to_the_agent(text: str, message: str) -> None:
    with pytest.raises(ActionError, match=message) as caught:
        parse_actions(text)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "clik"}, r"'clik' is not a kind of action. Did you mean 'click'\?"),
        ({}, "'None' is not a kind of action. Kinds: click"),
        ({"kind": ["click"]}, "is not a kind of action"),
        ({"kind": "click"}, r'click needs target. Write: {"kind": "click", "target": {"ref": "e12"}}'),
        ({"kind": "goto", "text": ""}, "goto needs text"),
        ({"kind": "go_back", "text": "x"}, "go_back has no text"),
        ({"kind": "click", "target": {"ref": "e1"}, "enter": True}, "click has no enter"),
        ({"kind": "click", "target": {}}, "target: a target is one of: ref; role and name; x and y"),
        ({"kind": "click", "target": {"ref": "e1", "x": 1, "y": 2}}, "a target is one of"),
        ({"kind": "click", "target": {"x": 1}}, "a target is one of"),
        ({"kind": "click", "target": {"name": "Go"}}, "a target is one of"),
        ({"kind": "type", "target": {"ref": "e1"}, "txt": "x"}, "there is no field 'txt'. Did you mean 'text'"),
    ],
)
def test_a_mapping_that_is_no_action_is_told_to_the_agent(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ActionError, match=message):
        read_answer(fields)


def test_anything_else_is_no_answer() -> None:
    with pytest.raises(ActionError, match="must be an Action, a text or a mapping, not int"):
        read_answer(7)


def test_typing_nothing_empties_a_field() -> None:
    assert read_answer({"kind": "type", "target": {"ref": "12"}, "text": ""})[0].text == ""


def test_the_schema_has_each_kind_with_just_its_fields() -> None:
    schema = action_schema()
    objects = {entry["properties"]["kind"]["const"]: entry for entry in schema["oneOf"]}
    assert list(objects) == list(ACTION_KINDS)
    assert all(not entry["additionalProperties"] for entry in objects.values())
    assert list(objects["click"]["properties"]) == ["kind", "target", "button", "double", "modifiers"]
    assert objects["click"]["required"] == ["kind", "target"]
    assert objects["click"]["properties"]["target"]["$ref"] == "#/$defs/Target"
    assert objects["goto"]["properties"]["text"] == {
        "type": "string", "minLength": 1,
        "description": "The text to type, the key to press, the address to open, or the answer.",
    }  # fmt: skip
    assert objects["wait"]["properties"]["seconds"]["maximum"] == 30
    assert list(objects["go_back"]["properties"]) == ["kind"]
    json.dumps(schema)


def test_the_tools_have_an_object_each_and_resolve_their_own_references() -> None:
    tools = {tool["name"]: tool for tool in action_tools()}
    assert list(tools) == list(ACTION_KINDS)
    assert all(tool["description"] and tool["parameters"]["type"] == "object" for tool in tools.values())
    assert "kind" not in tools["click"]["parameters"]["properties"]
    for tool in tools.values():
        assert ("#/$defs/Target" in json.dumps(tool)) == ("$defs" in tool["parameters"])
    assert len(json.dumps(list(tools.values()))) < 25_000


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = {
    "target": st.one_of(
        st.from_regex(r"\A(e|f[1-9]e)?[1-9][0-9]{0,3}\Z").map(lambda ref: {"ref": ref}),
        st.builds(lambda role, name: {"role": role, "name": name}, st.sampled_from(["link", "button"]), TEXTS),
        st.builds(lambda x, y: {"x": x, "y": y}, *[st.floats(-1e4, 1e4)] * 2),
    ),
    "text": TEXTS.map(lambda text: text.strip() or "x"),
    "enter": st.booleans(),
    "values": st.lists(st.from_regex(r"\A[a-z][a-z .]{0,5}[a-z]\Z"), min_size=1, max_size=3),
    "button": st.sampled_from(["left", "middle", "right"]),
    "double": st.booleans(),
    "modifiers": st.lists(st.sampled_from(["Alt", "Shift"]), unique=True),
    "direction": st.sampled_from(["up", "down", "left", "right"]),
    "dx": st.floats(-1e4, 1e4),
    "dy": st.floats(-1e4, 1e4),
    "tab": st.integers(0, 99),
    "seconds": st.integers(0, 30).map(float),
}
VALUES["to"] = VALUES["target"]


@given(kind=st.sampled_from(list(ACTION_KINDS)), data=st.data())
def test_every_action_can_be_written_as_text(kind: ActionKind, data: st.DataObject) -> None:
    needs, takes = ACTION_KINDS[kind].needs, ACTION_KINDS[kind].takes
    taken = data.draw(st.sets(st.sampled_from(takes))) if takes else set()
    if kind == "scroll":
        taken = data.draw(st.sampled_from([{"direction"}, {"dx", "dy"}, {"target"}, {"target", "dx", "dy"}]))
    fields = {name: data.draw(VALUES[name]) for name in (*needs, *taken)}
    assume(kind != "scroll" or "x" not in fields.get("target", ()) or fields.get("dx") or fields.get("dy"))
    action = read_answer({"kind": kind, **fields})[0]
    assert parse_action(str(action)) == action


def test_there_is_nothing_to_scroll_to_at_a_point() -> None:
    with pytest.raises(ActionError, match="a point is always in view: give dx and dy"):
        read_answer({"kind": "scroll", "target": {"x": 1, "y": 2}})


@given(st.text(max_size=80) | st.from_regex(r"(click|fill|scroll)[\[('\"][^\n]{0,40}", fullmatch=True))
def test_any_text_is_actions_or_an_error_for_the_agent(text: str) -> None:
    with suppress(ActionError):
        assert parse_actions(text)
