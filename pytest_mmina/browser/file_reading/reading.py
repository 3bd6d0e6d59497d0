"""Reads a downloaded file in a child process, whose time and memory are limited."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from pytest_mmina.browser.file_reading.limits import ReadingLimits
from pytest_mmina.core.language.files import FileContent, FileType

# The child finds modules where this process does, whatever put them on its path. Nothing else is passed on to it.
_CHILD = """import json, sys
asked = json.loads(sys.stdin.readline())
sys.path[:] = asked.pop("path")
from pytest_mmina.browser.file_reading.child import main
main(**asked)"""
_ENVIRONMENT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_TYPE: TypeAdapter[FileType] = TypeAdapter(FileType)


class FileReading(NamedTuple):
    """What a file is, and what is in it: None if that was not asked for."""

    type: FileType = "other"
    sha256: str = ""
    content: FileContent | None = None


def read_file(file: Path, *, name: str, contents: bool, limits: ReadingLimits | None = None) -> FileReading:
    """Read a file that nobody vouches for; `name` is the one that its site gave it. Never raises for what is in it."""
    limits = limits or ReadingLimits()
    if file.stat().st_size > limits.bytes:
        problem = f"it is larger than {limits.bytes // 2**20} MiB"
        return FileReading(content=FileContent(problem=problem) if contents else None)
    asked = {"path": sys.path, "file": str(file), "name": name, "limits": limits, "contents": contents}
    output, problem = _run(json.dumps(asked).encode() + b"\n", seconds=limits.seconds)
    lines = output.splitlines()
    try:
        kind = _TYPE.validate_json(lines[0]) if lines else "other"
        # Read in Python's way, which repairs half characters.
        content = FileContent.model_validate(json.loads(lines[1])) if len(lines) > 1 else FileContent(problem=problem)
    except (ValueError, ValidationError):
        kind, content = "other", FileContent(problem=problem or "reading it failed")
    return FileReading(kind, sha256(file.read_bytes()).hexdigest(), content if contents else None)


def _run(asked: bytes, *, seconds: int) -> tuple[bytes, str]:
    """Return what the child printed, and why it ended before it had printed all."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # The child limits its time on the processor. The clock matters only if the machine is busy.
    try:
        done = subprocess.run(  # noqa: S603 - this Python, and a program of our own
            [sys.executable, "-I", "-B", "-c", _CHILD],
            input=asked,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=6 * seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return error.stdout or b"", f"it takes longer than {6 * seconds} seconds"
    ended_by = -done.returncode
    if ended_by in (9, 24):
        return done.stdout, f"it takes longer than {seconds} seconds, or more memory than there is"
    return done.stdout, f"it needs more memory than there is, or is damaged (exit status {done.returncode})"
