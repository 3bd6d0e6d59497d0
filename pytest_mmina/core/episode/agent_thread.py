"""The agent's turns: its code runs in a thread of its own, so that one that hangs cannot hold up the session."""

import ctypes
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

_OWN_INTERRUPT_GRACE = 0.3
"""How many seconds a call has to come back once the agent's own `interrupt()` was called."""


class CallTimeout(Exception):
    """The agent did not come back in time."""


class Interrupted(BaseException):
    """Raised in the agent's own code where it has passed its time limit."""


class AgentThread:
    """Runs an agent's calls, one at a time, in one daemon thread: what the agent keeps per thread stays valid.

    A thread cannot be killed. One that hangs where no exception reaches it is left behind, and does not keep the
    process from ending.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="mmina-agent", daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., Any], *arguments: Any, timeout: float) -> Any:
        """Return what the function returns or raise what it raises; raises CallTimeout after `timeout` seconds."""
        self.begin(function, *arguments)
        return self.wait(timeout=timeout)

    def begin(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Have a function called; `wait` for what comes of it."""
        self._calls.put((function, arguments))

    def wait(self, *, timeout: float) -> Any:
        """What the call that was begun returns or raises; raises CallTimeout after `timeout` seconds."""
        try:
            value, error = self._results.get(timeout=max(timeout, 0.001))
        except queue.Empty:
            raise CallTimeout from None
        if error is not None:
            raise error
        return value

    def interrupt(self, *, grace: float) -> bool:
        """Raise Interrupted in the call that hangs; says whether it came back within `grace` seconds.

        The exception waits until the call is back in Python: out of a system call that blocks nothing can take it.
        """
        if self._is_back(_OWN_INTERRUPT_GRACE):
            return True
        identity = self._thread.ident
        assert identity is not None, "the thread was started"
        raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
        raise_in(ctypes.c_ulong(identity), ctypes.py_object(Interrupted))
        if not self._is_back(grace):
            return False
        # What came back by itself meanwhile must not be hit on its next call.
        raise_in(ctypes.c_ulong(identity), None)
        return True

    def _is_back(self, seconds: float) -> bool:
        try:
            self._results.get(timeout=seconds)
        except queue.Empty:
            return False
        return True

    def whereabouts(self) -> str:
        """Where the agent's code is at this moment, as a traceback has it."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        stack = list(traceback.extract_stack(frame)) if frame is not None else []
        ours = max((place for place, entry in enumerate(stack) if entry.filename == __file__), default=-1)
        return "".join(traceback.format_list(stack[ours + 1 :]))

    def close(self) -> None:
        """Let the thread end once its current call has."""
        self._calls.put(None)

    def _serve(self) -> None:
        # An interrupt may come when the call is just over, and then it is nobody's.
        with suppress(Interrupted):
            while (call := self._calls.get()) is not None:
                function, arguments = call
                try:
                    self._results.put((function(*arguments), None))
                except BaseException as error:
                    self._results.put((None, error))


def exception_line(error: BaseException) -> str:
    """The type and the text of an exception in one line, whatever its `__str__` does."""
    line = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[0]
    name, colon, text = line.partition(":")
    return name.rpartition(".")[2] + colon + text


def own_traceback(error: BaseException, *, ours: Collection[str]) -> str:
    """Format what the agent raised from its own first frame on; those in the files `ours` would bury it."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename in (__file__, *ours):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))
