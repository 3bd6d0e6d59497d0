"""Runs a command, and sees to it that nothing of it outlives the session: `python guard.py <fd> <command> ...`.

Whoever started it holds the other end of the pipe <fd>. When that is closed, be it because that process was killed,
the command and all that it started are killed. A file of its own, started as a script: it knows nothing of the rest.
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
    """Become the parent of every descendant whose own parent ends (on Linux): none gets away by a double fork."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_descendants() -> None:
    """Kill all that this process has started, and what those start meanwhile."""
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
    """Run the command; returns its exit status, as a shell tells it."""
    adopt_orphans()
    child = subprocess.Popen(command)  # noqa: S603 - the user's own command is what they asked for
    # The ends of the pipes that are the command's must not stay open here when it ends.
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)

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
