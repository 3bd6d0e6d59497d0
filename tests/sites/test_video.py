"""The site of videos tells what the visitor did, and has no page for what does not exist."""

import pytest

from tests.sites.visits import Acts, Entry, Step, Visit

TOUR = "tXNy_2gc7gZ"
PLAY: Step = ("/play", {"id": TOUR})
LIKE: Step = ("/like", {"id": TOUR})
SAVE: Step = ("/save", {"id": TOUR, "list": "WL"})

ACTS: Acts = [
    (
        [["/results?search_query=walking+tour+shanghai"], ["/results?search_query=Shanghai+walking+tours&type=&sort="],
         ["/results?search_query=the+TOUR+of+shangh%C3%A1i+walking&plain=1"],
         ["/results?x=y&page=1&search_query=walking+tour+shanghai", "/results?search_query=tours+walking+shanghai"]],
        [{"action": "searched", "query": "shanghai tour walking", "results": 1}],
    ),
    ([["/results?search_query=shanghai&type=video&length=medium&date=year&sort=views"]],
     [{"action": "searched", "query": "shanghai", "type": "video", "length": "medium", "uploaded": "year",
       "sort": "views", "results": 1}]),
    ([["/results?search_query=xyzzy"]], [{"action": "searched", "query": "xyzzy", "results": 0}]),
    ([["/?category=music"]], [{"action": "listed", "kind": "videos", "category": "music"}]),
    ([[f"/watch?v={TOUR}"], [f"/watch?t=0s&v={TOUR}"], [f"/watch?v={TOUR}&x=vienna"]],
     [{"action": "viewed", "kind": "video", "id": TOUR}]),
    ([[f"/watch?v={TOUR}&t=934s"], [f"/watch?v={TOUR}&t=934"]],
     [{"action": "viewed", "kind": "video", "id": TOUR, "seconds": 934}]),
    ([["/@slowmap"], ["/@slowmap/videos"], ["/@SlowMap"]], [{"action": "viewed", "kind": "channel", "id": "slowmap"}]),
    ([["/@slowmap/about"]], [{"action": "viewed", "kind": "channel", "id": "slowmap", "tab": "about"}]),
    ([["/@slowmap?sort=views"]], [{"action": "viewed", "kind": "channel", "id": "slowmap", "sort": "views"}]),
    ([["/playlist?list=WL"]], [{"action": "viewed", "kind": "playlist", "id": "WL"}]),
    ([[PLAY, PLAY]], [{"action": "played", "id": TOUR}, {"action": "paused", "id": TOUR}]),
    ([[LIKE, LIKE]], [{"action": "liked", "id": TOUR}, {"action": "unliked", "id": TOUR}]),
    ([[SAVE], [("/save", {"id": TOUR})], [SAVE, SAVE]],
     [{"action": "saved", "kind": "video", "id": TOUR, "list": "WL"}]),
    ([[SAVE, ("/save", {"id": TOUR, "list": "WL", "remove": "1"})]],
     [{"action": "saved", "kind": "video", "id": TOUR, "list": "WL"},
      {"action": "unsaved", "kind": "video", "id": TOUR, "list": "WL"}]),
    ([[("/subscribe", {"handle": "slowmap"})] * 2],
     [{"action": "followed", "id": "slowmap"}, {"action": "unfollowed", "id": "slowmap"}]),
    ([[("/comment", {"id": TOUR, "text": "Fine  shoes"})]],
     [{"action": "commented", "id": TOUR, "text": "Fine shoes"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[Entry]) -> None:
    for steps in ways:
        visit = Visit("video")
        visit.take(steps)
        assert visit.did_like(entries) == entries, steps


def test_a_new_playlist_is_told_with_its_name() -> None:
    visit = Visit("video")
    visit.take([("/playlists", {"name": "Far  away"})])
    (made,) = visit.did("created")
    assert (made["kind"], made["name"]) == ("playlist", "Far away")
    assert made["id"] in [one["id"] for one in visit.state()["playlists"]]


def test_results_that_a_script_loads_are_no_page() -> None:
    visit = Visit("video")
    assert visit.open("/results.json?search_query=shanghai").status_code == 200
    assert visit.open("/results?search_query=shanghai", **{"Sec-Fetch-Dest": "empty"}).status_code == 200
    assert visit.open(f"/thumb/{TOUR}.svg").status_code == 200
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/watch", 404),
        ("/watch?v=vienna", 404),
        ("/watch/vienna", 404),
        (f"/watch?v={TOUR}&v=vienna", 400),
        *((f"/watch?v={TOUR}&t={moment}", 400) for moment in ("999999", "-1", "soon", "1m")),
        *((f"/{page}?search_query=shanghai&{wrong}", 400) for page in ("results", "results.json") for wrong in (
            "type=film", "length=endless", "date=today", "sort=best", "page=0", "search_query=vienna",
        )),
        ("/results?search_query=shanghai&page=99", 404),
        (f"/results?search_query={'vienna+' * 20}", 400),
        ("/?category=vienna", 400),
        ("/?page=999", 404),
        ("/@vienna", 404),
        ("/@slowmap/vienna", 404),
        ("/@slowmap?sort=likes", 400),
        ("/playlist?list=vienna", 404),
        ("/playlist", 404),
        ("/thumb/vienna.svg", 404),
        ("/feed/vienna", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("video")
    assert visit.open(path).status_code == status
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/play", {"id": "vienna"}, 404),
        ("/save", {"id": TOUR, "list": "vienna"}, 404),
        ("/save", {"id": TOUR, "remove": "1"}, 200),
        ("/subscribe", {"handle": "vienna"}, 400),
        ("/comment", {"id": TOUR, "text": " "}, 200),
        ("/playlists", {"name": "watch later"}, 400),
        ("/consent", {"answer": "perhaps"}, 400),
    ],
)
def test_a_form_that_changes_nothing_is_not_told(path: str, form: dict[str, str], status: int) -> None:
    visit = Visit("video")
    assert visit.send(path, **form).status_code == status
    assert [entry for entry in visit.did() if entry["action"] != "viewed"] == []
