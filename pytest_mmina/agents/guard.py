"""Run a command whose processes cannot outlive the session: `python guard.py <fd> <command> ...`.

The process that starts this script holds the other end of the pipe <fd>. When that end is closed, also because its
process was killed, the command and all processes that it started are killed. This file is started as a script, so it
imports nothing from the package.
"""

import ctypes
import os
import subprocess
import sys
import threading
from contextlib import suppress

import psutil

_SET_CHILD_SUBREAPER = 36
_ROUNDS = 20


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends (on Linux), so that a double fork cannot escape."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_descendants() -> None:
    """Kill all descendants of this process, including those that are started in the meantime."""
    for _ in range(_ROUNDS):
        living = [child for child in psutil.Process().children(recursive=True) if _is_alive(child)]
        if not living:
            return
        for child in living:
            with suppress(psutil.Error):
                child.kill()
        psutil.wait_procs(living, timeout=0.5)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def main(lifeline: int, command: list[str]) -> int:
    """Run the command and return its exit status, as a shell reports it."""
    adopt_orphans()
    child = subprocess.Popen(command)  # noqa: S603 - the user's own command is what they asked for
    # The command's pipes must be closed when it ends, so this process must not keep them open.
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)

    def watch() -> None:
        with suppress(OSError):
            while os.read(lifeline, 1):
                pass
        kill_descendants()

    threading.Thread(target=watch, daemon=True).start()
    status = child.wait()
    kill_descendants()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
