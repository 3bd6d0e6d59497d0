import errno
import json
import os
from pathlib import Path

import pytest

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import HopRecord
from pytest_mmina.results.journal import Journal, Plan
from tests.gate.records import record

ONE, TWO, THREE = record("compare/1", 1, 1), record("compare/2", 0, 1), record("compare/3", 0, 1)


def test_records_of_all_processes_are_gathered_in_order(tmp_path: Path) -> None:
    controller = Journal(tmp_path)
    controller.begin()
    Journal(tmp_path, worker="gw0").append(TWO)
    Journal(tmp_path, worker="gw1").append(ONE)
    assert controller.gather([THREE]) == [ONE, TWO, THREE]
    controller.finish([ONE, TWO, THREE], EpisodeCounts.of([ONE, TWO, THREE]).summary())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["episodes.jsonl", "summary.json"]
    assert (tmp_path / "episodes.jsonl").read_text().count("\n") == 3


def test_a_line_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new" / "folder")
    journal.begin()
    journal.append(ONE)
    with (tmp_path / "new" / "folder" / "episodes.jsonl").open("a") as file:
        file.write(TWO.model_dump_json()[:40])
    assert journal.gather([]) == [ONE]


def test_a_record_that_came_both_ways_is_one(tmp_path: Path) -> None:
    worker = Journal(tmp_path, worker="gw0")
    worker.append(ONE)
    assert Journal(tmp_path).gather([ONE]) == [ONE]


def test_what_was_planned_can_be_read_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.planned() is None
    plan = Plan(planned=(ONE, TWO), deselected=frozenset({"compare/9"}))
    journal.plan(plan)
    assert journal.planned() == plan


def test_the_last_results_stay_until_there_are_new_ones(tmp_path: Path) -> None:
    old = Journal(tmp_path)
    old.begin()
    old.append(ONE)
    old.finish([ONE], EpisodeCounts.of([ONE]).summary())
    new = Journal(tmp_path)
    new.begin()
    assert new.gather([]) == [], "they are not taken for new ones either"
    assert (tmp_path / "episodes.jsonl").read_text() == ONE.model_dump_json() + "\n"
    new.append(TWO)
    assert (tmp_path / "episodes.jsonl").read_text() == TWO.model_dump_json() + "\n"
    assert not (tmp_path / "summary.json").exists()


def test_a_line_cut_short_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin()
    journal.append(ONE)
    with (tmp_path / "episodes.jsonl").open("a") as file:
        file.write('{"case": "cut sho')
    journal.append(TWO)
    assert journal.gather([]) == [ONE, TWO]


def test_a_broken_session_is_taken_up(tmp_path: Path) -> None:
    errored = THREE.model_copy(update={"outcome": "errored"})
    Journal(tmp_path, worker="gw0").append(TWO)
    Journal(tmp_path, worker="gw1").append(errored)
    old = Journal(tmp_path)
    old.append(ONE)
    resumed = Journal(tmp_path)
    assert resumed.resume() == [ONE, TWO]
    assert [file.name for file in tmp_path.iterdir()] == ["episodes.jsonl"]
    resumed.append(THREE)
    assert resumed.gather([]) == [ONE, TWO, THREE]


def test_nothing_to_take_up_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="contains no episodes"):
        Journal(tmp_path).resume()


def full_disk(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_seen_before_anything_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left on device"):
        Journal(tmp_path).begin()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room_for", [0, 1, 2])
def test_a_disk_that_fills_up_spoils_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room_for: int) -> None:
    """However far the end of a session came, the next one takes it up, and loses nothing that was on the disk."""
    Journal(tmp_path, worker="gw0").append(ONE)
    Journal(tmp_path, worker="gw1").append(TWO)
    left, fsync = [room_for], os.fsync

    def filling_up(descriptor: int) -> None:
        left[0] -= 1
        fsync(descriptor) if left[0] >= 0 else full_disk(descriptor)

    monkeypatch.setattr(os, "fsync", filling_up)
    with pytest.raises(OSError, match="No space left on device"):
        Journal(tmp_path).finish([ONE, TWO], EpisodeCounts.of([ONE, TWO]).summary(), session=Plan())
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]
    assert not (tmp_path / "summary.json").exists()
    monkeypatch.undo()
    assert Journal(tmp_path).resume() == [ONE, TWO]


def test_whether_a_hop_was_reached_is_read_from_older_files_too(tmp_path: Path) -> None:
    reasons = ["the address lacks the site word 'wiki'", "not reached: hop 1 comes first"]
    hops = [HopRecord(name=f"hop {n}", passed=False, step=None, reason=reason) for n, reason in enumerate(reasons)]
    broken = ONE.model_copy(update={"hops": tuple(hops)})
    older = json.loads(broken.model_dump_json())
    for hop in older["hops"]:
        del hop["reached"]
    (tmp_path / "episodes.jsonl").write_text(
        f"{json.dumps(older)}\n{broken.model_copy(update={'trial': 2}).model_dump_json()}\n"
    )
    before, now = Journal(tmp_path).resumed()
    assert [hop.reached for hop in before.hops] == [True, False]
    assert [hop.reached for hop in now.hops] == [True, True], "a file that has the field is taken at its word"
