"""Writing the page: what its scripts hold, and what is left of an earlier one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.reports.page.rows import hop_letters
from pytest_mmina.results.plan import ResultsError
from tests.page.conftest import Show
from tests.page.made import finish, lines_of, made_tasks, make_page, make_session, unpacked


def scripts_of(folder: Path) -> list[Path]:
    return sorted((folder / "trajectories").rglob("*.js"))


def test_the_scripts_hold_what_was_recorded(tmp_path: Path) -> None:
    records = make_session(tmp_path, made_tasks(10), trials=2, pictures=False)
    assert make_page(tmp_path) == tmp_path / "index.html"
    for file in (tmp_path / "trajectories").rglob("*.jsonl"):
        assert unpacked(file.with_suffix(".js")) == file.read_bytes()
    chunks = [json.loads(unpacked(file)) for file in sorted((tmp_path / "page" / "episodes").iterdir())]
    assert [record for chunk in chunks for record in chunk] == lines_of(tmp_path / "episodes.jsonl")
    columns = json.loads(unpacked(tmp_path / "page" / "overview.js"))["columns"]
    assert columns["episodes"]["hops"] == [hop_letters(record.outcome, record.hops) for record in records]
    assert [columns["tasks"]["id"][at] for at in columns["episodes"]["task"]] == [record.task for record in records]


def test_a_page_made_again_has_what_is_there_now(tmp_path: Path) -> None:
    before, now = tmp_path / "before", tmp_path / "now"
    make_session(before, made_tasks(2), trials=1)
    make_session(now, made_tasks(2), trials=1, seed=2)
    make_page(now, before=before)
    copied = now / "page" / "before"
    assert len(list((copied / "trajectories").rglob("*.js"))) == 2
    assert scripts_of(before) == [], "what is compared with is left as it was"
    assert (copied / "pictures" / "1.jpg").read_bytes() == (before / "pictures" / "1.jpg").read_bytes()
    first, second = scripts_of(now)
    recording = first.with_suffix(".jsonl")
    recording.write_bytes(recording.read_bytes() + b"\n")
    second.with_suffix(".jsonl").unlink()
    make_page(now)
    assert scripts_of(now) == [first]
    assert unpacked(first) == recording.read_bytes()
    assert not copied.exists()


def test_what_the_page_brings_along_is_less_than_a_megabyte(tmp_path: Path) -> None:
    make_session(tmp_path, made_tasks(1), trials=1, recorded=False)
    make_page(tmp_path)
    assets = [file for file in (tmp_path / "page" / "assets").rglob("*") if file.is_file()]
    assert {file.name for file in assets} > {"chartist.js", "LICENSE", "main.js", "base.css"}
    assert sum(file.stat().st_size for file in assets) < 1_000_000


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "summary.json").unlink(), "its session did not end"),
        (lambda folder: (folder / "episodes.jsonl").write_text("{}\n"), "1 of its 1 lines cannot be read"),
        (lambda folder: shutil.rmtree(folder), "contains no episodes.jsonl"),
    ],
)  # fmt: skip
def test_results_that_cannot_be_read_are_refused(tmp_path: Path, spoil: Any, told: str) -> None:
    make_session(tmp_path / "results", made_tasks(2), trials=1, recorded=False)
    spoil(tmp_path / "results")
    with pytest.raises(ResultsError, match=told):
        make_page(tmp_path / "results")


def test_small_sessions_broken_recordings_and_one_task_in_two_cases(tmp_path: Path, show: Show) -> None:
    (record,) = make_session(tmp_path, made_tasks(1), trials=1)
    (file,) = (tmp_path / "trajectories").rglob("*.jsonl")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:5]) + lines[5][:40])
    changed = {"case": "test_own.py::test_it[shopping/1]", "seconds": 99.0, "reason": "another case"}
    other = record.model_copy(update=changed)
    finish(tmp_path, [record, other], None)
    make_page(tmp_path)
    shown = show(tmp_path)
    page = shown.go("")
    assert page.locator("h1").first.inner_text().endswith("No gate was set")
    page.locator(".slowest tbody a").first.click()
    page.wait_for_selector(".episode > .lack:has-text('No trajectory was recorded')")
    assert page.locator(".ending").inner_text() == "another case"
    page.get_by_role("link", name="trial 1:").click()
    page.wait_for_selector(".episode > .lack:has-text('cut off')")
    assert page.locator(".timeline button").count() == 2
    assert shown.trouble == []
