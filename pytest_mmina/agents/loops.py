"""Asynchronous agents: one event loop for all their calls, since what they keep (a client, say) belongs to it."""

import asyncio
import threading
from collections.abc import Awaitable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

_SIGN_OF_LIFE = 1.0
"""How many seconds a loop has to answer after an interrupt; one that does not is replaced."""


class EventLoop:
    """Runs awaitables in a thread of its own, one at a time, for callers in other threads."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._current: Future[Any] | None = None

    def result_of(self, awaitable: Awaitable[Any]) -> Any:
        """Wait for an awaitable; returns what it returns, raises what it raises."""

        async def waited() -> Any:
            return await awaitable

        loop = self._running()
        self._current = asyncio.run_coroutine_threadsafe(waited(), loop)
        return self._current.result()

    def interrupt(self) -> None:
        """Cancel what runs; whoever waits for it gets CancelledError. A loop that hangs is left behind."""
        if self._current is not None:
            self._current.cancel()
        if self._loop is not None and not self._answers(self._loop):
            self._loop = None

    def close(self) -> None:
        """End the loop, unless it hangs."""
        if self._loop is not None and self._thread is not None and self._answers(self._loop):
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_SIGN_OF_LIFE)
        self._loop = None

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_serve, args=(self._loop,), name="mmina-loop", daemon=True)
            self._thread.start()
        return self._loop

    @staticmethod
    def _answers(loop: asyncio.AbstractEventLoop) -> bool:
        alive = threading.Event()
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(alive.set)
        return alive.wait(_SIGN_OF_LIFE)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        with suppress(RuntimeError):
            loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
