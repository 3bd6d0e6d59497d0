"""Addresses that the pages of a site set themselves, and how the site knows that they do."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

import jsonpath_rfc9535

from pytest_mmina.core.text.addresses import Address
from pytest_mmina.core.text.routes import Route, fill_route, match_route, read_route

_PLACEHOLDER = re.compile(r"\{(\w+)\}", re.ASCII)


class Request(NamedTuple):
    """What the site is asked for: a path and a query, with the placeholders of the route."""

    path: Route
    query: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """The names of the placeholders."""
        return _names(self.path, self.query)

    def filled(self, values: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
        """Return the decoded path and query with these values."""
        query = {name: values[_name(text)] if _name(text) else text for name, text in self.query.items()}
        return fill_route(self.path, values), query


class StateQuery(NamedTuple):
    """A JSONPath on the state that the site exports, in which placeholders stand for texts."""

    path: str

    @property
    def names(self) -> list[str]:
        """The names of the placeholders."""
        return _PLACEHOLDER.findall(self.path)

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the JSONPath with these values, each as a string literal, which it cannot leave."""
        return _PLACEHOLDER.sub(lambda found: json.dumps(values[found[1]]), self.path)


class ClientRoute(NamedTuple):
    """An address that a page sets, and what shows that the site knows it; both have the same placeholders.

    A route without `fragment` is a whole address; one with `fragment` belongs to the document at `path`.
    """

    path: Route
    query: Mapping[str, str]
    fragment: Route | None
    fragment_query: Mapping[str, str]
    known_by: Request | StateQuery

    def is_at(self, address: Address) -> bool:
        """Return whether the document of a route with a fragment is at an address."""
        return self.fragment is not None and match_route(self.path, address.path).values is not None

    def values(self, address: Address) -> Mapping[str, str] | None:
        """Return the values of the placeholders in an address; None if it does not follow the route."""
        found = _matched(self.path, self.query, address.path, address.query, only=self.fragment is None)
        if found is None or self.fragment is None:
            return found
        inner = _matched(self.fragment, self.fragment_query, address.fragment, address.fragment_query, only=True)
        return None if inner is None else {**found, **inner}


def read_client_route(address: str, known_by: str) -> ClientRoute:
    """Read a route, such as `/viewer#{book}/A/{title}`, and what the site is asked for then, `/content/{book}/{title}`.

    The second text may be a JSONPath on the state of the site instead: `$.read[?@ == {title}]`. Raises ValueError if
    one of both cannot be read, or if a placeholder is only in one of them: a script could set it to anything.
    """
    place, mark, fragment = address.partition("#")
    path, query = _read(place)
    inner, inner_query = _read(fragment) if mark else (None, {})
    known = _read_state_query(known_by) if known_by.startswith("$") else Request(*_read(known_by))
    set_names = {*_names(path, query), *(_names(inner, inner_query) if inner is not None else ())}
    if lacking := sorted(set_names ^ set(known.names)):
        raise ValueError(f"the placeholder {lacking[0]!r} has to be in {address!r} and in {known_by!r}")
    return ClientRoute(path, query, inner, inner_query, known)


def _read_state_query(text: str) -> StateQuery:
    query = StateQuery(text)
    try:
        jsonpath_rfc9535.compile(query.filled(dict.fromkeys(query.names, "")))
    except jsonpath_rfc9535.JSONPathError as error:
        raise ValueError(f"{text!r} is not a JSONPath: {error}") from None
    return query


def _read(text: str) -> tuple[Route, Mapping[str, str]]:
    path, _, query = text.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return read_route(path), {name: value for name, _, value in pairs}


def _name(text: str) -> str:
    """Return the name of a value that is a placeholder; the empty text for a value that is a text."""
    return text[1:-1] if text.startswith("{") and text.endswith("}") else ""


def _names(route: Route, query: Mapping[str, str]) -> list[str]:
    return [*route.names, *filter(None, map(_name, query.values()))]


def _matched(
    route: Route,
    query: Mapping[str, str],
    path: tuple[str, ...],
    values: Mapping[str, tuple[str, ...]],
    *,
    only: bool,
) -> dict[str, str] | None:
    """Return the values of the placeholders; with `only`, the address may have no other parameters."""
    found = match_route(route, path).values
    if found is None or (only and values.keys() - query.keys()):
        return None
    named = dict(found)
    for parameter, text in query.items():
        given = values.get(parameter, ())
        if len(given) != 1 or (not _name(text) and given[0] != text):
            return None
        if _name(text):
            named[_name(text)] = given[0]
    return named
