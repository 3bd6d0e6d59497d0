"""The checks of the search forms of the bundled travel sites: two cities, a first day, a last day.

Each function returns the error messages that the page shows; an empty result means that there is no error.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from pytest_mmina.sites.flask_site import TODAY, City, day

LAST_DAY = TODAY + timedelta(days=365)
"""Nothing is offered for later days."""


def route_errors(
    start: City | None, end: City | None, entered: Mapping[str, str], *, unknown: str, empty: str
) -> dict[str, str]:
    """Return the errors in the fields `from` and `to`; `unknown` contains `{}` for the text that was typed."""
    errors = {
        name: unknown.format(entered[name]) if entered[name] else empty
        for name, city in (("from", start), ("to", end))
        if city is None
    }
    if start is not None and start is end:
        errors["to"] = "Choose two different cities."
    return errors


def first_day_error(first: date | None) -> str:
    """Return the error in the first day of a journey or a stay."""
    if first is None:
        return "Enter a date such as 2025-04-10."
    if first > LAST_DAY:
        return f"Choose a day until {day(LAST_DAY)}."
    return "Choose today or a later day." if first < TODAY else ""


def last_day_error(
    first: date | None, last: date | None, *, least: int, most: int, example: str, too_early: str, too_long: str
) -> str:
    """Return the error in the last day, which has to be `least` to `most` days after the first one."""
    if last is None:
        return f"Enter a date such as {example}."
    if last > LAST_DAY:
        return f"Choose a day until {day(LAST_DAY)}."
    if first is None:
        return ""
    days = (last - first).days
    return too_early if days < least else too_long if days > most else ""
