"""Exceptions from the rules of a gate, in a TOML file of the repository that is reviewed like code.

A flaky task runs and is shown, but decides nothing until a date. An accepted regression is not compared with the
baseline until a new one is saved.
"""

import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pytest_mmina.core.errors import MminaError, did_you_mean

_FIELDS = {"flaky": ("task", "reason", "until"), "accepted": ("task", "reason", "date")}
_HEADER = re.compile(r"^\s*\[\[\s*(flaky|accepted)\s*\]\]", re.MULTILINE)
_LONGEST = timedelta(days=366)
_EXAMPLE = '[[flaky]] with task = "shopping/3", reason = "the search index is rebuilt at night", until = 2027-01-31'


class ExceptionsError(MminaError):
    """A list of exceptions that cannot be used. The message names the file, the line, the problem and the remedy."""


class Entry(NamedTuple):
    """One entry: a task or a pattern, the reason, and its date: until when it holds, or when it was accepted."""

    task: str
    reason: str
    day: date
    place: str


class Exceptions(NamedTuple):
    """All entries of a file."""

    flaky: tuple[Entry, ...] = ()
    accepted: tuple[Entry, ...] = ()


def today() -> date:
    """Return the date by which entries are judged, in UTC: the same on every machine."""
    return datetime.now(UTC).date()


def read_exceptions(path: Path, *, day: date, shown: Path | None = None) -> Exceptions:
    """Read a file; `day` is the present date, `shown` the path for messages. Raises ExceptionsError."""
    file = shown or path
    try:
        text = path.read_bytes().decode()
        content = tomllib.loads(text)
    except FileNotFoundError:
        raise ExceptionsError(f"{file} does not exist. Write an entry such as {_EXAMPLE}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ExceptionsError(f"{file} cannot be read: {error}") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ExceptionsError(f"{file} is not TOML: {error}") from None
    if unknown := sorted(set(content) - set(_FIELDS)):
        hint = did_you_mean(unknown[0], _FIELDS)
        raise ExceptionsError(f"{file}: {unknown[0]!r} is neither 'flaky' nor 'accepted'.{hint} Write {_EXAMPLE}")
    found = {}
    for kind in _FIELDS:
        tables = content.get(kind, [])
        if not isinstance(tables, list):
            raise ExceptionsError(f"{file}: {kind!r} is not a list of tables: write [[{kind}]] with two brackets")
        lines = _lines(text, kind)
        found[kind] = tuple(
            _entry(kind, table, day=day, place=_place(file, kind, number, lines, len(tables)))
            for number, table in enumerate(tables, start=1)
        )
    return Exceptions(**found)


def _lines(text: str, kind: str) -> list[int]:
    return [text.count("\n", 0, header.start(1)) + 1 for header in _HEADER.finditer(text) if header[1] == kind]


def _place(file: Path, kind: str, number: int, lines: list[int], tables: int) -> str:
    # The parser does not tell lines. Where headers and tables do not correspond, an entry has only its number.
    return f"{file}:{lines[number - 1]}" if len(lines) == tables else f"{file}: {kind} entry {number}"


def _entry(kind: str, table: Any, *, day: date, place: str) -> Entry:
    fields = _FIELDS[kind]
    if not isinstance(table, dict):
        raise ExceptionsError(f"{place}: is not a table: write [[{kind}]] with {', '.join(fields)}")
    for name in table:
        if name not in fields:
            known = ", ".join(fields)
            raise ExceptionsError(
                f"{place}: has the unknown field {name!r}.{did_you_mean(name, fields)} Known: {known}"
            )
    for name in ("task", "reason"):
        if not isinstance(value := table.get(name), str) or not value.strip():
            problem = "is missing" if value is None else "is not a text"
            raise ExceptionsError(f"{place}: {name!r} {problem}, or is empty: write {name} = {_example_of(name)}")
    name = fields[-1]
    given = table.get(name)
    # A date with a time is a `datetime`, which is a `date` too.
    if type(given) is not date:
        problem = "is missing" if given is None else "is not a date"
        raise ExceptionsError(f"{place}: {name!r} {problem}: write {name} = {day.isoformat()}, without quotes")
    if kind == "flaky" and given - day > _LONGEST:
        raise ExceptionsError(
            f"{place}: until = {given} is more than a year away: give a date within a year, and renew it if the task "
            "is still flaky"
        )
    # Somewhere it is already tomorrow.
    if kind == "accepted" and given > day + timedelta(days=1):
        raise ExceptionsError(f"{place}: date = {given} is in the future: give the date on which this was accepted")
    return Entry(task=table["task"].strip(), reason=table["reason"].strip(), day=given, place=place)


def _example_of(name: str) -> str:
    return '"shopping/3"' if name == "task" else '"the search index is rebuilt at night"'
