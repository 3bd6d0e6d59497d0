"""The documents name what is there: files, headings, options and make targets."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    file
    for file in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
    if ".venv" not in file.parts
)
each_document = pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))


def prose_of(file: Path) -> str:
    """A document without its blocks of code."""
    return re.sub(r"^( *)```.*?^\1```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors_of(file: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", prose_of(file), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_document
def test_links_lead_somewhere(file: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(file)):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (file.parent / path) if path else file
        assert target.exists(), f"{link} is not there"
        assert not anchor or anchor in anchors_of(target), f"{link}: there is no such heading"


@each_document
def test_options_are_there(file: Path, pytestconfig: pytest.Config) -> None:
    missing = object()
    for option in set(re.findall(r"--mmina[a-z-]*", file.read_text(encoding="utf-8"))):
        assert pytestconfig.getoption(option, default=missing) is not missing, option


@each_document
def test_make_targets_are_there(file: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = file.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^    )make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named <= targets


def test_the_index_lists_every_decision() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(file for file in folder.glob("*.md") if file.name != "README.md")
    assert [int(file.name[:4]) for file in records] == list(range(1, len(records) + 1))
    for file in records:
        title, _, dated, *_ = file.read_text(encoding="utf-8").splitlines()
        date = re.fullmatch(r"Date: (\d{4}-\d\d-\d\d) · Status: .+", dated)
        assert date is not None, file.name
        assert f"| [{file.name[:4]}]({file.name}) | {title.removeprefix(f'# {file.name[:4]} ')} | {date[1]} |" in index
