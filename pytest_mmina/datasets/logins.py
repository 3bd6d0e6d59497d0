"""The login of a task: the file that `storage_state` names, as Playwright saves it."""

import json
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from time import time

from pydantic import JsonValue

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.skips import SkipReason
from pytest_mmina.datasets.fields import Document, file_inside

_PLACE = "storage_state"
# The latest time that can be shown as a date.
_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def login_of(document: Document, folder: Path) -> tuple[str, SkipReason | None]:
    """Return the path of a task's login, and the reason to skip the task if the login is missing or has expired.

    The path is empty if the task names no login. A task that names one never runs without it, whatever `require_login`
    says: WebArena's runners log in wherever a file is named, and WebChoreArena has no `require_login` at all. Raises
    TaskError if the file is outside of the folder or is not a login.
    """
    name = document.get(_PLACE)
    if name is None or name == "":
        return "", None
    if not isinstance(name, str):
        raise TaskError("must be the name of a file, or null", place=_PLACE)
    file = file_inside(name, folder, place=_PLACE)
    remedy = f"save {name} next to the task file, with Playwright's storage_state(path=...)"
    if not file.is_file():
        return "", SkipReason(cause="login", reason=f"its login is missing: {remedy}")
    state = _read(file, file.stat().st_mtime_ns)
    if state is None:
        raise TaskError(f"{name!r} is not a storage state of Playwright: a JSON object", place=_PLACE)
    if (last := _last_moment(state)) is not None and last < time():
        day = datetime.fromtimestamp(last, UTC).date()
        return "", SkipReason(cause="login", reason=f"its login has expired, all its cookies by {day}: {remedy}")
    return str(file), None


@lru_cache(maxsize=64)
def _read(file: Path, _changed: int) -> dict[str, JsonValue] | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _last_moment(state: dict[str, JsonValue]) -> float | None:
    """Return when the last cookie expires, in seconds since 1970; None if that does not tell when the login ends.

    A cookie of the browser's session has no such time, and what a page has stored may be a login too.
    """
    cookies = state.get("cookies")
    if state.get("origins") or not isinstance(cookies, list) or not cookies:
        return None
    ends = [cookie.get("expires") if isinstance(cookie, dict) else None for cookie in cookies]
    known = [end for end in ends if isinstance(end, int | float) and 0 <= end < _END_OF_TIME]
    return max(known) if len(known) == len(ends) else None
