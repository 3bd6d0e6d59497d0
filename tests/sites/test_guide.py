"""The site of travel guides tells what the visitor did, and has no page for what does not exist."""

from typing import Any

import pytest

from tests.sites.visits import Step, Visit

TOKYO = "/travel-guides/tokyo-travel-tips/"
GUIDE = {"kind": "guide", "id": "tokyo"}
SAVE = ("/save", {"guide": "tokyo", "next": "/saved/"})
SAVED_LIST = {"action": "listed", "kind": "saved"}
STORY = "/travel-blogs/one-bag-for-a-month/"

ACTS: list[tuple[list[list[Step]], list[dict[str, Any]]]] = [
    (
        [["/search?q=Tokyo"], ["/search?q=+TOKYO+&page=1", "/search?q=tokyo&utm=vienna"]],
        [{"action": "searched", "query": "tokyo", "results": 2}],
    ),
    (
        [["/search?q=Rio+de+Janeiro"], ["/search?q=janeiro,+RIO+de"]],
        [{"action": "searched", "query": "de janeiro rio", "results": 2}],
    ),
    ([["/search?q=Towers&page=2"], ["/search?q=the+tower&page=2"]],
     [{"action": "searched", "query": "tower", "page": 2, "results": 38}]),
    ([["/search?q=qwertz"]], [{"action": "searched", "query": "qwertz", "results": 0}]),
    (
        [["/travel-guides/"], ["/travel-guides/?q=&continent=&budget=&kind=&sort=name"]],
        [{"action": "listed", "kind": "guides", "results": 70}],
    ),
    (
        [
            ["/travel-guides/?continent=Asia&budget=low&kind=city&sort=cost"],
            ["/travel-guides/?sort=cost&kind=city&budget=low&continent=Asia&q="],
        ],
        [{"action": "listed", "kind": "guides", "continent": "Asia", "budget": "low", "about": "city", "sort": "cost",
          "results": 3}],
    ),
    (
        [["/travel-guides/?q=sushi"], ["/travel-guides/?q=SUSHI&continent=&budget=&kind=&sort=name"]],
        [{"action": "searched", "kind": "guides", "query": "sushi", "results": 2}],
    ),
    (
        [[TOKYO], ["/travel-guides/tokyo/"], ["/travel-guides/tokyo-travel-guide/"],
         ["/travel-guides/Tokyo-travel-tips/"], ["/travel-guides/japan--tokyo-travel-tips/", TOKYO]],
        [{"action": "viewed", **GUIDE}],
    ),
    ([["/travel-guides/japan/"]], [{"action": "viewed", "kind": "guide", "id": "japan"}]),
    ([["/maps/tokyo/"], ["/newsletter/"], ["/"], ["/search"], ["/search?q="]], []),
    ([["/maps/tokyo/?place=senso-ji"]], [{"action": "viewed", "kind": "spot", "id": "senso-ji", "city": "tokyo"}]),
    ([["/travel-blogs/?topic=Food"]], [{"action": "listed", "kind": "stories", "topic": "Food", "results": 3}]),
    ([["/travel-blogs/"], ["/travel-blogs/?topic="]], [{"action": "listed", "kind": "stories", "results": 24}]),
    ([[STORY]], [{"action": "viewed", "kind": "story", "id": "one-bag-for-a-month"}]),
    ([[SAVE]], [{"action": "saved", **GUIDE}, SAVED_LIST]),
    ([[SAVE, SAVE]], [{"action": "saved", **GUIDE}, SAVED_LIST, {"action": "unsaved", **GUIDE}, SAVED_LIST]),
    (
        [[("/comments", {"page": TOKYO, "name": "Ann", "text": "So  quiet."})]],
        [{"action": "commented", **GUIDE, "name": "Ann", "text": "So quiet."}, {"action": "viewed", **GUIDE}],
    ),
    (
        [[("/comments", {"page": STORY, "name": "Ann", "text": "True."})]],
        [{"action": "commented", "kind": "story", "id": "one-bag-for-a-month", "name": "Ann", "text": "True."},
         {"action": "viewed", "kind": "story", "id": "one-bag-for-a-month"}],
    ),
    ([[("/newsletter/", {"email": "a@b.example"})]],
     [{"action": "subscribed", "kind": "newsletter", "email": "a@b.example"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[dict[str, Any]]) -> None:
    for steps in ways:
        visit = Visit("guide")
        visit.take(steps)
        assert visit.did() == entries, steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/travel-guides/atlantis-travel-tips/", 404),
        ("/travel-guides/tokyo-vienna-travel-tips/", 404),
        ("/travel-guides/tokyo/vienna/", 404),
        *((f"/travel-guides/?{wrong}", 400) for wrong in (
            "continent=Atlantis", "budget=free", "kind=village", "sort=best", "page=0", "q=rome&q=vienna",
        )),
        ("/travel-guides/?page=9", 404),
        ("/search?q=tokyo&page=2", 404),
        ("/maps/atlantis/", 404),
        ("/maps/japan/", 404),
        ("/maps/Tokyo/", 404),
        ("/maps/tokyo/?place=vienna", 404),
        ("/travel-blogs/?topic=Vienna", 400),
        ("/travel-blogs/?page=4", 404),
        ("/travel-blogs/one-bag-for-a-month-vienna/", 404),
        ("/vienna", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("guide")
    assert visit.open(path).status_code == status
    assert visit.did() == []


def test_a_refused_form_does_nothing() -> None:
    visit = Visit("guide")
    assert visit.send("/save", guide="tokyo-vienna").status_code == 400
    assert visit.send("/comments", page="/travel-guides/atlantis-travel-tips/", name="A", text="B").status_code == 400
    assert visit.send("/comments", page=TOKYO, name="A", text=" ").status_code == 400
    assert visit.send("/newsletter/", email="ann").status_code == 400
    assert visit.did() == []
    assert visit.state()["comments"] == visit.state()["saved"] == []


@pytest.mark.parametrize(("destination", "count"), [("iframe", 1), ("empty", 0)])
def test_a_spot_is_viewed_in_the_frame_of_the_map(destination: str, count: int) -> None:
    visit = Visit("guide")
    visit.open("/maps/tokyo/?place=senso-ji", **{"Sec-Fetch-Dest": destination})
    assert len(visit.did()) == count
