"""Reading a page within a time limit, even if its script never lets go of it."""

from typing import Any

from playwright.sync_api import Frame


def run(frame: Frame, function: str, argument: object = None, *, timeout: float) -> Any:
    """Run a function in the page until it (or its promise) is done; raises Playwright's TimeoutError after `timeout` s.

    `Frame.evaluate` waits for ever where a script is busy. The limit of `wait_for_function` is kept by the driver,
    outside the page. Returns the handle of a list with the result, since it waits for something truthy.
    """
    boxed = f"async argument => [await ({function})(argument)]"
    return frame.wait_for_function(boxed, arg=argument, timeout=timeout * 1000)


def evaluate(frame: Frame, function: str, argument: object = None, *, timeout: float) -> Any:
    """What a function of the page returns; see `run`. Only fetching the result, an instant later, has no limit."""
    return run(frame, function, argument, timeout=timeout).json_value()[0]
