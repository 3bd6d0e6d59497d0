"""The site of cars tells what the visitor did, and has no page for what does not exist."""

from typing import Any

import pytest

from tests.sites.visits import Step, Visit

HIRE = {"pickup": "2025-04-10", "dropoff": "2025-04-14", "age": 25}
CAR = "/carhire/car/buenos-aires/granit-summit-pip"
SUMMIT = {"id": "granit-summit-pip", "city": "buenos-aires"}
DRIVER = {
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann@example.com",
    "phone": "1",
    "licence": "A1",
    "terms": "yes",
}
BOOK = (f"{CAR}/book?pdate=2025-05-05&rdate=2025-05-07&age=21", {**DRIVER, "cover": "full"})

ACTS: list[tuple[list[list[Step]], list[dict[str, Any]]]] = [
    (
        [
            ["/carhire/search?pcity=Prague&pdate=2025-04-10&rdate=2025-04-14&age=25"],
            ["/carhire/search?pcity=prague,+czech+republic&pdate=10+April+2025&rdate=Mon+14+Apr+2025"],
            ["/carhire/search?pcity=Pragu"],
            ["/carhire/search?pcity=PRG&pdate=April+10,+2025"],
            ["/carhire/online/list?age=25&rdate=2025-04-14&pdate=2025-04-10&pcity=prague"],
            ["/carhire/online/list?pcity=Prague&sort=&class=&gearbox=&seats=&supplier="],
            ["/carhire/online/list?pcity=prague&sort=price&page=1", "/carhire/online/list?pcity=prague&utm=vienna"],
        ],
        [{"action": "searched", "city": "prague", **HIRE, "results": 26}],
    ),
    (
        [
            ["/carhire/online/list?pcity=prague&class=suv&gearbox=automatic&seats=5&sort=rating"],
            ["/carhire/online/list?sort=rating&seats=5&gearbox=automatic&class=suv&pcity=prague&supplier="],
        ],
        [{"action": "searched", "city": "prague", **HIRE, "class": "suv", "gearbox": "automatic", "seats": 5,
          "sort": "rating", "results": 5}],
    ),
    (
        [[CAR], [f"{CAR}?pdate=2025-04-10&rdate=2025-04-14&age=25", f"{CAR}?age=25"]],
        [{"action": "viewed", "kind": "car", **SUMMIT, **HIRE}],
    ),
    (
        [[BOOK], [CAR, f"{CAR}/book?pdate=2025-05-05&cover=full", BOOK]],
        [{"action": "booked", **SUMMIT, "pickup": "2025-05-05", "dropoff": "2025-05-07", "age": 21, "cover": "full",
          "price": 144, "number": "MG-7001"}],
    ),
    (
        [[BOOK, ("/carhire/bookings/MG-7001/cancel", {}), ("/carhire/bookings/MG-7001/cancel", {})]],
        [{"action": "cancelled", "number": "MG-7001"}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[dict[str, Any]]) -> None:
    for steps in ways:
        visit = Visit("cars")
        visit.take(steps)
        assert visit.did(entries[0]["action"])[: len(entries)] == entries, steps
        if entries[0]["action"] in ("searched", "booked", "cancelled"):
            assert len(visit.did(entries[0]["action"])) == len(entries), steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/carhire/online/list?pcity=atlantis", 404),
        ("/carhire/online/list?pcity=prague+vienna", 404),
        ("/carhire/online/list?pcity=prague&pcity=vienna", 400),
        *((f"/carhire/online/list?pcity=prague&{wrong}", 404) for wrong in (
            "pdate=2025-02-30", "pdate=2025-03-01", "pdate=2027-01-01", "pdate=soon", "rdate=2025-04-09",
            "pdate=2025-04-10&rdate=2025-07-10", "rdate=2025-04-31", "page=9", "pdate=2025-04-10+vienna",
        )),
        *((f"/carhire/online/list?pcity=prague&{wrong}", 400) for wrong in (
            "age=17", "age=old", "sort=cheapest", "class=tank", "gearbox=vienna", "seats=6", "supplier=eventbrite",
            "page=0",
        )),
        ("/carhire/search?pcity=&pdate=2025-04-10&rdate=2025-04-14", 400),
        ("/carhire/search?pcity=prague&pdate=2025-04-31&rdate=2025-05-02", 400),
        ("/carhire/search?pcity=prague&pdate=2025-04-10+or+2025-04-11", 400),
        ("/carhire/search?pcity=prague&class=tank", 400),
        ("/carhire/search?pcity=atlantis", 404),
        ("/carhire/car/prague/granit-summit-vienna", 404),
        ("/carhire/car/Buenos%20Aires/granit-summit-pip", 404),
        ("/carhire/car/atlantis/granit-summit-pip", 404),
        (f"{CAR}?pdate=2025-02-30", 404),
        (f"{CAR}/book?cover=half", 400),
        ("/carhire/bookings/MG-7001", 404),
        ("/carhire/prague", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("cars")
    assert visit.open(path).status_code == status
    assert visit.did() == []


def test_a_refused_form_does_nothing() -> None:
    visit = Visit("cars")
    assert visit.send(BOOK[0], **{**DRIVER, "terms": "no"}).status_code == 400
    assert visit.send(BOOK[0], **{**DRIVER, "cover": "half"}).status_code == 400
    assert visit.did() == []
    assert visit.state()["bookings"] == []
