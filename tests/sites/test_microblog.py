"""The microblog tells what the reader did, and has no page for what does not exist."""

import pytest

from tests.sites.visits import Acts, Entry, Step, Visit

ROME = "1820250210090333751"
OWN = "1820250303090000000"
POST = f"/visit_rome/status/{ROME}"
WRITE: Step = ("/compose", {"text": "Reading  one day."})
FOLLOW: Step = ("/follow", {"handle": "visit_rome"})
LIKE: Step = ("/like", {"id": ROME})
REPOST: Step = ("/repost", {"id": ROME})
BOOKMARK: Step = ("/bookmark", {"id": ROME})

ACTS: Acts = [
    (
        [["/search?q=festival+rome"], ["/search?q=Rome,+festivals"], ["/search?q=the+festival+in+R%C3%B3me&f=top"],
         ["/search?page=1&q=%23rome+festival&x=vienna", "/search?q=rome+festival"]],
        [{"action": "searched", "kind": "posts", "query": "festival rome", "results": 13}],
    ),
    ([["/search?q=food&f=live&page=2"]],
     [{"action": "searched", "kind": "posts", "query": "food", "sort": "live", "results": 80, "page": 2}]),
    ([["/search?q=visit+rome&f=user"], ["/search?f=user&q=@Rome+Visits"]],
     [{"action": "searched", "kind": "people", "query": "rome visit", "results": 1}]),
    ([["/search?q=from:visit_rome"], ["/search?q=from:@Visit_Rome"]],
     [{"action": "searched", "kind": "posts", "by": "visit_rome", "results": 5}]),
    ([["/search?q=xyzzy"]], [{"action": "searched", "kind": "posts", "query": "xyzzy", "results": 0}]),
    ([[WRITE, "/search?q=one+day+reading+from:robin_vale"]],
     [{"action": "searched", "kind": "posts", "by": "robin_vale", "query": "day one reading", "results": 1}]),
    ([["/"], ["/home"], ["/home?feed=for-you&page=1"]], [{"action": "listed", "kind": "feed", "id": "for-you"}]),
    ([["/home?feed=following"]], [{"action": "listed", "kind": "feed", "id": "following"}]),
    ([["/visit_rome"], ["/Visit_Rome?x=vienna"]], [{"action": "viewed", "kind": "profile", "id": "visit_rome"}]),
    ([[POST], [f"/VISIT_ROME/status/{ROME}"]], [{"action": "viewed", "kind": "post", "id": ROME}]),
    ([[FOLLOW], [("/follow", {"handle": "visit_rome", "next": "/search?q=rome"})]],
     [{"action": "followed", "id": "visit_rome"}]),
    ([[FOLLOW, FOLLOW]], [{"action": "followed", "id": "visit_rome"}, {"action": "unfollowed", "id": "visit_rome"}]),
    ([[LIKE, LIKE]], [{"action": "liked", "id": ROME}, {"action": "unliked", "id": ROME}]),
    ([[REPOST, REPOST]], [{"action": "reposted", "id": ROME}, {"action": "unreposted", "id": ROME}]),
    ([[BOOKMARK, BOOKMARK]], [{"action": "bookmarked", "id": ROME}, {"action": "unbookmarked", "id": ROME}]),
    ([[WRITE], [("/compose/post", {"text": "Reading one day."})]],
     [{"action": "posted", "id": OWN, "text": "Reading one day."}]),
    ([[("/compose", {"text": "Yes!", "reply_to": ROME})]],
     [{"action": "replied", "to": ROME, "id": OWN, "text": "Yes!"}]),
    ([[WRITE, ("/delete", {"id": OWN}), f"/home?sent={OWN}"]], [{"action": "deleted", "id": OWN}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[Entry]) -> None:
    for steps in ways:
        visit = Visit("microblog")
        visit.take(steps)
        assert visit.did_like(entries) == entries, steps


def test_the_next_posts_that_a_script_loads_are_no_page() -> None:
    visit = Visit("microblog")
    assert visit.open("/search?q=food&page=2", **{"Sec-Fetch-Dest": "empty"}).status_code == 200
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/vienna", 404),
        ("/visit_rome_vienna", 404),
        ("/visit_rome/vienna", 404),
        (f"/visit_vienna/status/{ROME}", 404),
        (f"/eventbrite-momondo/status/{ROME}", 404),
        ("/visit_rome/status/1", 404),
        ("/visit_rome?page=99", 404),
        ("/visit_rome?page=x", 400),
        ("/home?feed=vienna", 400),
        ("/home?page=9999", 404),
        (f"/home?sent={OWN}", 400),
        ("/search?q=rome&f=vienna", 400),
        ("/search?q=rome&page=99", 404),
        ("/search?q=rome&q=vienna", 400),
        (f"/search?q={'vienna+' * 20}", 400),
        ("/i/vienna", 404),
    ],
)
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("microblog")
    assert visit.open(path).status_code == status
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/compose", {"text": " "}, 400),
        ("/compose", {"text": "x" * 281}, 400),
        ("/compose", {"text": "Hello", "reply_to": "1"}, 404),
        ("/like", {"id": "1"}, 404),
        ("/follow", {"handle": "vienna"}, 400),
        ("/delete", {"id": ROME}, 400),
    ],
)
def test_a_refused_form_does_nothing(path: str, form: dict[str, str], status: int) -> None:
    visit = Visit("microblog")
    assert visit.send(path, **form).status_code == status
    assert visit.did() == []
