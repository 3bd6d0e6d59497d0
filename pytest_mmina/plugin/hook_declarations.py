"""Declares our hooks: a plugin of its own, so that a conftest.py that implements them works with `-p no:mmina` too."""

import pytest

from pytest_mmina.plugin import hooks


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks, unless the plugin itself was loaded first and has done so."""
    if not hasattr(pluginmanager.hook, "pytest_mmina_sites") or not pluginmanager.hook.pytest_mmina_sites.has_spec():
        pluginmanager.add_hookspecs(hooks)
