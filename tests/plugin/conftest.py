"""A user's project to run pytest in, and the ways to run it."""

import os

import pytest

from tests.plugin.project import Project


@pytest.fixture
def project(pytester: pytest.Pytester, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project, whose sessions have a fake browser unless the test is marked as one that needs a real one."""
    # A user's session is no worker of ours, and syrupy would take it for one.
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
        monkeypatch.delenv(name)
    project = Project(pytester)
    if request.node.get_closest_marker("browser") is None:
        project.replace_browser()
    return project


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a `way` without and with workers, and one marked `three_ways` with `-n0` as well."""
    if "way" in metafunc.fixturenames:
        ways = {"plain": (), "n0": ("-n0",), "n2": ("-n2",)}
        if metafunc.definition.get_closest_marker("three_ways") is None:
            del ways["n0"]
        metafunc.parametrize("way", list(ways.values()), ids=list(ways))
