"""docs/extending.md names files that exist, and as many as it says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:pytest_mmina|fixtures|tests|docs)/[\w./]*)`|\]\((\w+\.md)\)", PAGE)))
SECTIONS = dict(re.findall(r"^## (.+)\n((?:(?!^## ).*\n?)*)", PAGE, re.MULTILINE))
ROWS = re.findall(r"^\| (a .+?) \| (\d)(?:, or (\d))?", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("path", "page"), NAMED)
def test_a_file_that_is_named_exists(path: str, page: str) -> None:
    assert (ROOT / path).exists() if path else (ROOT / "docs" / page).exists()


def test_every_addition_has_its_section() -> None:
    assert len(ROWS) == 7
    assert [f"A{what.removeprefix('a')}" for what, _, _ in ROWS] == [
        "A kind of action", "A kind of check", "A data set", "A kind of agent", "A site", "A report",
        "A rule of the gate",
    ]  # fmt: skip


@pytest.mark.parametrize(("what", "fewest", "most"), ROWS)
def test_a_section_lists_as_many_files_as_the_table_says(what: str, fewest: str, most: str) -> None:
    section = SECTIONS[f"A{what.removeprefix('a')}"]
    steps = re.findall(r"^\d\. ", section, re.MULTILINE)
    assert len(steps) == int(most or fewest) or (not steps and "One folder" in section)
