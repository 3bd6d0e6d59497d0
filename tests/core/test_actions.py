import pytest

from pytest_mmina.core.actions import GRAMMAR, Action, Target, parse_action
from pytest_mmina.core.errors import ActionError


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
    ],
)
def test_the_grammar(text: str, action: Action) -> None:
    assert parse_action(text) == action


@pytest.mark.parametrize("text", [
    "click [12]", "click [link 'Tokyo']", "hover [e1]", "type [3] [a [b]] [1]", "type [textbox 'To'] [x] [0]",
    "press [Enter]", "scroll [up]", "goto [https://a.example/]", "new_tab", "tab_focus [1]", "close_tab", "go_back",
    "go_forward", "stop [yes]",
])  # fmt: skip
def test_an_action_prints_as_what_it_was_parsed_from(text: str) -> None:
    assert str(parse_action(text)) == text


def test_every_verb_of_the_grammar_can_be_parsed() -> None:
    examples = [
        usage.replace("|1", "").replace("|down", "").replace("id", "e1").replace("[n]", "[1]")
        for usage in GRAMMAR.values()
    ]
    assert [parse_action(example).kind for example in examples] == list(GRAMMAR)


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
        ("scroll [left]", "is not well formed"),
        ("tab_focus [one]", "is not well formed"),
        ("tab_focus [²]", "is not well formed"),
        (f"tab_focus [{'9' * 5000}]", "is not well formed"),
        ("goto []", "is not well formed"),
        ("press []", "is not well formed"),
        ("go_back [2]", "is not well formed"),
        ("__import__('os').system('x')", "is not an action"),
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
