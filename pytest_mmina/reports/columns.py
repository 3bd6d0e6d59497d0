"""Lay out rows in columns, with the widths that a terminal uses."""

import unicodedata
from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, right_from: int | None = None, width: int | None = None) -> list[str]:
    """Return rows as aligned lines; columns from `right_from` on are aligned to the right.

    If the rows are wider than `width`, the first column is shortened. Control characters from pages and task files,
    such as escape sequences, are replaced.
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
    """Return the width of the lines that `aligned` would make of the rows."""
    widths = [max(cells_of(printable(cell)) for cell in column) for column in zip(*rows, strict=True)]
    return sum(widths) + 2 * (len(widths) - 1)


def cells_of(text: str) -> int:
    """Return the width of a text in terminal cells: two for a wide East Asian letter, none for a combining mark."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def shortened(text: str, limit: int, *, keeps_end: bool = True) -> str:
    """Shorten a text to at most `limit` cells; with `keeps_end` in the middle, because names differ at their ends."""
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
    """Replace control characters, so that escape sequences from pages and agents cannot reach a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
