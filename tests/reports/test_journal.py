from pathlib import Path

from pytest_mmina.core.metrics import summarise
from pytest_mmina.reports.journal import Journal
from tests.core.test_gate import record

ONE, TWO, THREE = record("compare/1", 1, 1), record("compare/2", 0, 1), record("compare/3", 0, 1)


def test_records_of_all_processes_are_gathered_in_order(tmp_path: Path) -> None:
    controller = Journal(tmp_path)
    controller.begin()
    Journal(tmp_path, worker="gw0").append(TWO)
    Journal(tmp_path, worker="gw1").append(ONE)
    assert controller.gather([THREE]) == [ONE, TWO, THREE]
    controller.finish([ONE, TWO, THREE], summarise([ONE, TWO, THREE]))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["episodes.jsonl", "summary.json"]
    assert Journal(tmp_path).gather([]) == [ONE, TWO, THREE]


def test_a_line_that_a_crash_cut_short_is_left_out(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "new" / "folder")
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
    assert journal.planned() == ()
    journal.plan([ONE, TWO])
    assert journal.planned() == (ONE, TWO)
