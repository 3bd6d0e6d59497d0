"""Completes the texts that the page script renders: with the tabs, a legend of marks, and a length limit."""

from collections.abc import Sequence

from pytest_mmina.browser.page_capture import Mark
from pytest_mmina.core.language.trajectory import Tab


def with_tabs(tree: str, tabs: Sequence[Tab]) -> str:
    """Return a text in the format `webarena`: the line of tabs, an empty line, the root of the page, and its tree."""
    line = " | ".join(f"Tab {at}{' (current)' if tab.current else ''}: {tab.title}" for at, tab in enumerate(tabs))
    title = next((tab.title for tab in tabs if tab.current), "")
    root = f"RootWebArea {title!r} focused: True"
    return f"{line}\n\n{root}\n{tree}" if tree else f"{line}\n\n{root}"


def legend(marks: Sequence[Mark]) -> str:
    """Return the text of the format `marks`: a line for each numbered box."""
    return "\n".join(f"[{mark.number}] {mark.role} {mark.name!r}" for mark in marks)


def limited(text: str, limit: int | None) -> str:
    """Return a text of at most `limit` characters, including the note that it was cut.

    It is cut at the end of a line if there is one in the second half.
    """
    if limit is None or len(text) <= limit:
        return text
    mark = f"\n… (cut here: {limit} of {len(text)} characters)"
    kept = text[: max(0, limit - len(mark))]
    line_end = kept.rfind("\n")
    if line_end > len(kept) // 2:
        kept = kept[:line_end]
    return (kept + mark)[:limit]
