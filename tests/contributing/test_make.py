"""The checks of the Makefile that guard the changelog and a release, in small repositories."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.repositories import git

MAKEFILE = Path(__file__).parents[2] / "Makefile"
CHANGELOG = "# Changelog\n\n## Unreleased\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose branch `main` has a package and a changelog; a branch `work` is checked out."""
    shutil.copy(MAKEFILE, tmp_path)
    for folder in ("pytest_mmina", "fixtures", "tasks", "docs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text("before\n")
    (tmp_path / "pytest_mmina/__init__.py").write_text('__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path)
    git(tmp_path, "switch", "--quiet", "--create", "work")
    return tmp_path


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=Change")


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # `make test` passes its own flags to every make below it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("folder", ["pytest_mmina", "fixtures", "tasks"])
def test_code_does_not_change_without_the_changelog(repository: Path, folder: str) -> None:
    (repository / folder / "file").write_text("after\n")
    commit(repository)
    alone = make(repository, "check-changelog", "BASE=main")
    assert alone.returncode != 0
    assert alone.stdout == "The code has changed since main, and CHANGELOG.md has not: add a line under Unreleased.\n"
    (repository / "CHANGELOG.md").write_text(f"{CHANGELOG}\n- A change.\n")
    commit(repository)
    assert make(repository, "check-changelog", "BASE=main").returncode == 0


def test_documents_change_without_the_changelog(repository: Path) -> None:
    assert make(repository, "check-changelog", "BASE=main").returncode == 0
    (repository / "docs/file").write_text("after\n")
    commit(repository)
    assert make(repository, "check-changelog", "BASE=main").returncode == 0


def test_what_main_has_changed_meanwhile_is_no_matter_of_the_branch(repository: Path) -> None:
    git(repository, "switch", "--quiet", "main")
    (repository / "tasks/file").write_text("after\n")
    commit(repository)
    git(repository, "switch", "--quiet", "work")
    assert make(repository, "check-changelog", "BASE=main").returncode == 0


def test_an_unknown_base_is_an_error(repository: Path) -> None:
    assert make(repository, "check-changelog", "BASE=nowhere").returncode != 0


def test_a_release_has_the_version_of_its_tag_and_a_dated_section(repository: Path) -> None:
    other = make(repository, "check-release", "TAG=v1.2.4")
    assert other.returncode != 0
    assert "pytest_mmina/__init__.py has another version" in other.stdout
    undated = make(repository, "check-release", "TAG=v1.2.3")
    assert undated.returncode != 0
    assert "CHANGELOG.md has no section '## 1.2.3 - <date>'" in undated.stdout
    (repository / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3 - 2031-05-04\n")
    assert make(repository, "check-release", "TAG=v1.2.3").returncode == 0
