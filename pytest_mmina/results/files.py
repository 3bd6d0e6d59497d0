"""The files that a session leaves in its results folder, and how each of them is written: whole, or not at all."""

import os
from contextlib import suppress
from pathlib import Path

EPISODES = "episodes.jsonl"
SUMMARY = "summary.json"
SESSION = "session.json"
GATE = "gate.json"
MARKDOWN = "summary.md"
PAGE = "index.html"
PAGE_PARTS = "page"

REPORTS = (GATE, MARKDOWN, PAGE)
"""What is made of the others, and can be made again."""

ALL = (EPISODES, SUMMARY, SESSION, *REPORTS)


def write_whole(file: Path, content: bytes) -> None:
    """Write a file down to the disk, so that it is whole at every moment; raises OSError."""
    # Several workers write the same plan at the same time.
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def write_text(file: Path, text: str) -> None:
    """Write a text in the same way; a character that no file can hold becomes a question mark."""
    write_whole(file, text.encode("utf-8", "replace"))


def remove(folder: Path, names: tuple[str, ...]) -> None:
    """Remove some of these files, where they are; raises OSError."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
