"""A parent process that watches the session: if the session's process is gone before the session ends, the status is 1.

An agent or a fixture can end its process so that nothing in the process can notice: `os._exit(0)`, a C library that
calls `_exit`, `os.execv`. Only another process sees that (docs/decisions/0042-a-parent-watches-the-session.md).
"""

import ctypes
import importlib
import mmap
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

import pytest

WATCH = pytest.StashKey["Watch"]()

_GONE = "mmina: the process of this session {how} before its end: "
_NOT_DECIDED = (
    "{cause}. Nothing was decided, and the results are incomplete: --mmina-resume runs what is missing.{status}\n"
)
_NO_SUCCESS = "\nmmina: a hook ended this session without an error, but {cause}. The exit status is 1.\n"
_PR_SET_PDEATHSIG = 1
_INTERRUPTED_WITHIN = 2.0
"""How many seconds a session may take to notice an interrupt that its whole process group got."""


class Watch:
    """What a session has said of its end, in memory that its process shares with the parent that watches.

    `begun` is whether it has to decide something, `failure` says why it must not succeed.
    """

    def __init__(self) -> None:
        self._said = mmap.mmap(-1, 3)
        self.process = os.getpid()
        self.begun = False
        self.failure = ""

    def say(self, status: int) -> None:
        """Say that the session is decided, and with which exit status. Forks of the session's process say nothing."""
        if os.getpid() == self.process:
            self._said[:2] = bytes([True, status & 0xFF])

    def say_interrupted(self) -> None:
        """Say that the session has noticed an interrupt."""
        self._said[2] = True

    @property
    def interrupted(self) -> bool:
        """Whether the session has noticed an interrupt."""
        return bool(self._said[2])

    def status_of_session(self, status: int) -> tuple[int, str]:
        """Return the exit status of a session that pytest ended with `status`, and what is told about it.

        A hook can end a session with `pytest.exit(returncode=0)`, before or after the decision.
        """
        cause = self.failure if self._said[0] else "nothing was decided, because the session had not come to its end"
        if status or not self.begun or not cause:
            return status, ""
        return int(pytest.ExitCode.TESTS_FAILED), _NO_SUCCESS.format(cause=cause)

    def status_after(self, status: int) -> tuple[int, str]:
        """Return the exit status of a session whose process ended with `status`, and what is told about it."""
        if self._said[0]:
            # Something ended the process after the decision; it cannot turn a failure into a success.
            return status or self._said[1], ""
        cause = "something in it called os._exit() or replaced it by another program"
        told = _NOT_DECIDED.format(cause=cause, status=" The exit status is 1.")
        return 1, _GONE.format(how=f"ended with status {status}") + told


def is_watched(config: pytest.Config) -> bool:
    """Whether this process begins a session; the workers of pytest-xdist are watched by the process that began it."""
    runs_nothing = ("collectonly", "help", "version", "looponfail")
    return (
        bool(config.getoption("mmina"))
        and not hasattr(config, "workerinput")
        and not any(config.getoption(name, None) for name in runs_nothing)
    )


def watched_main(config: pytest.Config) -> Generator[None, Any, Any]:
    """Run the session in a child and end this process with its status; where that is unsafe, replace `os._exit`.

    Only the process that runs the session comes back from this.
    """
    config.stash[WATCH] = watch = Watch()
    restore = do_nothing if _can_fork() and _fork(watch) else _replace_exit(watch, config)
    status: int = pytest.ExitCode.TESTS_FAILED
    try:
        status, told = watch.status_of_session((yield))
        if told:
            sys.stderr.write(told)
        return status
    finally:
        watch.say(status)
        restore()


def do_nothing() -> None:
    """Do nothing."""


def _can_fork() -> bool:
    """Whether this process is pytest itself, on Linux, and has nothing that a fork would lose: threads and children."""
    frame = sys._getframe()
    while frame.f_back is not None and not _is_command(frame.f_code.co_name, frame.f_globals):
        frame = frame.f_back
    return (
        # prctl and sigwaitinfo are Linux's; the system libraries of macOS do not work in a fork.
        sys.platform == "linux"
        and frame.f_back is not None
        and threading.current_thread() is threading.main_thread()
        and len(os.listdir("/proc/self/task")) == 1
        and signal.getsignal(signal.SIGCHLD) is signal.SIG_DFL
        and not _has_children()
    )


def _is_command(function: str, module: dict[str, Any]) -> bool:
    # A program that calls pytest.main() goes on afterwards, in the process that it knows.
    return module.get("__name__") == "_pytest.config" and function in ("console_main", "_console_main")


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _fork(watch: Watch) -> bool:
    """Go on in a child; the parent waits for it and never returns. Returns False if there is no room for a process."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
    parent, prctl = os.getpid(), ctypes.CDLL(None).prctl
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _waited_for())
    try:
        child = os.fork()
    except OSError:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return False
    if child:
        _watch(child, watch)
    # The session must not outlive its parent, however that ends.
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    watch.process = os.getpid()
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return True


def _waited_for() -> set[signal.Signals]:
    """Return the signals that the parent passes on, and SIGCHLD; the others act on it as on any process."""
    of_faults = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT, signal.SIGTRAP}
    of_jobs = {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT}
    without = {signal.SIGKILL, signal.SIGPIPE, signal.SIGWINCH, signal.SIGURG, signal.SIGSYS, *of_faults, *of_jobs}
    return {number for number in signal.valid_signals() if isinstance(number, signal.Signals)} - without


def _watch(child: int, watch: Watch) -> NoReturn:
    """Wait for the session's process, pass signals on to it, and end as it did."""
    status = 1
    try:
        status = _status_of(child, watch)
    finally:
        # Whatever this process would do at its exit, the child has done.
        os._exit(status)


def _status_of(child: int, watch: Watch) -> int:
    signals = _waited_for()
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        received = signal.sigwaitinfo(signals)
        # A signal of the kernel's, such as Ctrl-C in a terminal, has reached the whole process group.
        if received.si_signo == signal.SIGCHLD or received.si_code > 0:
            continue
        if received.si_signo == signal.SIGINT and _was_interrupted(watch):
            continue
        os.kill(child, received.si_signo)
    code = os.waitstatus_to_exitcode(ended[1])
    if code >= 0:
        status, told = watch.status_after(code)
        _tell(told)
        return status
    cause = "the system does that where memory runs out" if -code == signal.SIGKILL else "it got this signal"
    told = _GONE.format(how=f"was ended by {signal.Signals(-code).name}") + _NOT_DECIDED.format(cause=cause, status="")
    _tell(told)
    _die_of(signal.Signals(-code))
    return 128 - code  # process 1 of a container cannot send itself a signal


def _was_interrupted(watch: Watch) -> bool:
    """Whether an interrupt that somebody sent to the parent has reached the session as well, as one to their group."""
    end = time.monotonic() + _INTERRUPTED_WITHIN
    while not watch.interrupted and (left := end - time.monotonic()) > 0:
        # This also takes further interrupts of the same group: `timeout --signal=INT` sends two.
        signal.sigtimedwait({signal.SIGINT}, min(left, 0.02))
    return watch.interrupted


def _die_of(number: signal.Signals) -> None:
    """End as the session's process did, without a second core dump."""
    import resource  # Windows does not have it

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # SIGKILL has no handler to reset
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)


def _tell(text: str) -> None:
    with suppress(OSError):
        os.write(2, text.encode())


def _replace_exit(watch: Watch, config: pytest.Config) -> Callable[[], None]:
    """Replace `os._exit` in this process until the session ends; return what puts it back."""
    leave, places = os._exit, (os, importlib.import_module(os.name))

    def leave_told(status: int) -> NoReturn:
        if os.getpid() == watch.process:
            status, told = watch.status_after(status)
            if capture := config.pluginmanager.getplugin("capturemanager"):
                capture.suspend_global_capture()
            _tell(told)
        leave(status)

    def put(function: Callable[[int], NoReturn]) -> None:
        for place in places:
            vars(place)["_exit"] = function

    put(leave_told)
    return partial(put, leave)
