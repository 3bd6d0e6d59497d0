"""The start page tells what the visitor searched for."""

from typing import Any

import pytest

from tests.sites.visits import Visit


@pytest.mark.parametrize(
    ("paths", "entries"),
    [
        (["/?q=recipes"], [{"action": "searched", "query": "recipe", "results": 1}]),
        (["/?q=+RECIPE", "/?q=recipes&x=vienna"], [{"action": "searched", "query": "recipe", "results": 1}]),
        (["/?q=converter+CURRENCY"], [{"action": "searched", "query": "converter currency", "results": 1}]),
        (["/?q=qwertz"], [{"action": "searched", "query": "qwertz", "results": 0}]),
        (["/?q=%E6%9D%B1%E4%BA%AC"], [{"action": "searched", "query": "東京", "results": 0}]),
        (["/", "/?q=", "/?x=eventbrite+vienna"], []),
    ],
)
def test_a_search_leaves_the_same_entry_however_it_is_typed(paths: list[str], entries: list[dict[str, Any]]) -> None:
    visit = Visit("start")
    visit.take(paths)
    assert visit.did() == entries


def test_a_parameter_that_is_not_known_makes_no_other_page() -> None:
    assert Visit("start").open("/?x=eventbrite+vienna").text == Visit("start").open("/").text


@pytest.mark.parametrize(("path", "status"), [("/vienna", 404), ("/?q=a&q=b", 400), (f"/?q={'a' * 81}", 400)])
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("start")
    assert visit.open(path).status_code == status
    assert visit.did() == []
