"""Evaluate JavaScript in a page within a time limit, even if a script of the page never ends."""

from typing import Any

from playwright.sync_api import Frame


def run(frame: Frame, function: str, argument: object = None, *, timeout: float) -> Any:
    """Run a function in the page and wait for its result; raises Playwright's TimeoutError after `timeout` seconds.

    `Frame.evaluate` waits forever if a script is busy. Playwright's driver enforces the limit of `wait_for_function`
    outside the page. That method waits for a truthy value, so the handle that is returned is that of a list with the
    result.
    """
    boxed = f"async argument => [await ({function})(argument)]"
    return frame.wait_for_function(boxed, arg=argument, timeout=timeout * 1000)


def evaluate(frame: Frame, function: str, argument: object = None, *, timeout: float) -> Any:
    """Return the result of a function in the page, see `run`. Only fetching the result afterwards has no limit."""
    return run(frame, function, argument, timeout=timeout).json_value()[0]
