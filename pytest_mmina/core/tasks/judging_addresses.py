"""Judge the check `address`: each part of the address on its own, and whether the site answered it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from math import isclose

from pytest_mmina.core.language.trajectory import PageState
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.tasks.address import AddressCheck, PathPattern, ValueCheck, whole_pattern
from pytest_mmina.core.tasks.verdict import Finding
from pytest_mmina.core.text.addresses import DEFAULT_PORTS, Address, comparable, read_host, split_address
from pytest_mmina.core.text.conditions import text_pattern
from pytest_mmina.core.text.dates import dates
from pytest_mmina.core.text.routes import RouteMatch, match_route, read_route

_NUMBER = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?|[-+]?\.\d+")
_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


def find_address(check: AddressCheck, page: PageState) -> Finding:
    """Judge the address of a page.

    Nothing else counts as met on another host, and of the parts behind the path nothing on another path.
    """
    address = split_address(page.url)
    values = len(check.query) + len(check.fragment_query) + len(check.placeholders)
    asked = 2 + values + _size(check.path) + _size(check.fragment)
    if address is None:
        return Finding(False, f"{shortened(page.url)!r} is not an address of a site", 0, asked)
    if not any(is_host(host, address) for host in check.host):
        wanted = " or ".join(map(repr, check.host))
        return Finding(False, f"the host is {shortened(shown_host(address))!r}, not {wanted}", 0, asked)
    shown = shortened(_shown(address, with_fragment=check.needs_fragment))
    path = _compare_path(check.path, address.path)
    if path.values is None:
        return Finding(False, f"{shown} was reached, but the path is not {_wanted(check.path)}", 1 + path.met, asked)
    problems = []
    fragment = _compare_path(check.fragment, address.fragment)
    if fragment.values is None:
        problems.append(f"the fragment is not {_wanted(check.fragment)}")
    named = {**path.values, **(fragment.values or {})}
    unmet = len(check.placeholders) - len(check.placeholders.keys() & named.keys())
    given: list[tuple[str, ValueCheck, Sequence[str]]] = [
        (name, value, (named[name],)) for name, value in check.placeholders.items() if name in named
    ]
    given += [(name, value, address.query.get(name, ())) for name, value in check.query.items()]
    given += [(name, value, address.fragment_query.get(name, ())) for name, value in check.fragment_query.items()]
    wrong = [problem for name, value, seen in given if (problem := _problem_of(name, value, seen))]
    met = 1 + path.met + fragment.met + values - unmet - len(wrong)
    problems += wrong
    if problem := _problem_of_answer(page, needs_fragment=check.needs_fragment):
        problems.append(problem)
    else:
        met += 1
    if problems:
        return Finding(False, f"{shown} was reached, but {', and '.join(problems)}", met, asked)
    return Finding(True, f"{shown} was reached", asked, asked)


def _problem_of_answer(page: PageState, *, needs_fragment: bool) -> str:
    match page.answered:
        case "whole":
            return ""
        case "document":
            return "the site was not asked for what the fragment names" if needs_fragment else ""
        case "no":
            return "the site did not answer this address with a document"
        case None:
            return "it is not known whether the site answered this address"


def is_host(wanted: str, address: Address) -> bool:
    """Return whether an address is on a host that a task names; `*.example.com` means every host below it."""
    host, port = read_host(wanted) or ("", None)
    if address.port != (DEFAULT_PORTS[address.scheme] if port is None else port):
        return False
    return address.host.endswith(f".{host}") if wanted.startswith("*.") else address.host == host


def _size(path: tuple[str, ...] | PathPattern | None) -> int:
    if path is None:
        return 0
    return 1 if isinstance(path, PathPattern) else max(read_route(text).size for text in path)


def _compare_path(wanted: tuple[str, ...] | PathPattern | None, path: Sequence[str]) -> RouteMatch:
    if wanted is None:
        return RouteMatch(0, {})
    if isinstance(wanted, PathPattern):
        matches = text_pattern(whole_pattern(wanted.pattern)).isinstance_python(_shown_path(path))
        return RouteMatch(1, {}) if matches else RouteMatch(0, None)
    best = max((match_route(read_route(text), path) for text in wanted), key=lambda each: (_is_met(each), each.met))
    return RouteMatch(_size(wanted), best.values) if _is_met(best) else best


def _is_met(match: RouteMatch) -> bool:
    return match.values is not None


def _problem_of(name: str, wanted: ValueCheck, seen: Sequence[str]) -> str:
    """Return what is wrong with the values of a parameter or placeholder: each of them has to be right."""
    if wanted.absent:
        return f"{name} is {shortened(seen[0])!r} and should be absent" if any(seen) else ""
    if not any(seen):
        return f"it has no {name!r}"
    wrong = next((text for text in seen if not is_right(wanted, text)), None)
    if wrong is None:
        return ""
    others = f", one of {len(seen)} values" if len(seen) > 1 else ""
    return f"{name} is {shortened(wrong)!r}{others}, not {described(wanted)}"


def is_right(wanted: ValueCheck, text: str) -> bool:
    """Return whether a value is the one that a task names."""
    if wanted.any:
        return bool(text.strip())
    if wanted.exact is not None:
        return text == wanted.exact
    if wanted.pattern is not None:
        return text_pattern(whole_pattern(wanted.pattern)).isinstance_python(text)
    if wanted.date is not None:
        return _days(text) == {wanted.date}
    if wanted.number is not None:
        number = _NUMBER.fullmatch(text.strip())
        return number is not None and isclose(float(number[0].replace(",", "")), wanted.number, abs_tol=1e-9)
    references = wanted.one_of if wanted.equals is None else (wanted.equals,)
    return comparable(text) in map(comparable, references)


def _days(text: str) -> set[date]:
    if compact := _COMPACT_DATE.fullmatch(text.strip()):
        try:
            return {date(*map(int, compact.groups()))}
        except ValueError:
            return set()
    return set(dates(text))


def described(wanted: ValueCheck) -> str:
    """Return in words what a value has to be."""
    if wanted.date is not None:
        return wanted.date.isoformat()
    if wanted.number is not None:
        return f"{wanted.number:g}"
    if wanted.pattern is not None:
        return f"of the pattern {wanted.pattern!r}"
    texts: Mapping[bool, tuple[str, ...]] = {True: wanted.one_of, False: (wanted.equals or wanted.exact or "",)}
    return " or ".join(map(repr, texts[bool(wanted.one_of)]))


def _wanted(path: tuple[str, ...] | PathPattern | None) -> str:
    if isinstance(path, PathPattern):
        return f"of the pattern {path.pattern!r}"
    return " or ".join(map(repr, path or ()))


def shown_host(address: Address) -> str:
    """Return the host of an address, with its port if it is not the default one."""
    port = "" if address.port == DEFAULT_PORTS[address.scheme] else f":{address.port}"
    return f"{address.host}{port}"


def _shown_path(path: Sequence[str]) -> str:
    return "/" + "/".join(segment.replace("/", "%2F") for segment in path)


def _shown(address: Address, *, with_fragment: bool) -> str:
    path = _shown_path(address.path) if address.path else ""
    fragment = f"#{'/'.join(address.fragment)}" if with_fragment and address.fragment else ""
    return f"{shown_host(address)}{path}{fragment}"
