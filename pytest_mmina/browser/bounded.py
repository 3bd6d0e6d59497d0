"""Reading a page within a time limit, even if its script never lets go of it."""

from typing import Any

from playwright.sync_api import Frame


def evaluate(frame: Frame, function: str, argument: object = None, *, timeout: float) -> Any:
    """What a function of the page returns (a promise is awaited); raises Playwright's TimeoutError after `timeout` s.

    `Frame.evaluate` waits for ever where a script is busy. The limit of `wait_for_function` is kept by the driver,
    outside the page. It waits for something truthy, so the value travels in a list.
    """
    boxed = f"async argument => [await ({function})(argument)]"
    return frame.wait_for_function(boxed, arg=argument, timeout=timeout * 1000).json_value()[0]
