"""Reports made again from stored results, and what becomes of a page that cannot be written."""

import json
from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.reports import writing as reporting
from pytest_mmina.reports.page.content import PageContent
from pytest_mmina.results.merging import merge
from tests.gate.records import records
from tests.results.folders import results

NOW = [episode for number in range(12) for episode in records(f"a/{number}", number % 4, 3)]
NOW = sorted(NOW, key=lambda episode: episode.identity)
REPORTS = ("summary.json", "summary.md", "gate.json")


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that says what it was asked for: the real one has tests of its own."""

    def write_page(folder: Path, content: PageContent) -> Path:
        file, earlier = folder / "index.html", content.earlier
        file.write_text(f"{folder.name} after {earlier.folder.name if earlier is not None else 'nothing'}")
        return file

    monkeypatch.setattr(reporting, "_page_writer", lambda: write_page)


def gated(tmp_path: Path, name: str = "now") -> Path:
    """Results that were judged against better ones."""
    better = [episode for number in range(12) for episode in records(f"a/{number}", 3, 3)]
    main(["save-baseline", str(results(tmp_path / "better", better)), str(tmp_path / "b.json")])
    folder = results(tmp_path / name, NOW)
    assert main(["gate", str(folder), "--baseline", str(tmp_path / "b.json")]) == 1
    return folder


def test_all_is_made_again_as_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = gated(tmp_path)
    before = {name: (folder / name).read_bytes() for name in REPORTS}
    assert "## pytest-mmina: the gate is closed" in before["summary.md"].decode()
    (folder / "summary.md").unlink()
    (folder / "index.html").unlink()
    (folder / "summary.json").write_text("{}")
    (tmp_path / "b.json").unlink()
    capsys.readouterr()
    assert main(["report", str(folder)]) == 0
    assert {name: (folder / name).read_bytes() for name in REPORTS} == before
    assert (folder / "index.html").read_text() == "now after nothing"
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "hop success rate   75.0%  (54 of 72)  100.0% before"
    assert f"since {tmp_path / 'b.json'}: 9 worse (of 12 compared)" in told
    assert any(line.startswith("gate: CLOSED: fewer tasks are solved") for line in told)
    assert told[-1] == f"page: {folder / 'index.html'}"


def test_what_was_never_judged_is_not_judged_now(tmp_path: Path) -> None:
    folder = results(tmp_path / "now", NOW)
    assert main(["report", str(folder), "--no-html"]) == 0
    kept = json.loads((folder / "gate.json").read_text())
    assert (kept["decision"], kept["changes"]) == (None, None)
    assert kept["intervals"] is not None, "thirty episodes are enough to say how sure a rate is"
    assert not (folder / "index.html").exists()


def test_merged_shards_are_reported_like_one_session(tmp_path: Path) -> None:
    whole = results(tmp_path / "whole", NOW)
    parts = [results(tmp_path / f"part{n}", NOW[n::2], shard=f"{n + 1}/2") for n in range(2)]
    for part, name in zip(parts, ("1", "2"), strict=True):
        (part / "trajectories/a").mkdir(parents=True)
        (part / f"trajectories/a/{name}.jsonl").write_text(name)
        (part / "trajectories/a/link.jsonl").symlink_to("/etc/hostname")
    assert main(["merge", *map(str, parts), "--into", str(tmp_path / "merged")]) == 0
    assert main(["report", str(whole)]) == 0
    for name in REPORTS:
        assert (tmp_path / "merged" / name).read_bytes() == (whole / name).read_bytes(), name
    assert (tmp_path / "merged/index.html").read_text() == "merged after nothing"
    carried = sorted(path.name for path in (tmp_path / "merged/trajectories/a").iterdir())
    assert carried == ["1.jsonl", "2.jsonl"], "a link may lead anywhere"
    merge([tmp_path / "merged"], tmp_path / "merged")
    assert sorted(path.name for path in (tmp_path / "merged/trajectories/a").iterdir()) == carried


def test_two_runs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = gated(tmp_path)
    kept = {name: (folder / name).read_bytes() for name in REPORTS}
    earlier = results(tmp_path / "earlier", [*records("a/1", 3, 3), *records("a/2", 0, 3), *records("b/1", 1, 1)])
    capsys.readouterr()
    assert main(["report", str(earlier), str(folder), "-v"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert f"since {earlier}: 1 worse, 1 gone, 1 better, 10 new (of 2 compared)" in told
    assert "      hop 2 (hop 1): passed 3 of 3 then, 1 of 3 now" in told
    assert not any(line.startswith("gate:") for line in told), "what its gate said was about something else"
    assert (folder / "index.html").read_text() == "now after earlier"
    assert {name: (folder / name).read_bytes() for name in REPORTS} == kept
    assert main(["report", str(earlier), str(folder), "--markdown", "--no-html"]) == 0
    assert "| worse | `a/1` | 3 of 3 -> 1 of 3 | hop 2 less often |" in capsys.readouterr().out


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ValueError("two\nlines")])
def test_a_page_that_cannot_be_written_costs_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def write_page(folder: Path, content: PageContent) -> Path:
        raise error

    folder = results(tmp_path / "now", NOW)
    monkeypatch.setattr(reporting, "_page_writer", lambda: write_page)
    assert main(["report", str(folder)]) == 0
    told = capsys.readouterr()
    (line,) = told.err.splitlines()
    assert line.startswith(
        f"mmina: the page could not be written, but the results are complete: {type(error).__name__}: "
    )
    assert "page:" not in told.out
    assert all((folder / name).exists() for name in REPORTS)


@pytest.mark.parametrize(
    ("file", "content", "problem"),
    [
        ("gate.json", "{", "gate.json is not the record of a gate: Invalid JSON"),
        ("episodes.jsonl", "{\n", "1 of its 1 lines cannot be read"),
        ("session.json", "{", "session.json cannot be read"),
    ],
)
def test_results_that_cannot_be_read_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, content: str, problem: str
) -> None:
    folder = results(tmp_path / "now", NOW)
    (folder / file).write_text(content)
    assert main(["report", str(folder)]) == 1
    told = capsys.readouterr().err
    assert problem in told
    assert told.count("\n") == 1


def test_a_summary_is_that_of_the_session(tmp_path: Path) -> None:
    """With what was skipped and lost, which no episode tells of."""
    episodes: list[EpisodeRecord] = NOW[:4]
    folder = results(tmp_path / "now", episodes, not_run=2, skipped=["s/1"], skipped_cases=3)
    before = (folder / "summary.json").read_bytes()
    assert main(["report", str(folder), "--no-html"]) == 0
    assert (folder / "summary.json").read_bytes() == before
