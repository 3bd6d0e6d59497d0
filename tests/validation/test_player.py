"""Changed solutions are played as far as they go, and it is known whether what was changed was done."""

from collections.abc import Sequence

from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.validation.player import Line, Plays

PAGE = """
- link "Blue kettle" [ref=e1]:
  - /url: /kettle/blue
- link "A picture of the blue kettle" [ref=e2]:
  - /url: /kettle/blue
- link "Red kettle" [ref=e3]:
  - /url: /kettle/red
- link "Imprint" [ref=e4]:
  - /url: /imprint
- button "Add to cart" [ref=e5]
- combobox "Quantity" [ref=e6]:
  - option "1"
  - option "2"
- combobox "City" [ref=e7]
"""


def played(lines: Sequence[Line], *, changed: Sequence[int] = (), error_after: str = "") -> tuple[list[str], bool]:
    agent = Plays(lines, changed)
    agent.reset("Buy it.")
    said: list[str] = []
    while not said or not said[-1].startswith("stop"):
        error = "nothing here can be used" if said and said[-1] == error_after else ""
        said.append(str(agent.act(Observation(url="https://a.example/", title="", text=PAGE, error=error))))
    return said, agent.done


def test_what_is_there_is_done_as_it_stands() -> None:
    lines = [Line("goto [https://a.example/x]"), Line("click [link 'Blue kettle']"), Line("stop [yes]")]
    assert played(lines, changed=[1]) == (
        ["goto [https://a.example/x]", "click [link 'Blue kettle']", "stop [yes]"],
        True,
    )


def test_what_is_not_there_is_done_with_what_is_nearest() -> None:
    said, done = played([Line("click [link 'Green kettle']"), Line("stop []")])
    assert said[0] in ("click [e3]", "click [e1]")
    assert done


def test_what_has_nothing_near_is_passed_over() -> None:
    said, done = played([Line("click [button 'Zoom the map in']"), Line("stop [x]")], changed=[0])
    assert said == ["stop [x]"]
    assert not done


def test_another_link_has_another_address() -> None:
    said, done = played([Line("click [link 'Blue kettle']", other=True), Line("stop []")], changed=[0])
    assert said[0] == "click [e3]"
    assert done


def test_another_option_is_one_of_the_list() -> None:
    said, done = played([Line("type [combobox 'Quantity'] [1] [0]", other=True), Line("stop []")], changed=[0])
    assert said[0] == "type [combobox 'Quantity'] [2] [0]"
    assert done


def test_a_field_without_options_has_no_other_one() -> None:
    said, done = played([Line("type [combobox 'City'] [Rome] [0]", other=True), Line("stop []")], changed=[0])
    assert said == ["stop []"]
    assert not done


def test_a_change_that_the_page_refuses_was_not_done() -> None:
    lines = [Line("click [button 'Add to cart']"), Line("click [link 'Imprint']"), Line("stop []")]
    assert played(lines, changed=[0], error_after="click [button 'Add to cart']")[1] is False
    assert played(lines, changed=[1], error_after="click [button 'Add to cart']")[1] is True
