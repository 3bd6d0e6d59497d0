"""What users install: the wheel brings the tasks and the sites, and is what these tests import."""

from importlib.metadata import entry_points, files
from pathlib import Path

import pytest

import pytest_mmina


@pytest.fixture
def installed() -> set[str]:
    """The files that the installed distribution brought."""
    brought = {str(path) for path in files("pytest-mmina") or ()}
    if "pytest_mmina/__init__.py" not in brought:
        pytest.skip("this is an editable installation: `make test` tests the wheel")
    return brought


def test_the_wheel_brings_tasks_and_sites(installed: set[str]) -> None:
    assert {"pytest_mmina/tasks/compare/1.json", "pytest_mmina/fixtures/sites/shop/site.toml"} <= installed
    assert {"pytest_mmina/fixtures/data/cities.json", "pytest_mmina/py.typed"} <= installed
    page = "pytest_mmina/reports/page"
    assert {f"{page}/assets/main.js", f"{page}/assets/chartist/LICENSE", f"{page}/templates/page.html"} <= installed
    assert not any(path.startswith(("tests", "fixtures", "tasks", "docs")) for path in installed)


@pytest.mark.usefixtures("installed")
def test_the_tests_import_what_is_installed() -> None:
    assert Path(pytest_mmina.__file__).parents[1] != Path(__file__).parents[1]


def test_the_entry_points() -> None:
    assert [entry.value for entry in entry_points(group="pytest11", name="mmina")] == ["pytest_mmina.plugin"]
    assert [entry.value for entry in entry_points(group="console_scripts", name="mmina")] == [
        "pytest_mmina.commands.main:main"
    ]
