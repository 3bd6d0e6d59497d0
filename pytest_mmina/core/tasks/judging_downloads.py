"""Judge the check `download` by the files that have been downloaded so far."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pytest_mmina.core.language.files import PLAIN_TEXTS, DownloadedFile, FileContent, Sheet
from pytest_mmina.core.language.trajectory import State
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.tasks.download import CELL_REFERENCE, Cells, Download, FileText, RowCount
from pytest_mmina.core.tasks.judging_addresses import described, is_host, is_right, shown_host
from pytest_mmina.core.tasks.verdict import Finding
from pytest_mmina.core.text.addresses import split_address
from pytest_mmina.core.text.conditions import TextCondition, examine
from pytest_mmina.core.text.folding import folded

_MOST_HEADERS = 20
_DEEPEST_HEADER = 100
"""A header is looked for in this many rows: above it, exports have titles and notes."""


class _Part(NamedTuple):
    """What one condition finds: the problem, "" if there is none, and how many of its parts are met.

    What is not `known`, because only a part of the file was kept, holds as little as its opposite.
    """

    problem: str
    met: int
    asked: int
    known: bool = True


def find_download(check: Download, state: State) -> Finding:
    """Judge the files of a state; if none meets the check, the nearest one gives the reason, the last of several."""
    asked = 1 + bool(check.host) + (check.name is not None) + bool(check.type) + _size_of_content(check)
    if state.downloads is None:
        return Finding.unknown("what was downloaded is not known: the page was only passed through", asked=asked)
    best = Finding(False, "nothing was downloaded", 0, asked)
    known = True
    for file in state.downloads:
        finding = _find_in(check, file, asked)
        if finding.passed:
            return finding
        known = known and finding.known
        if finding.met >= best.met:
            best = finding
    return best._replace(known=known)


def _find_in(check: Download, file: DownloadedFile, asked: int) -> Finding:
    step = f" on step {file.step}" if file.step else ""
    if file.problem:
        return Finding(False, f"{file.name} was requested, but {file.problem}", 0, asked)
    outside = [*_outside(check, file)]
    problems, met, known = [part.problem for part in outside if part.problem], 1, True
    met += sum(part.met for part in outside)
    if not problems:
        # The content of another file says nothing.
        inside = [*_inside(check, file)]
        problems = [part.problem for part in inside if part.problem]
        known = all(part.known for part in inside) or any(part.known and part.problem for part in inside)
        met += sum(part.met for part in inside)
    if problems:
        return Finding(
            False, f"{file.name} was downloaded{step}, but {', and '.join(problems)}", min(met, asked - 1), asked,
            known=known,
        )  # fmt: skip
    return Finding(True, f"{file.name} was downloaded{step}", asked, asked)


def _outside(check: Download, file: DownloadedFile) -> Iterator[_Part]:
    """Yield what is found without a look into the file."""
    if check.host:
        address = split_address(file.origin)
        is_there = address is not None and any(is_host(host, address) for host in check.host)
        host = shown_host(address) if address is not None else "no site"
        yield _one(is_there, f"it is from {shortened(host)}, not from {' or '.join(check.host)}")
    if check.name is not None:
        yield _one(is_right(check.name, file.name), f"its name is not {described(check.name)}")
    if check.type:
        is_so = file.type in check.type or ("txt" in check.type and file.type in PLAIN_TEXTS)
        yield _one(is_so, f"it is of the type {file.type}, not {' or '.join(check.type)}")


def _one(holds: bool, problem: str) -> _Part:
    return _Part("" if holds else problem, int(holds), 1)


def _size_of_content(check: Download) -> int:
    return sum(text.size for text in check.text) + sum(1 + cells.size for cells in check.cells) + bool(check.rows)


def _inside(check: Download, file: DownloadedFile) -> Iterator[_Part]:
    """Yield what is found in the file."""
    if not check.reads_content:
        return
    asked = _size_of_content(check)
    content = file.content
    if content is None:
        yield _Part("its content was not read", 0, asked, known=False)
    elif content.problem:
        yield _Part(f"it could not be read: {content.problem}", 0, asked)
    else:
        for text in check.text:
            yield _limited(_find_text(text, file, content), content, needs_all=_needs_all(text))
        for cells in check.cells:
            yield _limited(_find_cells(cells, content), content, needs_all=bool(cells.lacks) or cells.every)
        if check.rows is not None:
            yield _find_rows(check.rows, content)


def _limited(part: _Part, content: FileContent, *, needs_all: bool) -> _Part:
    """Return what is found in a file of which only the beginning was kept."""
    if not content.cut or not (part.problem or needs_all):
        return part
    problem = part.problem or "what it must not have may come later"
    return _Part(f"{problem} (only its beginning was kept)", min(part.met, part.asked - 1), part.asked, known=False)


def _needs_all(text: FileText) -> bool:
    return bool(text.lacks or text.values or text.equals is not None)


def _find_text(check: FileText, file: DownloadedFile, content: FileContent) -> _Part:
    if check.page is not None:
        if len(content.pages) < check.page:
            has = f"{len(content.pages)} pages" if content.pages else "no pages"
            return _Part(f"it has {has}, and page {check.page} is asked for", 0, check.size)
        where, text = f"the text of its page {check.page}", content.pages[check.page - 1]
    elif check.sheet is not None:
        sheet = _sheet_of(content, check.sheet)
        if sheet is None:
            return _Part(_no_sheet(content, check.sheet), 0, check.size)
        where, text = f"the text of its sheet {check.sheet!r}", _text_of_sheet(sheet)
    elif file.type in PLAIN_TEXTS:
        where, text = "its text", content.text
    else:
        where, text = "its text", "\n".join(content.pages or map(_text_of_sheet, content.sheets))
    problem, met, asked = examine(check, [text])
    return _Part(f"{where} {problem}" if problem is not None else "", met, asked)


def _text_of_sheet(sheet: Sheet) -> str:
    return "\n".join("\t".join(row) for row in sheet.rows)


class _Table(NamedTuple):
    """The rows below the header with the columns that are asked for: each with its number in the sheet, from 1."""

    columns: Mapping[str, int]
    rows: Sequence[tuple[int, Sequence[str]]]


def _find_cells(check: Cells, content: FileContent) -> _Part:
    asked = 1 + check.size
    if not content.sheets:
        return _Part("it has no cells", 0, asked)
    if check.sheet is not None and _sheet_of(content, check.sheet) is None:
        return _Part(_no_sheet(content, check.sheet), 0, asked)
    if check.cell is not None:
        sheet = _sheet_of(content, check.sheet) or content.sheets[0]
        problem, met, _ = examine(check, [_cell_at(sheet, check.cell)])
        return _Part(f"its cell {check.cell} {problem}" if problem is not None else "", 1 + met, asked)
    assert check.column is not None, "a check names a column or a cell"
    table = _table_of(content, check.sheet, check.headers)
    if isinstance(table, str):
        return _Part(table, 0, asked)
    chosen = [*_rows_where(table, check.where)]
    if not chosen:
        return _Part(f"it has no row{_where(check.where)}", 0, asked)
    texts = [_cell(row, table.columns[check.column]) for _, row in chosen]
    what = f"its cell {check.column}{_where(check.where)}"
    if not check.every:
        problem, met, _ = examine(check, texts)
        return _Part(f"{what} {problem}" if problem is not None else "", 1 + met, asked)
    for (number, _), text in zip(chosen, texts, strict=True):
        problem, met, _ = examine(check, [text])
        if problem is not None:
            return _Part(f"{what} in row {number} {problem}", 1 + met, asked)
    return _Part("", asked, asked)


def _find_rows(check: RowCount, content: FileContent) -> _Part:
    if not content.sheets:
        return _Part("it has no rows", 0, 1)
    if check.sheet is not None and _sheet_of(content, check.sheet) is None:
        return _Part(_no_sheet(content, check.sheet), 0, 1)
    table = _table_of(content, check.sheet, tuple(check.where))
    if isinstance(table, str):
        return _Part(table, 0, 1)
    if content.cut:
        return _Part("it has more rows than were kept", 0, 1, known=False)
    number = len([*_rows_where(table, check.where)])
    wanted = [
        f"{words}{limit}"
        for words, limit, holds in (
            ("", check.count, number == check.count),
            ("at least ", check.at_least, number >= (check.at_least or 0)),
            ("at most ", check.at_most, check.at_most is None or number <= check.at_most),
        )
        if limit is not None and not holds
    ]
    rows = "1 row" if number == 1 else f"{number} rows"
    return _one(not wanted, f"it has {rows}{_where(check.where)}, not {' and '.join(wanted)}")


def _sheet_of(content: FileContent, name: str | None) -> Sheet | None:
    return next((sheet for sheet in content.sheets if name is not None and folded(sheet.name) == folded(name)), None)


def _no_sheet(content: FileContent, name: str) -> str:
    names = ", ".join(repr(sheet.name) for sheet in content.sheets if sheet.name)
    return f"it has no sheet {name!r}{f', only {shortened(names)}' if names else ''}"


def _cell_at(sheet: Sheet, reference: str) -> str:
    named = CELL_REFERENCE.fullmatch(reference)
    assert named is not None, "the check was validated"
    column = 0
    for letter in named[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = int(named[2])
    return _cell(sheet.rows[row - 1], column - 1) if row <= len(sheet.rows) else ""


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _table_of(content: FileContent, name: str | None, headers: Sequence[str]) -> _Table | str:
    """Return the first table with these headers, or else what is missing, in words."""
    wanted = {header: folded(header) for header in headers}
    shown: Sequence[str] = ()
    for sheet in filter(None, [_sheet_of(content, name)] if name is not None else content.sheets):
        rows = [(number, row) for number, row in enumerate(sheet.rows, start=1) if any(map(str.strip, row))]
        if not rows:
            continue
        usual = _usual_header(rows)
        for at in range(min(len(rows), _DEEPEST_HEADER)) if headers else [usual]:
            seen = [folded(cell) for cell in rows[at][1]]
            if all(header in seen for header in wanted.values()):
                columns = {header: seen.index(text) for header, text in wanted.items()}
                return _Table(columns, rows[at + 1 :])
        shown = shown or rows[usual][1]
    if not shown:
        return "it is empty"
    there = {folded(cell) for cell in shown}
    missing = " and ".join(repr(header) for header, text in wanted.items() if text not in there)
    columns_in_words = ", ".join(repr(shortened(cell, 40)) for cell in shown[:_MOST_HEADERS] if cell.strip())
    return f"it has no column {missing}; its columns are {columns_in_words}"


def _usual_header(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Return where the header is: in the first row with several cells, because a title above it has only one."""
    several = (at for at, (_, row) in enumerate(rows[:_DEEPEST_HEADER]) if sum(bool(cell.strip()) for cell in row) > 1)
    return next(several, 0)


def _rows_where(table: _Table, where: Mapping[str, TextCondition]) -> Iterator[tuple[int, Sequence[str]]]:
    for number, row in table.rows:
        if all(_meets(condition, _cell(row, table.columns[header])) for header, condition in where.items()):
            yield number, row


def _meets(condition: TextCondition, text: str) -> bool:
    return examine(condition, [text]).problem is None


def _where(where: Mapping[str, TextCondition]) -> str:
    """Return the words that name the rows that are meant."""
    named = [f"{header} {words}" for header, condition in where.items() for words in _words_of(condition)]
    return f" where {' and '.join(named)}" if named else ""


def _words_of(condition: TextCondition) -> Iterable[str]:
    if condition.equals is not None:
        yield f"is {condition.equals}"
    yield from (f"has {part!r}" for part in condition.contains)
    yield from (f"lacks {part!r}" for part in condition.lacks)
    yield from (f"is {inequality}" for inequality in condition.values)
    if condition.pattern is not None:
        yield f"matches {condition.pattern!r}"
