"""Errors for GitHub Actions, which shows them next to the code: workflow commands, one per line."""

from collections.abc import Sequence
from typing import NamedTuple

from pytest_mmina.reports.columns import printable

MOST_ANNOTATIONS = 10
"""How many errors of a step GitHub shows."""

_LONGEST = 1000


class Annotation(NamedTuple):
    """An error and its place: a file relative to the repository's root and a line from 1, if they are known."""

    title: str
    message: str
    file: str = ""
    line: int | None = None


def workflow_commands(annotations: Sequence[Annotation]) -> list[str]:
    """Return the commands for the errors that GitHub shows; the last one reports how many more there are."""
    shown = list(annotations)
    if len(shown) > MOST_ANNOTATIONS:
        rest = len(shown) - (MOST_ANNOTATIONS - 1)
        shown = [
            *shown[: MOST_ANNOTATIONS - 1],
            Annotation(f"{rest} more", f"{rest} more: see the summary of this job"),
        ]
    return [_command(annotation) for annotation in shown]


def _command(annotation: Annotation) -> str:
    place = {"file": annotation.file, "line": str(annotation.line or "") if annotation.file else ""}
    properties = {**place, "title": annotation.title}
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::error {shown}::{_data(annotation.message)}"


def _data(text: str) -> str:
    # The escapes are those of GitHub's toolkit. Other control characters are replaced, because a log cannot show them.
    lines = [printable(line) for line in text[:_LONGEST].replace("\r\n", "\n").split("\n")]
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
