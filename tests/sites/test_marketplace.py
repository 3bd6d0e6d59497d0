"""The marketplace tells what the customer did, and has no page for what does not exist."""

import pytest

from tests.sites.visits import Acts, Entry, Step, Visit

GUIDE = "/milan-pocket-guide-and-map/dp/W0XSU5GR46"
MILAN = "W0XSU5GR46"
ADDRESS = {"name": "Ann Lee", "email": "ann@example.com", "street": "1 Quay", "city": "Milan", "postcode": "20121"}
ADD = ("/cart/add", {"asin": MILAN, "format": "Spiral bound", "quantity": "2"})
SPIRAL = {"id": MILAN, "options": {"Format": "Spiral bound"}, "price": 14.4}
WISH = ("/wishlist", {"asin": MILAN})

ACTS: Acts = [
    (
        [
            ["/s?k=milan+pocket+guide"], ["/s?k=Pocket+Guides+of+Milan"], ["/s?k=guide,+pocket:+Mílan&sort=&brand="],
            ["/s?x=vienna&k=milan+guide+pocket&page=1", "/s?k=pocket+guide+milan"],
        ],
        [{"action": "searched", "query": "guide milan pocket", "results": 1}],
    ),
    ([["/s?k=xyzzy"]], [{"action": "searched", "query": "xyzzy", "results": 0}]),
    (
        [["/s?department=travel"], ["/s?k=&department=travel&brand=&price="]],
        [{"action": "listed", "kind": "products", "department": "travel"}],
    ),
    (
        [["/s?rating=4&price=0-20&department=travel&sort=price&brand=Meridian+Paper"]],
        [{"action": "listed", "kind": "products", "department": "travel", "brand": "Meridian Paper", "price": "0-20",
          "rating": 4, "sort": "price"}],
    ),
    ([[GUIDE], ["/dp/W0XSU5GR46"], ["/dp/w0xsu5gr46?ref=x", GUIDE]],
     [{"action": "viewed", "kind": "product", "id": MILAN}]),
    ([[ADD]], [{"action": "added", **SPIRAL, "quantity": 2}]),
    ([[ADD, ADD]], [{"action": "added", **SPIRAL, "quantity": 2}] * 2),
    (
        [[ADD, ("/cart/update", {"line": "0", "quantity": "0"})]],
        [{"action": "removed", **SPIRAL, "quantity": 2}],
    ),
    (
        [[ADD, ("/cart/update", {"line": "0", "quantity": "5"}), ("/cart/update", {"line": "0", "quantity": "5"})]],
        [{"action": "added", **SPIRAL, "quantity": 2}, {"action": "added", **SPIRAL, "quantity": 3}],
    ),
    (
        [[ADD, ("/checkout", {**ADDRESS, "delivery": "express"})]],
        [{"action": "ordered", "lines": [{**SPIRAL, "quantity": 2}], "delivery": "express", "price": 41.79,
          "number": "WS-70001"}],
    ),
    ([[ADD, ("/checkout", ADDRESS), "/orders/WS-70001"]], [{"action": "viewed", "kind": "order", "id": "WS-70001"}]),
    ([["/cart"], ["/gp/cart/view.html"]], [{"action": "viewed", "kind": "cart"}]),
    ([[WISH], [(WISH[0], {**WISH[1], "next": "/s?k=guide"})]], [{"action": "wished", "id": MILAN}]),
    ([[WISH, WISH], [WISH, ("/cart/add", {"asin": MILAN, "from_wishes": "1"})]],
     [{"action": "wished", "id": MILAN}, {"action": "unwished", "id": MILAN}]),
    ([[("/ask", {"asin": MILAN, "text": "Is it  new?"})]], [{"action": "asked", "id": MILAN, "text": "Is it new?"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[Entry]) -> None:
    for steps in ways:
        visit = Visit("marketplace")
        visit.take(steps)
        assert visit.did_like(entries) == entries, steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/eventbrite-vienna-momondo/dp/W0XSU5GR46", 404),
        ("/milan-pocket-guide-and-map-vienna/dp/W0XSU5GR46", 404),
        ("/milan-pocket-guide-and-map/dp/W000000000", 404),
        ("/x/milan-pocket-guide-and-map/dp/W0XSU5GR46", 404),
        ("/dp/vienna", 404),
        ("/vienna", 404),
        *((f"/s?k=guide&{wrong}", 400) for wrong in (
            "department=vienna", "brand=Vienna", "price=1-2", "rating=3", "sort=cheap", "page=0", "k=vienna",
        )),
        ("/s?k=guide&page=99", 404),
        (f"/s?k={'vienna+' * 30}", 400),
        ("/compare?page=2", 404),
        ("/cart?added=vienna", 404),
        ("/orders/WS-70001", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("marketplace")
    assert visit.open(path).status_code == status
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/cart/add", {"asin": "vienna"}, 404),
        ("/cart/add", {"asin": MILAN, "quantity": "0"}, 400),
        ("/cart/add", {"asin": MILAN, "quantity": "two"}, 400),
        ("/cart/add", {"asin": MILAN, "format": "Gold"}, 400),
        ("/cart/update", {"line": "0", "quantity": "1"}, 400),
        ("/wishlist", {"asin": ""}, 404),
        ("/ask", {"asin": "x", "text": "Why?"}, 404),
    ],
)
def test_a_refused_form_does_nothing(path: str, form: dict[str, str], status: int) -> None:
    visit = Visit("marketplace")
    assert visit.send(path, **form).status_code == status
    assert visit.did() == []


def test_a_line_of_the_cart_has_thirty_pieces_at_most() -> None:
    visit = Visit("marketplace")
    visit.take([("/cart/add", {"asin": MILAN, "quantity": "10"})] * 3)
    assert visit.send("/cart/add", asin=MILAN).status_code == 400
    assert visit.send("/cart/update", line="0", quantity="31").status_code == 400
    assert visit.send("/checkout", **ADDRESS, delivery="drone").status_code == 400
    assert [line["quantity"] for line in visit.state()["cart"]] == [30]
