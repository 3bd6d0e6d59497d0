"""What a visitor did on a bundled site, in the words and ids of the site, so that checks need not read addresses.

Each entry is a mapping with the key `action`, such as `searched`, `viewed`, `added` or `booked`, and the terms of the
action. The same act leaves the same entry, whatever page, form or link led to it.
"""

from collections import deque
from typing import cast

from flask import Flask, current_app, request
from pydantic import JsonValue

_EXTENSION = "mmina_activity"
_MOST = 1000

Entry = dict[str, JsonValue]


def record_activity(action: str, **terms: JsonValue) -> None:
    """Append an act of the visitor to the log of the current site; the oldest of a thousand entries is dropped."""
    entries = _entries(current_app)
    entry: Entry = {"action": action, **terms}
    # A page that is loaded again shows nothing new, but whoever sends a form twice does something twice.
    if request.method == "POST" or not entries or entries[-1] != entry:
        entries.append(entry)


def record_page(action: str, **terms: JsonValue) -> None:
    """Record what the page shows that is being answered, unless a script or an element of a page asked for it.

    Use it where only a page that is open in a tab counts; `record_activity` also records what a script loads.
    """
    if request.method == "GET" and _is_for("document"):
        record_activity(action, **terms)


def record_framed_page(action: str, **terms: JsonValue) -> None:
    """Record what the page shows that is being answered, in a tab or in a frame, unless a script asked for it."""
    if request.method == "GET" and _is_for("document", "iframe"):
        record_activity(action, **terms)


def activity_of(app: Flask) -> list[Entry]:
    """Return what the visitor did on a site, in order."""
    return [dict(entry) for entry in _entries(app)]


def begin_activity(app: Flask) -> None:
    """Give a fresh app an empty log."""
    app.extensions[_EXTENSION] = deque[Entry](maxlen=_MOST)


def _entries(app: Flask) -> "deque[Entry]":
    return cast("deque[Entry]", app.extensions[_EXTENSION])


def _is_for(*destinations: str) -> bool:
    # No script can set headers that begin with Sec-. Browsers leave out Sec-Fetch-Dest for hosts on plain HTTP that are
    # not local; there, only navigation asks for HTML by name. Clients that are no browsers send neither. Any script can
    # have pages fetched in advance, and they need not be shown.
    if request.headers.get("Sec-Purpose", "").startswith("prefetch"):
        return False
    destination = request.headers.get("Sec-Fetch-Dest")
    return destination in destinations if destination else "text/html" in request.headers.get("Accept", "text/html")
