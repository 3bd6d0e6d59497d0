"""The cells of spreadsheets, read by python-calamine: no entity is expanded, no link opened, no formula computed."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO

from pytest_mmina.browser.file_reading.found import Kept, UnreadableError
from pytest_mmina.browser.file_reading.limits import ReadingLimits

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_workbook(data: bytes, kept: Kept, limits: ReadingLimits) -> None:
    """Keep the cells of all sheets; raises UnreadableError."""
    from python_calamine import CalamineError, CalamineWorkbook

    if data.startswith(b"PK"):
        _require_small_parts(data, limits)
    elif _ENCRYPTED in data:
        raise UnreadableError("it has a password")
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(data))
        for name in workbook.sheet_names:
            sheet = workbook.get_sheet_by_name(name)
            if sheet.end is None:
                kept.add_sheet(name, ())
                continue
            height, width = sheet.end[0] + 1, sheet.end[1] + 1
            most = max(kept.cells_left // width, 1)
            rows = sheet.to_python(skip_empty_area=False, nrows=most)
            kept.add_sheet(name, _texts(rows), row_count=height)
    except (CalamineError, OSError, ValueError) as error:
        words = " ".join(str(error).split())[:200]
        problem = "it has a password" if "password" in words.lower() else f"it is damaged ({words})"
        raise UnreadableError(problem) from None


def _require_small_parts(data: bytes, limits: ReadingLimits) -> None:
    """Refuse a file that says that it is far larger when it is unpacked; one that lies meets the limit of memory."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as opened:
            entries = opened.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableError(f"it is damaged ({error})") from None
    if len(entries) > limits.parts or sum(entry.file_size for entry in entries) > limits.unpacked:
        raise UnreadableError(f"it is larger than {limits.unpacked // 2**20} MiB when it is unpacked")


def _texts(rows: list[list[int | float | str | bool | time | date | datetime | timedelta]]) -> Iterator[list[str]]:
    for row in rows:
        cells = [_text_of(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def _text_of(cell: float | str | bool | time | date | datetime | timedelta) -> str:
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(cell.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(cell)
