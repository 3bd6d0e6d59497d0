from pathlib import Path

import pytest

from pytest_mmina.core.metrics import summarise
from pytest_mmina.reports.journal import Journal, Plan
from tests.core.test_metrics import record

ONE, TWO, THREE = record("compare/1", 1, 1), record("compare/2", 0, 1), record("compare/3", 0, 1)


def test_records_of_all_processes_are_gathered_in_order(tmp_path: Path) -> None:
    controller = Journal(tmp_path)
    controller.begin()
    Journal(tmp_path, worker="gw0").append(TWO)
    Journal(tmp_path, worker="gw1").append(ONE)
    assert controller.gather([THREE]) == [ONE, TWO, THREE]
    controller.finish([ONE, TWO, THREE], summarise([ONE, TWO, THREE]))
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
    old.finish([ONE], summarise([ONE]))
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
    with pytest.raises(FileNotFoundError, match="holds no episodes"):
        Journal(tmp_path).resume()
