"""What fixtures yield has the types that a user's suite may rely on."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from playwright.sync_api import Playwright

from pytest_mmina import Episode, Task, plugin
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.plugin import fixtures
from pytest_mmina.sites.web import HermeticWeb
from pytest_mmina.trajectories.snapshots import EpisodeSnapshot
from tests.plugin.project import Project
from tests.public_api import user_suite

# The names that the fixtures' module imports for type checkers only.
NAMES = {kind.__name__: kind for kind in (Episode, EpisodeSnapshot, HermeticWeb, Playwright, PlaywrightBrowser, Task)}


def yielded_by(fixture: str) -> Any:
    """The type that a fixture declares; of one that yields, that of the value."""
    declared = get_type_hints(inspect.unwrap(getattr(fixtures, fixture)), localns=NAMES)["return"]
    return get_args(declared)[0] if get_origin(declared) is Iterator else declared


def used_by_the_suite() -> dict[str, Any]:
    tests = [function for name, function in vars(user_suite).items() if name.startswith("test_")]
    return {
        argument: kind
        for test in tests
        for argument, kind in get_type_hints(test).items()
        if argument.startswith("mmina_")
    }


def test_the_suite_takes_every_fixture_for_what_it_is() -> None:
    assert used_by_the_suite() == {fixture: yielded_by(fixture) for fixture in plugin.__all__}


def test_the_suite_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    project = Project(pytester)
    project.task()
    project.file("pytest.ini", "[pytest]\nmmina_tasks = tasks\n")
    suite = Path(user_suite.__file__).read_text(encoding="utf-8")
    project.file("test_user_suite.py", suite)
    result = project.run("--mmina-agent=bots:Plays", "--snapshot-update", "test_user_suite.py")
    result.assert_outcomes(passed=suite.count("\ndef test_"))
