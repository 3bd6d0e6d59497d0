"""The site of events tells what the visitor did, and has no page for what does not exist."""

from typing import Any

import pytest

from tests.sites.visits import Step, Visit

JAZZ = "/e/ginza-jazz-night-tokyo-tickets-776399888"
EVENT = {"kind": "event", "id": "776399888", "city": "tokyo"}
SAVE = ("/save", {"id": "776399888"})
GUEST = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "quantity": "2"}
ORDER = (f"{JAZZ}/register", GUEST)

ACTS: list[tuple[list[list[Step]], list[dict[str, Any]]]] = [
    (
        [
            ["/d/japan--tokyo/events/"],
            ["/d/japan--tokyo/all--events/"],
            ["/d/japan--tokyo/events/?category=&date=&price=&sort=date"],
            ["/d/japan--tokyo/", "/d/japan--tokyo/all--events/?page=1"],
            ["/d/Tokyo/events/?utm=vienna"],
            ["/search?location=Tokyo"],
            ["/search?location=Tokio"],
            ["/search?location=tyo&q=events"],
            ["/search?q=Events+in+Tokyo"],
        ],
        [{"action": "searched", "city": "tokyo", "results": 14}],
    ),
    (
        [
            ["/d/japan--tokyo/music--events/"],
            ["/d/japan--tokyo/events/?category=music"],
            ["/d/japan--tokyo/arts--events/?sort=&category=music"],
            ["/search?q=Music&location=Tokyo,+Japan"],
            ["/d/japan--tokyo/music/"],
        ],
        [{"action": "searched", "city": "tokyo", "category": "music", "results": 1}],
    ),
    (
        [
            ["/d/austria--vienna/free--events/"],
            ["/d/austria--vienna/events/?sort=date&price=free"],
            ["/search?q=free+events+in+Vienna"],
        ],
        [{"action": "searched", "city": "vienna", "price": "free", "results": 5}],
    ),
    (
        [["/d/united-states--san-francisco/events/?date=may"], ["/d/san-francisco/all--events/?category=&date=may"]],
        [{"action": "searched", "city": "san-francisco", "dates": "may", "results": 2}],
    ),
    (
        [["/search?q=Riverside+runs&location=Tokyo"],
         ["/d/japan--tokyo/run-riverside/"], ["/d/tokyo/RIVERSIDES%20run/"]],
        [{"action": "searched", "city": "tokyo", "query": "riverside run", "results": 1}],
    ),
    ([["/d/anywhere/qwertz/"], ["/search?q=qwertz"]], [{"action": "searched", "query": "qwertz", "results": 0}]),
    ([["/search?q=%E6%9D%B1%E4%BA%AC"]], [{"action": "searched", "query": "東京", "results": 0}]),
    (
        [["/search?location=Japan"], ["/d/Japan/events/"]],
        [{"action": "searched", "country": "japan", "results": 42}],
    ),
    (
        [["/d/anywhere/music--events/?page=2&sort=price"]],
        [{"action": "searched", "category": "music", "sort": "price", "page": 2, "results": 87}],
    ),
    ([[JAZZ], [f"{JAZZ}?aff=vienna", JAZZ]], [{"action": "viewed", **EVENT}]),
    ([[SAVE]], [{"action": "saved", **EVENT}, {"action": "viewed", **EVENT}]),
    ([[("/save", {"id": "776399888", "next": "/"}), ("/save", {"id": "776399888", "next": "/"})]],
     [{"action": "saved", **EVENT}, {"action": "unsaved", **EVENT}]),
    ([[ORDER], [f"{JAZZ}/register", ORDER]],
     [{"action": "ordered", **EVENT, "quantity": 2, "price": 44, "number": "LR-5001"},
      {"action": "viewed", "kind": "order", "id": "LR-5001"}]),
    ([["/saved/"]], [{"action": "listed", "kind": "saved"}]),
    ([["/orders/"]], [{"action": "listed", "kind": "orders"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[dict[str, Any]]) -> None:
    for steps in ways:
        visit = Visit("events")
        visit.take(steps)
        assert visit.did() == entries, steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/d/atlantis/events/", 404),
        ("/d/rome-austria-vienna/events/", 404),
        ("/d/romeo/events/", 404),
        ("/d/paris--vienna/events/", 404),
        ("/d/japan--tokyo/vienna--events/", 404),
        ("/d/japan--tokyo/events/vienna/", 404),
        ("/d/tokio/events/", 404),
        ("/search?location=atlantis", 404),
        ("/search?location=romeo", 404),
        ("/search?location=%E6%9D%B1%E4%BA%AC", 404),
        *((f"/d/japan--tokyo/events/?{wrong}", 400) for wrong in (
            "category=vienna", "date=june", "date=2025-02-30", "price=cheap", "sort=best", "page=0",
            "date=may&date=week",
        )),
        ("/d/japan--tokyo/events/?page=3", 404),
        ("/e/ginza-jazz-night-vienna-tickets-776399888", 404),
        ("/e/x-tickets-776399888", 404),
        ("/e/776399888", 404),
        ("/e/ginza-jazz-night-tokyo-tickets-776399889", 404),
        ("/e/x-tickets-776399888/register", 404),
        ("/orders/LR-5001/", 404),
        ("/vienna", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("events")
    assert visit.open(path).status_code == status
    assert visit.did() == []


def test_a_refused_form_does_nothing() -> None:
    visit = Visit("events")
    for wrong in ({"quantity": "9"}, {"quantity": "many"}, {"email": "ann"}, {"last_name": " "}):
        assert visit.send(ORDER[0], **{**GUEST, **wrong}).status_code == 400, wrong
    for wrong in ({"id": "1"}, {"id": "776399888 vienna"}, {}):
        assert visit.send("/save", **wrong).status_code == 400, wrong
    assert visit.send("/cookies", choice="some").status_code == 400
    assert visit.did() == []
    assert visit.state()["saved"] == visit.state()["orders"] == []
