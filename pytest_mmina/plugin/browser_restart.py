"""The browser process: how it is launched, and a new one if the last one died.

A plugin of its own, registered with `--mmina`, so that a user's conftest.py can still override its fixtures.
"""

from typing import Any

import pytest

from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.sites.proxy import public_key_hash

_BROWSER = pytest.StashKey[tuple[pytest.FixtureDef[Any], Any]]()


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_name: str, request: pytest.FixtureRequest
) -> dict[str, Any]:
    """pytest-playwright's launch arguments, with a Chromium that is installed and confined to the proxy."""
    if browser_name != "chromium":
        return browser_type_launch_args
    try:
        return launch_arguments(browser_type_launch_args, trusted_key=public_key_hash())
    except BrowserError as error:
        # Every other case would fail in the same way. (pytest.exit() in a worker ends xdist with an internal error.)
        request.session.shouldstop = "mmina: there is no browser to run cases in"
        pytest.fail(f"mmina: {error}", pytrace=False)


def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> None:
    """Remember the session's browser."""
    if fixturedef.argname == "browser" and fixturedef.scope == "session":
        request.config.stash[_BROWSER] = (fixturedef, request)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let pytest-playwright launch a new browser if the last one died or did not start, which costs one episode."""
    if _BROWSER not in item.config.stash:
        return
    fixturedef, request = item.config.stash[_BROWSER]
    browser, _, failure = fixturedef.cached_result or (None, None, None)
    if failure is not None or (browser is not None and not browser.is_connected()):
        fixturedef.finish(request)


def browser_description(item: pytest.Item) -> str:
    """Return the known name and version of the browser that an item ran in, as `chromium 141.0.7390.37`."""
    callspec = getattr(item, "callspec", None)
    name = str(callspec.params.get("browser_name", "")) if callspec else ""
    fixturedef, _ = item.config.stash.get(_BROWSER, (None, None))
    launched = fixturedef.cached_result[0] if fixturedef is not None and fixturedef.cached_result else None
    return f"{name} {getattr(launched, 'version', '')}".strip()
