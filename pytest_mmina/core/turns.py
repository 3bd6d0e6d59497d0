"""The agent's turns: its code runs in a thread of its own, so that one that hangs cannot hold up the session."""

import queue
import threading
import traceback
from collections.abc import Callable, Collection
from typing import Any


class TurnTimeout(Exception):
    """The agent did not come back in time."""


class AgentThread:
    """Runs an agent's calls, one at a time, in one daemon thread: what the agent keeps per thread stays valid.

    A thread cannot be killed. One that hangs is left behind, and does not keep the process from ending.
    """

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="mmina-agent", daemon=True)
        self._thread.start()

    def call(self, function: Callable[..., Any], *arguments: Any, timeout: float) -> Any:
        """Return what the function returns or raise what it raises; raises TurnTimeout after `timeout` seconds."""
        self._calls.put((function, arguments))
        try:
            value, error = self._results.get(timeout=max(timeout, 0.001))
        except queue.Empty:
            raise TurnTimeout from None
        if error is not None:
            raise error
        return value

    def close(self) -> None:
        """Let the thread end once its current call has."""
        self._calls.put(None)

    def _serve(self) -> None:
        while (call := self._calls.get()) is not None:
            function, arguments = call
            try:
                self._results.put((function(*arguments), None))
            except BaseException as error:
                self._results.put((None, error))


def said_by(error: BaseException) -> str:
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
