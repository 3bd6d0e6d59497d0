"""Call the agent in a thread of its own, so that an agent that hangs does not stop the session."""

import ctypes
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

_OWN_INTERRUPT_GRACE = 0.3
"""How many seconds a call may take to return after the agent's own `interrupt()` was called."""


class CallTimeout(Exception):
    """The call did not return in time."""


class Interrupted(BaseException):
    """Raised inside the agent's code after its time limit."""


class AgentThread:
    """Runs the calls of an agent, one at a time, in one daemon thread.

    All calls share the thread because some libraries bind their objects to a thread. A thread cannot be killed: if it
    hangs where no exception reaches it, it is left behind. It does not stop the process from ending.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="mmina-agent", daemon=True)
        self._thread.start()
        self.is_busy = False
        """Whether a call was started whose result nobody has taken."""

    def call(self, function: Callable[..., Any], *arguments: Any, timeout: float) -> Any:
        """Return what the function returns, or raise what it raises; raises CallTimeout after `timeout` seconds."""
        self.begin(function, *arguments)
        return self.wait(timeout=timeout)

    def begin(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Start a call; `wait` returns its result."""
        self.is_busy = True
        self._calls.put((function, arguments))

    def wait(self, *, timeout: float) -> Any:
        """Return the result of the call that was started, or raise its exception.

        Raises CallTimeout after `timeout` seconds.
        """
        try:
            value, error = self._results.get(timeout=max(timeout, 0.001))
        except queue.Empty:
            raise CallTimeout from None
        self.is_busy = False
        if error is not None:
            raise error
        return value

    def interrupt(self, *, grace: float) -> bool:
        """Raise Interrupted in the call that hangs; return whether it ended within `grace` seconds.

        The exception is raised when the thread next runs Python code: nothing can interrupt a blocking system call.
        """
        if self._has_returned(_OWN_INTERRUPT_GRACE):
            return True
        identity = self._thread.ident
        assert identity is not None, "the thread was started"
        raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
        raise_in(ctypes.c_ulong(identity), ctypes.py_object(Interrupted))
        if not self._has_returned(grace):
            return False
        # If the call returned by itself, the exception must not be raised in the next call.
        raise_in(ctypes.c_ulong(identity), None)
        return True

    def _has_returned(self, seconds: float) -> bool:
        try:
            self._results.get(timeout=seconds)
        except queue.Empty:
            return False
        self.is_busy = False
        return True

    def current_stack(self) -> str:
        """Return the current call stack of the agent's code, formatted as in a traceback."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        stack = list(traceback.extract_stack(frame)) if frame is not None else []
        ours = max((place for place, entry in enumerate(stack) if entry.filename == __file__), default=-1)
        return "".join(traceback.format_list(stack[ours + 1 :]))

    def close(self) -> None:
        """End the thread after its current call."""
        self._calls.put(None)

    def _serve(self) -> None:
        # An interrupt may arrive when the call has just ended; then no call has to handle it.
        with suppress(Interrupted):
            while (call := self._calls.get()) is not None:
                function, arguments = call
                try:
                    self._results.put((function(*arguments), None))
                except BaseException as error:
                    self._results.put((None, error))


def exception_line(error: BaseException) -> str:
    """Return type and message of an exception in one line, even if its `__str__` raises."""
    line = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[0]
    name, colon, text = line.partition(":")
    return name.rpartition(".")[2] + colon + text


def own_traceback(error: BaseException, *, ours: Collection[str]) -> str:
    """Format the agent's exception, from the first frame outside the files `ours`: only those frames help the user."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename in (__file__, *ours):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))
