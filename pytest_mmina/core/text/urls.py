"""Find words, names and query values in URLs. These functions never raise on a URL that a browser shows."""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qs, unquote_plus


def decoded_lower(text: str) -> str:
    """Return a text in lower case and percent-decoded, with `+` as a space: the protocol `queue` compares this form."""
    return unquote_plus(text).lower()


def entity_in(entity: str, url: str) -> bool:
    """Return whether the words of an entity follow one another, as whole words, after the host of a URL."""
    pattern = _entity_pattern(entity)
    return pattern is not None and pattern.search(decoded_lower(_after_host(url))) is not None


@lru_cache(maxsize=1024)
def _entity_pattern(entity: str) -> re.Pattern[str] | None:
    # Letters beyond a-z (a city's name in its own script) are a word too.
    words = re.findall(r"[a-z0-9]+|[^\W0-9a-z_]+", decoded_lower(entity))
    if not words:
        return None
    return re.compile(r"(?<![a-z0-9])" + r"[^a-z0-9]*?".join(map(re.escape, words)) + r"(?![a-z0-9])")


def site_part(url: str) -> str:
    """Return host, port and path of a URL, in the form of `decoded_lower`."""
    host, path = _split_at_host(url)
    return decoded_lower(host + re.split(r"[?#]", path, maxsplit=1)[0])


def _after_host(url: str) -> str:
    return _split_at_host(url)[1]


def _split_at_host(url: str) -> tuple[str, str]:
    # urlsplit rejects some URLs that a browser shows, and judging must never raise because of a page.
    rest = url.partition("://")[2] if "://" in url else url
    cut = re.search(r"[/?#]", rest)
    host, path = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    return host.rpartition("@")[2], path


def comparable_url(url: str) -> str:
    """Return a URL in the form that `url_match` compares."""
    return decoded_lower(url).removesuffix("/")


def is_contained(references: Sequence[str], url: str) -> bool:
    """Return whether a URL contains host and path of a reference, and all their query arguments.

    The references together give the values of each argument; the URL must have one of them.
    """
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
