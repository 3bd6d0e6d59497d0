from typing import Any

import pytest

from pytest_mmina.core.language.trajectory import PageState, State, site_value_key
from pytest_mmina.core.tasks.checks import (
    AllOf,
    AnswerMatch,
    AnyOf,
    Check,
    Not,
    PageText,
    SelectorText,
    SiteState,
    SiteWord,
    Stopped,
    UrlMatch,
)
from pytest_mmina.core.tasks.judging import judge

CART = State(
    pages=(
        PageState(
            url="http://localhost:7770/checkout/cart/?Item=Blue%20Kettle",
            texts={"body": ("Your cart\n  1 x Blue Kettle  ",), ".total": ("$24.90", "$3.00"), ".none": ()},
        ),
        PageState(url="https://www.eventbrite.com/"),
    ),
)
ANSWERED = CART.model_copy(update={"answer": '  "Blue Kettle" '})


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (SiteWord(word="7770"), "the address has the site word '7770'"),
        (SiteWord(word="EVENT"), "the address has the site word 'EVENT'"),
        (UrlMatch(equals="http://localhost:7770/checkout/cart/?item=blue kettle"), "the URL matches"),
        (UrlMatch(contains=("cart", "blue+kettle")), "the URL matches"),
        (UrlMatch(pattern=r"/cart/\?Item=Blue Kettle$"), "the URL matches"),
        (PageText(contains=("your cart 1 x",)), "the page text matches"),
        (SelectorText(selector=".total", equals="$3.00"), "the text of '.total' matches"),
        (SelectorText(selector=".total", pattern=r"^\$24"), "the text of '.total' matches"),
        (Not(check=UrlMatch(contains=("checkout/success",))), "the URL lacks"),
        (AnyOf(checks=(SiteWord(word="xe"), SiteWord(word="7770"))), "the address has"),
        (AllOf(checks=(SiteWord(word="7770"), UrlMatch(contains=("cart",)))), "the URL matches"),
    ],
)
def test_what_holds(check: Check, reason: str) -> None:
    verdict = judge(check, CART)
    assert verdict.passed, verdict
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (SiteWord(word="kettle"), "the address lacks the site word 'kettle'"),
        (UrlMatch(contains=("teapot",)), "the URL lacks 'teapot': 'http://localhost:7770"),
        (UrlMatch(equals="http://localhost:7770/"), "not 'http://localhost:7770/'"),
        (PageText(contains=("two kettles",)), "the page text lacks 'two kettles'"),
        (SelectorText(selector=".none", contains=("x",)), "nothing on the page matches '.none'"),
        (SelectorText(selector=".other", contains=("x",)), "is not known: the page was only passed through"),
        (SelectorText(selector=".total", pattern="^9"), "does not match the pattern '^9'"),
        (AnswerMatch(contains=("kettle",)), "the agent has not answered"),
        (Stopped(), "the agent has not stopped"),
        (AllOf(checks=(SiteWord(word="7770"), SiteWord(word="event"))), "the address lacks the site word 'event'"),
        (AnyOf(checks=(SiteWord(word="xe"), SiteWord(word="momondo"))), "'xe', and the address lacks"),
    ],
)
def test_what_does_not_hold_says_why_for_the_current_page(check: Check, reason: str) -> None:
    verdict = judge(check, CART)
    assert not verdict.passed
    assert reason in verdict.reason
    assert verdict.url == CART.pages[0].url


@pytest.mark.parametrize("check", [AnswerMatch(equals="blue kettle"), AnswerMatch(contains=("BLUE",)), Stopped()])
def test_an_answer_is_compared_without_case_and_outer_quotes(check: Check) -> None:
    assert judge(check, ANSWERED).passed


def test_an_empty_answer_is_an_answer_that_says_nothing() -> None:
    state = CART.model_copy(update={"answer": ""})
    assert not judge(AnswerMatch(contains=("kettle",)), state).passed
    assert judge(Stopped(), state).passed


def test_a_verdict_names_the_page_that_a_check_holds_on() -> None:
    assert judge(SiteWord(word="event"), CART).url == "https://www.eventbrite.com/"


def test_no_open_page_holds_nothing() -> None:
    assert judge(Not(check=SiteWord(word="x")), State(pages=())).reason == "no page was open"


def test_an_answer_and_the_state_of_a_site_do_not_need_an_open_page() -> None:
    key = site_value_key("shop", "$.cart[*]")
    state = State(pages=(), answer="$24.90", site_values={key: ("kettle",)})
    answer, cart = AnswerMatch(equals="$24.90", compare="number"), SiteState(site="shop", path="$.cart[*]")
    assert judge(AllOf(checks=(answer, cart, Stopped())), state).passed
    assert judge(answer, state.model_copy(update={"answer": "$25"})).reason == "the answer is '$25', not '$24.90'"
    assert not judge(AllOf(checks=(answer, Not(check=SiteWord(word="x")))), state).passed


def test_a_pattern_that_would_backtrack_for_ever_is_harmless() -> None:
    state = State(pages=(PageState(url="https://a.example/" + "a" * 5000 + "!"),))
    assert not judge(UrlMatch(pattern="(a+)+$"), state).passed


VALUES = {"shop $.cart[*].quantity": (2, 3), "shop $.flags[*]": (True,), "shop $.none": ()}
SHOP = State(pages=(PageState(url="http://localhost:7770/"),), site_values=VALUES)


def in_shop(path: str, **condition: Any) -> SiteState:
    return SiteState(site="shop", path=path, **condition)


@pytest.mark.parametrize(
    ("check", "passed", "reason"),
    [
        (in_shop("$.cart[*].quantity"), True, "matches"),
        (in_shop("$.cart[*].quantity", equals=3), True, "matches"),
        (in_shop("$.cart[*].quantity", equals=3.0), True, "matches"),
        (in_shop("$.cart[*].quantity", count=2, equals=2), True, "matches"),
        (in_shop("$.none", count=0), True, "matches"),
        (in_shop("$.cart[*].quantity", equals=4), False, "$.cart[*].quantity of the site 'shop' is 2, 3, not 4"),
        (in_shop("$.cart[*].quantity", count=1), False, "finds 2 values, not 1"),
        (in_shop("$.flags[*]", equals=1), False, "is True, not 1"),
        (in_shop("$.none"), False, "is nothing"),
        (in_shop("$.none", equals=1), False, "is nothing, not 1"),
        (in_shop("$.other"), False, "is not known"),
    ],
)
def test_the_state_of_a_site(check: SiteState, passed: bool, reason: str) -> None:
    verdict = judge(check, SHOP)
    assert verdict.passed is passed
    assert reason in verdict.reason
