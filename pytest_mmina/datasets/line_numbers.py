"""The line numbers of tasks in their files, for links in reports."""

import json
from pathlib import Path

from pydantic import JsonValue

from pytest_mmina.datasets.files import LARGEST, numbers_of

_SPACE = " \t\r\n"


def line_of(file: Path, number: str) -> int | None:
    """Return the line, from 1, on which a task begins; None if the file cannot be read or has no such task.

    `number` is the last part of the task's id, which identifies it in a list. In a file with a single task, the task
    begins on the first line.
    """
    try:
        if file.stat().st_size > LARGEST:
            return None
        text = file.read_text(encoding="utf-8")
        starts, documents = _documents_in(text)
    except (OSError, ValueError, RecursionError):
        return None
    if not starts:
        return 1
    return next(
        (
            text.count("\n", 0, start) + 1
            for start, own in zip(starts, numbers_of(documents), strict=True)
            if own == number
        ),
        None,
    )


def _documents_in(text: str) -> tuple[list[int], list[JsonValue]]:
    """Return the positions and the contents of the documents in a list; both empty if the text is not a list."""
    starts: list[int] = []
    documents: list[JsonValue] = []
    position, decoder = _skip_space(text, 0), json.JSONDecoder()
    if text[position : position + 1] != "[":
        return [], []
    while text[position : position + 1] in ("[", ","):
        position = _skip_space(text, position + 1)
        document, end = decoder.raw_decode(text, position)
        starts.append(position)
        documents.append(document)
        position = _skip_space(text, end)
    return starts, documents


def _skip_space(text: str, position: int) -> int:
    while text[position : position + 1] and text[position] in _SPACE:
        position += 1
    return position
