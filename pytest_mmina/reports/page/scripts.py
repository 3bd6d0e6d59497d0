"""Store data as scripts, because a page that is opened from a file can load scripts but read no other files.

A script contains its data compressed and in base64, so that text from pages and agents is never executed as code.
"""

import os
import zlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.trajectories.reading import TRAJECTORIES

_BEFORE, _AFTER = b'mminaData("', b'");\n'
# Base64 encodes groups of three bytes; files are read in pieces of this size.
_GROUP_BYTES = 3
_PIECE_BYTES = 1 << 20
_GZIP = 31
_RECORDING, _SCRIPT = ".jsonl", ".js"


def write_script(file: Path, content: Iterable[bytes], *, level: int = 6) -> None:
    """Write data as a script, completely or not at all, one piece at a time; raises OSError."""
    write_packed(file, packed(content, level=level))


def write_packed(file: Path, script: Iterable[bytes]) -> None:
    """Write a script that `packed` returned, in the same way."""
    with atomic_write(file) as opened:
        opened.writelines(script)


def packed(content: Iterable[bytes], *, level: int) -> Iterator[bytes]:
    """Yield the pieces of a script with the data; `level` is the compression level."""
    yield _BEFORE
    packer, rest = zlib.compressobj(level, wbits=_GZIP), b""
    for piece in content:
        rest += packer.compress(piece)
        whole = len(rest) - len(rest) % _GROUP_BYTES
        yield b64encode(rest[:whole])
        rest = rest[whole:]
    yield b64encode(rest + packer.flush())
    yield _AFTER


def write_trajectory_script(recording: Path, script: Path | None = None) -> None:
    """Write a trajectory, unchanged, as a script: to `script`, or next to the trajectory; raises OSError."""
    with recording.open("rb") as opened:
        write_script(script or recording.with_suffix(_SCRIPT), iter(lambda: opened.read(_PIECE_BYTES), b""))


def complete_scripts(results: Path, *, into: Path) -> set[str]:
    """Write the scripts of all trajectories that have none or are newer than theirs; raises OSError.

    `into` is the folder of the page, which may be the results folder. Returns the existing trajectories, as paths below
    `trajectories/` without suffix. A session writes each script when its episode ends, so there is little left to do at
    the end of the session.
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
    """Return when the files with a suffix were last changed, by their names without the suffix."""
    try:
        with os.scandir(folder) as entries:
            ours = [entry for entry in entries if entry.name.endswith(suffix)]
            return {entry.name.removesuffix(suffix): entry.stat().st_mtime_ns for entry in ours}
    except FileNotFoundError:
        return {}
