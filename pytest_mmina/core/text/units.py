"""Units and currencies beside a number: `km`, `m²`, `sq ft`, `km/h`, `€`, `C$`, `US dollars`, `$12 per night`."""

import re
from fractions import Fraction
from typing import NamedTuple

from pytest_mmina.core.text.unit_table import (
    CENTS,
    CURRENCIES,
    CURRENCY_CODES,
    DERIVED,
    LENGTH,
    OFFSETS,
    TEMPERATURE,
    UNITS,
)

Dimension = tuple[tuple[str, int], ...]
"""What a unit measures: the names of base dimensions (or of a currency) with their powers, sorted."""


class Unit(NamedTuple):
    """A unit: `factor` makes the base unit of its dimension of it, after which `offset` is added."""

    name: str
    dimension: Dimension
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)

    @property
    def is_currency(self) -> bool:
        """Whether amounts in this unit are amounts of money."""
        return any(name.isupper() for name, _ in self.dimension)


class UnitText(NamedTuple):
    """The units that a text after a number may mean, and where it ends."""

    units: tuple[Unit, ...]
    end: int


_CODES_IN_ANY_CASE = """
    usd eur gbp jpy cny cad aud nzd chf inr sek nok dkk pln czk huf sgd hkd krw thb mxn brl zar
"""


def _dimension(powers: dict[str, int]) -> Dimension:
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def _table() -> dict[str, tuple[Unit, ...]]:
    table: dict[str, list[Unit]] = {}

    def add(alias: str, unit: Unit) -> None:
        names = [alias]
        if len(alias) >= 3 and alias[-1].isalpha() and not alias.endswith("s"):
            names.append(f"{alias}s")
        for name in names:
            units = table.setdefault(name, [])
            if unit not in units:
                units.append(unit)

    for dimension, units in UNITS.items():
        for names, factor in units.items():
            first, *aliases = names.split("|")
            offset = Fraction(OFFSETS.get(first, 0))
            for alias in (first, *aliases):
                add(alias, Unit(first, ((dimension, 1),), Fraction(factor), offset))
    for names, powers, factor in DERIVED:
        first, *aliases = names.split("|")
        for alias in (first, *aliases):
            add(alias, Unit(first, _dimension(powers), Fraction(factor)))
    for code, names in CURRENCIES.items():
        for alias in names.split("|"):
            add(alias, Unit(code, ((code, 1),)))
    for code, names in CENTS.items():
        for alias in names.split("|"):
            add(alias, Unit(f"hundredths of {code}", ((code, 1),), Fraction(1, 100)))
    for alias in [alias for alias in table if len(alias) > 1 and alias != alias.lower()]:
        table.setdefault(alias.lower(), table[alias])
    for code in CURRENCY_CODES:
        table[code] = [Unit(code, ((code, 1),))]
    # Other codes are words too (all, pen, mad, try): they mean a currency in capital letters only.
    for code in _CODES_IN_ANY_CASE.split():
        table[code] = table[code.upper()]
    return {alias: tuple(units) for alias, units in table.items()}


_UNITS = _table()

_MARK = r"[%‰°′″$\u00a2-\u00a5\u058f\u060b\u09f2\u09f3\u0e3f\u17db\u20a0-\u20cf]|円|元"
_WORDS = re.compile(r"[^\W\d_]+\.?(?:[ -]{1,2}[^\W\d_]+){0,2}")
_DEGREE = re.compile(r"°[ ]?([CFK])(?![^\W\d_])")
_MARKS = re.compile(rf"′′|{_MARK}")
_PREFIXED_DOLLAR = re.compile(r"[A-Za-z]{1,3}\$")
_POWER = re.compile(r"[ ]?\^?([23])(?![\d.,]*\d)|[ ](squared|cubed)\b")
_POWER_WORD = re.compile(r"(square|sq\.?|cubic|cu\.?)[ -]", re.IGNORECASE)
_PER = re.compile(r"[ ]?/[ ]?(?=[^\W\d_])|[ ](?:per|an|a)[ ](?=[^\W\d_])|[ -]per[ -](?=[^\W\d_])", re.IGNORECASE)
_PER_WORD = re.compile(r"(?:a|an|one|1)?[ ]?([^\W\d_]+)", re.IGNORECASE)


def unit_at(text: str, start: int) -> UnitText | None:
    """Return the unit that begins at a place, or None. A unit with an unknown part has that part as a dimension."""
    found = _simple_at(text, start)
    return None if found is None else with_rate(text, found)


def with_rate(text: str, found: UnitText) -> UnitText:
    """Return a unit with what it is counted per, if that follows: `/h`, `per night`, `an hour`."""
    units, end = found
    per = _PER.match(text, end)
    if per is None:
        return found
    only_time = "/" not in per[0] and "per" not in per[0].lower()
    below = _simple_at(text, per.end())
    if below is not None and not any(unit.is_currency for unit in below.units):
        if only_time and not any(unit.dimension == (("time", 1),) for unit in below.units):
            return found
        return UnitText(tuple(_quotient(above, unit) for above in units for unit in below.units), below.end)
    word = _PER_WORD.match(text, per.end())
    if only_time or word is None:
        return found
    unknown = Unit(word[1].lower(), ((word[1].lower().removesuffix("s"), 1),))
    return UnitText(tuple(_quotient(above, unknown) for above in units), word.end())


def _simple_at(text: str, start: int) -> UnitText | None:
    if degree := _DEGREE.match(text, start):
        return UnitText(_UNITS[degree[1]], degree.end())
    if dollar := _PREFIXED_DOLLAR.match(text, start):
        return UnitText(_UNITS.get(dollar[0]) or (_unknown(dollar[0]),), dollar.end())
    if mark := _MARKS.match(text, start):
        return UnitText(_UNITS.get(mark[0]) or (_unknown(mark[0]),), mark.end())
    if power_word := _POWER_WORD.match(text, start):
        power = 2 if power_word[1][0] in "sS" else 3
        base = _word_at(text, power_word.end())
        lengths = _powers(base.units, power) if base is not None else ()
        return UnitText(lengths, base.end) if base is not None and lengths else None
    found = _word_at(text, start)
    if found is None:
        return None
    power_mark = _POWER.match(text, found.end)
    if power_mark:
        power = int(power_mark[1]) if power_mark[1] else 2 if power_mark[2] == "squared" else 3
        if lengths := _powers(found.units, power):
            return UnitText(lengths, power_mark.end())
    return found


def _word_at(text: str, start: int) -> UnitText | None:
    match = _WORDS.match(text, start, start + 40)
    if match is None or match.end() - match.start() >= 40:
        return None
    candidate, end = match[0], match.end()
    while candidate:
        if units := units_named(candidate):
            return UnitText(units, end)
        shorter = re.sub(r"(?:[ -]{1,2}[^\W\d_]+|\.)$", "", candidate)
        end -= len(candidate) - len(shorter)
        candidate = shorter if shorter != candidate else ""
    return None


def units_named(name: str) -> tuple[Unit, ...]:
    """Return the units that a name may mean."""
    return _UNITS.get(name) or (_UNITS.get(name.lower(), ()) if len(name) > 1 else ())


def currency_named(name: str) -> tuple[Unit, ...]:
    """Return the currencies that a sign or code before a number means; an unknown sign is a currency of its own."""
    units = tuple(unit for unit in units_named(name) if unit.is_currency)
    return units or ((_unknown(name),) if not name.isalpha() else ())


def minute_units() -> tuple[Unit, ...]:
    """Return the unit that a clock shows: `1:35 h` are 95 minutes."""
    return _UNITS["min"]


def degree_units() -> tuple[Unit, ...]:
    """Return the unit of angles, whose sign is also written for temperatures."""
    return _UNITS["°"]


def is_temperature(unit: Unit) -> bool:
    """Return whether a unit measures temperatures."""
    return unit.dimension == ((TEMPERATURE, 1),)


def _powers(units: tuple[Unit, ...], power: int) -> tuple[Unit, ...]:
    return tuple(
        Unit(f"{'square' if power == 2 else 'cubic'} {unit.name}", ((LENGTH, power),), unit.factor**power)
        for unit in units
        if unit.dimension == ((LENGTH, 1),)
    )


def _quotient(above: Unit, below: Unit) -> Unit:
    powers = dict(above.dimension)
    for name, power in below.dimension:
        powers[name] = powers.get(name, 0) - power
    return Unit(f"{above.name} per {below.name.removesuffix('s')}", _dimension(powers), above.factor / below.factor)


def _unknown(name: str) -> Unit:
    return Unit(name, ((name.upper(), 1),))
