"""The lines of a journal: bytes between newlines, and nothing else that ends a line of text."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from pytest_mmina.core.record.metrics import EpisodeRecord


def written_lines(records: Iterable[EpisodeRecord]) -> bytes:
    """Return the lines of some records."""
    return b"".join(record.model_dump_json().encode() + b"\n" for record in records)


def read_records(file: Path) -> Iterator[EpisodeRecord]:
    """Yield the records in a journal, none if it does not exist.

    Lines that are not records are left out, such as a line that a crash or a full disk cut short.
    """
    try:
        opened = file.open("rb")
    except FileNotFoundError:
        return
    with opened:
        for line in opened:
            try:
                yield EpisodeRecord.model_validate_json(line)
            except ValidationError:
                continue


def append_line(file: Path, line: bytes) -> None:
    """Append a line and flush it to the disk at once, so that a crash cannot lose it; raises OSError."""
    with file.open("ab+") as opened:
        # If the last line is incomplete, because the disk was full, start a new line so that both stay apart.
        if opened.tell() and not _ends_a_line(opened):
            opened.write(b"\n")
        opened.write(line + b"\n")
        opened.flush()
        os.fsync(opened.fileno())


def _ends_a_line(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
