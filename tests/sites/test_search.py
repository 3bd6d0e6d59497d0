"""What the search boxes of the bundled sites make of a query."""

import pytest

from pytest_mmina.sites.search import SearchIndex, normal_query, words

NAMES = ("Blue teapot", "Tea for two", "Cast-iron teapots, red", "Glass box", "Smørrebrød in São Paulo", "Movie night",
         "Women's shoes", "Potato knife", "Canvas atlas")  # fmt: skip
INDEX = SearchIndex(NAMES, lambda name: ((1.0, name),))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("teapot", "teapots"), ("box", "boxes"), ("glass", "glasses"), ("dish", "dishes"), ("movie", "movies"),
        ("berry", "berries"), ("pie", "pies"), ("shoe", "shoes"), ("potato", "potatoes"), ("photo", "photos"),
        ("house", "houses"), ("vase", "vases"), ("knife", "knives"), ("woman", "women"), ("child", "children"),
        ("lens", "lenses"), ("bus", "buses"), ("menu", "menus"), ("taxi", "taxis"), ("olive", "olives"),
        ("size", "sizes"), ("axe", "axes"), ("mouse", "mice"), ("cheese", "cheeses"), ("headache", "headaches"),
        ("woman", "women's"), ("virus", "viruses"), ("hero", "heroes"), ("toe", "toes"), ("canoe", "canoes"),
        ("gas", "gases"), ("watch", "watches"), ("cookie", "cookies"), ("bobotie", "boboties"), ("roti", "rotis"),
        ("series", "series"), ("blouse", "blouses"),
        ("use", "uses"), ("cause", "causes"), ("video", "videos"), ("zoo", "zoos"), ("tie", "ties"), ("city", "cities"),
        ("São Paulo", "sao paulo"), ("smørrebrød", "SMORREBROD"), ("café", "cafes"),
        ("blue teapot", "teapots, blue"), ("the tower of London", "london tower"), ("tea tea", "tea"),
        ("chef’s knife", "chef's knives"), ("ice-cream", "ice cream"), ("of the", "the of"),
    ],
)  # fmt: skip
def test_queries_that_mean_the_same_have_one_normal_form(one: str, other: str) -> None:
    assert normal_query(one) == normal_query(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("car", "care"), ("glass", "glas"), ("cap", "cape"), ("rome", "roma"), ("2 tickets", "3 tickets"),
     ("lap", "lapse"), ("plan", "plane"), ("tea pot", "teapot"), ("東京", "京都"), ("bus", "bu")],
)  # fmt: skip
def test_other_words_have_another_normal_form(one: str, other: str) -> None:
    assert normal_query(one) != normal_query(other)


def test_the_normal_form_has_the_words_in_alphabetical_order() -> None:
    assert normal_query("  Teapots in BLUE ") == "blue teapot"
    assert normal_query("Amélie's 2 boxes") == "2 amelie box"
    assert normal_query("cheeses, movies & smoothies") == "cheese movie smoothie"
    assert normal_query("東京") == "東京"
    assert normal_query("") == ""
    assert words("Potatoes and Étoiles") == ["potato", "and", "etoile"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("teapots", ["Blue teapot", "Cast-iron teapots, red"]), ("RED teapot", ["Cast-iron teapots, red"]),
        ("teapot red", ["Cast-iron teapots, red"]), ("boxes", ["Glass box"]), ("sao paulo", [NAMES[4]]),
        ("smorrebrod", [NAMES[4]]), ("movies", ["Movie night"]), ("woman shoe", ["Women's shoes"]),
        ("tepot blue", ["Blue teapot"]), ("taepot blue", ["Blue teapot"]), ("teapoot", [NAMES[0], NAMES[2]]),
        ("the", []), ("glas", []), ("kettle", []), ("", []), ("東京", []),
    ],
)  # fmt: skip
def test_search_is_kind(query: str, found: list[str]) -> None:
    assert INDEX.search(query) == found


def test_the_order_of_the_words_does_not_change_the_order_of_the_results() -> None:
    assert INDEX.search("tea teapot glass") == INDEX.search("glass tea teapot")


@pytest.mark.parametrize(
    ("query", "understood"),
    [("tepots", "teapot"), ("blue tepot", "blue teapot"), ("kettle", "kettle"), ("reapot", "reapot"), ("", "")],
)
def test_a_mistyped_word_stands_for_a_near_one(query: str, understood: str) -> None:
    assert INDEX.understood(query) == understood


def test_a_word_near_two_others_stands_for_the_commoner_one_or_for_neither() -> None:
    index = SearchIndex(("spoon", "spook", "two spoons"), lambda name: ((1.0, name),))
    assert index.search("spoof") == ["spoon", "two spoons"]
    assert SearchIndex(("spoon", "spook"), lambda name: ((1.0, name),)).search("spoof") == []
