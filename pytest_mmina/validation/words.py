"""The words that an agent without knowledge can use: names in an intent, words of the sites, and names of cities."""

import json
import random
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from pytest_mmina.bundled import bundled
from pytest_mmina.core.text.folding import without_accents

_NAME = re.compile(r"\b[^\W\d_a-z][\w'’-]*(?:\s+(?:(?:of|de|da|the|la|del|and)\s+)?[^\W\d_a-z][\w'’-]*)*")
_ADDRESS = re.compile(r"https?://\S+")
_MOST_WORDS = 60
_BEGINS = re.compile(r"(?:^|[.?!:;]['\"”]?\s+|\n\s*)$")


class Place(NamedTuple):
    """A name, and its country as it is written in addresses; the country is empty if it is not known."""

    name: str
    country: str = ""

    @property
    def slug(self) -> str:
        """The name as most addresses write it: `rio-de-janeiro`."""
        return slug(self.name)


@cache
def cities() -> dict[str, Place]:
    """Return the cities of the bundled sites: their names, and how addresses write them."""
    content = json.loads((bundled("fixtures") / "data" / "cities.json").read_text(encoding="utf-8"))
    return {city["name"]: Place(city["name"], slug(city["country"])) for city in content}


def slug(text: str) -> str:
    """Return a text as addresses write it: `rio-de-janeiro`."""
    return "-".join(re.findall(r"[a-z0-9]+", without_accents(text).lower()))


def without_addresses(text: str) -> str:
    """Return a text without the addresses in it: what stands in them is not asked for."""
    return _ADDRESS.sub(" ", text)


def names_in(intent: str) -> list[str]:
    """Return the names in an intent, in order: words with a capital letter that does not begin a sentence."""
    text = without_addresses(intent)
    found: list[str] = []
    for match in _NAME.finditer(text):
        words = match[0].split()
        known = " ".join(words) in cities()
        if _BEGINS.search(text[: match.start()]) and not known:
            words = words[1:]
        while words and words[0] in ("of", "de", "da", "the", "la", "del", "and"):
            words = words[1:]
        if words:
            found.append(" ".join(words))
    # "Rome and Dubai" are two names, and "Isle of Wight" is one.
    parts = [part for name in found for part in re.split(r"\s+and\s+", name)]
    return list(dict.fromkeys(parts))


def places_of(intent: str) -> list[Place]:
    """Return names to try: those of the intent first, then all cities, in an order that depends on the intent."""
    own = [cities().get(name, Place(name)) for name in names_in(intent)]
    others = list(cities().values())
    # Every task begins with other cities, so that a few addresses for each task are many for all of them.
    random.Random(intent).shuffle(others)  # noqa: S311 - no secret
    return list(dict.fromkeys(place for place in [*own, *others] if place.slug))


def words_to_pour(intent: str, homes: Iterable[str]) -> list[str]:
    """Return all words that a condition on an address may look for: of the sites, of the intent, of the cities."""
    hosts = [part for home in homes for part in re.split(r"[./:]", urlsplit(home).netloc + urlsplit(home).path)]
    named = [word for name in names_in(intent) for word in slug(name).split("-")]
    known = [place.slug for place in cities().values()]
    plain = slug(without_addresses(intent)).split("-")
    words = (word.lower() for word in (*hosts, *named, *plain[-_MOST_WORDS:], *known))
    return list(dict.fromkeys(word for word in words if len(word) > 2 and word not in ("www", "com", "org")))


def is_named(text: str, intent: str) -> bool:
    """Return whether a text stands in an intent, as whole words; case, accents and signs make no difference."""
    wanted = slug(text)
    return bool(wanted) and f"-{wanted}-" in f"-{slug(intent)}-"


def other_city(name: str, intent: str) -> str:
    """Return a city that is not `name` and that the intent does not name."""
    others: Sequence[str] = [other for other in cities() if other != name and not is_named(other, intent)]
    return others[len(name) * 7 % len(others)]
