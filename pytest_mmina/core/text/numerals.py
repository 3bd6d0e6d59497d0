"""Numbers in a text, without their units: `1,234.5`, `1.234,56`, `1 234`, `1'234`, `½`, `1e3`, `thirty-five`."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from string import ascii_uppercase
from typing import NamedTuple

from pytest_mmina.core.text.locales import has_decimal_comma
from pytest_mmina.core.text.number_words import NUMBER_WORDS, word_values

# The time is linear in the text, whatever the text is: long quantifiers have a limit and are possessive.
_NUMERAL = re.compile(
    rf"""
    (?=[\d.a-z])(?:
      (?P<clock>(?<![\w:])\d{{1,3}}(?::\d\d?){{1,2}}+(?!\d))(?P<half_day>[ ]?[ap]\.?m\b)?
    | (?P<fraction>(?<![\w/⁄.,])(?:\d{{1,6}}[ ])?\d{{1,4}}[ ]?[/⁄][ ]?\d{{1,4}}(?![\d/⁄]))
    | (?P<digits>
        (?<!\w)(?<!\d[.':])(?:\d{{1,3}}(?:[ ]\d{{3}}(?!\d)){{1,9}}+(?:[.,]\d++)?+|\d++(?:[.,']\d++){{0,29}}+)
        | (?<![\w.])\.\d++
      )
      (?:e(?P<exponent>[-+]?\d{{1,2}})(?!\w)|[ ]?[x×*·][ ]?10\^?(?P<power>-?\d{{1,2}})(?!\w))?
      (?:\^(?P<raised>\d{{1,2}})(?!\w))?
      (?P<ordinal>(?:st|nd|rd|th)\b)?
    | (?P<words>{NUMBER_WORDS})
    | (?P<article>(?<!\w)an?(?=[ ](?:hour|minute|day|week|month|year|mile|kilomet|dollar|euro)))
    )
    """,
    re.VERBOSE,
)
_LOWER = {ord(letter): letter.lower() for letter in ascii_uppercase}
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*+|\d{1,2}(?:,\d\d(?=,))++,\d{3}")
_LONGEST = 60
_LARGEST_BASE = 10**6


class Numeral(NamedTuple):
    """A number in a text, from `start` to `end`.

    A `weak` one may be a pronoun or an article, a `clock` one is in minutes and may be a time of day, an `ordinal` one
    is a position. `value` is None if the digits are no number (`1.2.3`).
    """

    value: Fraction | None
    start: int
    end: int
    weak: bool = False
    clock: bool = False
    ordinal: bool = False


def numerals(text: str, *, locale: str) -> Iterator[Numeral]:
    """Yield the numbers in a text in order. The text has to be `compatible`."""
    comma = has_decimal_comma(locale)
    # `lower` would change the places: some letters become two.
    for match in _NUMERAL.finditer(text.translate(_LOWER)):
        start, end = match.span()
        if match["digits"]:
            yield from _of_digits(match, comma=comma)
        elif match["clock"]:
            value = None if match["half_day"] else _minutes(match["clock"])
            yield Numeral(value, start, end, clock=True)
        elif match["fraction"]:
            yield Numeral(_fraction(match["fraction"]), start, end)
        elif match["words"]:
            weak = match["words"] == "one"
            yield Numeral(_one_of(word_values(match["words"])), start, end, weak=weak)
        else:
            yield Numeral(Fraction(1), start, end, weak=True)


def number_of(token: str, *, decimal_comma: bool) -> Fraction | None:
    """Return the value of digits with points, commas, apostrophes or blanks between them; None if there is none.

    If both readings are possible (`1,234`), the locale decides.
    """
    if len(token) > _LONGEST:
        return None
    marks = [character for character in token if not character.isdecimal()]
    kinds = set(marks)
    if not marks:
        return Fraction(token)
    mark = marks[-1]
    whole, _, part = token.rpartition(mark)
    if len(kinds) == 1:
        grouped = _GROUPED.fullmatch(token) is not None
        if len(marks) > 1 or mark in "' ":
            return _joined(token) if grouped else None
        if mark == ("." if decimal_comma else ","):
            if grouped and not token.startswith("0"):
                return _joined(token)
            if len(part) > 2 and whole.strip("0") and mark == ",":
                return None
        return Fraction(f"{whole or 0}.{part}")
    if mark in "' " or marks.count(mark) > 1 or not _GROUPED.fullmatch(whole):
        return None
    return _joined(whole) + Fraction(f"0.{part}")


def _of_digits(match: re.Match[str], *, comma: bool) -> Iterator[Numeral]:
    token, (start, end) = match["digits"], match.span()
    value = number_of(token, decimal_comma=comma)
    if value is None and "," in token and not set("'. ") & set(token):
        # A list without blanks.
        at = start
        for part in token.split(","):
            yield Numeral(number_of(part, decimal_comma=comma), at, at + len(part))
            at += len(part) + 1
        return
    power = match["exponent"] or match["power"]
    if value is not None and power:
        value *= Fraction(10) ** int(power)
    if value is not None and match["raised"]:
        value = value ** int(match["raised"]) if value < _LARGEST_BASE else None
    yield Numeral(value, start, end, ordinal=match["ordinal"] is not None)


def _one_of(values: Sequence[Fraction]) -> Fraction | None:
    if len(values) == 2 and all(10 <= value < 100 and value.denominator == 1 for value in values):
        # A year: `eighteen eighty-nine`.
        return values[0] * 100 + values[1]
    return values[0] if len(values) == 1 else None


def _joined(token: str) -> Fraction:
    return Fraction("".join(filter(str.isdecimal, token)))


def _fraction(text: str) -> Fraction | None:
    *whole, top, bottom = map(int, re.findall(r"\d+", text))
    if not bottom or (whole and top >= bottom):
        return None
    return Fraction(top, bottom) + sum(whole)


def _minutes(clock: str) -> Fraction | None:
    hours, minutes, *seconds = clock.split(":")
    if len(minutes) != 2 or int(minutes) > 59 or len(seconds) > 1:
        return None
    return int(hours) * 60 + int(minutes) + Fraction(int(seconds[0]) if seconds else 0, 60)
