"""Files that were downloaded in an episode: where they came from, and what was read of them."""

from typing import Literal

from pydantic import Field

from pytest_mmina.core.models import Model, Text

FileType = Literal[
    "csv", "xlsx", "xls", "ods", "pdf", "json", "html", "xml", "txt", "docx", "png", "jpeg", "gif", "webp", "zip",
    "other",
]  # fmt: skip
"""What a file is by its content. Only between `csv` and `txt` its name decides, if it says which of both it is."""

SPREADSHEETS: frozenset[FileType] = frozenset({"xlsx", "xls", "ods"})
PLAIN_TEXTS: frozenset[FileType] = frozenset({"csv", "json", "html", "xml", "txt"})
WITH_CELLS: frozenset[FileType] = SPREADSHEETS | {"csv", "txt"}
WITH_TEXT: frozenset[FileType] = SPREADSHEETS | PLAIN_TEXTS | {"pdf"}


class Sheet(Model):
    """A table of cells as texts: a CSV file is one without a name. `row_count` is larger than `rows` if it was cut.

    Numbers, days and times of a spreadsheet are written as `12.5`, `2025-03-03` and `2025-03-03 09:00:00`, whatever
    their format in the sheet is. A formula is the value that was stored with it.
    """

    name: Text = ""
    rows: tuple[tuple[Text, ...], ...] = ()
    row_count: int = Field(default=0, ge=0)


class FileContent(Model):
    """What was read of a file: a text, the texts of pages (of a PDF), or sheets (of a CSV file or a spreadsheet).

    `cut` means that there is more than was kept. `problem` says why it could not be read.
    """

    text: Text = ""
    pages: tuple[Text, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    cut: bool = False
    problem: Text = ""

    @property
    def length(self) -> int:
        """The number of characters of all texts."""
        cells = sum(len(cell) for sheet in self.sheets for row in sheet.rows for cell in row)
        return len(self.text) + sum(map(len, self.pages)) + cells


class DownloadedFile(Model):
    """A file whose download has ended.

    `name` is the name that the site or the page gave it, made safe; `file` the one under which it is kept, which no
    other file of the episode has. `url` is where its bytes came from. `origin` is the site: that of the address, or of
    the page that made the file (`blob:`, `data:`). `problem` says why it does not count as downloaded; without a
    problem, the file is whole. `content` is None if no check reads it. `step` is the step at which the download had
    ended; it is not recorded, because it follows from where the file is recorded.
    """

    name: Text
    file: Text
    url: Text = ""
    origin: Text = ""
    type: FileType = "other"
    size: int = Field(default=0, ge=0)
    sha256: str = ""
    problem: Text = ""
    content: FileContent | None = None
    step: int | None = Field(default=None, exclude=True)
