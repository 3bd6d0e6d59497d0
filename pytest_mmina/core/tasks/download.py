"""The check `download`: what a downloaded file is called, what it is, where it came from, and what it contains."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema

from pytest_mmina.core.language.files import PLAIN_TEXTS, WITH_CELLS, WITH_TEXT, FileType
from pytest_mmina.core.models import Model
from pytest_mmina.core.tasks.address import Hosts, ShortForms, Value, ValueCheck
from pytest_mmina.core.text.conditions import TextCondition

CELL_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_NAME_COMPARISONS = frozenset({"equals", "exact", "one_of", "pattern"})


def _as_condition(value: Any) -> Any:
    if isinstance(value, str):
        return {"equals": value}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"equals": f"{value}", "compare": "number"}
    return value


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str | dict | Model) else value


def _as_count(value: Any) -> Any:
    return {"count": value} if isinstance(value, int) and not isinstance(value, bool) else value


class _OneOrMany:
    """Adds the form of a single one, without a list, to the JSON Schema of a field."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


CellCondition = Annotated[TextCondition, BeforeValidator(_as_condition), ShortForms("string", "number")]
"""A condition on a cell. A text alone means `equals`; a number alone means that, compared as a number."""


class FileText(TextCondition):
    """A condition on the text of a file: all of it, one page of a PDF (from 1), or one sheet of a spreadsheet."""

    page: int | None = Field(default=None, ge=1)
    sheet: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _is_in_one_place(self) -> Self:
        if self.page is not None and self.sheet is not None:
            raise ValueError("a text is on a page or in a sheet: give 'page' or 'sheet'")
        return self


class Cells(TextCondition):
    """A condition on cells of a CSV file or a spreadsheet: those below the header `column`, or the one at `cell` (B2).

    `where` has conditions on other cells of the same row, by their headers. The condition holds if it holds for one of
    the cells; with `every`, if there are any and it holds for each. Without `sheet`, the first sheet with these headers
    is read, for `cell` the first sheet of all.
    """

    column: str | None = Field(default=None, min_length=1)
    where: dict[str, CellCondition] = Field(default_factory=dict)
    cell: str | None = None
    every: bool = False
    sheet: str | None = Field(default=None, min_length=1)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers that the table needs to have."""
        return (*([self.column] if self.column is not None else []), *self.where)

    @field_validator("cell")
    @classmethod
    def _is_a_reference(cls, value: str | None) -> str | None:
        if value is not None and CELL_REFERENCE.fullmatch(value) is None:
            raise ValueError(f"{value!r} is not a cell: write its column and its row, such as 'B2'")
        return value

    @model_validator(mode="after")
    def _names_cells(self) -> Self:
        if (self.column is None) == (self.cell is None):
            raise ValueError("names no cells: give 'column' (a header) or 'cell' (such as 'B2'), and not both")
        if self.cell is not None and (self.where or self.every):
            raise ValueError("'where' and 'every' belong to 'column': a 'cell' is only one")
        return self


class RowCount(Model):
    """How many rows a table has below its header, without empty ones: those that meet `where`, or all.

    The header is the first row with the headers that `where` names, or else the first row with more than one cell (the
    first row at all, if none has).
    """

    count: int | None = Field(default=None, ge=0)
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    where: dict[str, CellCondition] = Field(default_factory=dict)
    sheet: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.count is None and self.at_least is None and self.at_most is None:
            raise ValueError("counts nothing: give 'count', 'at_least' or 'at_most'")
        return self


Types = Annotated[tuple[FileType, ...], BeforeValidator(_as_tuple), _OneOrMany()]
Texts = Annotated[tuple[FileText, ...], BeforeValidator(_as_tuple), _OneOrMany()]
AllCells = Annotated[tuple[Cells, ...], BeforeValidator(_as_tuple), _OneOrMany()]
Rows = Annotated[RowCount, BeforeValidator(_as_count), ShortForms("integer")]


class Download(Model):
    """A file was downloaded in this episode, with success and not before the agent acted, and all conditions hold.

    They hold for one and the same file. `host` is its site, as in the check `address`. `name` is compared as values are
    there. `type` is what the file is by its content; `txt` means any plain text.
    """

    kind: Literal["download"] = "download"
    name: Value | None = None
    type: Types = ()
    host: Hosts = ()
    text: Texts = ()
    cells: AllCells = ()
    rows: Rows | None = None

    @property
    def reads_content(self) -> bool:
        """Whether the content of the file is read, and not only its type."""
        return bool(self.text or self.cells or self.rows is not None)

    @property
    def conditions(self) -> Iterator[TextCondition]:
        """All conditions on texts and cells."""
        yield from self.text
        for cells in self.cells:
            yield cells
            yield from cells.where.values()
        if self.rows is not None:
            yield from self.rows.where.values()

    @property
    def readable_types(self) -> frozenset[FileType]:
        """The types of which the content may have to be read."""
        if not self.reads_content:
            return frozenset()
        readable = WITH_CELLS if self.cells or self.rows is not None else WITH_TEXT
        if not self.type:
            return readable
        return readable & (frozenset(self.type) | (PLAIN_TEXTS if "txt" in self.type else frozenset()))

    @field_validator("name")
    @classmethod
    def _is_compared_as_a_name(cls, value: ValueCheck | None) -> ValueCheck | None:
        if value is not None and not value.model_fields_set <= _NAME_COMPARISONS:
            raise ValueError("a name is compared by 'equals', 'exact', 'one_of' or 'pattern'")
        return value

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not (self.name or self.type or self.host or self.reads_content):
            raise ValueError("any file would do: give 'name', 'type', 'host', 'text', 'cells' or 'rows'")
        if self.reads_content and not self.readable_types:
            what = "cells" if self.cells or self.rows is not None else "text"
            raise ValueError(f"a file of the type {' or '.join(map(repr, self.type))} has no {what} that can be read")
        return self
