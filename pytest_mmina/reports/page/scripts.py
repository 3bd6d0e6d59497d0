"""Data as scripts: a page that is opened from a file may load scripts, and read no other file.

A script holds its data compressed and in base64, so that nothing in it, whoever wrote it, is ever read as code.
"""

import os
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.trajectories.reading import TRAJECTORIES

_BEFORE, _AFTER = b'mminaData("', b'");\n'
# What base64 makes whole letters of, and what is read at a time.
_WHOLE = 3
_PIECE = 1 << 20
_GZIP = 31
_RECORDING, _SCRIPT = ".jsonl", ".js"


def write_script(file: Path, content: Iterable[bytes], *, level: int = 6) -> None:
    """Write data as a script, whole or not at all, a piece at a time; raises OSError."""
    write_packed(file, packed(content, level=level))


def write_packed(file: Path, script: Iterable[bytes]) -> None:
    """Write a script that `packed` has made, in the same way."""
    with atomic_write(file) as opened:
        opened.writelines(script)


def packed(content: Iterable[bytes], *, level: int) -> Iterator[bytes]:
    """The pieces of a script that holds data."""
    yield _BEFORE
    packer, rest = zlib.compressobj(level, wbits=_GZIP), b""
    for piece in content:
        rest += packer.compress(piece)
        whole = len(rest) - len(rest) % _WHOLE
        yield b64encode(rest[:whole])
        rest = rest[whole:]
    yield b64encode(rest + packer.flush())
    yield _AFTER


def write_trajectory_script(recording: Path, script: Path | None = None) -> None:
    """Write the script of a trajectory, which has its lines as they are, beside it or elsewhere; raises OSError."""
    with recording.open("rb") as opened:
        write_script(script or recording.with_suffix(_SCRIPT), iter(lambda: opened.read(_PIECE), b""))


def complete_scripts(results: Path, *, into: Path) -> set[str]:
    """Give each trajectory of some results its script, where it has none or is newer than it; raises OSError.

    `into` is the folder of the page, the same or another one. Returns the trajectories there are, as paths below
    `trajectories/` without suffix. What a session records gets its script as each episode ends, so that there is
    little left to do when all have.
    """
    found: set[str] = set()
    for folder, _, _ in os.walk(results / TRAJECTORIES):
        below = os.path.relpath(folder, results / TRAJECTORIES).replace(os.sep, "/")
        target = into / TRAJECTORIES / below
        recorded, written = _changed(Path(folder), _RECORDING), _changed(target, _SCRIPT)
        for stem, when in recorded.items():
            found.add(stem if below == "." else f"{below}/{stem}")
            if written.get(stem, -1) < when:
                write_trajectory_script(Path(folder, stem + _RECORDING), target / (stem + _SCRIPT))
        for stem in written.keys() - recorded.keys():
            (target / (stem + _SCRIPT)).unlink(missing_ok=True)
    return found


def _changed(folder: Path, suffix: str) -> dict[str, int]:
    """When the files of a folder that end so were last changed, by their names without it."""
    try:
        with os.scandir(folder) as entries:
            ours = [entry for entry in entries if entry.name.endswith(suffix)]
            return {entry.name.removesuffix(suffix): entry.stat().st_mtime_ns for entry in ours}
    except FileNotFoundError:
        return {}
