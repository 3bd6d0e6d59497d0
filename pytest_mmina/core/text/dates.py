"""Dates in a text: ISO, month names, and digits in the order of a locale."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from pytest_mmina.core.text.folding import compatible
from pytest_mmina.core.text.locales import DEFAULT_LOCALE, date_order
from pytest_mmina.core.text.number_words import ORDINAL_WORDS, ORDINALS

MOST_DATES = 5_000
"""How many dates of a text are read at most."""

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTH = "|".join("sep(?:t(?:ember)?)?" if name == "september" else f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|(?:{ORDINAL_WORDS})\b)"
_YEAR = r"(?:\d{4}(?!\d)|'\d{2}(?!\d)|\d{2}(?=\s*(?:$|[.;)])))"
_WEEKDAY = r"(?:(?P<weekday>(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?)\.?,?[ ](?:the[ ])?)?"
_DATE = re.compile(
    rf"""
    (?=[\d(a-z])(?:(?<![\w])(?:{_WEEKDAY})(?:
      (?P<year_first>\d{{4}}(?P<mark>[-/.])[ ]?\d{{1,2}}(?P=mark)[ ]?\d{{1,2}}(?!\d))
    | (?P<digits>\d{{1,2}}[ ]?(?P<between>[-/.])[ ]?\d{{1,2}}[ ]?(?P=between)[ ]?(?:\d{{4}}|\d{{2}})(?![\d/]))
    | (?P<named_month>{_MONTH})\b\.?[ ]?(?:the[ ])?(?P<named_day>{_DAY})(?![\d:])
      (?P<range>[ ]?(?:-|to|and|or|&|/)[ ]?{_DAY}(?![\d:]))?
      (?:(?:,[ ]?|[ ])(?P<named_year>{_YEAR}))?
    | (?P<day_first>{_DAY})[ -]?(?:(?:day[ ])?of[ ])?(?P<month_last>{_MONTH})\b\.?(?:[, -][ ]?(?P<last_year>{_YEAR}))?
    ) | (?P<east>\d{{4}})年(?P<east_month>\d{{1,2}})月(?P<east_day>\d{{1,2}})日
      | (?<![\w.,])(?P<basic>(?:19|20)\d{{2}}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]))(?![\w.,]\d|\w)
      | (?<![\d/.])(?P<short>\d{{1,2}}/\d{{1,2}})(?![\d/])
    )
    """,
    re.VERBOSE,
)
_RANGE_BEFORE = re.compile(r"\d(?:st|nd|rd|th)?[ ]?(?:-|to|and|or|&|/)[ ]?$")
_ASCII_LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


class Day(NamedTuple):
    """A date in a text, from `start` to `end`; year and weekday are None if the text has none.

    A `short` one (`3/2`, `20220302`) may also be a number.
    """

    month: int
    day: int
    year: int | None
    weekday: int | None
    start: int
    end: int
    short: bool = False

    @property
    def whole(self) -> date | None:
        """The date, if the year is known and the weekday is right."""
        return self.in_year(self.year) if self.year is not None else None

    def in_year(self, year: int) -> date | None:
        """Return the date in a year; None if it does not exist, or is another day of the week."""
        try:
            day = date(year, self.month, self.day)
        except ValueError:
            return None
        return day if self.weekday in (None, day.weekday()) else None


def dates(text: str, *, locale: str = DEFAULT_LOCALE) -> list[date]:
    """Return the dates with a year in a text: `2022-03-02`, `3/2/22`, `2.3.2022`, `March 2nd, 2022`, `2 Mar 2022`."""
    return [day.whole for day in days_in(compatible(text), locale=locale) if day.whole is not None]


def days_in(text: str, *, locale: str) -> list[Day]:
    """Return the dates in a `compatible` text, in order, the first `MOST_DATES`."""
    found: list[Day] = []
    for day in _days(text.translate(_ASCII_LOWER), locale):
        found.append(day)
        if len(found) == MOST_DATES:
            break
    return found if all(day.short for day in found) else [day for day in found if not day.short]


def is_same_day(wanted: Day, found: Day) -> bool:
    """Return whether two dates are the same. A date without a year is read in the year of the other one."""
    if (wanted.month, wanted.day) != (found.month, found.day):
        return False
    if wanted.year is None and found.year is None:
        return None in (wanted.weekday, found.weekday) or wanted.weekday == found.weekday
    if None not in (wanted.year, found.year) and wanted.year != found.year:
        return False
    year = wanted.year if wanted.year is not None else found.year
    return year is not None and wanted.in_year(year) is not None and found.in_year(year) is not None


def _days(text: str, locale: str) -> Iterator[Day]:
    order = date_order(locale)
    before = 0
    for match in _DATE.finditer(text):
        # A number of eight digits may be any number.
        short = match["short"] is not None or match["basic"] is not None
        parts = _parts(match, order)
        # `2-4 March` and `March 2-4` are several days. What belongs to the date before is no part of a range.
        in_range = match["range"] or _RANGE_BEFORE.search(text, max(before, match.start() - 8), match.start())
        before = match.end()
        if parts is None or in_range:
            continue
        year, month, day = parts
        weekday = _WEEKDAYS.index(match["weekday"][:3]) if match["weekday"] else None
        # 2024 is a leap year: 29 February exists in some year.
        if Day(month, day, year, None, 0, 0).in_year(year if year is not None else 2024) is not None:
            yield Day(month, day, year, weekday, *match.span(), short)


def _parts(match: re.Match[str], order: str) -> tuple[int | None, int, int] | None:
    """Return year, month and day; None if they cannot be told apart or do not exist."""
    if match["year_first"]:
        year, month, day = map(int, re.findall(r"\d+", match["year_first"]))
        return year, month, day
    if match["east"]:
        return int(match["east"]), int(match["east_month"]), int(match["east_day"])
    if match["basic"]:
        return int(match["basic"][:4]), int(match["basic"][4:6]), int(match["basic"][6:])
    if match["named_month"]:
        return _year(match["named_year"]), _month(match["named_month"]), _number(match["named_day"])
    if match["month_last"]:
        return _year(match["last_year"]), _month(match["month_last"]), _number(match["day_first"])
    first, second, *third = map(int, re.findall(r"\d+", match["digits"] or match["short"]))
    if order == "year first" and third and len(re.findall(r"\d+", match["digits"])[2]) == 2 and first > 12:
        return 2000 + first, second, third[0]
    # Dots mean that the day comes first, wherever they are used. Where one reading is no date, it is the other one.
    day_first = match["between"] == "." or order == "day first"
    month, day = (second, first) if day_first else (first, second)
    if month > 12:
        month, day = day, month
    return _year(re.findall(r"\d+", match["digits"])[2]) if third else None, month, day


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.lstrip("'")
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _month(name: str) -> int:
    return [month[:3] for month in _MONTHS].index(name[:3]) + 1


def _number(day: str) -> int:
    return ORDINALS[day] if day in ORDINALS else int(day.rstrip("stndrh"))
