"""What an agent without knowledge can make up: names, the forms of addresses, and poured words."""

from urllib.parse import unquote

import pytest

from pytest_mmina.validation.addresses import Link, fields_of, filled, links_of, made_up, poured, shape_of, shapes_of
from pytest_mmina.validation.words import Place, cities, is_named, names_in, other_city, places_of, words_to_pour

HOME = """
- banner:
  - link "Skip" [ref=e1]:
    - /url: "#content"
  - link "Events in San Francisco" [ref=e2]:
    - /url: /d/united-states--san-francisco/events/
  - link "Elsewhere" [ref=e3]:
    - /url: https://other.example/tokyo
  - link "Read about Rome" [ref=e4]:
    - /url: "#book/A/Rome"
- searchbox "Search" [ref=e5]
- combobox "Sort by" [ref=e6]:
  - option "Price"
- combobox "Location" [ref=e7]
"""


@pytest.mark.parametrize(
    ("intent", "names"),
    [
        ("Which city has more inhabitants, Rome or Dubai?", ["Rome", "Dubai"]),
        (
            "Find the Isle of Wight. Then look for Leo Brandt and São Paulo.",
            ["Isle of Wight", "Leo Brandt", "São Paulo"],
        ),
        ("Vienna is a city. Nothing else is.", ["Vienna"]),
        ("See https://www.Example.com/Foo for more.", []),
    ],
)
def test_names_of_an_intent(intent: str, names: list[str]) -> None:
    assert names_in(intent) == names


def test_places_begin_with_the_intent_and_end_with_all_cities() -> None:
    places = places_of("Look for events in Oz and in Rome.")
    assert places[:2] == [Place("Oz"), Place("Rome", "italy")]
    assert {place.name for place in places} == {"Oz", *cities()}
    assert places_of("Look around.") != places_of("Look about.")


def test_words_of_sites_of_the_intent_and_of_cities_are_poured() -> None:
    words = words_to_pour(
        "Events in the Isle of Wight.", ["https://www.eventbrite.com/", "https://sg.trip.com/hotels/"]
    )
    assert {"eventbrite", "trip", "hotels", "isle", "wight", "tokyo", "rio-de-janeiro"} <= set(words)
    assert not {"www", "com", "https"} & set(words)


@pytest.mark.parametrize(
    ("address", "city", "other", "unknown"),
    [
        (
            "https://a.example/d/united-states--san-francisco/e/",
            "San Francisco",
            "/d/mexico--mexico-city/e/",
            "/d/oz/e/",
        ),
        ("https://a.example/A/Kuala_Lumpur", "Kuala Lumpur", "/A/Mexico_City", "/A/Oz"),
        ("https://a.example/s?q=San+Francisco&z=1", "San Francisco", "/s?q=Mexico+City&z=1", "/s?q=Oz&z=1"),
        ("https://a.example/list?to=tokyo", "Tokyo", "/list?to=mexico-city", "/list?to=oz"),
        ("https://a.example/#book/A/Tokyo", "Tokyo", "/#book/A/Mexico_City", "/#book/A/Oz"),
    ],
)
def test_an_address_of_a_city_has_a_form_that_other_places_fill(
    address: str, city: str, other: str, unknown: str
) -> None:
    shape = shape_of(address, cities()[city])
    assert shape is not None
    assert filled(shape, cities()[city]) == address
    assert filled(shape, cities()["Mexico City"]) == f"https://a.example{other}"
    assert filled(shape, Place("Oz")) == f"https://a.example{unknown}"


def test_an_address_without_the_place_has_no_form() -> None:
    assert shape_of("https://tokyo.example/about", cities()["Tokyo"]) is None
    assert shape_of("https://a.example/romeo", cities()["Rome"]) is None


def test_links_and_fields_are_those_that_the_page_shows() -> None:
    links = links_of(HOME, "https://a.example/viewer")
    assert links == [
        Link("Events in San Francisco", "https://a.example/d/united-states--san-francisco/events/"),
        Link("Read about Rome", "https://a.example/viewer#book/A/Rome"),
    ]
    assert len(shapes_of(links)) == 2
    assert [field.name for field in fields_of(HOME)] == ["Search", "Location"]


def test_words_are_poured_into_every_part_of_an_address() -> None:
    product = Link("A kettle", "https://a.example/blue-steel-kettle/dp/B01")
    addresses = list(poured("https://a.example/?locale=en", ["eventbrite", "new-york"], [product]))
    assert "https://a.example/?x=eventbrite new-york" in map(unquote, addresses)
    assert "https://a.example/#eventbrite/new-york" in addresses
    assert "https://a.example/eventbrite-new-york" in addresses
    assert "https://a.example/eventbrite/new-york" in addresses
    assert "https://a.example/eventbrite-new-york/dp/B01" in addresses


def test_what_is_likely_comes_first() -> None:
    links = links_of(HOME, "https://a.example/")
    places = places_of("Look for events in Dublin.")
    addresses = list(made_up("https://a.example/", links, ["https://a.example/s?q={New+York}"], places, ["dublin"]))
    assert len(addresses) == len(set(addresses))
    assert "https://a.example/s?q=Dublin" in addresses[:8]
    assert "https://a.example/d/ireland--dublin/events/" in addresses[:8]
    assert {f"https://a.example/s?q={city.replace(' ', '+')}" for city in ("Tokyo", "Mexico City")} <= set(addresses)


def test_another_city_is_none_of_the_intent() -> None:
    for name in cities():
        other = other_city(name, "Rome or Dubai?")
        assert other not in (name, "Rome", "Dubai")
        assert not is_named(other, f"{name}, Rome or Dubai")
