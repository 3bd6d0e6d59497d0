"""Places in a grid: `3rd row, 6th column`, `row 3, column 6`, and `(3, 6)` where the order is stated."""

import re
from typing import NamedTuple

from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.folding import compatible, searchable
from pytest_mmina.core.text.hedging import denied
from pytest_mmina.core.text.number_words import NUMBER_WORDS, ORDINAL_WORDS, ORDINALS, word_values
from pytest_mmina.core.text.statements import Value, problem_of_length, problem_of_statement

_AXIS = r"(?P<{name}>rows?|lines?|columns?|cols?|col\.)"
_ORDINAL = rf"(?P<{{name}}>\d{{{{1,6}}}}(?:st|nd|rd|th)|(?:{ORDINAL_WORDS})\b)"
_SIDE = r"(?:[ ]from[ ](?:the[ ])?(?P<{name}>top|left|bottom|right|above|below|end))"
_THING = r"(?:one|place|position|item|cell|picture|image|tile|square)"
_JOINT = r"[ ]?(?:-|to|and|or|&|/)[ ]?"
_PLACE = re.compile(
    rf"""
    (?<![\w/])(?:
      r(?P<r>\d{{1,6}})[ ]?c(?P<c>\d{{1,6}})(?!\w)
    | {_ORDINAL.format(name="ordinal")}[ -](?:
          {_AXIS.format(name="axis")}\b{_SIDE.format(name="side")}?
        | (?:{_THING}[ ])?(?=(?:in|of)[ ](?:the[ ])?(?:[\w-]+[ ]row\b|row[ ]\w))(?P<in_row>)
        | (?:{_THING}[ ])?from[ ](?:the[ ])?(?P<only_side>top|left|bottom|right)\b
      )
    | {_AXIS.format(name="before")}[ ]?(?:=|:|\#|-|no\.|number|is)?[ ]?
        (?:(?P<digits>\d{{1,6}})(?:st|nd|rd|th)?(?![\w.]\d)(?!{_JOINT}\d+(?!\w))|(?P<words>{NUMBER_WORDS}))
        {_SIDE.format(name="before_side")}?
    )
    """,
    re.VERBOSE,
)
# `the third row, sixth tile` and `row 3, tile 6`
_IN_ROW = re.compile(
    rf"(?:{_ORDINAL.format(name='ordinal')}[ ]{_THING}|{_THING}[ ](?P<digits>\d{{1,6}}))(?![\w-]|[ ]from\b)"
)
_ORDER = re.compile(r"\(?\b(?P<first>row|col(?:umn)?)s?\b[ ]?[,/x×;-][ ]?(?P<second>row|col(?:umn)?)s?\b\)?")
_PAIR = re.compile(r"(?<![\w,.])[(\[]?[ ]?(?P<first>\d{1,6})[ ]?[,/x×;-][ ]?(?P<second>\d{1,6})[ ]?[)\]]?(?![\w,])")
_LIST_BEFORE = re.compile(r"(?:\d(?:st|nd|rd|th)?|\w(?:st|nd|rd|th))" + _JOINT + "$")
_MOST = 5_000


class _Part(NamedTuple):
    """A row or a column that a text names; `number` is None if it is counted from the other side."""

    axis: str
    number: int | None
    start: int
    end: int


class Place(NamedTuple):
    """A row and a column, counted from the top and from the left, from 1."""

    row: int
    column: int


def place_of(text: str) -> Place | None:
    """Return the place that a reference names: exactly one row and one column."""
    lowered = compatible(text).lower()
    numbers = {(part.axis, part.number) for part in _parts(lowered, stated=None)}
    if len(numbers) != 2:
        return None
    found = dict(numbers)
    row, column = found.get("row"), found.get("column")
    return Place(row, column) if row is not None and column is not None else None


def problem_of_grid(reference: str, text: str) -> str | None:
    """Return why a text does not state the place in the reference; None if it does.

    `(3, 6)` names a place only where the text or the reference says which comes first: `(row, column)`.
    """
    if problem := problem_of_length(text):
        return problem
    wanted = place_of(reference)
    assert wanted is not None, "TextCondition refuses a reference that names no place"
    lowered = compatible(text).lower()
    parts = _parts(lowered, stated=_order_in(compatible(reference).lower()))
    for axis, number in (("row", wanted.row), ("column", wanted.column)):
        values = [
            Value(f"{part.axis} {part.number or 'from the other side'}", part.start, part.end, part.number == number)
            for part in parts
            if part.axis == axis
        ]
        if not values and _PAIR.search(lowered):
            return f"does not say which number is the {axis}: {shortened(text)!r}"
        problem = problem_of_statement(
            _masked(lowered, parts, axis),
            values,
            kind=axis,
            wanted=f"{axis} {number}",
            shown=text,
            same=lambda one, other: one.text == other.text,
        )
        if problem:
            return problem
    return None


def has_place(reference: str, text: str) -> bool:
    """Return whether a text names row and column of the reference, and does not deny them."""
    wanted = place_of(reference)
    lowered = searchable(text).lower()
    parts = _parts(lowered, stated=_order_in(compatible(reference).lower()))
    named = {(part.axis, part.number) for part in parts if not denied(lowered, part.start)}
    return wanted is not None and {("row", wanted.row), ("column", wanted.column)} <= named


def _parts(lowered: str, *, stated: tuple[str, str] | None) -> list[_Part]:
    parts: list[_Part] = []
    for match in _PLACE.finditer(lowered):
        start, end = match.span()
        if match["r"]:
            parts += [_Part("row", int(match["r"]), start, end), _Part("column", int(match["c"]), start, end)]
        elif not (match["ordinal"] and _LIST_BEFORE.search(lowered, max(0, start - 10), start)):
            parts.append(_part(match))
        if len(parts) >= _MOST:
            return parts
    if {part.axis for part in parts} == {"row"}:
        for match in _IN_ROW.finditer(lowered, parts[0].end):
            number = int(match["digits"]) if match["digits"] else _ordinal(match["ordinal"])
            parts.append(_Part("column", number, *match.span()))
    order = _order_in(lowered) or stated
    if order is None or (parts and {part.axis for part in parts} == {"row", "column"}):
        return parts
    for match in _PAIR.finditer(lowered):
        start, end = match.span()
        parts += [_Part(order[0], int(match["first"]), start, end), _Part(order[1], int(match["second"]), start, end)]
        if len(parts) >= _MOST:
            break
    return parts


def _part(match: re.Match[str]) -> _Part:
    if match["in_row"] is not None:
        return _Part("column", _ordinal(match["ordinal"]), *match.span())
    side = match["side"] or match["only_side"] or match["before_side"]
    name = match["axis"] or match["before"] or ("row" if match["only_side"] in ("top", "bottom") else "column")
    axis = "column" if name.startswith("col") else "row"
    if match["ordinal"]:
        number: int | None = _ordinal(match["ordinal"])
    elif match["digits"]:
        number = int(match["digits"])
    else:
        values = word_values(match["words"])
        number = int(values[0]) if len(values) == 1 and values[0].denominator == 1 else None
    expected = ("left",) if axis == "column" else ("top", "above")
    return _Part(axis, number if side is None or side in expected else None, *match.span())


def _ordinal(text: str) -> int:
    return ORDINALS[text] if text in ORDINALS else int(text[:-2])


def _order_in(lowered: str) -> tuple[str, str] | None:
    match = _ORDER.search(lowered)
    if match is None or match["first"][:3] == match["second"][:3]:
        return None
    first, second = ("column" if name.startswith("col") else "row" for name in (match["first"], match["second"]))
    return first, second


def _masked(lowered: str, parts: list[_Part], axis: str) -> str:
    """Return the text without the parts of the other axis, so that their words are no words beside the value."""
    kept = {(part.start, part.end) for part in parts if part.axis == axis}
    for part in parts:
        if (part.start, part.end) not in kept:
            lowered = lowered[: part.start] + " " * (part.end - part.start) + lowered[part.end :]
    return lowered
