"""Python's garbage collector, switched off while many objects are made that hold no cycles."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_garbage_collection(*, freeze: bool = False) -> Iterator[None]:
    """Switch garbage collection off for the block; with `freeze`, what exists at its end is never visited again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if freeze:
            gc.freeze()
        if enabled:
            gc.enable()
