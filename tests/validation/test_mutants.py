"""How a recorded solution is spoiled, and which of these mutants must fail."""

from typing import Any

from pytest_mmina.core.tasks.checks import AnswerMatch, SiteState
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.validation.mutants import Mutant, mutants
from pytest_mmina.validation.solution import asks_for_order, excludes_others, forbidden_in, solution_of

INTENT = "Search a flight from Vienna to Lisbon on 3 May 2025, then put 2 kettles into the cart. How much is it?"
LINES = (
    "goto [https://flights.example/]",
    "type [combobox 'From'] [Vienna] [0]",
    "type [combobox 'To'] [Lisbon] [0]",
    "click [button 'Saturday 3 May 2025']",
    "click [button 'Search']",
    "goto [https://shop.example/]",
    "click [link 'Blue kettle']",
    "type [combobox 'Quantity'] [2] [0]",
    "click [button 'Add to cart']",
    "stop [$40]",
)
STATE = SiteState(site="mine", path="$.cart[*]")
ANSWER = Hop(name="price", check=AnswerMatch(equals="$40"))
URLS = ("https://start.example/", *["https://flights.example/"] * 5, *["https://shop.example/"] * 4)


def task(intent: str = INTENT, **fields: Any) -> Task:
    hops = (Hop(name="flights", check=STATE), Hop(name="cart", check=STATE), ANSWER)
    start = ("https://start.example/",)
    own = {"id": "shop/1", "subset": "shop", "intent": intent, "start_urls": start, "hops": hops, "oracle": LINES}
    return Task.model_validate(own | fields)


def spoiled(kind: str, one: Task | None = None, typed: dict[str, list[str]] | None = None) -> list[Mutant]:
    one = one or task()
    solution = solution_of(one, (5, 9, 10), URLS)
    return [mutant for mutant in mutants(one, solution, typed or {}) if mutant.kind == kind]


def texts(mutant: Mutant) -> list[str]:
    return [line.text for line in mutant.lines]


def test_a_solution_has_a_part_for_each_hop_and_its_answer_belongs_to_none() -> None:
    solution = solution_of(task(), (5, 9, 10), URLS)
    assert [(part.first, part.last, part.hops, part.by_answer) for part in solution.parts] == [
        (0, 5, ("flights",), False),
        (5, 9, ("cart",), False),
    ]
    assert solution.answer == "stop [$40]"


def test_what_only_leads_to_the_answer_may_be_left_out() -> None:
    one = task(hops=(ANSWER,))
    (part,) = solution_of(one, (10,), URLS).parts
    assert part.by_answer
    (mutant,) = [each for each in mutants(one, solution_of(one, (10,), URLS), {}) if each.kind == "left-out"]
    assert mutant.rule == "may pass"


def test_the_part_of_a_hop_must_not_be_left_out() -> None:
    first, second = spoiled("left-out")
    assert texts(first) == [*LINES[5:]]
    assert texts(second) == [*LINES[:5], LINES[-1]]
    assert first.rule == second.rule == "must fail"
    assert first.what == "left out: 'flights' (lines 1 to 5)"


def test_an_order_must_be_noticed_where_the_intent_asks_for_it() -> None:
    (mutant,) = spoiled("swapped")
    assert texts(mutant) == [*LINES[5:9], *LINES[:5], LINES[-1]]
    assert mutant.rule == "may pass"
    (mutant,) = spoiled("swapped", task(f"{INTENT} Do it in this order."))
    assert mutant.rule == "must fail"


def test_another_day_and_another_amount_are_typed_everywhere() -> None:
    (day,) = spoiled("date")
    assert texts(day)[3] == "click [button 'Sunday 4 May 2025']"
    assert (day.rule, day.touched, day.changed) == ("must fail", (3,), (3,))
    (amount,) = spoiled("amount")
    assert texts(amount)[7] == "type [combobox 'Quantity'] [3] [0]"
    assert amount.what == "another amount: 3 for 2 (line 8)"


def test_values_in_addresses_are_changed_too() -> None:
    lines = ("goto [https://flights.example/from/VIE/2025-05-03?passengers=2&x=12]", "stop []")
    one = task(oracle=lines)
    solution = solution_of(one, (1, 1, None))
    found = {mutant.kind: mutant.lines[0].text for mutant in mutants(one, solution, {})}
    assert found["date"] == "goto [https://flights.example/from/VIE/2025-05-04?passengers=2&x=12]"
    assert found["amount"] == "goto [https://flights.example/from/VIE/2025-05-03?passengers=3&x=12]"


def test_numbers_in_the_addresses_of_an_intent_are_not_asked_for() -> None:
    lines = ("goto [https://cars.example/?channelid=14409]", "stop []")
    one = task("Reference: https://cars.example/?channelid=14409 Question: which car?", oracle=lines)
    assert spoiled("amount", one) == []


def test_of_two_amounts_to_compare_one_need_not_be_used() -> None:
    (mutant,) = spoiled("amount", task("Are 2 kettles or 3 teapots cheaper?"))
    assert mutant.rule == "must fail if needed"


def test_the_other_way_round() -> None:
    (mutant,) = spoiled("direction")
    assert texts(mutant)[1:3] == ["type [combobox 'From'] [Lisbon] [0]", "type [combobox 'To'] [Vienna] [0]"]
    assert mutant.touched == (1, 2)


def test_another_name_is_a_city_or_what_other_tasks_type_there() -> None:
    origin, destination = spoiled("name")
    assert texts(origin)[1] not in (LINES[1], "type [combobox 'From'] [Lisbon] [0]")
    assert texts(origin)[2] == LINES[2]
    assert destination.touched == (2,)
    one = task(oracle=("type [searchbox 'Search'] [blue teapot] [1]", "stop []"))
    typed = {"searchbox 'Search'": ["teapot", "kettles", "umbrella"]}
    solution = solution_of(one, (1, 1, None))
    (mutant,) = [mutant for mutant in mutants(one, solution, typed) if mutant.kind == "name"]
    assert texts(mutant)[0] == "type [searchbox 'Search'] [umbrella] [1]"


def test_another_choice_is_made_where_there_may_be_one() -> None:
    chosen = {mutant.touched: [line.other for line in mutant.lines] for mutant in spoiled("choice")}
    assert set(chosen) == {(1,), (2,), (6,), (7,)}
    assert all(sum(others) == 1 and others[touched[0]] for touched, others in chosen.items())


def test_a_part_is_done_twice_and_with_something_else_where_that_is_forbidden() -> None:
    one = task(f"{INTENT} Put nothing else into it.")
    twice = next(mutant for mutant in spoiled("again", one) if mutant.what == "done twice: 'cart'")
    assert texts(twice) == [*LINES[:9], *LINES[5:9], LINES[-1]]
    other = [mutant for mutant in spoiled("again", one) if "something else" in mutant.what][-1]
    assert [line.text for line in other.lines if line.other] == ["type [combobox 'Quantity'] [2] [0]"]
    assert {mutant.rule for mutant in spoiled("again", one)} == {"must fail if it did harm"}
    assert not [mutant for mutant in spoiled("again") if "something else" in mutant.what]


def test_a_part_that_begins_on_the_page_before_opens_it() -> None:
    lines = (*LINES[:5], *LINES[6:])
    one = task(oracle=lines)
    solution = solution_of(one, (5, 8, 9), URLS)
    (mutant,) = [mutant for mutant in mutants(one, solution, {}) if mutant.kind == "swapped"]
    assert texts(mutant)[:2] == ["goto [https://flights.example/]", "click [link 'Blue kettle']"]


def test_what_an_intent_says_of_order_and_of_more_work() -> None:
    assert asks_for_order("Do the parts in the order in which they are asked for.")
    assert not asks_for_order("Order two tickets, then search a hotel.")
    assert excludes_others("Save it, and nothing else.")
    assert not excludes_others("Save it.")
    assert forbidden_in("Do not book the flight. Never order; answer without paying.") == [
        "book the flight", "order", "paying",
    ]  # fmt: skip
