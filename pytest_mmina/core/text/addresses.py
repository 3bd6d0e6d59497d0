"""The parts of an address, decoded: host, path, query and fragment, each on its own.

An address is read as a browser reads it, by the WHATWG URL Standard: `..` and backslashes are resolved, the host of
`https://eventbrite.com@evil.example/` is `evil.example`, and an IDN host has its punycode form. The parser is that of
the `url` crate, which pydantic contains. These functions never raise on an address that a browser shows.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qs, unquote

from pydantic import ValidationError
from pydantic_core import Url

DEFAULT_PORTS = {"http": 80, "https": 443}

_HOST = re.compile(r"(?:\*\.)?(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@\\%*:\[\]]+)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)


class Address(NamedTuple):
    """An http or https address; `path` and `fragment` are lists of decoded segments, without a slash at the end.

    `host` is lower-cased, in punycode, without `www.` and without a dot at the end. `query` and `fragment_query` have
    the decoded values of each parameter, in order; a fragment has a query if it contains a question mark.
    """

    scheme: str
    host: str
    port: int
    path: tuple[str, ...]
    query: Mapping[str, tuple[str, ...]]
    fragment: tuple[str, ...]
    fragment_query: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=512)
def split_address(url: str) -> Address | None:
    """Return the parts of an address; None if it is not an http(s) address (`data:`, `about:`, `blob:`)."""
    parts = _parsed(url)
    if parts is None:
        return None
    path, _, query = (parts.fragment or "").removeprefix("!").partition("?")
    # A `%2F` in a path is a character of its segment; a viewer that keeps a path in the fragment encodes its slashes.
    fragment = tuple(_without_last_slash(unquote(path).removeprefix("/").split("/")))
    return Address(
        scheme=parts.scheme,
        host=plain_host(parts.host or ""),
        port=parts.port or DEFAULT_PORTS[parts.scheme],
        path=tuple(_without_last_slash([unquote(segment) for segment in (parts.path or "/")[1:].split("/")])),
        query=_query(parts.query or ""),
        fragment=() if fragment == ("",) else fragment,
        fragment_query=_query(query),
    )


@lru_cache(maxsize=512)
def document_address(url: str) -> str:
    """Return the address of the document at an address; "" if it is not an http(s) address.

    It has no user and no fragment, always a port, and no question mark without a query.
    """
    parts = _parsed(url)
    if parts is None:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{(parts.host or '').removesuffix('.')}:{port}{parts.path}{query}"


def plain_host(host: str) -> str:
    """Return a host in the form in which hosts are compared: without `www.`, and without a dot at the end."""
    return host.removesuffix(".").removeprefix("www.")


@lru_cache(maxsize=1024)
def read_host(text: str) -> tuple[str, int | None] | None:
    """Return the host and the port that a task names; None if the text is more or less than a host."""
    named = _HOST.fullmatch(text)
    parts = _parsed(f"https://{named['host']}/") if named is not None else None
    if named is None or parts is None or not parts.host:
        return None
    return plain_host(parts.host), int(named["port"]) if named["port"] else None


def comparable(text: str) -> str:
    """Return the form in which values are compared: Unicode NFKC, without case, with single spaces."""
    return " ".join(normalize("NFKC", text).casefold().split())


def _parsed(url: str) -> Url | None:
    try:
        parts = Url(url)
    except (ValidationError, ValueError):
        return None
    return parts if parts.scheme in DEFAULT_PORTS else None


def _without_last_slash(segments: list[str]) -> list[str]:
    return segments[:-1] if segments[-1] == "" else segments


def _query(text: str) -> Mapping[str, tuple[str, ...]]:
    try:
        return {name: tuple(values) for name, values in parse_qs(text, keep_blank_values=True).items()}
    except ValueError:
        return {}
