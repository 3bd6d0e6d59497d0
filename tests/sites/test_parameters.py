"""Parameters of addresses are read strictly, and pages are noted if they are open in a tab."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

from pytest_mmina.sites.activity import activity_of, begin_activity, record_activity, record_page
from pytest_mmina.sites.parameters import (
    choice_parameter,
    day_parameter,
    number_parameter,
    page_parameter,
    text_parameter,
)
from pytest_mmina.sites.search_form import LAST_DAY, first_day_error, last_day_error

APP = Flask(__name__)
FIRST, LAST = date(2025, 3, 3), date(2026, 3, 3)


def day() -> str:
    return str(day_parameter("x", FIRST, FIRST, LAST))


def sort() -> str:
    return choice_parameter("x", ("price", "rating"), "best")


def guests() -> int:
    return number_parameter("x", 2, 1, 4)


def page() -> list[int]:
    return list(page_parameter(range(5), 2, "x").items)


def text() -> str:
    return text_parameter("x", 12)


@pytest.mark.parametrize(
    ("read", "query", "value"),
    [
        (text, "", ""),
        (text, "x=++green++tea+", "green tea"),
        (text, "x=tea&x=tea&y=other", "tea"),
        (sort, "", "best"),
        (sort, "x=", "best"),
        (sort, "x=best", "best"),
        (sort, "x=price", "price"),
        (guests, "", 2),
        (guests, "x=4", 4),
        (day, "", "2025-03-03"),
        (day, "x=2026-03-03", "2026-03-03"),
        (page, "", [0, 1]),
        (page, "x=3", [4]),
    ],
)
def test_a_value_is_read(read: Callable[[], Any], query: str, value: Any) -> None:
    with APP.test_request_context(f"/?{query}"):
        assert read() == value


@pytest.mark.parametrize(
    ("read", "query", "status"),
    [
        (text, "x=a+long+green+tea", 400),
        (text, "x=tea&x=coffee", 400),
        (sort, "x=PRICE", 400),
        (sort, "x=price+vienna", 400),
        *((guests, f"x={value}", 400) for value in ("0", "5", "-1", "02", "2.0", "two", "2 vienna", "9" * 30)),
        *((day, f"x={value}", 404) for value in ("2025-03-02", "2026-03-04", "2025-04-31", "2025-4-1", "20250401")),
        *((day, f"x={value}", 404) for value in ("10 April 2025", "2025-04-10 vienna", "tomorrow")),
        *((page, f"x={value}", status) for value, status in (("0", 400), ("4", 404), ("first", 400))),
    ],
)
def test_a_wrong_value_is_an_error(read: Callable[[], Any], query: str, status: int) -> None:
    with APP.test_request_context(f"/?{query}"), pytest.raises(HTTPException) as raised:
        read()
    assert raised.value.code == status
    assert "vienna" not in str(raised.value.description)


def test_journeys_and_stays_are_within_a_year() -> None:
    def last_error(first: date, last: date) -> str:
        return last_day_error(first, last, least=0, most=9, example="", too_early="too early", too_long="too long")

    assert [first_day_error(LAST_DAY), last_error(LAST_DAY, LAST_DAY)] == ["", ""]
    late = "Choose a day until Tue 3 Mar 2026."
    assert [first_day_error(date(2026, 3, 4)), last_error(LAST_DAY, date(2026, 3, 4))] == [late, late]


@pytest.mark.parametrize(
    ("headers", "method", "count"),
    [
        ({}, "GET", 1),
        ({"Sec-Fetch-Dest": "document"}, "GET", 1),
        ({"Accept": "text/html,*/*"}, "GET", 1),
        ({"Sec-Fetch-Dest": "empty"}, "GET", 0),
        ({"Sec-Fetch-Dest": "iframe"}, "GET", 0),
        ({"Sec-Fetch-Dest": "image"}, "GET", 0),
        ({"Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch;prerender"}, "GET", 0),
        ({"Accept": "*/*"}, "GET", 0),
        ({}, "HEAD", 0),
        ({}, "POST", 0),
    ],
)
def test_a_page_counts_if_it_is_open_in_a_tab(headers: dict[str, str], method: str, count: int) -> None:
    app = Flask(__name__)
    begin_activity(app)
    with app.test_request_context("/", headers=headers, method=method):
        record_page("viewed", id="tea")
    assert len(activity_of(app)) == count


@pytest.mark.parametrize(("method", "count"), [("GET", 1), ("POST", 2)])
def test_a_page_that_is_loaded_again_shows_nothing_new(method: str, count: int) -> None:
    app = Flask(__name__)
    begin_activity(app)
    with app.test_request_context("/", method=method):
        record_activity("added", id="tea", quantity=1)
        record_activity("added", id="tea", quantity=1)
    assert len(activity_of(app)) == count
