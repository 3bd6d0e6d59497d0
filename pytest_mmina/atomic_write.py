"""Writing a file whole or not at all, whoever reads or writes it at the same time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_write(file: Path, *, durable: bool = False) -> Iterator[BinaryIO]:
    """Open a draft beside a file; when the block ends, the draft takes the file's place.

    If the block raises, the draft is removed and the file stays as it was. A `durable` file is on the disk, not in a
    cache of the operating system, before it takes its place. Missing folders are made. A device or a pipe, such as
    /dev/null or /dev/stdout, keeps its place and is written to directly. Raises OSError.
    """
    if _is_device(file):
        with file.open("wb") as opened:
            yield opened
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    # Several processes may write the same file: each has a draft of its own.
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as opened:
            yield opened
            if durable:
                opened.flush()
                os.fsync(opened.fileno())
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _is_device(file: Path) -> bool:
    # /dev/stdout is a link, which may lead to a regular file: that would be right to write to, but not to replace.
    absolute = file.absolute()
    if absolute.is_relative_to("/dev") or absolute.is_relative_to("/proc"):
        return file.exists()
    return file.exists() and not file.is_file() and not file.is_dir()
