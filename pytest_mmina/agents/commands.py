"""A command of the user's under a guard: its pipes, what it says on stderr, and its end."""

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

_MOST_KEPT = 64_000
_PATIENCE = 5.0


def command_in(text: str, *, spec: str, folder: Path) -> list[str]:
    """Split a command as a shell would; raises AgentSpecError if it is none, or cannot be found."""
    try:
        command = shlex.split(text)
    except ValueError as error:
        raise AgentSpecError(f"agent {spec!r}: is no command ({error})") from None
    if not command:
        raise AgentSpecError(f"agent {spec!r}: names no command; write cmd:python my_agent.py")
    name = command[0]
    found = shutil.which(name) if os.sep not in name else shutil.which(str(folder / name))
    if found is None:
        raise AgentSpecError(f"agent {spec!r}: there is no command {name!r} on PATH, nor a program of that name")
    return [found, *command[1:]]


class RunningCommand:
    """A command that runs until it ends by itself or is killed, with all that it has started."""

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
        self._errors = bytearray()
        self._ended = False
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read_errors, name="mmina-stderr", daemon=True)
        self._reader.start()

    @property
    def is_running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    @property
    def stdin(self) -> IO[bytes]:
        """What it reads."""
        assert self._process.stdin is not None, "it is a pipe"
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """What it writes."""
        assert self._process.stdout is not None, "it is a pipe"
        return self._process.stdout

    def exit_status(self) -> int | None:
        """Its exit status once it has ended, which is waited for; None if it has only closed its output."""
        try:
            return self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return None

    def take_errors(self) -> str:
        """What it wrote to stderr since the last call, the end of it if it is long."""
        self._drain_errors()
        with self._lock:
            taken = bytes(self._errors)
            self._errors.clear()
        return taken.decode("utf-8", "replace")

    def kill(self) -> None:
        """End it and all that it has started; may be called from any thread, and twice."""
        with self._lock:
            lifeline, self._lifeline = self._lifeline, -1
        if lifeline >= 0:
            os.close(lifeline)
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Kill it, and close the pipes."""
        self.kill()
        self._reader.join(_PATIENCE)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            # What was still to be written finds nobody any more.
            with suppress(OSError, ValueError):
                stream.close() if stream is not None else None

    def _read_errors(self) -> None:
        errors = self._process.stderr
        assert errors is not None, "it is a pipe"
        # It must never wait for us: a full pipe would stop it.
        with suppress(ValueError, OSError):
            while not self._ended:
                select.select([errors], [], [])
                self._drain_errors()

    def _drain_errors(self) -> None:
        """Take in what stands in the pipe at this moment."""
        assert self._process.stderr is not None, "it is a pipe"
        with self._lock, suppress(BlockingIOError, ValueError, OSError):
            while part := os.read(self._process.stderr.fileno(), 65_536):
                self._errors += part
                del self._errors[:-_MOST_KEPT]
            self._ended = True
