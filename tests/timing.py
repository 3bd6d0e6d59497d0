"""Assertions about time that hold on a busy machine."""

import time
from collections.abc import Callable

TRIES = 5


def is_once_within(seconds: float, action: Callable[[], object]) -> bool:
    """Whether an action takes less than so many seconds in at least one of some tries.

    A busy machine delays an action now and then; a fault delays it each time. The action
    must leave everything as it was.
    """
    return any(duration_of(action) < seconds for _ in range(TRIES))


def duration_of(action: Callable[[], object]) -> float:
    """How many seconds an action takes."""
    began = time.monotonic()
    action()
    return time.monotonic() - began
