"""Addresses that an agent can make up: pages of places in the form that a site's own links have, and poured words."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urljoin, urlsplit

from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.validation.words import Place, cities, slug

COUNTRY = "{country}"
_FORMS: dict[str, Callable[[Place], str]] = {
    "{New_York}": lambda place: quote(place.name.replace(" ", "_")),
    "{New+York}": lambda place: quote_plus(place.name),
    "{new-york}": lambda place: place.slug,
    "{new+york}": lambda place: quote_plus(place.name.lower()),
    "{New%20York}": lambda place: quote(place.name),
    "{new_york}": lambda place: place.slug.replace("-", "_"),
}
"""The placeholders for a place: how an address writes a name of two words, and a function that does so."""
_LONG_SEGMENT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){2,}", re.IGNORECASE)
_PLACE_ON_PAGE = re.compile(r"#[\w-]*")
_FIELDS = ("searchbox", "combobox", "textbox")


class Link(NamedTuple):
    """A link of a page: its text, and its whole address."""

    text: str
    address: str


def links_of(observation: str, url: str) -> list[Link]:
    """Return the links in the text of an observation that lead to the host of its page."""
    found: list[Link] = []
    link: Element | None = None
    for element in read_outline(observation):
        if element.role == "link":
            link = element
        elif element.role == "/url" and link is not None and not _PLACE_ON_PAGE.fullmatch(element.text):
            address = urljoin(url, element.text)
            if urlsplit(address).netloc == urlsplit(url).netloc:
                found.append(Link(link.name, address))
            link = None
    return found


def fields_of(observation: str) -> list[Element]:
    """Return the fields in the text of an observation that one can type words into, but not lists of options."""
    elements = list(read_outline(observation))
    has_options = {
        position
        for position, element in enumerate(elements)
        if position + 1 < len(elements)
        and elements[position + 1].role == "option"
        and elements[position + 1].depth > element.depth
    }
    return [
        element
        for position, element in enumerate(elements)
        if element.role in _FIELDS and element.ref and position not in has_options
    ]


def shape_of(address: str, place: Place) -> str | None:
    """Return an address with placeholders for a place and its country; None if the place does not stand in it."""
    head, slashes, rest = address.partition("//")
    host, slash, path = rest.partition("/")
    # A single word does not show what stands between two: in a path it is rather "_", in a query "+".
    first = "{New+York}" if "?" in path else "{New_York}"
    for form in sorted(_FORMS, key=lambda form: form != first):
        written = _FORMS[form](place)
        if (found := re.search(rf"(?<![A-Za-z0-9]){re.escape(written)}(?![A-Za-z0-9])", path)) is not None:
            before, after = path[: found.start()], path[found.end() :]
            if place.country and re.search(rf"(?<![a-z]){re.escape(place.country)}(?![a-z])", before):
                before = before.replace(place.country, COUNTRY)
            return f"{head}{slashes}{host}{slash}{before}{form}{after}"
    return None


def shapes_of(links: Iterable[Link]) -> list[str]:
    """Return the forms that the addresses of places have: a link whose text names a city has it in its address."""
    shapes: dict[str, None] = {}
    for link in links:
        text = f"-{slug(link.text)}-"
        for name, place in cities().items():
            if (f"-{slug(name)}-" in text or f"-{place.slug}-" in text) and (shape := shape_of(link.address, place)):
                shapes.setdefault(shape)
                break
    return list(shapes)


def filled(shape: str, place: Place) -> str:
    """Return the address of a place in the form of a shape."""
    known = shape.replace(COUNTRY, place.country)
    address = known if place.country else re.sub(rf"{re.escape(COUNTRY)}-*", "", shape)
    for form, write in _FORMS.items():
        address = address.replace(form, write(place))
    return address


def poured(home: str, words: Sequence[str], links: Iterable[Link] = ()) -> Iterator[str]:
    """Yield addresses of a site with all words: in the query, the fragment, a slug, and the path."""
    base = home.split("#")[0].split("?")[0]
    root = base if base.endswith("/") else f"{base}/"
    yield f"{base}?x={quote(' '.join(words))}"
    yield f"{base}#{'/'.join(words)}"
    yield from _in_slugs(words, links)
    yield f"{root}{'-'.join(words)}"
    yield f"{root}{'/'.join(words)}"
    some = quote_plus(" ".join(words[:8]))
    yield f"{base}?{'&'.join(f'{name}={some}' for name in ('q', 'search', 'to', 'city'))}"


def _in_slugs(words: Sequence[str], links: Iterable[Link]) -> Iterator[str]:
    """Yield one address with the words in the place of a slug that the site itself may not read."""
    for link in links:
        scheme, _, rest = link.address.partition("://")
        segments = rest.split("/")
        for position, segment in enumerate(segments[:-1]):
            if position and _LONG_SEGMENT.fullmatch(segment):
                yield f"{scheme}://{'/'.join([*segments[:position], '-'.join(words), *segments[position + 1 :]])}"
                return


def made_up(
    home: str, links: Sequence[Link], shapes: Sequence[str], places: Sequence[Place], words: Sequence[str]
) -> Iterator[str]:
    """Yield addresses of a site: poured words, places in every shape, and what its home page links to.

    The first places are the likeliest ones, so each is tried in every shape before the next one.
    """
    pours, forms = list(poured(home, words, links)), list(dict.fromkeys([*shapes_of(links), *shapes]))
    near = [filled(shape, place) for place in places[:4] for shape in forms]
    far = [filled(shape, place) for place in places[4:] for shape in forms]
    linked = [link.address for link in links]
    yield from dict.fromkeys([*pours[:4], *near, *pours[4:], *_in_turns(far, linked)])


def _in_turns(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    for position in range(max(len(first), len(second))):
        yield from first[position : position + 1]
        yield from second[position : position + 1]
