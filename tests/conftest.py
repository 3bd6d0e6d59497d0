"""What all tests share: marks, the browser of this machine, nested sessions that start fast, and data sets."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import pytest

from pytest_mmina.browser.launch import launch_arguments
from tests.forks import ForkedProcess, Forks

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark tests that ask for a browser, before any are selected by marks, and begin with those that take long.

    Otherwise, one worker would still run a long test while the others have nothing left to do.
    """
    for item in items:
        # Whatever fixture gives a browser comes from this one.
        if "playwright" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    yield
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return launch_arguments(browser_type_launch_args)


@pytest.fixture(scope="session", autouse=True)
def _no_job() -> Iterator[None]:
    """Keep what is tested from reporting to the job on GitHub that the tests themselves run in."""
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("GITHUB_")]:
            patched.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_git_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep git from reading the settings of this machine."""
    settings = tmp_path_factory.mktemp("git") / "settings"
    settings.touch()
    with pytest.MonkeyPatch.context() as patched:
        for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
            patched.setenv(name, os.fspath(settings))
        yield


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    with Forks() as forks:
        yield forks


@pytest.fixture
def pytester(
    pytester: pytest.Pytester, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """Let the sessions of pytester be forks, unless the test is marked as one that needs a new interpreter."""
    if not hasattr(os, "fork") or request.node.get_closest_marker("new_interpreter") is not None:
        return pytester
    forks: Forks = request.getfixturevalue("forks")

    def popen(command: Sequence[str], stdout: TextIO, stderr: TextIO, **_: object) -> ForkedProcess:
        # The command is that of an interpreter, `-mpytest` and its arguments.
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PYTHONPATH", os.getcwd(), prepend=os.pathsep)
            return forks.start_pytest(*command[2:], stdout=stdout.fileno(), stderr=stderr.fileno())

    monkeypatch.setattr(pytester, "popen", popen)
    return pytester


@pytest.fixture
def shared_data() -> Path:
    """Real data sets that are not part of the project and cannot be published with it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder shared/data is not beside the project")
    return SHARED_DATA
