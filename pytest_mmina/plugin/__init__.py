"""The pytest plugin. Without `--mmina`, only this module and its options are loaded."""

from collections.abc import Generator
from typing import Any

import pytest

from pytest_mmina.plugin import hook_declarations
from pytest_mmina.plugin.fixtures import (
    mmina_agent,
    mmina_browser,
    mmina_hop,
    mmina_run,
    mmina_snapshot,
    mmina_task,
    mmina_web,
)
from pytest_mmina.plugin.gate_options import gate_option_given
from pytest_mmina.plugin.options import MARKERS, add_options

__all__ = ["mmina_agent", "mmina_browser", "mmina_hop", "mmina_run", "mmina_snapshot", "mmina_task", "mmina_web"]


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare our own hooks."""
    hook_declarations.pytest_addhooks(pluginmanager)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the group `mmina`."""
    add_options(parser)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, Any, Any]:
    """With `--mmina`, refuse options that pytest has misread, and let a parent process watch the session."""
    if not config.getoption("mmina"):
        return (yield)
    from pytest_mmina.plugin.misread_paths import require_own_root
    from pytest_mmina.plugin.watch import is_watched, watched_main

    require_own_root(config)
    return (yield from watched_main(config)) if is_watched(config) else (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers; with `--mmina`, load the rest of the plugin."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if not config.getoption("mmina"):
        # Without this error, a command line that forgets --mmina would pass its gate by running nothing.
        if option := gate_option_given(config):
            raise pytest.UsageError(f"{option} asks for a gate, which needs --mmina")
    else:
        from pytest_mmina.plugin.session import activate

        activate(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Skip the user's own cases where `--mmina` is not given."""
    if "mmina_task" not in metafunc.fixturenames:
        return
    from pytest_mmina.plugin.autouse import require_asked_for

    require_asked_for(metafunc)
    if not metafunc.config.getoption("mmina"):
        reason = "runs a browser episode only with --mmina"
        metafunc.parametrize(
            "mmina_task",
            [pytest.param(None, id="without---mmina", marks=pytest.mark.skip(reason=reason))],
            indirect=True,
        )
