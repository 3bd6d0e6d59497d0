"""Addresses that the pages of a site set themselves, and what the site is asked for when they do."""

from collections.abc import Mapping
from typing import NamedTuple

from pytest_mmina.core.text.addresses import Address
from pytest_mmina.core.text.routes import Route, fill_route, match_route, read_route


class ClientRoute(NamedTuple):
    """An address that a page sets, and the request of the site that shows what is there; both have the same names.

    A route without `fragment` is a whole address; one with `fragment` belongs to the document at `path`.
    """

    path: Route
    query: Mapping[str, str]
    fragment: Route | None
    fragment_query: Mapping[str, str]
    asked_path: Route
    asked_query: Mapping[str, str]

    def is_at(self, address: Address) -> bool:
        """Return whether the document of a route with a fragment is at an address."""
        return self.fragment is not None and match_route(self.path, address.path).values is not None

    def request(self, address: Address) -> tuple[str, Mapping[str, str]] | None:
        """Return the path and the query that the site is asked for at this address; None if the route is another."""
        found = _matched(self.path, self.query, address.path, address.query, only=self.fragment is None)
        if found is not None and self.fragment is not None:
            inner = _matched(self.fragment, self.fragment_query, address.fragment, address.fragment_query, only=True)
            found = {**found, **inner} if inner is not None else None
        if found is None:
            return None
        query = {name: found[_name(text)] if _name(text) else text for name, text in self.asked_query.items()}
        return fill_route(self.asked_path, found), query


def read_client_route(address: str, asked: str) -> ClientRoute:
    """Read a route, such as `/viewer#{book}/A/{article}` and `/content/{book}/A/{article}`.

    Raises ValueError if one of both is no path with placeholders, or if a placeholder is only in one of them: a script
    could set it to anything, and the site would not be asked for it.
    """
    place, mark, fragment = address.partition("#")
    path, query = _read(place)
    inner, inner_query = _read(fragment) if mark else (None, {})
    asked_path, asked_query = _read(asked)
    set_names = {*_names(path, query), *(_names(inner, inner_query) if inner is not None else ())}
    asked_names = set(_names(asked_path, asked_query))
    if lacking := sorted(set_names ^ asked_names):
        raise ValueError(f"the placeholder {lacking[0]!r} has to be in {address!r} and in {asked!r}")
    return ClientRoute(path, query, inner, inner_query, asked_path, asked_query)


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
