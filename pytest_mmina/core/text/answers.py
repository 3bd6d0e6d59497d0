"""Whether an answer states a quantity or a date, and why it does not."""

import re
from collections.abc import Sequence

from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.dates import Day, days_in, is_same_day
from pytest_mmina.core.text.folding import compatible, searchable
from pytest_mmina.core.text.hedging import VALUE, denied
from pytest_mmina.core.text.quantities import Quantity, is_conversion, is_same_amount, is_same_noun
from pytest_mmina.core.text.quantity_search import quantities_in, readable
from pytest_mmina.core.text.statements import Value, problem_of_length, problem_of_statement
from pytest_mmina.core.text.units import Unit, unit_at

_NOT_THE_DAY = re.compile(rf"\b(?:before|after|since|until|till|by)\s+(?:the\s+)?{VALUE}")
_NOT_THE_YEAR = re.compile(rf"\b(?:before|after|since|until|till)\s+(?:the\s+)?(?:year\s+)?{VALUE}")

# A unit away from a number: a plural, a code, a sign, or what follows `in` or a bracket.
_NAME_OF_UNIT = re.compile(
    r"(?<!\w)(?:[^\W\d_]{3,}(?:s|S)|[A-Z]{3}|[A-Za-z]{1,3}\$|[$\u00a2-\u00a5\u20a0-\u20cf]|°[ ]?[CFK]|feet"
    r"|(?:(?<=in )|(?<=\()|(?<=\[))[^\W\d_]+)(?!\w)"
)


def problem_of_number(reference: str, text: str, locale: str) -> str | None:
    """Return why a text does not state the one quantity in the reference; None if it does.

    Quantities of another kind (`$250 are 238.86 euros`) are beside the point, unless they have the same number.
    """
    if problem := problem_of_length(text):
        return problem
    wanted = quantities_in(readable(reference), locale=locale)[0]
    seen = readable(text)
    found = _quantities_beside_dates(seen, locale)
    values = [Value(each.text, each.start, each.end, _is_right(wanted, each)) for each in found]
    if any(value.right for value in values):
        # `777 km (483 mi)` names one length.
        values = [
            value._replace(right=True) if is_conversion(wanted, each) else value
            for value, each in zip(values, found, strict=True)
        ]
    if not found and not wanted.units and not wanted.noun:
        # The year that was asked for may be part of a date.
        values = [
            Value(str(day.year), day.start, day.end, day.year == wanted.value)
            for day in days_in(seen, locale=locale)
            if day.year is not None
        ]
    relevant = [value for value in values if value.right is not None]
    if not relevant and found:
        return _problem_of_unit(wanted, found[0], text) or f"is {shortened(text)!r}, not {reference!r}"
    by_place = {(each.start, each.end): each for each in found}

    def is_same(left: Value, right: Value) -> bool:
        if (left.start, left.end) not in by_place:
            return left.text == right.text
        return is_same_amount(by_place[left.start, left.end], by_place[right.start, right.end])

    limit = _NOT_THE_YEAR if _may_be_a_year(wanted) else None
    problem = problem_of_statement(seen, values, kind="number", wanted=repr(reference), same=is_same, limit=limit)
    if problem is None:
        return _problem_of_other_unit(wanted, found, seen, text)
    if len(relevant) != 1 or relevant[0].right or not found:
        return problem
    return _problem_of_unit(wanted, by_place[relevant[0].start, relevant[0].end], text) or problem


def problem_of_date(reference: str, text: str, locale: str) -> str | None:
    """Return why a text does not state the one date in the reference; None if it does."""
    if problem := problem_of_length(text):
        return problem
    wanted = days_in(compatible(reference), locale=locale)[0]
    seen = compatible(text)
    found = days_in(seen, locale=locale)
    values = [Value(seen[day.start : day.end], day.start, day.end, is_same_day(wanted, day)) for day in found]
    by_place = {(day.start, day.end): day for day in found}

    def is_same(left: Value, right: Value) -> bool:
        return is_same_day(by_place[left.start, left.end], by_place[right.start, right.end])

    return problem_of_statement(seen, values, kind="date", wanted=repr(reference), same=is_same, limit=_NOT_THE_DAY)


def has_number(reference: str, text: str, locale: str) -> bool:
    """Return whether every quantity in the reference is in a text of any length, and not denied there."""
    seen = readable(text)
    found = _quantities_beside_dates(seen, locale)
    years = {day.year for day in days_in(seen, locale=locale)}
    return all(
        any(is_same_amount(wanted, each) and not denied(seen, each.start) for each in found)
        or (not wanted.units and not wanted.noun and wanted.value in years)
        for wanted in quantities_in(readable(reference), locale=locale)
    )


def has_date(reference: str, text: str, locale: str) -> bool:
    """Return whether every date in the reference is in a text of any length, and not denied there."""
    seen = searchable(text)
    found = days_in(seen, locale=locale)
    return all(
        any(is_same_day(wanted, day) and not denied(seen, day.start) for day in found)
        for wanted in days_in(compatible(reference), locale=locale)
    )


def _quantities_beside_dates(seen: str, locale: str) -> list[Quantity]:
    spans = [
        (day.start, day.end) for day in days_in(seen, locale=locale) if not day.short and _is_plain_date(day, seen)
    ]
    found = quantities_in(seen, locale=locale)
    if not spans:
        return found
    kept, at = [], 0
    for quantity in found:
        while at < len(spans) and spans[at][1] <= quantity.start:
            at += 1
        if at == len(spans) or quantity.end <= spans[at][0]:
            kept.append(quantity)
    return kept


def _is_plain_date(day: Day, seen: str) -> bool:
    # `may 5` may be a verb and a number.
    return day.year is not None or not seen[day.start : day.end].startswith("may")


def _may_be_a_year(wanted: Quantity) -> bool:
    return not wanted.units and wanted.noun in ("", "#", "ad", "ce") and 1000 <= wanted.value < 2100


def _is_right(wanted: Quantity, found: Quantity) -> bool | None:
    return is_same_amount(wanted, found) if _is_kind(wanted, found) else None


def _problem_of_other_unit(wanted: Quantity, found: Sequence[Quantity], seen: str, text: str) -> str | None:
    # `miles: 777` and `238.86 (US dollars)` name the unit away from the number.
    if not wanted.units or any(each.units and is_same_amount(wanted, each) for each in found):
        return None
    named: list[Unit] = []
    for match in _NAME_OF_UNIT.finditer(seen):
        if any(each.start <= match.start() < each.end for each in found):
            continue
        if (unit := unit_at(seen, match.start())) and unit.end >= match.end():
            named.extend(unit.units)
    dimensions = {unit.dimension for unit in wanted.units}
    money = any(unit.is_currency for unit in wanted.units)
    others = [unit for unit in named if unit.dimension in dimensions or (money and unit.is_currency)]
    if not others or set(others) & set(wanted.units):
        return None
    asked = wanted.units[0]
    return f"is {shortened(text)!r}, in {others[0].name}, and the {_measured(asked)} asked for is in {asked.name}"


def _is_kind(wanted: Quantity, found: Quantity) -> bool:
    """Return whether a quantity in an answer is one of those that were asked for, right or wrong."""
    if found.strange or wanted.strange or found.value == wanted.value:
        return True
    if not wanted.units:
        return not wanted.noun or not (found.noun or found.units) or is_same_noun(wanted, found)
    if not found.units:
        return not found.noun
    dimensions = {unit.dimension for unit in wanted.units}
    return any(
        reading.unit is None or reading.unit.dimension in dimensions or reading.value == wanted.value
        for reading in found.readings
    ) or is_same_amount(wanted, found)


def _problem_of_unit(wanted: Quantity, found: Quantity, text: str) -> str | None:
    said = f"is {shortened(text)!r}"
    asked = wanted.units[0] if wanted.units else None
    if asked is None:
        return f"{said}: {found.text!r} is no number with a unit that is known" if found.strange else None
    if found.strange or (found.noun and not found.units):
        unit = found.noun or found.text
        return f"{said}: {unit!r} is no unit that is known, and the {_measured(asked)} asked for is in {asked.name}"
    if found.units and not set(found.units) & set(wanted.units):
        return f"{said}, and the {_measured(asked)} asked for is in {asked.name}"
    return None


def _measured(unit: Unit) -> str:
    if unit.is_currency:
        return "amount"
    if unit.dimension == (("percent", 1),):
        return "percentage"
    (name, power), *others = unit.dimension
    if others:
        return "rate"
    return {("length", 2): "area", ("length", 3): "volume"}.get((name, power), name if power == 1 else "quantity")
