"""The values in a solution, and other values of the same kind: days, times, amounts."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from pytest_mmina.core.text.dates import Day, days_in
from pytest_mmina.core.text.folding import compatible
from pytest_mmina.core.text.locales import DEFAULT_LOCALE
from pytest_mmina.core.text.number_words import word_values

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_TIME = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])")
_AMOUNT = re.compile(r"(?<![\w.,:/@-])\d{1,9}(?:\.\d{1,2})?(?![\w,:/@-]|\.\d)")


class Change(NamedTuple):
    """A change of one value wherever it stands: `before` and `after` for people, and a function from text to text."""

    before: str
    after: str
    apply: Callable[[str], str]


def other_days(texts: list[str], intent: str) -> Iterator[Change]:
    """Yield a change of each day that stands in the texts and in the intent, to the next one (or the one before)."""
    years = [day.year for text in [*texts, intent] for day in _days(text) if day.year is not None]
    wanted = {(day.month, day.day) for day in _days(intent)}
    found: dict[date, None] = {}
    for text in texts:
        for day in _days(text):
            whole = day.whole or (day.in_year(years[0]) if years else None)
            if whole is not None and (whole.month, whole.day) in wanted:
                found.setdefault(whole)
    for old in found:
        # In the same month, so that the same page of a calendar shows it, and no other day that is asked for.
        near = (old + timedelta(days=days) for days in (1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7))
        new = next((day for day in near if day.month == old.month and (day.month, day.day) not in wanted), None)
        if new is not None:
            yield Change(str(old), str(new), partial(_with_day, old=old, new=new))


def _days(text: str) -> list[Day]:
    return days_in(compatible(text), locale=DEFAULT_LOCALE)


def _with_day(text: str, old: date, new: date) -> str:
    if compatible(text) != text:  # the places of its days would be others
        return text
    for found in reversed(_days(text)):
        if (found.month, found.day) == (old.month, old.day) and found.year in (None, old.year):
            text = text[: found.start] + _rewritten(text[found.start : found.end], old, new) + text[found.end :]
    return text


def _rewritten(text: str, old: date, new: date) -> str:
    """Return a day that is written like another one: in ISO's form, in digits, or with names."""
    for form in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d"):
        text = text.replace(old.strftime(form), new.strftime(form))
    if re.search(r"\d{4}\D?\d\d\D?\d\d", text):
        return text
    for names, before, after in (
        (_WEEKDAYS, old.weekday(), new.weekday()),
        (_MONTHS, old.month - 1, new.month - 1),
    ):
        text = text.replace(names[before], names[after]).replace(names[before][:3], names[after][:3])
    return re.sub(rf"(?<!\d)0?{old.day}(?=(?:st|nd|rd|th)?\b)", str(new.day), text, count=1)


def other_amounts(texts: list[str], intent: str) -> Iterator[Change]:
    """Yield a change of each time and each number that stands in the texts and in the intent, to the next one."""
    asked = _without_days(intent)
    for hour, minute in dict.fromkeys(match.groups() for text in texts for match in _TIME.finditer(text)):
        if (hour, minute) in (match.groups() for match in _TIME.finditer(asked)):
            before, after = f"{hour}:{minute}", f"{(int(hour) + 1) % 24:0{len(hour)}}:{minute}"
            yield Change(before, after, _replacing(before, after))
    stated = {Fraction(number) for number in _AMOUNT.findall(asked)} | set(word_values(asked))
    numbers = dict.fromkeys(number for text in texts for number in _AMOUNT.findall(_without_days(text)))
    for number in numbers:
        if Fraction(number) in stated:
            whole, point, part = number.partition(".")
            yield Change(number, f"{int(whole) + 1}{point}{part}", _replacing(number, f"{int(whole) + 1}{point}{part}"))


def _without_days(text: str) -> str:
    text = compatible(text)
    for found in reversed(_days(text)):
        text = text[: found.start] + " " + text[found.end :]
    return text


def _replacing(before: str, after: str) -> Callable[[str], str]:
    pattern = re.compile(rf"(?<![\w.,:/@-]){re.escape(before)}(?![\w,:/@-]|\.\d)")
    return lambda text: pattern.sub(after, text)
