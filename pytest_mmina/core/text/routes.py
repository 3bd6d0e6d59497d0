"""Paths with placeholders, such as `/d/{city}/events`, and how they are compared with the path of an address."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from pytest_mmina.core.text.addresses import comparable

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"([A-Za-z_]\w*)(:path)?", re.ASCII)


class Segment(NamedTuple):
    """A part of a route between two slashes: literal texts, and the names of the placeholders between them.

    A segment that `takes_rest` is one placeholder for all segments that are left.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...] = ()
    takes_rest: bool = False


class Route(NamedTuple):
    """A path with placeholders; `text` is how it was written."""

    text: str
    segments: tuple[Segment, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all placeholders."""
        return tuple(name for segment in self.segments for name in segment.names)

    @property
    def size(self) -> int:
        """How many parts a path has to meet: each segment, and that nothing follows."""
        return len(self.segments) + 1


class RouteMatch(NamedTuple):
    """How far a path follows a route: the parts that it meets, and the values of the placeholders.

    `values` is None unless the whole path follows the route.
    """

    met: int
    values: Mapping[str, str] | None


@lru_cache(maxsize=1024)
def read_route(text: str) -> Route:
    """Read a path with placeholders; one slash at each end has no meaning.

    `{name}` stands for a text without a slash, as short as what follows it allows. `{name:path}`, at the end, stands
    for the rest of the path. Raises ValueError if the text is not a route.
    """
    for character, belongs in (("?", "query"), ("#", "fragment")):
        if character in text:
            raise ValueError(f"{text!r} is not a path: what follows {character!r} belongs into {belongs!r}")
    inner = text.removeprefix("/").removesuffix("/")
    segments = tuple(_read_segment(part, text) for part in inner.split("/")) if inner else ()
    names = [name for segment in segments for name in segment.names]
    if len(set(names)) != len(names):
        raise ValueError(f"{text!r} has two placeholders with the same name")
    if any(segment.takes_rest for segment in segments[:-1]):
        raise ValueError(f"{text!r}: a placeholder with ':path' takes the rest, so it must be the last part")
    return Route(text, segments)


def _read_segment(part: str, whole: str) -> Segment:
    *found, last = _PLACEHOLDER.split(part)
    literals, names = [*found[::2], last], found[1::2]
    if any("{" in literal or "}" in literal for literal in literals):
        raise ValueError(f"{whole!r} has a brace without its other half (a brace itself is written %7B or %7D)")
    read = [_NAME.fullmatch(name) for name in names]
    if not all(read):
        raise ValueError(f"{whole!r}: the name of a placeholder has letters, digits and underscores")
    takes_rest = any(name is not None and name[2] for name in read)
    if takes_rest and literals != ["", ""]:
        raise ValueError(f"{whole!r}: a placeholder with ':path' stands alone between two slashes")
    if "" in literals[1:-1]:
        raise ValueError(f"{whole!r}: two placeholders need a text between them")
    return Segment(tuple(map(unquote, literals)), tuple(name[1] for name in read if name is not None), takes_rest)


def match_route(route: Route, path: Sequence[str]) -> RouteMatch:
    """Compare the decoded segments of a path with a route; literal texts are compared without case."""
    values: dict[str, str] = {}
    for met, segment in enumerate(route.segments):
        if segment.takes_rest:
            rest = path[met:]
            if not all(rest) or not rest:
                return RouteMatch(met, None)
            return RouteMatch(route.size, {**values, segment.names[0]: "/".join(rest)})
        found = _match_segment(segment, path[met]) if met < len(path) else None
        if found is None:
            return RouteMatch(met, None)
        values.update(found)
    if len(path) > len(route.segments):
        return RouteMatch(route.size - 1, None)
    return RouteMatch(route.size, values)


def _match_segment(segment: Segment, text: str) -> dict[str, str] | None:
    if not segment.names:
        return {} if comparable(text) == comparable(segment.literals[0]) else None
    # The placeholders are cut out of the text as it is, so the search must not change its length.
    seen = text.lower() if len(text.lower()) == len(text) else text
    first, *inner, last = (literal.lower() for literal in segment.literals)
    end = len(text) - len(last)
    if not seen.startswith(first) or not seen.endswith(last) or end < len(first):
        return None
    values, begin = {}, len(first)
    for name, literal in zip(segment.names, [*inner, None], strict=True):
        until = end if literal is None else seen.find(literal, begin + 1, end)
        if until <= begin:
            return None
        values[name] = text[begin:until]
        begin = until + len(literal or "")
    return values


def fill_route(route: Route, values: Mapping[str, str]) -> str:
    """Return the decoded path, without a slash at its ends, that a route has with these values."""
    return "/".join(
        "".join(
            literal + values.get(name, "") for literal, name in zip(segment.literals, [*segment.names, ""], strict=True)
        )
        for segment in route.segments
    )
