"""What the child process finds in a file, in types of the standard library only: it starts faster without others."""

from collections.abc import Iterable
from typing import Any

from pytest_mmina.browser.file_reading.limits import ReadingLimits


class UnreadableError(Exception):
    """A file cannot be read; the message says why, in words that follow `it could not be read: `."""


class Kept:
    """What is kept of a file, within the limits."""

    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._left, self._cells_left = limits.characters, limits.cells
        self.text = ""
        self.pages: list[str] = []
        self.sheets: list[dict[str, Any]] = []
        self.cut = False

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits."""
        return self._left <= 0 or self._cells_left <= 0

    @property
    def cells_left(self) -> int:
        """How many more cells fit."""
        return self._cells_left

    def add_text(self, text: str) -> None:
        """Keep the whole text; that of a table is kept beside its cells."""
        self.text = text[: self._limits.characters]
        self.cut = self.cut or len(self.text) < len(text)

    def add_page(self, text: str) -> None:
        """Keep the text of the next page."""
        self.pages.append(self._fitting(text))

    def add_sheet(self, name: str, rows: Iterable[list[str]], *, row_count: int | None = None) -> None:
        """Keep the rows of a sheet; `row_count` is how many it has, if `rows` are only the first ones."""
        kept: list[list[str]] = []
        count = 0
        for row in rows:
            count += 1
            if self.is_full:
                self.cut = True
                continue
            self.cut = self.cut or len(row) > self._cells_left
            row = row[: self._cells_left]
            self._cells_left -= max(len(row), 1)
            kept.append([self._fitting(cell) for cell in row])
        count = max(count, row_count or 0)
        self.cut = self.cut or count > len(kept)
        self.sheets.append({"name": name, "rows": kept, "row_count": count})

    @property
    def content(self) -> dict[str, Any]:
        """The fields of a `FileContent`."""
        return {"text": self.text, "pages": self.pages, "sheets": self.sheets, "cut": self.cut}

    def _fitting(self, text: str) -> str:
        fitting = text[: max(self._left, 0)]
        self._left -= len(fitting)
        self.cut = self.cut or len(fitting) < len(text)
        return fitting
