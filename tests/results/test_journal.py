import errno
import json
import os
from pathlib import Path

import pytest

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import HopRecord
from pytest_mmina.core.record.run import Run
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.plan import Plan
from tests.gate.records import record

ONE, TWO, THREE = record("compare/1", 1, 1), record("compare/2", 0, 1), record("compare/3", 0, 1)


def test_records_of_all_processes_are_gathered_in_order(tmp_path: Path) -> None:
    controller = Journal(tmp_path)
    controller.begin()
    Journal(tmp_path, worker="gw0").append(TWO)
    Journal(tmp_path, worker="gw1").append(ONE)
    assert controller.gather([THREE]) == [ONE, TWO, THREE]
    controller.finish([ONE, TWO, THREE], EpisodeCounts.of([ONE, TWO, THREE]).summary())
    controller.end()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["episodes.jsonl", "summary.json"]
    assert (tmp_path / "episodes.jsonl").read_text().count("\n") == 3


def test_a_line_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new" / "folder")
    journal.begin()
    journal.append(ONE)
    with (tmp_path / "new" / "folder" / "episodes.jsonl").open("a") as file:
        file.write(TWO.model_dump_json()[:40])
    assert journal.gather([]) == [ONE]
    journal.end()


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


def test_the_last_results_stay_until_there_is_a_plan(tmp_path: Path) -> None:
    first, second = Run(id="first"), Run(id="second")
    mine, theirs = ONE.model_copy(update={"run": "first"}), TWO.model_copy(update={"run": "second"})
    old = Journal(tmp_path, run=first)
    old.begin()
    old.plan(Plan(planned=(mine,)))
    old.append(mine)
    old.finish([mine], EpisodeCounts.of([mine]).summary())
    old.end()
    new = Journal(tmp_path, run=second)
    new.begin()
    assert new.gather([]) == [], "they are not taken for new ones either"
    assert new.planned() is None
    assert (tmp_path / "episodes.jsonl").read_text() == mine.model_dump_json() + "\n"
    new.plan(Plan(planned=(theirs,)))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["planned.json", "run.json", "session.lock"]
    Journal(tmp_path, worker="gw0", run=first).append(mine)
    new.append(theirs)
    assert new.gather([]) == [theirs], "a worker of the last session still writes"
    new.end()


def test_a_worker_of_a_killed_session_takes_nothing_over(tmp_path: Path) -> None:
    new = Journal(tmp_path, run=Run(id="new", agent="Good"))
    new.begin()
    new.plan(Plan(planned=(ONE,)))
    with pytest.raises(OSError, match=r"belongs to the session of agent Good \(process \d+ on .*, begun .*\) now"):
        Journal(tmp_path, worker="gw0", run=Run(id="old")).plan(Plan())
    assert new.planned() == Plan(run="new", planned=(ONE,))
    new.end()


def test_a_line_cut_short_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin()
    journal.append(ONE)
    with (tmp_path / "episodes.jsonl").open("a") as file:
        file.write('{"case": "cut sho')
    journal.append(TWO)
    assert journal.gather([]) == [ONE, TWO]
    journal.end()


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


CUT = {
    "in a character": '{"answer": "\N{EURO SIGN}'.encode()[:-1],
    "in a line": ONE.model_dump_json().encode()[:200] + b"\n" + THREE.model_dump_json().encode()[:300],
    "not a record": b'["a list"]\n5\n{"case": 1}\n\n\xff\n\x00',
}


@pytest.mark.parametrize("cut", list(CUT.values()), ids=list(CUT))
def test_what_is_no_record_costs_one_case(tmp_path: Path, cut: bytes) -> None:
    strange = TWO.model_copy(update={"answer": "one\N{LINE SEPARATOR}two\x85\x00\x0b\x1c\rthree"})
    (tmp_path / "episodes.jsonl").write_bytes(
        b"".join(one.model_dump_json().encode() + b"\n" for one in (ONE, strange))
    )
    with (tmp_path / "episodes.jsonl").open("ab") as file:
        file.write(cut)
    journal = Journal(tmp_path)
    assert journal.gather([]) == [ONE, strange]
    assert Journal(tmp_path).resumed() == [ONE, strange]
    journal.append(THREE)
    assert journal.gather([]) == [ONE, strange, THREE]
    assert Journal(tmp_path, resumed=True).resume() == [ONE, strange, THREE]


def test_a_resumed_session_that_ended_is_changed_only_once_it_has_begun(tmp_path: Path) -> None:
    errored = THREE.model_copy(update={"outcome": "errored"})
    Journal(tmp_path).finish([ONE, errored], EpisodeCounts.of([ONE, errored]).summary())
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    resumed = Journal(tmp_path, resumed=True)
    assert resumed.resume() == resumed.resumed() == [ONE]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    resumed.plan(Plan())
    assert [file.name for file in tmp_path.iterdir()] == ["episodes.jsonl"], "it has not ended any more"
    assert resumed.gather([]) == [ONE], "what errored runs again"
    Journal(tmp_path, worker="gw0").append(errored)
    assert resumed.gather([]) == [ONE, errored], "it errored again"


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
