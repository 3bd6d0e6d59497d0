"""The rows of CSV files, in the dialects that programs write: comma, semicolon, tab or bar between the fields."""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from pytest_mmina.browser.file_reading.found import UnreadableError

# The comma comes last: where fields are parted by another one, commas are those of numbers and sentences.
_DELIMITERS = ("\t", ";", "|", ",")
_SAMPLE_ROWS = 200
_CONSISTENT = 0.9
_LONGEST_FIELD = 1_000_000


def is_table(text: str) -> bool:
    """Return whether nearly all lines of a text have the same number of fields, and more than one."""
    width, share, rows = _shape(text, delimiter_of(text))
    return width > 1 and rows > 1 and share >= _CONSISTENT


def rows_of(text: str) -> Iterator[list[str]]:
    """Yield the rows of a table; raises UnreadableError if a field has no end."""
    delimiter = delimiter_of(text)
    if _names_delimiter(text):
        text = text.partition("\n")[2]
    yield from _read(text, delimiter)


def delimiter_of(text: str) -> str:
    """Return what is between the fields: what Excel's first line `sep=;` says, or what gives the most even rows."""
    if _names_delimiter(text):
        return text[4]
    shapes = {delimiter: _shape(text, delimiter) for delimiter in _DELIMITERS}
    several = {delimiter: share for delimiter, (width, share, _) in shapes.items() if width > 1}
    return max(several, key=lambda delimiter: several[delimiter]) if several else ","


def _names_delimiter(text: str) -> bool:
    first = text[:7].partition("\n")[0].rstrip("\r")
    return len(first) == 5 and first.lower().startswith("sep=")


def _shape(text: str, delimiter: str) -> tuple[int, float, int]:
    """Return the usual number of fields, the share of the first rows that have it, and how many rows were read."""
    try:
        widths = [len(row) for row in islice(_read(text, delimiter), _SAMPLE_ROWS) if row]
    except UnreadableError:
        return 0, 0.0, 0
    if not widths:
        return 0, 0.0, 0
    width, rows = max(Counter(widths).items(), key=lambda each: (each[1], each[0]))
    return width, rows / len(widths), len(widths)


def _read(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        yield from csv.reader(_lines(text), delimiter=delimiter)
    except csv.Error as error:
        raise UnreadableError(f"it is not a table ({error})") from None


def _lines(text: str) -> Iterator[str]:
    # `str.splitlines` would also part a field at a form feed or at a line separator of Unicode.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end + 1
        yield text[start:end]
        start = end
