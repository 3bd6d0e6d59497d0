"""Other days, times and amounts: changed where the intent names them, in the form in which they stand there."""

import pytest

from pytest_mmina.validation.values import Change, other_amounts, other_days


def changed(changes: list[Change], text: str) -> list[str]:
    return [change.apply(text) for change in changes]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("2025-05-03", "2025-05-04"),
        ("20250503", "20250504"),
        ("Saturday 3 May 2025", "Sunday 4 May 2025"),
        ("May 3, 2025", "May 4, 2025"),
        ("3 May", "4 May"),
        ("from VIE on 2025-05-03 to 2025-05-09", "from VIE on 2025-05-04 to 2025-05-09"),
    ],
)
def test_another_day_in_the_same_form(text: str, other: str) -> None:
    assert changed(list(other_days([text], "A flight on 3 May 2025, please.")), text) == [other]


def test_a_day_at_the_end_of_a_month_becomes_the_one_before() -> None:
    (change,) = other_days(["2025-04-30"], "On 30 April 2025.")
    assert (change.before, change.after) == ("2025-04-30", "2025-04-29")


def test_no_day_becomes_another_one_that_is_asked_for() -> None:
    texts = ["2025-04-21", "2025-04-22"]
    assert [change.after for change in other_days(texts, "From 21 to 23 April 2025, not on 20 April 2025.")] == []
    changes = list(other_days(texts, "From 21 April 2025 until 22 April 2025."))
    assert [(change.before[-2:], change.after[-2:]) for change in changes] == [("21", "20"), ("22", "23")]


def test_a_day_that_the_intent_does_not_name_stays() -> None:
    assert list(other_days(["2025-05-03"], "A flight next Saturday.")) == []


@pytest.mark.parametrize(
    ("text", "intent", "other"),
    [
        ("100", "What are 100 US dollars?", "101"),
        ("2", "Order two tickets.", "3"),
        ("12.50", "Set an alert at 12.50.", "13.50"),
        ("/convert Amount 100 From USD", "What are 100 US dollars?", "/convert Amount 101 From USD"),
        ("19:30", "A table at 19:30.", "20:30"),
    ],
)
def test_another_amount(text: str, intent: str, other: str) -> None:
    assert changed(list(other_amounts([text], intent)), text) == [other]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("7770", "Put two kettles into the cart."),
        ("leo2@example.com", "Order 2 tickets."),
        ("http://localhost:2/", "Order 2 tickets."),
        ("B2", "Order 2 tickets."),
        ("2025-05-03", "A flight on 3 May 2025."),
        ("3 May", "A flight on 3 May 2025."),
    ],
)
def test_what_is_no_amount_of_the_intent_stays(text: str, intent: str) -> None:
    assert list(other_amounts([text], intent)) == []
