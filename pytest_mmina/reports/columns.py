"""Rows laid out in columns, as wide as a terminal shows them."""

import unicodedata
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, right_from: int | None = None, width: int | None = None) -> list[str]:
    """Lay rows out in columns, the columns from `right_from` on to the right.

    Rows wider than `width` have their first column shortened; what a page or a task file brought in, such as escape
    sequences, is taken out.
    """
    cleaned = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(cells_of, column)) for column in zip(*cleaned, strict=True)]
    if width is not None and (excess := sum(widths) + 2 * (len(widths) - 1) - width) > 0:
        widths[0] = max(1, widths[0] - excess)
        cleaned = [[shortened(row[0], widths[0]), *row[1:]] for row in cleaned]
    lines = []
    for row in cleaned:
        cells = [
            f"{' ' * (wide - cells_of(cell))}{cell}"
            if right_from is not None and column >= right_from
            else f"{cell}{' ' * (wide - cells_of(cell))}"
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def width_of(rows: Sequence[Sequence[str]]) -> int:
    """How wide `aligned` would make the rows."""
    widths = [max(cells_of(printable(cell)) for cell in column) for column in zip(*rows, strict=True)]
    return sum(widths) + 2 * (len(widths) - 1)


def cells_of(text: str) -> int:
    """How many cells of a terminal a text takes: two for the wide letters of East Asia, none for what combines."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def shortened(text: str, limit: int, *, keeps_end: bool = True) -> str:
    """A text in at most `limit` cells; a name loses its middle, because names differ at their ends."""
    if cells_of(text) <= limit:
        return text
    tail = _begin(text[::-1], (limit - 1) // 3)[::-1] if keeps_end else ""
    return f"{_begin(text, limit - 1 - cells_of(tail))}…{tail}"


def _begin(text: str, limit: int) -> str:
    taken = 0
    for place, letter in enumerate(text):
        taken += cells_of(letter)
        if taken > limit:
            return text[:place]
    return text


def printable(line: str) -> str:
    """A line without control characters: none of the escape sequences of pages and agents reaches a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
