"""The shop tells what the customer did, and has no page for what does not exist."""

import pytest

from tests.sites.visits import Acts, Entry, Step, Visit

KNIFE = "/sable-chefs-knife-20-cm.html"
ADDRESS = {"name": "Ann Lee", "email": "ann@example.com", "street": "1 Quay", "city": "Oslo", "postcode": "0150"}
PACK = {"id": "OUT-4004", "price": 27.0}
ADD = ("/checkout/cart/add", {"sku": "OUT-4004", "quantity": "2"})

ACTS: Acts = [
    (
        [
            ["/catalogsearch/result/?q=teapot"], ["/catalogsearch/result/?q=Teapots"],
            ["/catalogsearch/result?q=the+TEAPOT&sort=relevance&colour="],
            ["/catalogsearch/result/?p=1&q=teapot&x=vienna", "/catalogsearch/result/?q=teapots"],
        ],
        [{"action": "searched", "query": "teapot", "results": 1}],
    ),
    (
        [["/catalogsearch/result/?q=kettle&sort=price&price=30-60&colour=black&category=kitchen"]],
        [{"action": "searched", "query": "kettle", "category": "kitchen", "price": "30-60", "sort": "price",
          "colour": "black", "results": 0}],
    ),
    ([["/catalogsearch/result/?q=xyzzy"]], [{"action": "searched", "query": "xyzzy", "results": 0}]),
    (
        [["/kitchen.html?sort=rating"], ["/catalogsearch/result/?q=&category=kitchen&sort=rating"],
         ["/kitchen.html?category=books&sort=rating"]],
        [{"action": "listed", "kind": "products", "category": "kitchen", "sort": "rating"}],
    ),
    ([[KNIFE], [f"{KNIFE}?x=vienna"]], [{"action": "viewed", "kind": "product", "id": "KIT-1009"}]),
    ([[ADD], [(ADD[0], {**ADD[1], "next": "/kitchen.html"})]], [{"action": "added", **PACK, "quantity": 2}]),
    (
        [
            [ADD, ("/checkout/cart/remove", {"sku": "OUT-4004"}), ("/checkout/cart/remove", {"sku": "OUT-4004"})],
            [ADD, ("/checkout/cart/update", {"OUT-4004": "0"})],
        ],
        [{"action": "removed", **PACK, "quantity": 2}],
    ),
    (
        [
            [ADD, ("/checkout/cart/update", {"OUT-4004": "3"}), ("/checkout/cart/update", {"OUT-4004": "3"})],
            [ADD, (ADD[0], {"sku": "OUT-4004"})],
        ],
        [{"action": "added", **PACK, "quantity": 2}, {"action": "added", **PACK, "quantity": 1}],
    ),
    (
        [[ADD, ("/checkout/", {**ADDRESS, "payment": "transfer"})]],
        [{"action": "ordered", "lines": [{**PACK, "quantity": 2}], "payment": "transfer", "price": 60.95,
          "number": "CM-10001"}],
    ),
    (
        [[ADD, ("/checkout/", ADDRESS), "/sales/order/view/CM-10001/"]],
        [{"action": "viewed", "kind": "order", "id": "CM-10001"}],
    ),
    ([["/checkout/cart/"]], [{"action": "viewed", "kind": "cart"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[Entry]) -> None:
    for steps in ways:
        visit = Visit("shop")
        visit.take(steps)
        assert visit.did_like(entries) == entries, steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/vienna.html", 404),
        ("/sable-chefs-knife-20-cm-vienna.html", 404),
        ("/kitchen/sable-chefs-knife-20-cm.html", 404),
        ("/kitchen", 404),
        *((f"/catalogsearch/result/?q=kettle&{wrong}", 400) for wrong in (
            "category=vienna", "colour=vienna", "price=1-2", "sort=cheap", "p=0", "p=x", "q=vienna", "added=vienna",
        )),
        ("/catalogsearch/result/?q=kettle&p=99", 404),
        ("/kitchen.html?p=99", 404),
        ("/kitchen.html?colour=vienna", 400),
        (f"/catalogsearch/result/?q={'vienna+' * 30}", 400),
        ("/catalogsearch/vienna/?q=kettle", 404),
        ("/?added=vienna", 400),
        ("/sales/order/view/CM-10001/", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("shop")
    assert visit.open(path).status_code == status
    assert visit.did() == []


@pytest.mark.parametrize("form", [{}, {"sku": "x"}, {"sku": "OUT-4004", "quantity": ""},
                                  {"sku": "OUT-4004", "quantity": "999"}])  # fmt: skip
def test_a_refused_form_does_nothing(form: dict[str, str]) -> None:
    visit = Visit("shop")
    assert visit.send("/checkout/cart/add", **form).status_code == 400
    assert visit.did("added") == []


def test_the_cart_has_no_more_than_is_in_stock() -> None:
    visit = Visit("shop")
    visit.take([ADD])
    assert visit.send("/checkout/cart/update", **{"OUT-4004": "999"}).status_code == 400
    assert visit.send("/checkout/cart/update", **{"OUT-4004": "many"}).status_code == 400
    assert visit.send("/checkout/", **ADDRESS, country="Atlantis").status_code == 400
    assert [line["quantity"] for line in visit.state()["cart"]] == [2]
