"""The files of a results folder; each of them is written completely or not at all."""

from pathlib import Path

from pytest_mmina.atomic_write import atomic_write

EPISODES = "episodes.jsonl"
SUMMARY = "summary.json"
SESSION = "session.json"
GATE = "gate.json"
MARKDOWN = "summary.md"
PAGE = "index.html"
PAGE_PARTS = "page"

REPORTS = (GATE, MARKDOWN, PAGE)
"""The files that are made from the other ones and can be made again."""

ALL = (EPISODES, SUMMARY, SESSION, *REPORTS)


def write_bytes(file: Path, content: bytes) -> None:
    """Write a file completely or not at all, and flush it to the disk; raises OSError."""
    with atomic_write(file, durable=True) as opened:
        opened.write(content)


def write_text(file: Path, text: str) -> None:
    """Write a text file in the same way; a lone surrogate becomes a question mark."""
    write_bytes(file, text.encode("utf-8", "replace"))


def remove(folder: Path, names: tuple[str, ...]) -> None:
    """Remove those of the named files that exist; raises OSError."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
