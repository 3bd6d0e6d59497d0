"""The lock of a results folder: one session at a time, and a sign that stays if a session is killed.

The operating system takes the lock back when its process ends, however it ends. The file is removed when a session
ends in order, so a file without a lock is that of a session that was killed.
"""

import errno
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from weakref import WeakSet

from pydantic import ValidationError

from pytest_mmina.core.models import Model, Text

LOCK = "session.lock"

# What systems say about a lock that somebody else holds.
_TAKEN = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)

if sys.platform == "win32":
    import msvcrt

    # Windows lets nobody read a locked byte, so it lies behind all that is read.
    _FAR = 1 << 30

    def _lock(file: BinaryIO, *, shared: bool) -> None:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO, *, shared: bool) -> None:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


class Holder(Model):
    """The session that holds a lock, or was killed while it held it."""

    pid: int
    host: str = ""
    since: str = ""
    agent: Text = ""
    run: str = ""

    def __str__(self) -> str:
        agent = f" of agent {self.agent}" if self.agent else ""
        return f"the session{agent} (process {self.pid} on {self.host}, begun {self.since})"


class FolderInUseError(OSError):
    """A session is running in the folder; the message says which one."""

    def __init__(self, folder: Path) -> None:
        holder = read_holder(folder) or "another session"
        super().__init__(f"{folder} is in use by {holder}. Wait until it has ended, or name another folder")


class FolderLock:
    """The lock of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / LOCK
        self._opened: BinaryIO | None = None

    def acquire(self, *, agent: str, run: str) -> None:
        """Hold the lock until `release` or the end of this process; raises FolderInUseError, or another OSError."""
        while self._opened is None:
            opened = self._file.open("ab+")
            try:
                _lock(opened, shared=False)
            except OSError as error:
                opened.close()
                if error.errno in _TAKEN:
                    raise FolderInUseError(self._folder) from None
                raise
            # The last holder may have removed the file after it was opened here.
            if _is_at(self._file, opened):
                self._opened = opened
            else:
                opened.close()
        _HELD.add(self._opened)
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=since, agent=agent, run=run)
        self._opened.truncate(0)
        self._opened.write(holder.model_dump_json().encode() + b"\n")
        self._opened.flush()

    def release(self) -> None:
        """Give the lock back and remove its file."""
        if self._opened is None:
            return
        # Windows removes no file that is open, and elsewhere another session must not take the lock before that.
        if sys.platform == "win32":
            self._opened.close()
        with suppress(OSError):
            self._file.unlink()
        self._opened.close()
        self._opened = None


def read_holder(folder: Path) -> Holder | None:
    """Return the session that holds the lock of a folder, or was killed while it held it; None if it is not known."""
    try:
        return Holder.model_validate_json((folder / LOCK).read_bytes())
    except (OSError, ValidationError):
        return None


def is_locked(folder: Path) -> bool:
    """Whether a session runs in a folder. Nothing is written: the folder may be read-only."""
    try:
        with (folder / LOCK).open("rb") as opened:
            _lock(opened, shared=True)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _is_at(file: Path, opened: BinaryIO) -> bool:
    try:
        return os.path.samestat(os.fstat(opened.fileno()), file.stat())
    except OSError:
        return False


_HELD: WeakSet[BinaryIO] = WeakSet()


def _let_go() -> None:
    for opened in _HELD:
        opened.close()


# A process that an agent forks would hold the lock as well, and could outlive the session.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
