"""The site of flights tells what the visitor did, and has no page for what does not exist."""

from typing import Any

import pytest

from tests.sites.visits import Step, Visit

ROUTE = "/flight-search/VIE-BCN/2025-05-03"
PARTY = {"cabin": "economy", "passengers": 1}
JOURNEY = {"from": "vienna", "to": "barcelona", "date": "2025-05-03"}
ISTANBUL = {"from": "amsterdam", "to": "istanbul", "date": "2025-04-12"}
FLIGHT = "/flight/AMS-IST-2025-04-12-9"
BOOK = (f"{FLIGHT}/book?adults=2", {"traveller_1": "Ann Lee", "traveller_2": "Bo Lee", "email": "a@b.example",
                                    "seat": "aisle"})  # fmt: skip

ACTS: list[tuple[list[list[Step]], list[dict[str, Any]]]] = [
    (
        [
            [ROUTE],
            ["/flight-search/vie-bcn/2025-05-03"],
            [f"{ROUTE}?adults=1&cabin=economy&sort=best&stops=&airline=&time=&utm=BCN-VIE", f"{ROUTE}?wait=no"],
            ["/search?from=Vienna&to=Barcelona&depart=2025-05-03"],
            ["/search?to=Barcellona&from=Viena&depart=3+May+2025"],
            ["/search?to=Barcelona+(BCN)&from=VIE&depart=May+3,+2025&return=&adults=1"],
            ["/search?to=barcelona,+spain&from=vienna&depart=Sat+3+May+2025&cabin=economy"],
        ],
        [{"action": "searched", **JOURNEY, **PARTY, "results": 10}],
    ),
    (
        [
            [f"{ROUTE}/2025-05-10?cabin=business&adults=2&stops=0&sort=cheapest&time=morning"],
            [f"{ROUTE}/2025-05-10?time=morning&sort=cheapest&stops=0&adults=2&cabin=business&airline="],
        ],
        [{"action": "searched", **JOURNEY, "return_date": "2025-05-10", "cabin": "business", "passengers": 2,
          "stops": 0, "sort": "cheapest", "time": "morning", "results": 2}],
    ),
    (
        [["/flight-search/VIE-BCN/2024-05-03"]],
        [{"action": "searched", **JOURNEY, **PARTY, "date": "2024-05-03", "results": 0}],
    ),
    (
        [["/flight-search/VIE-BCN/2026-12-24"]],
        [{"action": "searched", **JOURNEY, **PARTY, "date": "2026-12-24", "results": 0}],
    ),
    (
        [[FLIGHT], [f"{FLIGHT}?cabin=economy&adults=1"]],
        [{"action": "viewed", "kind": "flight", "id": "AMS-IST-2025-04-12-9", **ISTANBUL, **PARTY}],
    ),
    (
        [[BOOK], [f"{FLIGHT}/book", BOOK]],
        [{"action": "booked", "id": "AMS-IST-2025-04-12-9", **ISTANBUL, **PARTY, "passengers": 2, "seat": "aisle",
          "price": 380, "number": "SW-3001"},
         {"action": "viewed", "kind": "booking", "id": "SW-3001"}],
    ),
    ([["/trips"]], [{"action": "listed", "kind": "bookings"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[dict[str, Any]]) -> None:
    for steps in ways:
        visit = Visit("flights")
        visit.take(steps)
        assert visit.did() == entries, steps


def test_the_strip_of_days_leads_to_searches() -> None:
    visit = Visit("flights")
    visit.take(
        [
            "/flight-search/VIE-BCN/2025-05-04/2025-05-11?cabin=first",
            "/flight-search/VIE-BCN/2025-05-03/2025-05-10?cabin=first&adults=1",
        ]
    )
    assert [(entry["date"], entry["return_date"]) for entry in visit.did("searched")] == [
        ("2025-05-04", "2025-05-11"), ("2025-05-03", "2025-05-10")
    ]  # fmt: skip


def test_the_part_that_a_script_loads_is_no_search() -> None:
    visit = Visit("flights")
    assert "offers" in visit.open(f"{ROUTE}?wait=no", **{"X-Part": "offers"}).text
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"/flight-search/{wrong}", 404) for wrong in (
            "VIE-BCN", "VIE-BCN/", "VIE-BCN/x", "VIE-BCN/2025-02-30", "VIE-BCN/20250503", "VIE-BCN/3%20May%202025",
            "VIE-BCN/2025-05-03/2025-05-02", "VIE-BCN/2025-05-03/x", "VIE-VIE/2025-05-03", "-BCN/2025-05-03",
            "VIE-XXX/2025-05-03", "vienna-barcelona/2025-05-03", "VIE-BCN-eventbrite/2025-05-03",
            "VIE-BCN/2025-05-03-vienna", "VIE-BCN/1999-05-03", "VIE-BCN/2025-05-03?page=3",
        )),
        *((f"{ROUTE}?{wrong}", 400) for wrong in (
            "adults=0", "adults=7", "adults=two", "cabin=crew", "sort=price", "stops=2", "airline=Vienna", "time=night",
            "page=0", "page=x", "cabin=first&cabin=business", "wait=yes",
        )),
        *((f"/search?{wrong}", 400) for wrong in (
            "", "from=VIE&to=BCN", "from=VIE&to=atlantis&depart=2025-05-03", "from=VIE&to=VIE&depart=2025-05-03",
            "from=VIE&to=BCN&depart=2025-05-32", "from=VIE&to=BCN&depart=2024-05-03",
            "from=VIE&to=BCN&depart=2027-05-03",
            "from=VIE&to=BCN&depart=2025-05-03+or+2025-05-04", "from=VIE&to=BCN&depart=2025-05-03&return=2025-05-01",
            "from=VIE&to=BCN&depart=2025-05-03&return=later", "from=VIE&to=BCN&to=VIE&depart=2025-05-03",
        )),
        ("/flight/AMS-IST-2025-04-12-11", 404),
        ("/flight/AMS-IST-2025-04-12-9-vienna", 404),
        ("/flight/AMS-IST-2024-04-12-9", 404),
        ("/flight/ams-ist-2025-04-12-9", 404),
        (f"{FLIGHT}?cabin=crew", 400),
        (f"{FLIGHT}/book?adults=9", 400),
        ("/booking/SW-3001", 404),
        ("/tokyo", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("flights")
    assert visit.open(path).status_code == status
    assert visit.did() == []


def test_a_refused_form_does_nothing() -> None:
    visit = Visit("flights")
    for wrong in ({"traveller_2": ""}, {"email": "ann"}, {"seat": "wing"}):
        assert visit.send(BOOK[0], **{**BOOK[1], **wrong}).status_code == 400, wrong
    assert visit.did() == []
    assert visit.state()["bookings"] == []
