"""The site of currencies tells what the visitor did, and has no page for what does not exist."""

from typing import Any

import pytest

from tests.sites.visits import Step, Visit

ALERT = (
    "/ratealerts/",
    {"from": "USD", "to": "Japanese yen", "direction": "above", "rate": "155.0", "email": "a@b.example"},
)
SET = {"action": "set_alert", "from": "USD", "to": "JPY", "direction": "above", "rate": 155, "email": "a@b.example",
       "number": "PW-1"}  # fmt: skip
CONVERT = "/currencyconverter/convert/"

ACTS: list[tuple[list[list[Step]], list[dict[str, Any]]]] = [
    (
        [
            [f"{CONVERT}?Amount=250&From=USD&To=NZD"],
            [f"{CONVERT}?To=NZD&From=USD+-+US+dollar&for=&Amount=250.00"],
            [f"{CONVERT}?Amount=$250&From=us+dollar&To=New+Zealand+dollar&utm=vienna"],
            ["/", f"{CONVERT}?Amount=250&From=usd&To=nzd", f"{CONVERT}?Amount=250.0&From=USD&To=NZD"],
        ],
        [{"action": "converted", "amount": 250, "from": "USD", "to": "NZD"}],
    ),
    (
        [
            [f"{CONVERT}?Amount=1,250.50&From=USD&To=DKK&for=copenhagen"],
            [f"{CONVERT}?Amount=1250.5&From=USD&To=DKK&for=A+trip+to+Copenhagen"],
            [f"{CONVERT}?Amount=1250.5&From=$&To=DKK&for=CPH"],
        ],
        [{"action": "converted", "amount": 1250.5, "from": "USD", "to": "DKK", "city": "copenhagen"}],
    ),
    (
        [["/currencytables/?from=USD"], ["/currencytables/"],
         ["/currencytables/?from=USD+-+US+dollar&q=&region=&sort=code"]],
        [{"action": "listed", "kind": "rates", "from": "USD", "results": 56}],
    ),
    (
        [
            ["/currencytables/?from=EUR&q=Dollars&region=Americas&sort=rate"],
            ["/currencytables/?sort=rate&region=Americas&q=the+dollar&from=euro"],
            ["/currencytables/?sort=rate&region=Americas&q=DOLAR&from=eur"],
        ],
        [{"action": "searched", "kind": "rates", "from": "EUR", "query": "dollar", "region": "Americas", "sort": "rate",
          "results": 2}],
    ),
    (
        [["/currencytables/?q=eventbrite"]],
        [{"action": "searched", "kind": "rates", "from": "USD", "query": "eventbrite", "results": 0}],
    ),
    ([["/currency/JPY"], ["/currency/japanese-yen"], ["/currency/jpy"]],
     [{"action": "viewed", "kind": "currency", "id": "JPY"}]),
    ([["/currencycharts/?from=GBP&to=USD"], ["/currencycharts/?to=US+dollar&from=Pound+sterling"]],
     [{"action": "viewed", "kind": "chart", "from": "GBP", "to": "USD"}]),
    ([["/ratealerts/"], ["/ratealerts/?from=USD&to=JPY"]], [{"action": "listed", "kind": "alerts"}]),
    ([[ALERT]], [SET, {"action": "listed", "kind": "alerts"}]),
    ([[ALERT, ("/ratealerts/PW-1/delete", {})]],
     [SET, {"action": "listed", "kind": "alerts"}, {"action": "removed", "kind": "alert", "number": "PW-1"},
      {"action": "listed", "kind": "alerts"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[dict[str, Any]]) -> None:
    for steps in ways:
        visit = Visit("currency")
        visit.take(steps)
        assert visit.did() == entries, steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"{CONVERT}?{wrong}", 400) for wrong in (
            "", "Amount=1", "Amount=1&From=USD", "Amount=&From=USD&To=EUR", "Amount=ten&From=USD&To=EUR",
            "Amount=-1&From=USD&To=EUR", "Amount=1,5&From=USD&To=EUR", "Amount=1&From=USD&To=EURO+vienna",
            "Amount=1&From=USD&To=ABC", "Amount=1&From=USD&To=EUR&To=JPY", "Amount=1&Amount=2&From=USD&To=EUR",
            "Amount=1&From=USD&To=EUR&for=atlantis", "Amount=1&From=USD&To=EUR&for=rome+dubai",
        )),
        ("/currencytables/?from=ABC", 404),
        ("/currencytables/?region=Moon", 400),
        ("/currencytables/?sort=best", 400),
        ("/currencytables/?page=9", 404),
        ("/currencytables/?page=two", 400),
        ("/currency/ABC", 404),
        ("/currency/USD-vienna", 404),
        ("/currencycharts/?from=ABC", 404),
        ("/currencycharts/?from=USD&to=EUR+vienna", 404),
        ("/ratealerts/?from=ABC", 404),
        ("/currencyconverter/convert/vienna", 404),
        ("/vienna", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("currency")
    assert visit.open(path).status_code == status
    assert visit.did() == []


def test_a_refused_form_does_nothing() -> None:
    visit = Visit("currency")
    for wrong in ({"to": "ABC"}, {"to": "USD"}, {"rate": "0"}, {"rate": "many"}, {"email": "me"}, {"direction": "up"}):
        assert visit.send(ALERT[0], **{**ALERT[1], **wrong}).status_code == 400, wrong
    assert visit.send("/ratealerts/PW-1/delete").status_code == 404
    assert visit.did() == []
    assert visit.state()["alerts"] == []


def test_another_city_is_marked_in_the_form() -> None:
    page = Visit("currency").open(f"{CONVERT}?Amount=1&From=USD&To=EUR&for=atlantis").text
    assert "Choose a city from the list" in page
