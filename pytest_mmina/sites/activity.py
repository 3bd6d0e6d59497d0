"""What a visitor did on a bundled site, in the words and ids of the site, so that checks need not read addresses.

Each entry is a mapping with the key `action`, such as `searched`, `viewed`, `added` or `booked`, and the terms of the
action. The same act leaves the same entry, whatever page, form or link led to it.
"""

from collections import deque
from typing import cast

from flask import Flask, current_app
from pydantic import JsonValue

_EXTENSION = "mmina_activity"
_MOST = 1000

Entry = dict[str, JsonValue]


def record_activity(action: str, **terms: JsonValue) -> None:
    """Append an act of the visitor to the log of the current site; the oldest of a thousand entries is dropped."""
    entries = _entries(current_app)
    entry: Entry = {"action": action, **terms}
    # A page that is loaded again shows nothing new.
    if not entries or entries[-1] != entry:
        entries.append(entry)


def activity_of(app: Flask) -> list[Entry]:
    """Return what the visitor did on a site, in order."""
    return [dict(entry) for entry in _entries(app)]


def begin_activity(app: Flask) -> None:
    """Give a fresh app an empty log."""
    app.extensions[_EXTENSION] = deque[Entry](maxlen=_MOST)


def _entries(app: Flask) -> "deque[Entry]":
    return cast("deque[Entry]", app.extensions[_EXTENSION])
