"""The event loop of asynchronous agents: one for all calls, because an agent's clients belong to one loop."""

import asyncio
import threading
from collections.abc import Awaitable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

_RESPONSE_TIMEOUT = 1.0
"""How many seconds a loop may take to respond after an interrupt. A loop that does not respond is replaced."""


class EventLoop:
    """Runs awaitables one at a time in its own thread, for callers in other threads."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._current: Future[Any] | None = None

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Run an awaitable to its end. Returns its result or raises its exception."""

        async def wrapper() -> Any:
            return await awaitable

        loop = self._running_loop()
        self._current = asyncio.run_coroutine_threadsafe(wrapper(), loop)
        return self._current.result()

    def interrupt(self) -> None:
        """Cancel the current call, which raises CancelledError for its caller. A loop that hangs is abandoned."""
        if self._current is not None:
            self._current.cancel()
        if self._loop is not None and not self._responds(self._loop):
            self._loop = None

    def close(self) -> None:
        """Stop the loop, unless it hangs."""
        if self._loop is not None and self._thread is not None and self._responds(self._loop):
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_RESPONSE_TIMEOUT)
        self._loop = None

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_serve, args=(self._loop,), name="mmina-loop", daemon=True)
            self._thread.start()
        return self._loop

    @staticmethod
    def _responds(loop: asyncio.AbstractEventLoop) -> bool:
        alive = threading.Event()
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(alive.set)
        return alive.wait(_RESPONSE_TIMEOUT)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        with suppress(RuntimeError):
            loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
