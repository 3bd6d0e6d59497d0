"""The addresses of the user's own sites, which replace the placeholders of a data set, such as `__SHOPPING__`."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from pytest_mmina.core.errors import TaskError

NOWHERE = "none"
"""The value for a site that is not deployed: tasks that need it are skipped."""

SITES = frozenset({
    "CLASSIFIEDS", "GITLAB", "HOMEPAGE", "MAP", "REDDIT", "SHOPPING", "SHOPPING_ADMIN", "WIKIPEDIA",
})  # fmt: skip
"""The sites of WebArena and VisualWebArena, whose names are looked up in the environment."""

_PLACEHOLDER = re.compile(r"__([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)__")
_ADDRESS = re.compile(
    r"(https?)://((?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?)(/[\w./~%-]*)?", re.A
)
_LINE = re.compile(r"\s*_{0,2}([A-Z][A-Z0-9_]*?)_{0,2}\s*=\s*(\S+)\s*")


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """Addresses without a slash at the end, by the name of the placeholder without its underscores.

    The environment has precedence, but only for the names in SITES and in `named`.
    """

    named: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @classmethod
    def of_lines(cls, lines: Iterable[str], *, source: str = "mmina_hosts") -> "Hosts":
        """Read lines such as `SHOPPING=http://localhost:7770`. Raises TaskError for any other line."""
        named = {}
        for line in filter(None, map(str.strip, lines)):
            match = _LINE.fullmatch(line)
            if match is None:
                problem = f"{line!r} is not a line such as SHOPPING=http://localhost:7770"
                raise TaskError(problem, source=source)
            named[match[1]] = _address(match[1], match[2], source=source)
        return cls(named=named)

    def address_of(self, name: str) -> str:
        """Return the address of a placeholder: empty if it has none, `none` if its site is not deployed."""
        # A task file is untrusted, and the environment contains more than sites, so only known names are looked up.
        value = self.environment.get(name, "").strip() if name in SITES or name in self.named else ""
        return _address(name, value, source="environment") if value else self.named.get(name, "")

    def without_value(self, document: Mapping[str, JsonValue]) -> list[str]:
        """Return the placeholders in a document for which neither an address nor `none` is set."""
        names = set(_PLACEHOLDER.findall(json.dumps(document, ensure_ascii=False)))
        return [f"__{name}__" for name in sorted(names) if not self.address_of(name)]

    def filled_in(self, document: dict[str, JsonValue]) -> "Filled":
        """Replace the placeholders in all texts of a document by their addresses."""
        text = json.dumps(document, ensure_ascii=False)
        found = sorted(set(_PLACEHOLDER.findall(text)))
        addresses = {name: self.address_of(name) for name in found}
        known = {name: address for name, address in addresses.items() if address and address != NOWHERE}
        # A task that cannot run is still read, so placeholders without an address get one that no site has (RFC 2606).
        nowhere = {name: f"http://{name.lower().replace('_', '-')}.invalid" for name in found if name not in known}
        if found:
            text = _PLACEHOLDER.sub(lambda match: {**nowhere, **known}[match[1]], text)
        content: dict[str, JsonValue] = json.loads(text) if found else document
        return Filled(
            content,
            hosts=tuple(sorted({host_of(address) for address in known.values()})),
            without_value=tuple(f"__{name}__" for name in found if not addresses[name]),
            not_deployed=tuple(f"__{name}__" for name in found if addresses[name] == NOWHERE),
        )


@dataclass(frozen=True)
class Filled:
    """A document with its placeholders replaced, the hosts of the new addresses, and the placeholders without one."""

    document: dict[str, JsonValue]
    hosts: tuple[str, ...]
    without_value: tuple[str, ...]
    not_deployed: tuple[str, ...]


def has_placeholder(value: JsonValue) -> bool:
    """Whether a value is a text that contains a placeholder."""
    return isinstance(value, str) and _PLACEHOLDER.search(value) is not None


def how_to_set(placeholders: Iterable[str]) -> str:
    """Return the problem and the remedy for placeholders without an address, for an error or a reason to skip."""
    names = sorted(placeholders)
    first = names[0].strip("_")
    return (
        f"no address is set for {', '.join(names)}: set each in the ini value mmina_hosts or in the environment, "
        f"e.g. {first}=http://localhost:7770, or {first}={NOWHERE} to skip the tasks that need it"
    )


def host_of(address: str) -> str:
    """Return the host of an address, with its port unless it is the default port of the scheme."""
    match = _ADDRESS.match(address.lower())
    if match is None:
        return ""
    return match[2].removesuffix({"http": ":80", "https": ":443"}[match[1]])


def _address(name: str, value: str, *, source: str) -> str:
    if value.lower() == NOWHERE:
        return NOWHERE
    address = value.rstrip("/")
    if not _ADDRESS.fullmatch(address.lower()):
        # The message does not repeat the value, which can contain a password.
        problem = f"is neither an address such as http://localhost:7770 nor {NOWHERE!r}"
        raise TaskError(problem, source=source, place=name)
    return address
