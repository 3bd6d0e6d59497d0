"""Asynchronous tests beside cases: they may run an event loop of their own.

Playwright's synchronous interface has an event loop in the main thread, which asyncio takes for running until the
session ends, also while a test runs that has nothing to do with Playwright. `asyncio.run()`, pytest-asyncio and
unittest would refuse to run another one. So the loop is hidden, except where Playwright is used.
"""

import asyncio
from collections.abc import Generator

import pytest

_PLUGINS = ("pytest_playwright", "pytest_mmina")


class PlaywrightLoop:
    """Hooks that hide Playwright's loop during tests that do not use it, and show it to the fixtures that do."""

    def __init__(self) -> None:
        self._hidden: asyncio.AbstractEventLoop | None = None
        self._hides = False
        self._users: set[str] = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Hide the loop while the fixtures of a test are made."""
        yield from self._without_loop(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Hide the loop while a test runs."""
        yield from self._without_loop(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Hide the loop while the fixtures of a test end."""
        yield from self._without_loop(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Show the loop while a fixture begins and ends that uses Playwright.

        A test can ask for one by `getfixturevalue`, and those of a module or a session end with a later test.
        """
        if not (fixturedef.func.__module__.startswith(_PLUGINS) or not self._users.isdisjoint(fixturedef.argnames)):
            return (yield)
        self._users.add(fixturedef.argname)
        # Finalizers run in the reverse order: this one is the last of the fixture.
        fixturedef.addfinalizer(self._hide_again)
        self._show()
        try:
            return (yield)
        finally:
            fixturedef.addfinalizer(self._show)

    def _without_loop(self, item: pytest.Item) -> Generator[None, None, None]:
        if "playwright" in getattr(item, "fixturenames", ()):
            return (yield)
        self._hides = True
        self._hide_again()
        try:
            return (yield)
        finally:
            self._hides = False
            self._show()

    def _hide_again(self) -> None:
        loop = asyncio._get_running_loop()
        if self._hides and loop is not None:
            self._hidden = loop
            asyncio._set_running_loop(None)

    def _show(self) -> None:
        if self._hidden is not None:
            asyncio._set_running_loop(self._hidden)
            self._hidden = None
