"""The site of trains tells what the traveller did, and has no page for what does not exist."""

import pytest

from tests.sites.visits import Acts, Entry, Step, Visit

OSAKA = {"from": "tokyo", "to": "osaka", "date": "2025-04-18", "passengers": 1}
TRAIN = "/trains/train/rome/milan/2025-04-10/wg-3904"
WAGTAIL = {"id": "wg-3904", "from": "rome", "to": "milan", "date": "2025-04-10"}
SEAT = {"seat": "1A", "passenger_1": "Ines Moll", "email": "ines@example.com"}
BOOK = (f"{TRAIN}/book?class=standard&fare=saver&passengers=1", SEAT)

ACTS: Acts = [
    (
        [
            ["/trains/search?from=Tokyo&to=Osaka&date=2025-04-18&passengers=1"],
            ["/trains/search?from=tokyo,+japan&to=OSA&date=18+April+2025"],
            ["/trains/list?from=tokyo&to=osaka&date=2025-04-18&passengers=1"],
            ["/trains/list?passengers=1&date=2025-04-18&to=osaka&from=tokyo&sort=departure&time=&operator="],
            ["/trains/list?date=2025-04-18&from=Tokyo&to=Osaka&x=vienna"],
        ],
        [{"action": "searched", **OSAKA, "results": 12}],
    ),
    (
        [["/trains/list?from=tokyo&to=osaka&date=2025-04-18&passengers=2&sort=fastest&time=morning&operator=SW"]],
        [{"action": "searched", **OSAKA, "passengers": 2, "sort": "fastest", "time": "morning", "operator": "SW",
          "results": 4}],
    ),
    (
        [["/trains/list?from=tokyo&to=athens&date=2025-04-18"]],
        [{"action": "searched", **OSAKA, "to": "athens", "results": 0}],
    ),
    ([[TRAIN], [f"{TRAIN}?passengers=1"]], [{"action": "viewed", "kind": "train", **WAGTAIL, "passengers": 1}]),
    ([[BOOK]], [{"action": "booked", **WAGTAIL, "class": "standard", "fare": "saver", "seats": ["1A"], "passengers": 1,
                 "price": 61, "number": "RF-6001"}]),
    ([[BOOK, "/trains/tickets/RF-6001"]], [{"action": "viewed", "kind": "ticket", "id": "RF-6001"}]),
    (
        [[(f"{TRAIN}/book?fare=flex", SEAT), *[("/trains/tickets/RF-6001/return", {})] * 2]],
        [{"action": "returned", "number": "RF-6001"}],
    ),
]  # fmt: skip


@pytest.fixture(autouse=True)
def answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[Entry]) -> None:
    for steps in ways:
        visit = Visit("trains")
        visit.take(steps)
        assert visit.did_like(entries) == entries, steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"/trains/list?{wrong}", 404) for wrong in (
            "from=tokyo", "from=tokyo&to=tokyo", "from=tokyo&to=atlantis", "from=tokyo&to=osaka+vienna",
            "from=tokyo&to=osaka&date=2025-04-31", "from=tokyo&to=osaka&date=2025-03-01",
            "from=tokyo&to=osaka&date=2031-04-01", "from=tokyo&to=osaka&date=18+April+2025",
            "from=tokyo&to=osaka&page=4",
        )),
        *((f"/trains/list?from=tokyo&to=osaka&{wrong}", 400) for wrong in (
            "passengers=0", "passengers=9", "sort=price", "time=night", "operator=XX", "page=0", "to=vienna",
        )),
        ("/trains/search?from=tokyo&to=atlantis", 400),
        ("/trains/search?from=tokyo&to=osaka&date=2025-04-31", 400),
        ("/trains/search?from=tokyo&to=osaka&date=2031-04-01", 400),
        ("/trains/train/rome/milan/2025-04-10/wg-9999", 404),
        ("/trains/train/milan/rome/2025-04-10/wg-3904", 404),
        ("/trains/train/Rome/milan/2025-04-10/wg-3904", 404),
        ("/trains/train/rome/milan/2025-03-01/wg-3904", 404),
        ("/trains/train/rome/milan/2025-04-31/wg-3904", 404),
        ("/trains/train/rome/milan/2035-04-10/wg-3904", 404),
        (f"{TRAIN}?passengers=7", 400),
        (f"{TRAIN}/book?class=royal", 400),
        (f"{TRAIN}/book?fare=free", 400),
        ("/trains/tickets/RF-6001", 404),
        ("/trains/rome/milan", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("trains")
    assert visit.open(path).status_code == status
    assert visit.did() == []


def test_a_refused_form_does_nothing() -> None:
    visit = Visit("trains")
    assert visit.send(BOOK[0], **{**SEAT, "seat": "99Z"}).status_code == 400
    assert visit.send("/trains/tickets/RF-6001/return").status_code == 404
    assert visit.did() == []
