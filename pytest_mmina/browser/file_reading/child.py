"""The child process that reads one file: it limits itself, prints what it found as JSON, and ends.

It is started by `reading.py`. Whatever a file does to it, it is bounded in time and memory, and it knows no secrets.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytest_mmina.browser.file_reading.file_types import type_of
from pytest_mmina.browser.file_reading.found import Kept, UnreadableError
from pytest_mmina.browser.file_reading.limits import ReadingLimits
from pytest_mmina.browser.file_reading.pdfs import read_pdf
from pytest_mmina.browser.file_reading.tables import is_table, rows_of
from pytest_mmina.browser.file_reading.texts import decoded
from pytest_mmina.browser.file_reading.workbooks import read_workbook


def main(*, file: str, name: str, limits: Sequence[int], contents: bool) -> None:
    """Print the type of a file, and its content if that is wanted, on a line each."""
    within = ReadingLimits(*limits)
    _limit(within)
    data = Path(file).read_bytes()
    kind = type_of(data, name, within)
    # Printed first: a file that cannot be read within the limits has a type all the same.
    print(json.dumps(kind), flush=True)
    if contents:
        print(json.dumps(_content(data, kind, within)), flush=True)


def _content(data: bytes, kind: str, limits: ReadingLimits) -> dict[str, Any]:
    kept = Kept(limits)
    try:
        _read(data, kind, kept, limits)
    except UnreadableError as error:
        return {"problem": str(error)}
    except (MemoryError, RecursionError):
        return {"problem": f"it needs more than {limits.memory // 2**20} MiB of memory"}
    except ImportError as error:
        return {"problem": f"the package {error.name} is not installed: pip install 'pytest-mmina[files]'"}
    return kept.content


def _read(data: bytes, kind: str, kept: Kept, limits: ReadingLimits) -> None:
    match kind:
        case "csv" | "txt" | "json" | "html" | "xml":
            text = decoded(data)
            assert text is not None, "only a text has this type"
            kept.add_text(text)
            if kind == "csv" or (kind == "txt" and is_table(text)):
                kept.add_sheet("", rows_of(text))
        case "xlsx" | "xls" | "ods":
            read_workbook(data, kept, limits)
        case "pdf":
            read_pdf(data, kept, limits)
        case _:
            raise UnreadableError(f"a file of the type {kind} has no text that is read")


def _limit(limits: ReadingLimits) -> None:
    # Windows has no such limits. There, only the time is limited, by the parent.
    with suppress(ImportError):
        import resource

        for what, most in (
            (resource.RLIMIT_AS, limits.memory),
            (resource.RLIMIT_CPU, limits.seconds),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
        ):
            _, hard = resource.getrlimit(what)
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(what, (most, most))
