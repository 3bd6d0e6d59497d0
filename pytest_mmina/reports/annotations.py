"""Errors as GitHub Actions shows them beside the code: workflow commands, a line each."""

from collections.abc import Sequence
from typing import NamedTuple

from pytest_mmina.reports.columns import printable

MOST = 10
"""GitHub shows so many errors of a step."""

_LONGEST = 1000


class Annotation(NamedTuple):
    """An error and where it belongs: a file seen from the repository's root, a line from 1; both may be unknown."""

    title: str
    message: str
    file: str = ""
    line: int | None = None


def workflow_commands(annotations: Sequence[Annotation]) -> list[str]:
    """The commands for as many errors as are shown; the last one says how many more there are."""
    shown = list(annotations)
    if len(shown) > MOST:
        rest = len(shown) - (MOST - 1)
        shown = [*shown[: MOST - 1], Annotation(f"{rest} more", f"{rest} more: see the summary of this job")]
    return [_command(annotation) for annotation in shown]


def _command(annotation: Annotation) -> str:
    place = {"file": annotation.file, "line": str(annotation.line or "") if annotation.file else ""}
    properties = {**place, "title": annotation.title}
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::error {shown}::{_data(annotation.message)}"


def _data(text: str) -> str:
    # GitHub's own escapes, those of its toolkit; other control characters are not shown in a log either.
    lines = [printable(line) for line in text[:_LONGEST].replace("\r\n", "\n").split("\n")]
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
