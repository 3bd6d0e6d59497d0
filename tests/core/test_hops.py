import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.language.trajectory import PageState, State, site_value_key
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.checks import (
    AllOf,
    AnswerMatch,
    AnyOf,
    Check,
    Entity,
    Not,
    PageText,
    SiteState,
    SiteWord,
    Stopped,
    UrlMatch,
)
from pytest_mmina.core.tasks.hops import HopCursor
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.queue_protocol import queue_hops
from pytest_mmina.core.tasks.task import Hop

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "mmina_protocol_vectors.json").read_text()
)


def at(*urls: str, answer: str | None = None) -> State:
    return State(pages=tuple(PageState(url=url) for url in urls), answer=answer)


def passed_at(hops: tuple[Hop, ...], states: list[State]) -> list[int | None]:
    cursor = HopCursor(hops)
    for step, state in enumerate(states):
        cursor.judge_state(state, step=step)
    return [result.step for result in cursor.results if result.passed]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"vector{vector['id']}")
def test_queue_agrees_with_the_vectors(vector: dict[str, Any]) -> None:
    hops = queue_hops(vector["task"], subset=vector["subset"])
    passed = passed_at(hops, [at(url) for url in vector["urls"]])
    expected = vector["queue"]
    assert passed == expected["passed_at"]
    assert (len(passed), len(hops), len(passed) == len(hops)) == (expected["hops"], expected["of"], expected["pass"])


def hops_of(*words: str, city: str = "", flight: str = "", shop: str = "") -> tuple[Hop, ...]:
    task: dict[str, JsonValue] = {"procedure": [*words, "end"], "city": city, "flight": flight, "shop": shop}
    return queue_hops(task, subset="compare")


@pytest.mark.parametrize(
    ("hop", "url", "holds"),
    [
        (hops_of("timeout", city="rome"), "https://www.timeout.com/romeo", False),
        (hops_of("timeout", city="new york"), "https://www.timeout.com/newyork", True),
        (hops_of("timeout", city="new york"), "https://www.timeout.com/New+York?x=1", True),
        (hops_of("timeout", city="new york"), "https://www.timeout.com/new%20york", True),
        (hops_of("timeout", city="new york"), "https://www.timeout.com/new/york", True),
        (hops_of("timeout", city="new york"), "https://newyork.timeout.com/", False),
        (hops_of("timeout", city="São Paulo"), "https://www.timeout.com/s%C3%A3o-paulo", True),
        (hops_of("timeout", city="東京"), "https://www.timeout.com/%E6%9D%B1%E4%BA%AC", True),
        (hops_of("timeout", city="tokyo"), "https://example.com/?u=timeout/tokyo", False),
        (hops_of("7770", shop="kettle"), "http://localhost:7770/catalogsearch/result/?q=kettle", True),
        (hops_of("7770", shop="kettle"), "http://localhost:7770/kettles.html", False),
        (
            hops_of("momondo", flight="tyo", city="tokyo"),
            "https://www.momondo.com/flight-search/SIN-TYO/2025-04-10",
            True,
        ),
        (hops_of("momondo", flight="tyo", city="tokyo"), "https://www.momondo.com/tokyo", True),
        (hops_of("momondo", flight="tyo", city="tokyo"), "https://www.momondo.com/flight-search/SIN-OSA", False),
        (hops_of("xe"), "https://www.xe.com/currencyconverter", True),
        (hops_of("event", city="rome"), "http://[::1/event/rome", True),
    ],
)
def test_a_hop_reads_the_url_as_the_protocol_says(hop: tuple[Hop, ...], url: str, holds: bool) -> None:
    assert bool(passed_at(hop, [at(url)])) is holds


def test_one_state_passes_several_hops_on_different_pages() -> None:
    hops = hops_of("event", "timeout", city="rome")
    assert passed_at(hops, [at("https://www.timeout.com/rome", "https://www.eventbrite.com/d/rome/")]) == [0, 0]


def test_a_hop_that_comes_before_its_turn_is_not_counted() -> None:
    hops = hops_of("event", "timeout", city="rome")
    assert passed_at(hops, [at("https://www.timeout.com/rome"), at("https://www.eventbrite.com/d/rome/")]) == [1]


def test_information_is_implied_by_acting_on_it() -> None:
    assert passed_at(hops_of("kiwix", "event", city="rome"), [at("https://www.eventbrite.com/d/rome/")]) == [0, 0]
    assert passed_at(hops_of("event", "kiwix", city="rome"), [at("https://www.eventbrite.com/d/rome/")]) == [0]


def test_a_passed_hop_never_un_passes() -> None:
    states = [at("https://www.eventbrite.com/d/rome/"), at("https://www.xe.com/")]
    assert passed_at(hops_of("event", city="rome"), states) == [0]


def test_results_tell_the_reason_of_the_hop_that_was_waited_for() -> None:
    cursor = HopCursor(hops_of("event", "timeout", "xe", city="rome"))
    cursor.judge_state(at("https://www.eventbrite.com/d/rome/"), step=4)
    cursor.judge_state(at("https://www.timeout.com/"), step=5)
    first, second, third = cursor.results
    assert (first.passed, first.step, first.url) == (True, 4, "https://www.eventbrite.com/d/rome/")
    assert (second.passed, second.step, second.url) == (False, 5, "https://www.timeout.com/")
    assert second.reason == "the URL does not name 'rome'"
    assert third.reason == "not reached: hop 2 comes first"


def flight(date: str) -> State:
    url = f"https://www.momondo.com/flight-search/VIE-BCN/{date}"
    return State(pages=(PageState(url=url, answered="whole"),))


def test_the_reason_of_a_hop_is_its_nearest_miss() -> None:
    check = AddressCheck(
        host=("www.momondo.com",),
        path=("/flight-search/{from}-{to}/{date}",),
        placeholders={"from": "VIE", "to": "BCN", "date": {"date": "2025-05-03"}},
    )
    cursor = HopCursor((Hop(name="flight", check=check), Hop(name="next", check=SiteWord(word="xe"))))
    for step, state in enumerate([at("https://start.example/"), flight("2025-05-05"), flight("2025-05-04")]):
        cursor.judge_state(state, step=step)
    cursor.judge_state(at("https://www.momondo.com/"), step=3)
    cursor.judge_end(at("https://start.example/", answer="done"), step=4)
    hop, rest = cursor.results
    assert (hop.step, hop.url) == (2, "https://www.momondo.com/flight-search/VIE-BCN/2025-05-04"), "the latest of two"
    assert hop.reason == (
        "momondo.com/flight-search/VIE-BCN/2025-05-04 was reached, but date is '2025-05-04', not 2025-05-03"
    )
    assert hop.explanation == f"at step 2: {hop.reason}"
    assert (rest.step, rest.url, rest.reached) == (None, "", False)
    assert rest.explanation == "not reached: hop 1 comes first"


@pytest.mark.parametrize(
    ("check", "nearer"),
    [
        (AllOf(checks=(SiteWord(word="shop"), PageText(contains=("tea",)))), True),
        (PageText(contains=("green", "tea", "cup")), True),
        (PageText(equals="green tea", contains=("green",)), True),
        (UrlMatch(contains=("shop", "tea")), True),
        (AnyOf(checks=(Stopped(), UrlMatch(contains=("shop", "tea")))), True),
        (SiteState(site="shop", path="$.cart", equals="cup"), True),
        (Not(check=Stopped()), None),
        (SiteWord(word="wiki"), False),
    ],
)
def test_what_meets_more_of_a_check_is_nearer(check: Check, nearer: bool | None) -> None:
    near = State(
        pages=(PageState(url="https://shop.example/", texts={"body": ("green cups",)}),),
        site_values={site_value_key("shop", "$.cart"): ("tea",)},
    )
    far = State(
        pages=(PageState(url="https://start.example/", texts={"body": ("nothing",)}),),
        site_values={site_value_key("shop", "$.cart"): ()},
    )
    cursor = HopCursor((Hop(name="hop", check=check),))
    cursor.judge_states([near, far], step=1)
    (hop,) = cursor.results
    assert (None if hop.passed else "shop" in hop.url) is nearer


def test_of_several_pages_the_nearest_gives_the_reason() -> None:
    pages = ("https://start.example/", "https://www.eventbrite.com/d/rome/", "https://www.eventbrite.com/")
    state = State(pages=tuple(PageState(url=url) for url in pages))
    verdict = judge(AllOf(checks=(SiteWord(word="event"), Entity(any_of=("rome",)), Stopped())), state)
    assert (verdict.url, verdict.met, verdict.asked) == (pages[1], 2, 3)
    assert verdict.reason == "the agent has not stopped"


def test_a_hop_that_passes_forgets_the_misses_of_the_one_before() -> None:
    cursor = HopCursor(hops_of("event", "timeout", city="rome"))
    cursor.judge_state(at("https://www.eventbrite.com/"), step=1)
    cursor.judge_state(at("https://www.eventbrite.com/d/rome/"), step=2)
    assert cursor.results[1].step == 2


def test_an_answer_counts_when_it_is_given() -> None:
    hops = (Hop(name="site", check=SiteWord(word="xe")), Hop(name="answer", check=AnswerMatch(contains=("9",))))
    assert passed_at(hops, [at("https://www.xe.com/"), at("https://www.xe.com/", answer="it is 9")]) == [0, 1]


@pytest.mark.parametrize(
    ("document", "subset", "message"),
    [
        ({"procedure": ["end"]}, "compare", "procedure: has no hop: it names no site but 'end'"),
        ({"procedure": ["kiwix", 7]}, "compare", "procedure: must be a list of URL words"),
        ({}, "normal", "must_include: a task of the subset 'normal' needs a list"),
        ({"eval": {"reference_answers": {"must_include": [""]}}}, "normal", "needs a list of non-empty texts"),
    ],
)
def test_a_task_without_conditions_is_refused(document: dict[str, Any], subset: str, message: str) -> None:
    with pytest.raises(TaskError, match=message):
        queue_hops(document, subset=subset)
