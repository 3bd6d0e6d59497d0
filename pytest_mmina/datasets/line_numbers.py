"""Where a task stands in its file, for a reader who wants to look at it."""

import json
from pathlib import Path

from pydantic import JsonValue

from pytest_mmina.datasets.files import LARGEST, numbers_of

_SPACE = " \t\r\n"


def line_of(file: Path, number: str) -> int | None:
    """The line, from 1, on which a task of a file begins; None where the file cannot be read or has no such task.

    `number` is what tells the tasks of a list apart: the last part of a task's id. A task that has its file for itself
    begins on its first line.
    """
    try:
        if file.stat().st_size > LARGEST:
            return None
        text = file.read_text(encoding="utf-8")
        starts, documents = _taken_apart(text)
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


def _taken_apart(text: str) -> tuple[list[int], list[JsonValue]]:
    """Where the documents of a list begin, and what they are; nothing for a file that holds no list."""
    starts: list[int] = []
    documents: list[JsonValue] = []
    place, decoder = _past_space(text, 0), json.JSONDecoder()
    if text[place : place + 1] != "[":
        return [], []
    while text[place : place + 1] in ("[", ","):
        place = _past_space(text, place + 1)
        document, end = decoder.raw_decode(text, place)
        starts.append(place)
        documents.append(document)
        place = _past_space(text, end)
    return starts, documents


def _past_space(text: str, place: int) -> int:
    while text[place : place + 1] and text[place] in _SPACE:
        place += 1
    return place
