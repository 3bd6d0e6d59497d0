"""The site of hotels tells what the visitor did, and has no page for what does not exist."""

import pytest

from tests.sites.visits import Acts, Entry, Step, Visit

ATHENS = {"city": "athens", "checkin": "2025-04-10", "checkout": "2025-04-13", "guests": 2}
HOTEL = "/hotels/detail/athens/the-lamplighter-koukaki"
LAMPLIGHTER = {"id": "the-lamplighter-koukaki", "city": "athens"}
GUEST = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}
SAVE = ("/hotels/save", {"city": "athens", "hotel": "the-lamplighter-koukaki"})
BOOK = (f"{HOTEL}/book/double?checkin=2025-04-10&checkout=2025-04-12&adults=2", GUEST)

ACTS: Acts = [
    (
        [
            ["/hotels/search?city=Athens&checkin=2025-04-10&checkout=2025-04-13&adults=2"],
            ["/hotels/search?city=athens,+greece&checkin=10+April+2025&checkout=Sun+13+Apr+2025"],
            ["/hotels/search?city=ATH"],
            ["/hotels/list?checkin=2025-04-10&checkout=2025-04-13&adults=2&city=athens"],
            ["/hotels/list?city=Athens&sort=&stars=&price=&breakfast=&district="],
            ["/hotels/list?city=athens&sort=recommended&page=1", "/hotels/list?city=athens"],
            ["/hotels/list?city=athens&utm_source=vienna"],
        ],
        [{"action": "searched", **ATHENS, "results": 18}],
    ),
    (
        [
            ["/hotels/list?city=athens&sort=rating&stars=4&breakfast=yes&price=150-300&adults=1&checkout=2025-04-13"],
            ["/hotels/list?price=150-300&breakfast=yes&stars=4&sort=rating&district=&city=athens&adults=1"],
        ],
        [{"action": "searched", **ATHENS, "guests": 1, "sort": "rating", "stars": 4, "breakfast": True,
          "price": "150-300", "results": 2}],
    ),
    (
        [[HOTEL], [f"{HOTEL}?checkin=2025-04-10&adults=2"]],
        [{"action": "viewed", "kind": "hotel", **ATHENS, **LAMPLIGHTER}],
    ),
    ([[f"{HOTEL}/reviews?sort=best"]], [{"action": "viewed", "kind": "reviews", **LAMPLIGHTER, "sort": "best"}]),
    ([[SAVE]], [{"action": "saved", "kind": "hotel", **LAMPLIGHTER}]),
    ([[SAVE, SAVE]], [{"action": "saved", "kind": "hotel", **LAMPLIGHTER},
                      {"action": "unsaved", "kind": "hotel", **LAMPLIGHTER}]),
    ([[BOOK]], [{"action": "booked", **LAMPLIGHTER, "room": "double", "checkin": "2025-04-10", "checkout": "2025-04-12",
                 "guests": 2, "price": 404, "number": "LW-4001"}]),
    (
        [[BOOK, ("/hotels/bookings/LW-4001/cancel", {}), ("/hotels/bookings/LW-4001/cancel", {})]],
        [{"action": "cancelled", "number": "LW-4001"}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[Entry]) -> None:
    for steps in ways:
        visit = Visit("hotels")
        visit.take(steps)
        assert visit.did_like(entries) == entries, steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/hotels/list?city=atlantis", 404),
        ("/hotels/list?city=athens+vienna", 404),
        ("/hotels/list?city=athens&city=vienna", 400),
        *((f"/hotels/list?city=athens&{wrong}", 404) for wrong in (
            "checkin=2025-02-30", "checkin=2025-03-01", "checkin=2027-01-01", "checkin=soon", "checkin=10+April+2025",
            "checkin=2025-04-10&checkout=2025-04-10", "checkin=2025-04-10&checkout=2025-06-10", "checkout=2025-04-31",
            "page=9",
        )),
        *((f"/hotels/list?city=athens&{wrong}", 400) for wrong in (
            "adults=0", "adults=5", "adults=two", "sort=cheapest", "stars=6", "price=1-2", "breakfast=no",
            "district=Shibuya", "page=0", "page=x",
        )),
        ("/hotels/search?city=&checkin=2025-04-10&checkout=2025-04-12", 400),
        ("/hotels/search?city=athens&checkin=2025-04-31&checkout=2025-05-02", 400),
        ("/hotels/search?city=athens&checkin=2027-04-01&checkout=2027-04-02", 400),
        ("/hotels/search?city=atlantis", 404),
        ("/hotels/detail/vienna/the-lamplighter-koukaki", 404),
        ("/hotels/detail/Athens/the-lamplighter-koukaki", 404),
        ("/hotels/detail/athens/the-lamplighter-koukaki-vienna", 404),
        (f"{HOTEL}?checkin=2025-02-30", 404),
        (f"{HOTEL}/reviews?sort=newest", 400),
        (f"{HOTEL}/reviews?page=99", 404),
        (f"{HOTEL}/book/palace", 404),
        (f"{HOTEL}/book/double?adults=4", 404),
        ("/hotels/bookings/LW-4001", 404),
        ("/hotels/athens", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("hotels")
    assert visit.open(path).status_code == status
    assert visit.did() == []


def test_a_refused_form_does_nothing() -> None:
    visit = Visit("hotels")
    assert visit.send(BOOK[0], **{**GUEST, "email": "ann"}).status_code == 400
    assert visit.send("/hotels/save", city="athens", hotel="vienna").status_code == 404
    assert visit.did() == []
