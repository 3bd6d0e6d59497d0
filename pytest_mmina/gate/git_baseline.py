"""`git:REF:PATH`: the baseline as it was in the commit from which the present branch started.

REF and PATH are text from a command line: they never reach a shell, and git never takes them for options.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from pytest_mmina.core.shortening import one_line
from pytest_mmina.gate.baseline import Baseline, BaselineError
from pytest_mmina.gate.history import parse_counts

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_SECONDS = 60.0
_MOST_BYTES = 64 * 1024 * 1024
_WHOLE_HISTORY = "with actions/checkout set fetch-depth: 0, else run git fetch --unshallow"


class _Ran(NamedTuple):
    """The exit status and the output of git; `problem` is the first line that it wrote to stderr."""

    status: int
    output: bytes
    problem: str

    @property
    def text(self) -> str:
        return self.output.decode("utf-8", "replace").strip()


def git_baseline(place: str, *, folder: Path) -> Baseline:
    """Return the baseline in the merge base of HEAD and REF; `place` is `REF:PATH`, as `git show` reads it.

    PATH is relative to the root of the repository, or to `folder` if it begins with `./`. Raises BaselineError.
    """
    shown = one_line(f"git:{place}", 200)
    reference, _, path = place.partition(":")
    if not reference or not path or "\0" in place:
        raise BaselineError(f"{shown} is not of the form git:REF:PATH; write git:origin/main:baseline.json")
    is_shallow = _git(folder, shown, "rev-parse", "--is-shallow-repository")
    if is_shallow.status:
        raise BaselineError(f"{shown} needs a git repository, and {folder} cannot be used as one: {is_shallow.problem}")
    head = _commit_of("HEAD", folder, shown)
    if not head:
        raise BaselineError(f"{shown}: this repository has no commit yet")
    if reference.startswith("-"):
        # Versions of git that do not know --end-of-options for this command would take it for an option.
        raise BaselineError(f"{shown}: REF begins with a dash, so it is not the name of a commit")
    if not (commit := _commit_of(reference, folder, shown)):
        branch = one_line(reference.removeprefix("origin/"), 80)
        raise BaselineError(
            f"{shown}: there is no commit {one_line(reference, 80)!r} in this repository. If it is a branch, fetch it: "
            f"git fetch origin {branch}; {_WHOLE_HISTORY}"
        )
    # From here on, git gets only the names of commits.
    found = _git(folder, shown, "merge-base", head, commit)
    if found.status or not _COMMIT.fullmatch(found.text):
        cause = "the clone is shallow" if is_shallow.text == "true" else "their histories have no commit in common"
        remedy = f"Fetch the whole history: {_WHOLE_HISTORY}" if is_shallow.text == "true" else "Name another REF"
        raise BaselineError(f"{shown}: HEAD and {reference!r} have no merge base: {cause}. {remedy}")
    return parse_counts(
        _content(f"{found.text}:{path}", folder, shown=shown, commit=found.text),
        name=f"{shown} (commit {found.text[:12]})",
        remedy="Name another file, or save a new one with --mmina-save-baseline and commit it",
    )


def _commit_of(reference: str, folder: Path, shown: str) -> str:
    """Return the full name of a commit; empty if there is none."""
    found = _git(folder, shown, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    return found.text if found.status == 0 and _COMMIT.fullmatch(found.text) else ""


def _content(entry: str, folder: Path, *, shown: str, commit: str) -> bytes:
    """Return a file of a commit, without the filters and converters that the repository may define."""
    size = _git(folder, shown, "cat-file", "-s", entry)
    kind = _git(folder, shown, "cat-file", "-t", entry)
    if size.status or kind.text != "blob":
        what = "it is not a file" if kind.status == 0 else "the file does not exist"
        raise BaselineError(
            f"{shown}: {what} in the merge base, commit {commit[:12]}. PATH begins at the root of the repository, or "
            "with ./ in this folder. If the file is new on this branch, name it without git:REF:"
        )
    if int(size.text) > _MOST_BYTES:
        raise BaselineError(f"{shown}: the file has more than {_MOST_BYTES >> 20} MiB, so it is not a baseline")
    read = _git(folder, shown, "cat-file", "blob", entry)
    if read.status:
        raise BaselineError(f"{shown} cannot be read: {read.problem}")
    return read.output


def _git(folder: Path, shown: str, *arguments: str) -> _Ran:
    if (program := shutil.which("git")) is None:
        raise BaselineError(f"{shown} needs git, and there is no command git: install it, or name a file")
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        ran = subprocess.run(  # noqa: S603  # no shell, and no argument begins with text from the command line
            [program, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BaselineError(f"{shown}: git {arguments[0]} did not end within {_SECONDS:g} seconds") from None
    except OSError as error:
        raise BaselineError(f"{shown}: git cannot be started: {error.strerror or error}") from None
    return _Ran(ran.returncode, ran.stdout, one_line(ran.stderr.decode("utf-8", "replace"), 300))
