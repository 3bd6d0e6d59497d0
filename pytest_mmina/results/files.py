"""The files of a results folder; each of them is written completely or not at all."""

import json
from pathlib import Path

from pytest_mmina.atomic_write import atomic_write

EPISODES = "episodes.jsonl"
SUMMARY = "summary.json"
SESSION = "session.json"
RUN = "run.json"
PLAN = "planned.json"
GATE = "gate.json"
MARKDOWN = "summary.md"
PAGE = "index.html"
PAGE_PARTS = "page"

REPORTS = (GATE, MARKDOWN, PAGE)
"""The files that are made from the other ones and can be made again."""

ALL = (EPISODES, SUMMARY, SESSION, *REPORTS)
"""The files of a session that has ended, without its run and its plan."""

FOLDERS = (PAGE_PARTS, "trajectories", "pictures", "downloads", "agent-logs")
"""The folders below a results folder."""

# The members by which the files of a session are known, of whatever version.
_MARKS = {RUN: "settings", PLAN: "planned", SESSION: "selection"}
_NEVER_TAKEN = (*ALL, RUN, PLAN, *FOLDERS, "memory.jsonl")


class ForeignFolderError(OSError):
    """A folder with files that no session has written, and that this one would overwrite or remove."""


def is_ours(folder: Path) -> bool:
    """Whether a session has written to a folder before."""
    return any(_has_member(folder / file, member) for file, member in _MARKS.items())


def require_ours(folder: Path) -> None:
    """Raise ForeignFolderError if results cannot be written to a folder without harm to files of the user's.

    A folder that a session has written to, and one without any file of the names that sessions use, are fit.
    """
    if linked := [name for name in FOLDERS if (folder / name).is_symlink()]:
        raise ForeignFolderError(
            f"{folder / linked[0]} is a link, so files outside of the results would be overwritten"
        )
    if is_ours(folder):
        return
    if taken := [name for name in _NEVER_TAKEN if (folder / name).exists()]:
        raise ForeignFolderError(
            f"{folder} has a {taken[0]!r} that pytest-mmina did not write and would overwrite. Name another folder, or "
            "move it"
        )


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


def _has_member(file: Path, member: str) -> bool:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and member in content
