"""Where a baseline comes from: a file, a file in the history of a git repository, or a URL."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from pytest_mmina.core.record.command_line import stored_address
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.history import parse_counts, read_counts

GIT = "git:"

_URL = re.compile(r"https?://", re.IGNORECASE)


def load_baseline(name: str, *, folder: Path, environment: Mapping[str, str] = os.environ) -> Baseline:
    """Return the baseline that an option names: a path, `git:REF:PATH`, or a URL.

    Paths and the git repository are looked for from `folder`. Raises BaselineError with the cause and the remedy; a
    baseline that cannot be read is never taken for one that does not exist.
    """
    if name.startswith(GIT):
        from pytest_mmina.gate.git_baseline import git_baseline

        return git_baseline(name.removeprefix(GIT), folder=folder)
    if _URL.match(name):
        from pytest_mmina.gate.downloaded_baseline import download

        shown = shown_source(name)
        content = download(name, shown=shown, environment=environment)
        return parse_counts(content, name=shown, remedy="Name the address of the file itself, not that of a page")
    return read_counts(folder / name)


def is_path(name: str) -> bool:
    """Return whether an option names a baseline by its path."""
    return not (name.startswith(GIT) or _URL.match(name))


def shown_source(name: str) -> str:
    """Return the name of a baseline for reports: as it was written, without user, password and query of a URL."""
    return stored_address(name) if _URL.match(name) else name
