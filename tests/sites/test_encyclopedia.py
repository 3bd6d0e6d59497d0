"""The encyclopedia tells what the visitor did, and has no page for what does not exist."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.sites.visits import Step, Visit

A = "/content/wikipedia_en_all_maxi_2024-01/A"
KUALA_LUMPUR = {"action": "viewed", "kind": "article", "id": "Kuala_Lumpur"}
SEARCHED = {"action": "searched", "query": "height tokyo tower", "results": 4}

ACTS: list[tuple[list[list[Step]], list[dict[str, Any]]]] = [
    (
        [
            [f"{A}/Kuala_Lumpur"],
            [f"{A}/Kuala%20Lumpur"],
            [f"{A}/kuala_lumpur"],
            [f"{A}/Kuala_Lumpur?utm=vienna", f"{A}/KUALA_LUMPUR"],
        ],
        [KUALA_LUMPUR],
    ),
    ([[f"{A}/Smorrebrod"], [f"{A}/{quote('Smørrebrød')}"]],
     [{"action": "viewed", "kind": "article", "id": "Smørrebrød"}]),
    (
        [
            ["/search?pattern=tokyo+tower+height"],
            ["/search?content=wikipedia_en_all_maxi_2024-01&pattern=The+heights+of+TOKYO%27s+towers"],
            ["/search?pattern=tokyo+towre+height"],
        ],
        [SEARCHED],
    ),
    ([["/search?pattern=qwertyuiop"]], [{"action": "searched", "query": "qwertyuiop", "results": 0}]),
    ([["/search?pattern=%E6%9D%B1%E4%BA%AC"]], [{"action": "searched", "query": "東京", "results": 0}]),
    ([["/search?pattern=tower&p=2"]], [{"action": "searched", "query": "tower", "results": 91, "page": 2}]),
    ([["/search"], ["/"], ["/viewer"], [f"{A}/User:The_other_Kiwix_guy/Landing"], ["/suggest?term=tokyo"]], []),
    (
        [[f"{A}/Category:Mountains"], [f"{A}/category:mountains"]],
        [{"action": "listed", "kind": "category", "id": "Mountains", "results": 8}],
    ),
    ([["/random"], ["/random?content=wikipedia_en_all_maxi_2024-01"]],
     [{"action": "viewed", "kind": "article", "id": "Petronas_Towers"}]),
    ([["/reading-list"]], [{"action": "listed", "kind": "reading_list"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[dict[str, Any]]) -> None:
    for steps in ways:
        visit = Visit("encyclopedia")
        visit.take(steps)
        assert visit.did() == entries, steps


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{A}/Atlantis", 404),
        (f"{A}/Tokyo_eventbrite_vienna", 404),
        (f"{A}/Tokyo!", 404),
        (f"{A}/Tokyo%E6%9D%B1%E4%BA%AC", 404),
        (f"{A}/Tokyo/vienna", 404),
        (f"{A}/Kuala-Lumpur", 404),
        (f"{A}/Category:Vienna", 404),
        ("/content/wikipedia_en_all_maxi_2020-01/A/Tokyo", 404),
        ("/content/vienna/", 404),
        ("/search?content=other&pattern=tokyo", 404),
        ("/search?pattern=tokyo&p=99", 404),
        ("/search?pattern=tokyo&p=0", 400),
        ("/search?pattern=tokyo&p=vienna", 400),
        ("/search?pattern=tokyo&pattern=vienna", 400),
        ("/random?content=other", 404),
        ("/viewer/vienna", 404),
    ],
)
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("encyclopedia")
    assert visit.open(path).status_code == status
    assert visit.did() == []


@pytest.mark.parametrize(
    ("headers", "count"),
    [
        ({"Sec-Fetch-Dest": "iframe"}, 1), ({"Sec-Fetch-Dest": "document"}, 1), ({"Sec-Fetch-Dest": "empty"}, 0),
        ({"Sec-Fetch-Dest": "image"}, 0), ({"Accept": "image/png"}, 0),
    ],
)  # fmt: skip
def test_an_article_is_viewed_in_the_frame_of_the_viewer_but_not_by_a_script(
    headers: dict[str, str], count: int
) -> None:
    visit = Visit("encyclopedia")
    assert visit.open(f"{A}/Kuala_Lumpur", **headers).status_code == 200
    assert len(visit.did()) == count


def test_an_article_is_put_on_the_reading_list_and_taken_off() -> None:
    visit = Visit("encyclopedia")
    assert "Save to the reading list" in visit.open(f"{A}/Kuala_Lumpur").text
    assert "Remove from the reading list" in visit.send("/reading-list", title="Kuala Lumpur").text
    assert visit.state()["reading_list"] == ["Kuala Lumpur"]
    assert "Remove Kuala Lumpur" in visit.open("/reading-list").text
    assert "nothing on it yet" in visit.send("/reading-list", title="Kuala Lumpur", next="/reading-list").text
    assert visit.state()["reading_list"] == []
    assert visit.did("saved", "unsaved") == [
        {"action": "saved", "kind": "article", "id": "Kuala_Lumpur"},
        {"action": "unsaved", "kind": "article", "id": "Kuala_Lumpur"},
    ]
    assert visit.send("/reading-list", title="Atlantis").status_code == 400
    assert "evil.example" not in visit.send("/reading-list", title="Vienna", next="https://evil.example/").request.url
