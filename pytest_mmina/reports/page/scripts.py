"""Data as scripts: a page that is opened from a file may load scripts, and read no other file.

A script holds its data compressed and in base64, so that nothing in it, whoever wrote it, is ever read as code.
"""

import os
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from pytest_mmina.recordings import TRAJECTORIES

_BEFORE, _AFTER = b'mminaData("', b'");\n'
# What base64 makes whole letters of, and what is read at a time.
_WHOLE = 3
_PIECE = 1 << 20
_GZIP = 31


def write_script(file: Path, content: Iterable[bytes], *, level: int = 6) -> None:
    """Write data as a script, whole or not at all, a piece at a time; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as opened:
            opened.writelines(_script(content, level=level))
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _script(content: Iterable[bytes], *, level: int) -> Iterator[bytes]:
    yield _BEFORE
    packer, rest = zlib.compressobj(level, wbits=_GZIP), b""
    for piece in content:
        rest += packer.compress(piece)
        whole = len(rest) - len(rest) % _WHOLE
        yield b64encode(rest[:whole])
        rest = rest[whole:]
    yield b64encode(rest + packer.flush())
    yield _AFTER


def script_of(recording: Path) -> Path:
    """Where the script of a trajectory lies: beside it."""
    return recording.with_suffix(".js")


def write_trajectory_script(recording: Path) -> None:
    """Write the script of a trajectory, which has its lines as they are; raises OSError."""
    with recording.open("rb") as opened:
        write_script(script_of(recording), iter(lambda: opened.read(_PIECE), b""))


def complete_scripts(results: Path) -> set[str]:
    """Give each trajectory of some results its script, where it has none or is newer than it; raises OSError.

    Returns the trajectories there are, as paths below `trajectories/` without suffix. What a session records gets its
    script as each episode ends, so that there is little left to do when all have.
    """
    found: set[str] = set()
    for folder, _, _ in os.walk(results / TRAJECTORIES):
        with os.scandir(folder) as entries:
            ours = [entry for entry in entries if entry.name.endswith((".jsonl", ".js"))]
            changed = {entry.name: entry.stat().st_mtime_ns for entry in ours}
        below = os.path.relpath(folder, results / TRAJECTORIES).replace(os.sep, "/")
        for name, when in changed.items():
            stem, suffix = os.path.splitext(name)
            if suffix == ".jsonl":
                found.add(stem if below == "." else f"{below}/{stem}")
                if changed.get(f"{stem}.js", -1) < when:
                    write_trajectory_script(Path(folder, name))
            elif f"{stem}.jsonl" not in changed:
                Path(folder, name).unlink(missing_ok=True)
    return found
