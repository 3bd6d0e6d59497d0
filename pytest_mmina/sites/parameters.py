"""Reads the parameters of an address strictly: a wrong value is an error page, never the page of another value.

A parameter that is missing or empty has its default. Parameters that a site does not know are not read at all. The
error page does not repeat the value, so that no address can put words on a page.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import NoReturn, TypeVar

from flask import abort, request

from pytest_mmina.sites.flask_site import Page, paginate

Item = TypeVar("Item")


def text_parameter(name: str, longest: int = 100) -> str:
    """Return a text with single spaces; a longer one than the field of the form allows is an error."""
    values = set(request.args.getlist(name))
    if len(values) > 1:
        abort(400, f"The address has several values of {name!r}.")
    text = " ".join(values.pop().split()) if values else ""
    if len(text) > longest:
        abort(400, f"{name!r} may have {longest} characters at most.")
    return text


def choice_parameter(name: str, allowed: Collection[str], default: str = "") -> str:
    """Return one of the allowed values."""
    value = text_parameter(name) or default
    if value != default and value not in allowed:
        _wrong(name)
    return value


def number_parameter(name: str, default: int, lowest: int, highest: int) -> int:
    """Return a whole number in a range."""
    found = _whole_number(text_parameter(name), default)
    if found is None or not lowest <= found <= highest:
        _wrong(name)
    return found


def form_number(name: str, default: int, lowest: int, highest: int) -> int:
    """Return a whole number in a range that a form sends."""
    found = _whole_number(request.form.get(name, "").strip(), default)
    if found is None or not lowest <= found <= highest:
        abort(400, f"Enter a number from {lowest} to {highest}.")
    return found


def day_parameter(name: str, default: date, first: date, last: date) -> date:
    """Return a day that is written as `2025-04-10`; one that does not exist or is not offered is not found."""
    value = text_parameter(name)
    found = day_from(value) if value else default
    if found is None or not first <= found <= last:
        abort(404, "We have nothing for this day.")
    return found


def day_from(text: str) -> date | None:
    """Return the day that is written as `2025-04-10`, or None."""
    try:
        return date.fromisoformat(text) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def page_parameter(items: Sequence[Item], size: int, name: str = "page") -> Page[Item]:
    """Return the page of a list that the address asks for; one behind the last is not found."""
    number = number_parameter(name, 1, 1, 10**6)
    page = paginate(items, number, size)
    if page.number != number:
        abort(404, f"The list ends on page {page.pages}.")
    return page


def _whole_number(text: str, default: int) -> int | None:
    if not text:
        return default
    return int(text) if re.fullmatch("0|[1-9][0-9]{0,8}", text) else None


def _wrong(name: str) -> NoReturn:
    abort(400, f"The address has a value of {name!r} that we do not know.")
