"""The end of a session as people see it: the page's place, colours, narrow terminals."""

import pytest

from tests.plugin.project import Project

PAGE = """
import os
from pytest_mmina.reports import writing as reporting

def write_page(folder, content):
    assert (folder / "gate.json").exists() and (folder / "summary.md").exists(), "the page comes last"
    if "NO_ROOM" in os.environ:
        raise OSError(28, "No space left on device")
    (folder / "index.html").write_text("page")
    return folder / "index.html"

reporting._page_writer = lambda: write_page
"""


def test_the_page_is_told_and_costs_nothing_else(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.task("a-subset-with-a-long-name/1")
    project.add_to_conftest(PAGE)
    page = project.folder / "mmina-results/index.html"
    session = ("tasks", "--mmina-agent", "bots:Half", "--mmina-min-hop-rate=0.5")
    monkeypatch.delenv("PY_COLORS", raising=False)  # which pytester sets
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = project.run(*session, "-n2", html=True)
    assert result.ret == 0
    assert page.read_text() == "page"
    assert "page: mmina-results/index.html" in result.outlines
    assert any(line.startswith("\x1b[32mgate: open") for line in result.outlines)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("NO_ROOM", "1")
    monkeypatch.setenv("COLUMNS", "40")
    result = project.run(*session, html=True)
    assert result.ret == 0, "the decision is that of the gate"
    told = "the page could not be written, but the results are complete: OSError: [Errno 28] No space left on device"
    assert told in result.outlines
    assert not page.exists(), "that of the last session tells of other results"
    assert "\x1b" not in result.stdout.str()
    (row,) = [line for line in result.outlines if line.startswith("  a-sub")]
    assert len(row) <= 40
    assert row.split()[-2:] == ["0.0%", "50.0%"]
    result = project.run(*session, "-q")
    assert not page.exists(), "--mmina-no-html"
    start = next(place for place, line in enumerate(result.outlines) if "mmina: agent" in line)
    assert result.outlines[start + 1 : start + 4] == [
        "hop success rate   50.0%  (1 of 2)",
        "task success rate  0.0%  (0 of 1)",
        "gate: open: hop success rate 50.0% >= 50.0% (--mmina-min-hop-rate)",
    ]
