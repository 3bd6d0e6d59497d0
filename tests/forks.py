"""Python processes that start fast: each is a fork of a process that has already imported pytest and the plugin.

A pytest session costs about a second of processor time before it collects anything, and each of its workers costs that
again. Tests that start hundreds of sessions would spend most of their time there. A fork is a process of its own, with
its own folder, environment, files and exit status, and starts in a few milliseconds.

This file has two sides. `Forks` starts the server and is what tests use. Run as a script, the file is the server.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import execnet.gateway_base
import execnet.gateway_io
import pytest

RUN_PYTEST = "import runpy; runpy.run_module('pytest', run_name='__main__')"
PRELOADED = ("playwright.sync_api", "requests", "scipy.stats", "xdist.dsession", "xdist.remote", "xdist.workermanage")


class ForkedProcess:
    """A process that the server at `address` has forked; it has what pytester and execnet use of `Popen`."""

    def __init__(self, address: str, code: str, arguments: Sequence[str], *, files: Sequence[int]) -> None:
        self.stdin: Any = None
        self.stdout: Any = None
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(address)
        request = {"code": code, "arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
        socket.send_fds(self._connection, [b"\n"], files)
        self._lines = self._connection.makefile("rw")
        self._lines.write(json.dumps(request) + "\n")
        self._lines.flush()
        self.pid = int(self._lines.readline())
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the process; gives its exit status."""
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self.returncode = int(self._lines.readline())
            self._lines.close()
            self._connection.close()
        return self.returncode

    def kill(self) -> None:
        """End the process, whatever it does."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)


class Forks:
    """A server of forks, from `with` to its end."""

    def __enter__(self) -> "Forks":
        self._folder = tempfile.TemporaryDirectory(prefix="forks-")
        self._address = str(Path(self._folder.name) / "socket")
        # A process is forked safely only while it has one thread.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        # Not in the folder of the test that happens to be the first one.
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), self._address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=self._folder.name,
        )
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *raised: object) -> None:
        # The server ends when its input does.
        self._server.communicate()
        self._folder.cleanup()

    def start_pytest(self, *arguments: str, stdout: int, stderr: int) -> ForkedProcess:
        """Start `python -m pytest` in the current folder, with the current environment."""
        program = os.fspath(Path(pytest.__file__).with_name("__main__.py"))
        with open(os.devnull) as nothing:
            return ForkedProcess(
                self._address, RUN_PYTEST, [program, *arguments], files=(nothing.fileno(), stdout, stderr)
            )


def serve(address: str) -> str:
    """Fork for each request until standard input ends; gives, in a fork, the code that is to be run there."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    print("ready", flush=True)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return keep(connection)
        connection.close()
        # Collect the keepers that have ended, so that their time is counted with that of this process.
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    sys.exit()


def keep(connection: socket.socket) -> str:
    """Fork the process that a request asks for, and report its id and its exit status."""
    _, files, *_ = socket.recv_fds(connection, 1, 3)
    lines = connection.makefile("rw")
    request = json.loads(lines.readline())
    pid = os.fork()
    if pid == 0:
        connection.close()
        lines.close()
        become(request["arguments"], request["folder"], request["environment"], files)
        return str(request["code"])
    for file in (0, 1, 2, *files):
        os.close(file)
    with contextlib.suppress(BrokenPipeError):
        print(pid, file=lines, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=lines, flush=True)
    os._exit(0)


def become(arguments: list[str], folder: str, environment: dict[str, str], files: list[int]) -> None:
    """Give this process the arguments, folder, environment and files that a new one would have."""
    for standard, file in enumerate(files):
        os.dup2(file, standard)
        os.close(file)
    for name, stream in (("stdin", open(0)), ("stdout", open(1, "w")), ("stderr", open(2, "w", buffering=1))):  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = arguments
    added = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path and path not in sys.path]
    sys.path[:1] = [folder, *added]


class ForkedWorker(execnet.gateway_io.Popen2IOMaster):
    """The connection to a worker of xdist, which is a fork as well."""

    address: str

    def __init__(self, arguments: Sequence[str], execmodel: Any) -> None:
        (worker_in, ours_out), (ours_in, worker_out) = os.pipe(), os.pipe()
        self.popen = ForkedProcess(self.address, arguments[-1], ["-c"], files=(worker_in, worker_out, 2))
        os.close(worker_in)
        os.close(worker_out)
        execnet.gateway_base.Popen2IO.__init__(self, os.fdopen(ours_out, "wb"), os.fdopen(ours_in, "rb"), execmodel)


def preload() -> None:
    """Import what a session needs, by a session that runs one small test."""
    for module in PRELOADED:
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing):
        (Path(folder) / "test_one.py").write_text("def test_one(): pass")
        options = ("--mmina", "--mmina-no-html", f"--rootdir={folder}", f"--mmina-results={folder}/results")
        pytest.main(["-p", "no:cacheprovider", *options, folder])
    gc.collect()
    gc.freeze()


def run_and_exit(code: str) -> NoReturn:
    """Run code as a program, and exit without taking apart what was imported, which would copy all of its memory."""
    status: object = 0
    try:
        exec(code, {"__name__": "__main__"})
    except SystemExit as exit_:
        status = exit_.code or 0
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(status if isinstance(status, int) else 1)


if __name__ == "__main__":
    preload()
    ForkedWorker.address = sys.argv[1]
    vars(execnet.gateway_io)["Popen2IOMaster"] = ForkedWorker
    run_and_exit(serve(sys.argv[1]))
