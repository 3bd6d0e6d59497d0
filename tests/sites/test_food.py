"""The site of restaurants tells what the visitor did, and has no page for what does not exist."""

from typing import Any

import pytest

from tests.sites.visits import Step, Visit

KITCHEN = "/tokyo/restaurants/old-shinjuku-kitchen"
PLACE = {"kind": "place", "id": KITCHEN, "city": "tokyo"}
LIKE = ("/favourites", {"path": KITCHEN, "next": "/favourites"})
TABLE = {"date": "2025-03-13", "time": "18:30", "people": "3", "name": "Ann", "email": "a@b.example"}
BOOK = (f"{KITCHEN}/reserve", TABLE)
BOOKED = {"action": "booked", **PLACE, "date": "2025-03-13", "time": "18:30", "people": 3, "number": "TF-7001"}
SHOWN = {"action": "viewed", "kind": "reservation", "id": "TF-7001"}
IN_TOKYO = {"action": "searched", "city": "tokyo", "category": "restaurants"}

ACTS: list[tuple[list[list[Step]], list[dict[str, Any]]]] = [
    (
        [
            ["/tokyo/restaurants"],
            ["/tokyo/restaurants/?q=&cuisine=&district=&sort=&page=1", "/tokyo/restaurants?utm=vienna"],
            ["/TYO/restaurants"],
            ["/search?city=Tokyo&q="],
            ["/search?city=Tokio"],
            ["/search?city=tokyo,+japan&q=Restaurant"],
            ["/search?q=Restaurants+in+Tokyo"],
        ],
        [{**IN_TOKYO, "results": 16}],
    ),
    ([["/tokyo/cafes"], ["/search?q=Caf%C3%A9&city=Tokyo"]], [{**IN_TOKYO, "category": "cafes", "results": 8}]),
    (
        [
            ["/search?q=Ramens&city=Tokyo"],
            ["/search?q=ramen+in+tokyo"],
            ["/tokyo/restaurants?q=the+RAMEN"],
        ],
        [{**IN_TOKYO, "query": "ramen", "results": 3}],
    ),
    (
        [
            ["/tokyo/restaurants?level=1&level=2&late=1&sort=rating&district=Ginza"],
            ["/tokyo/restaurants?district=Ginza&sort=rating&level=2&level=1&level=2&late=1&cuisine="],
        ],
        [{**IN_TOKYO, "levels": [1, 2], "late": True, "sort": "rating", "district": "Ginza", "results": 1}],
    ),
    ([["/search?q=ramen"], ["/search?q=Ramen&city="]], [{"action": "searched", "query": "ramen", "results": 3}]),
    ([["/search?q=qwertz"]], [{"action": "searched", "query": "qwertz", "results": 0}]),
    ([["/search?q=%E6%9D%B1%E4%BA%AC&city=tokyo"]], [{**IN_TOKYO, "query": "東京", "results": 0}]),
    ([["/tokyo"], ["/Tokyo/"], ["/japan--tokyo"]], [{"action": "viewed", "kind": "city", "city": "tokyo"}]),
    ([["/"], ["/search"], ["/search?q=&city="], ["/cookies"]], []),
    ([[KITCHEN], [KITCHEN.replace("tokyo", "Tokyo"), f"{KITCHEN}?utm=vienna"]], [{"action": "viewed", **PLACE}]),
    ([[LIKE]], [{"action": "liked", **PLACE}, {"action": "listed", "kind": "favourites"}]),
    ([[LIKE, LIKE]], [{"action": "liked", **PLACE}, {"action": "listed", "kind": "favourites"},
                      {"action": "unliked", **PLACE}, {"action": "listed", "kind": "favourites"}]),
    ([[BOOK], [f"{KITCHEN}/reserve", BOOK]], [BOOKED, SHOWN]),
    ([[BOOK, ("/reservations/TF-7001/cancel", {}), ("/reservations/TF-7001/cancel", {})]],
     [BOOKED, SHOWN, {"action": "cancelled", "number": "TF-7001"}, SHOWN]),
    ([["/reservations"]], [{"action": "listed", "kind": "reservations"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[dict[str, Any]]) -> None:
    for steps in ways:
        visit = Visit("food")
        visit.take(steps)
        assert visit.did() == entries, steps


def test_the_part_that_a_script_loads_is_no_search() -> None:
    visit = Visit("food")
    assert visit.open("/tokyo/restaurants", **{"X-Part": "list"}).status_code == 200
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/atlantis", 404),
        ("/romeo/restaurants", 404),
        ("/rome-vienna/restaurants", 404),
        ("/new/york", 404),
        ("/tokyo/eventbrite", 404),
        ("/tokyo/restaurants/old-shinjuku-kitchen-vienna", 404),
        ("/vienna/restaurants/old-shinjuku-kitchen", 404),
        ("/tokyo/bars/old-shinjuku-kitchen", 404),
        ("/search?city=atlantis", 404),
        ("/search?q=ramen&city=rome+vienna", 404),
        ("/search?q=ramen&page=4", 404),
        *((f"/tokyo/restaurants?{wrong}", 400) for wrong in (
            "cuisine=vienna", "cuisine=wine-bar", "district=Brera", "late=yes", "sort=best", "level=5",
            "level=1&level=x", "page=0", "q=ramen&q=sushi",
        )),
        ("/tokyo/restaurants?page=4", 404),
        ("/tokyo/bakeries/x/reserve", 404),
        ("/reservations/TF-7001", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("food")
    assert visit.open(path).status_code == status
    assert visit.did() == []


def test_a_refused_form_does_nothing() -> None:
    visit = Visit("food")
    for wrong in (
        {"date": "2025-02-30"}, {"date": "20250313"}, {"date": "2026-03-13"}, {"date": "2025-03-01"}, {"time": "04:00"},
        {"people": "9"}, {"people": "many"}, {"name": ""}, {"email": "ann"},
    ):  # fmt: skip
        assert visit.send(BOOK[0], **{**TABLE, **wrong}).status_code == 400, wrong
    assert visit.send("/favourites", path=f"{KITCHEN}-vienna").status_code == 400
    assert visit.did() == []
    assert visit.state()["reservations"] == visit.state()["favourites"] == []
