"""Quantities: a number with a unit, or what else it may mean, and whether two quantities are the same amount."""

from fractions import Fraction
from typing import NamedTuple

from pytest_mmina.core.text.units import Unit, degree_units, is_temperature


class Reading(NamedTuple):
    """One meaning of a quantity; `unit` is None if it has none."""

    value: Fraction
    unit: Unit | None = None

    @property
    def base(self) -> Fraction:
        """The value in the base unit of its dimension."""
        return self.value if self.unit is None else self.value * self.unit.factor + self.unit.offset


class Quantity(NamedTuple):
    """A quantity in a text, from `start` to `end`, with all its meanings: `5m` is five million, metres or minutes.

    `noun` is the word behind a number without a unit (`285 rooms`), and `nouns` are that one and those behind it, which
    it may only describe (`5 round buttons`). A `strange` quantity has a scale or unit that
    is not known, or digits that are no number: it equals nothing but itself. A `weak` one may be no number (`one`).
    """

    text: str
    start: int
    end: int
    readings: tuple[Reading, ...]
    noun: str = ""
    strange: bool = False
    weak: bool = False
    nouns: tuple[str, ...] = ()

    @property
    def value(self) -> Fraction:
        """The value in its first meaning."""
        return self.readings[0].value

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units that the quantity may have."""
        return tuple(reading.unit for reading in self.readings if reading.unit is not None)


def is_same_amount(wanted: Quantity, found: Quantity) -> bool:
    """Return whether two quantities are the same amount in any of their meanings.

    A number without a unit is read in the unit of the other one: the question has usually named it. An unknown
    unit equals nothing else.
    """
    if wanted.strange or found.strange:
        return wanted.text == found.text
    return any(_is_same(left, right, wanted, found) for left in wanted.readings for right in found.readings)


def is_same_noun(one: Quantity, other: Quantity) -> bool:
    """Return whether two quantities count the same things, in the singular or in the plural, described or not."""
    names = {noun.removesuffix("s") for noun in one.nouns}
    return not names.isdisjoint(noun.removesuffix("s") for noun in other.nouns)


def is_conversion(wanted: Quantity, found: Quantity) -> bool:
    """Return whether a quantity is the wanted one in another unit, rounded as tables do: `777 km (483 mi)`."""
    return not is_same_amount(wanted, found) and any(
        left.unit is not None
        and right.unit is not None
        and left.unit.factor != right.unit.factor
        and left.unit.dimension == right.unit.dimension
        and not left.unit.is_currency
        and abs(left.base - right.base) <= abs(left.base) / 100
        and _is_rounded((left.base - right.unit.offset) / right.unit.factor, right.value)
        for left in wanted.readings
        for right in found.readings
    )


def _is_rounded(exact: Fraction, shown: Fraction) -> bool:
    """Return whether a value is shown rounded to its last digit: 482.8 as 483 or 480, but not as 484."""
    place = Fraction(1)
    while (shown / place).denominator != 1:
        if place < Fraction(1, 10**12):
            return False
        place /= 10
    while shown and (shown / place) % 10 == 0:
        place *= 10
    return abs(exact - shown) <= place / 2


def _is_same(left: Reading, right: Reading, wanted: Quantity, found: Quantity) -> bool:
    if left.unit is None or right.unit is None:
        if left.unit is None and right.unit is None:
            alike = not (wanted.noun and found.noun) or is_same_noun(wanted, found)
        else:
            # `777 leagues` are no kilometres, whatever a league is.
            alike = not (found.noun if right.unit is None else wanted.noun)
        return alike and left.value == right.value
    if left.unit.dimension == right.unit.dimension:
        return left.base == right.base
    if left.unit.is_currency and left.unit.name.startswith(f"{right.unit.name} per "):
        # The question has named what the price is for; a rate is no price, though, where none was asked for.
        return left.value == right.value
    degrees = degree_units()
    if (is_temperature(left.unit) and right.unit in degrees) or (is_temperature(right.unit) and left.unit in degrees):
        return left.value == right.value
    return False
