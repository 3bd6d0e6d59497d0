"""What is read out of a URL: words, names, arguments. Pure, and never raises on what a browser shows."""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qs, unquote_plus


def decoded_lower(text: str) -> str:
    """Lower-case and percent-decode a text, `+` read as a space: the form in which `queue` compares."""
    return unquote_plus(text).lower()


def entity_in(entity: str, url: str) -> bool:
    """Say whether an entity's words follow one another, as whole words, in what comes after the host of a URL."""
    pattern = _entity_pattern(entity)
    return pattern is not None and pattern.search(decoded_lower(_after_host(url))) is not None


@lru_cache(maxsize=1024)
def _entity_pattern(entity: str) -> re.Pattern[str] | None:
    # A run of letters beyond a-z (a city in its own script) is a word too: it must stand as it is.
    words = re.findall(r"[a-z0-9]+|[^\W0-9a-z_]+", decoded_lower(entity))
    if not words:
        return None
    return re.compile(r"(?<![a-z0-9])" + r"[^a-z0-9]*?".join(map(re.escape, words)) + r"(?![a-z0-9])")


def site_part(url: str) -> str:
    """Host, port and path of a URL, as `decoded_lower` text."""
    host, path = _split_at_host(url)
    return decoded_lower(host + re.split(r"[?#]", path, maxsplit=1)[0])


def _after_host(url: str) -> str:
    return _split_at_host(url)[1]


def _split_at_host(url: str) -> tuple[str, str]:
    # urlsplit refuses URLs that a browser shows, and a judge must never raise on what a page did.
    rest = url.partition("://")[2] if "://" in url else url
    cut = re.search(r"[/?#]", rest)
    host, path = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    return host.rpartition("@")[2], path


def comparable_url(url: str) -> str:
    """A URL as `url_match` compares it."""
    return decoded_lower(url).removesuffix("/")


def is_contained(references: Sequence[str], url: str) -> bool:
    """Say whether a URL has host and path of a reference in it, and a value of theirs for each of their arguments."""
    base, arguments = _base_and_arguments(url)
    bases_and_arguments = [_base_and_arguments(reference) for reference in references]
    if not any(reference in base for reference, _ in bases_and_arguments):
        return False
    wanted: dict[str, set[str]] = {}
    for _, queried in bases_and_arguments:
        for name, values in queried.items():
            wanted.setdefault(name, set()).update(values)
    return all(values & set(arguments.get(name, ())) for name, values in wanted.items())


def _base_and_arguments(url: str) -> tuple[str, dict[str, list[str]]]:
    host, rest = _split_at_host(url)
    address, _, query = rest.partition("#")[0].partition("?")
    return (host + address).rstrip("/"), parse_qs(query.rstrip("/"))
