"""A user's command as a child process with a guard: its pipes, its stderr and its end."""

import os
import select
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from pytest_mmina.agents import guard
from pytest_mmina.core.errors import AgentSpecError

_MAX_STDERR_BYTES = 64_000
_SIGNALS_FROM_OUTSIDE = (9, 15)
KILLED = "was killed by somebody else, or by the system because memory ran out"
_EXIT_TIMEOUT = 5.0
"""How many seconds a process may take to end."""


def split_command(text: str, *, spec: str, folder: Path) -> list[str]:
    """Split a command as a shell does. Raises AgentSpecError if that fails or its program cannot be found."""
    try:
        command = shlex.split(text)
    except ValueError as error:
        raise AgentSpecError(f"agent {spec!r}: is not a command ({error})") from None
    if not command:
        raise AgentSpecError(f"agent {spec!r}: names no command; write cmd:python my_agent.py")
    name = command[0]
    found = shutil.which(name) if os.sep not in name else shutil.which(str(folder / name))
    if found is None:
        raise AgentSpecError(f"agent {spec!r}: there is no command {name!r} on PATH, nor a program of that name")
    return [found, *command[1:]]


class ChildProcess:
    """A command that runs until it ends or is killed, together with all processes that it started."""

    def __init__(self, command: list[str], *, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        lifeline, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command is what they asked for
                [sys.executable, "-I", guard.__file__, str(lifeline), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[lifeline],
                cwd=folder,
                env=dict(environment) if environment is not None else None,
                start_new_session=True,
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(lifeline)
        assert self._process.stderr is not None, "it is a pipe"
        os.set_blocking(self._process.stderr.fileno(), False)
        self._stderr = bytearray()
        self._ended = False
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read_stderr, name="mmina-stderr", daemon=True)
        self._reader.start()

    @property
    def is_running(self) -> bool:
        """Whether the process is still running."""
        return self._process.poll() is None

    @property
    def stdin(self) -> IO[bytes]:
        """The pipe that the process reads from."""
        assert self._process.stdin is not None, "it is a pipe"
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """The pipe that the process writes to."""
        assert self._process.stdout is not None, "it is a pipe"
        return self._process.stdout

    def exit_status(self) -> int | None:
        """Wait for the process to end and return its exit status; None if it only closed its output."""
        try:
            return self._process.wait(_EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            return None

    @property
    def was_killed(self) -> bool:
        """Whether somebody else than this session has killed the process, or the guard above it."""
        status = self._process.poll()
        if status is None or self._lifeline < 0:
            return False
        # The guard reports a signal as a shell does, and so does a shell or a runner that the command starts.
        return (-status if status < 0 else status - 128) in _SIGNALS_FROM_OUTSIDE

    def take_stderr(self) -> str:
        """Return what the process wrote to stderr since the last call. Of a long text, only the end is kept."""
        self._drain_stderr()
        with self._lock:
            taken = bytes(self._stderr)
            self._stderr.clear()
        return taken.decode("utf-8", "replace")

    def kill(self) -> None:
        """Kill the process and all processes that it started. Can be called from any thread, and more than once."""
        with self._lock:
            lifeline, self._lifeline = self._lifeline, -1
        if lifeline >= 0:
            os.close(lifeline)
        try:
            self._process.wait(_EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Kill the process and close the pipes."""
        self.kill()
        self._reader.join(_EXIT_TIMEOUT)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            # Closing a pipe flushes it, which fails if the process has ended.
            with suppress(OSError, ValueError):
                stream.close() if stream is not None else None

    def _read_stderr(self) -> None:
        errors = self._process.stderr
        assert errors is not None, "it is a pipe"
        # A full pipe would block the process, so stderr is read all the time.
        with suppress(ValueError, OSError):
            while not self._ended:
                select.select([errors], [], [])
                self._drain_stderr()

    def _drain_stderr(self) -> None:
        """Read what the stderr pipe contains now."""
        assert self._process.stderr is not None, "it is a pipe"
        with self._lock, suppress(BlockingIOError, ValueError, OSError):
            while part := os.read(self._process.stderr.fileno(), 65_536):
                self._stderr += part
                del self._stderr[:-_MAX_STDERR_BYTES]
            self._ended = True
