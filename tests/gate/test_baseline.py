import json
from pathlib import Path

import pytest

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.task_tally import hop_keys
from pytest_mmina.gate.baseline import Baseline, BaselineError, count_tasks, read_baseline, write_baseline
from tests.gate.records import record, records


def test_counts_by_task_and_hop() -> None:
    counted = count_tasks(EpisodeCounts.of([*records("b/2", 1, 3), record("a/1", 0, 2, outcome="errored")]))
    assert list(counted) == ["a/1", "b/2"]
    assert (counted["b/2"].trials, counted["b/2"].solved, counted["b/2"].hops) == (3, 1, {"hop 0": 3, "hop 1": 1})
    assert (counted["a/1"].trials, counted["a/1"].solved, counted["a/1"].hops) == (1, 0, {"hop 0": 0, "hop 1": 0})


def test_hops_of_one_name_are_told_apart() -> None:
    assert hop_keys(["wiki", "event", "wiki", "wiki"]) == ["wiki", "event", "wiki (2)", "wiki (3)"]


def test_a_file_has_a_line_a_task_and_comes_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "of" / "mine" / "baseline.json"
    written = Baseline(
        agent="mine:Agent", plugin="1", fixtures="f", tasks=count_tasks(EpisodeCounts.of(records("b/2", 1, 3)))
    )
    write_baseline(file, written)
    assert read_baseline(file) == written
    assert sum('"b/2"' in line for line in file.read_text().splitlines()) == 1
    assert [path.name for path in file.parent.iterdir()] == ["baseline.json"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "does not exist. Make one with --mmina-save-baseline"),
        ("", "is not a baseline: Invalid JSON"),
        ("[]", "is not a baseline"),
        ('{"tasks": {}}', "is not a baseline: tasks: Dictionary should have at least 1 item"),
        ('{"format": "mmina-gate/1", "tasks": {"a/1": {"trials": 1, "solved": 1}}}', "is not a baseline: format"),
        ('{"format": "mmina-baseline/3", "tasks": {}}', "a newer version: it has the format mmina-baseline/3. Update"),
        ('{"tasks": {"a/1": {"trials": 0, "solved": 0}}}', "tasks.a/1.trials: Input should be greater"),
        ('{"tasks": {"a/1": {"trials": 2, "solved": 0, "passed": [1]}}}', "'passed' does not fit 2 trials that passed"),
        ('{"tasks": {"a/1": {"trials": 2, "solved": 0, "passed": [3, -1]}}}', "'passed' does not fit 2 trials"),
        ('{"tasks": {"a/1": {"trials": 1, "solved": 0, "hops": {"x": 1}, "passed": [1, 0]}}}', "that passed 1 hops"),
        ('{"tasks": {"a/1": {"trials": 2, "solved": 3}}}', "tasks.a/1: Value error, counts 3 successes in 2 trials"),
        ('{"tasks": {"a/1": {"trials": 2, "solved": 1, "hops": {"x": -1}}}}', "is not a baseline"),
        ('{"tasks": {"a/1": {"trials": 1, "solved": 1}, "a/1": {"trials": 1, "solved": 0}}}', "has a/1 twice"),
        ('{"tasks": {"a/1": {"trials": 1, "solved": 1, "solved": 0}}}', "has solved twice"),
        ('{"tasks": {"a/1": {"trials": 1, "solved": 1, "seconds": NaN}}}', "a/1.seconds: Input should be a finite"),
        ('{"tasks": {"a/1": {"trials": 10001, "solved": 1}}}', "a/1 has 10001 trials, at most 10000"),
        ('{"tasks": {"a/1": {"trials": 1%s, "solved": 1}}}' % ("0" * 30), "at most 10000 can be compared"),
    ],
)
def test_what_is_no_baseline_is_said(tmp_path: Path, content: str | None, problem: str) -> None:
    file = tmp_path / "baseline.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BaselineError, match=r"baseline\.json") as raised:
        read_baseline(file)
    assert problem in str(raised.value)


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_bytes(b"\xff\xfe{")
    with pytest.raises(BaselineError, match="cannot be read"):
        read_baseline(file)


def test_the_format_is_plain_json(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    write_baseline(file, Baseline(tasks=count_tasks(EpisodeCounts.of(records("a/1", 1, 1)))))
    content = json.loads(file.read_text())
    assert content["tasks"]["a/1"] == {
        "task": "f1", "file": "tasks/a/1.json", "trials": 1, "solved": 1, "hops": {"hop 0": 1, "hop 1": 1},
        "passed": [0, 0, 1], "seconds": 0.5,
        "costs": {"steps": [], "seconds": [], "tokens": [], "cost": [], "partial": 0},
    }  # fmt: skip
    assert content["format"] == "mmina-baseline/2"


def test_a_baseline_of_version_1_is_read(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    tasks = '{"a/1": {"task": "f1", "trials": 5, "solved": 1, "hops": {"x": 4, "y": 1, "z": 3}, "seconds": 1.5}}'
    file.write_text(f'{{"format": "mmina-baseline/1", "agent": "mine", "tasks": {tasks}}}')
    read = read_baseline(file)
    assert read.tasks["a/1"].passed == (1, 1, 2, 1), "as if each hop were passed only after those before it"
    write_baseline(file, read)
    assert read_baseline(file) == read
    assert '"format": "mmina-baseline/2"' in file.read_text()


def test_passed_hops_are_counted_by_trial() -> None:
    episodes = [record("a/1", passed, 3, trial=n) for n, passed in enumerate([0, 0, 2, 3, 3], start=1)]
    assert count_tasks(EpisodeCounts.of(episodes))["a/1"].passed == (2, 0, 1, 2)
    varied = [record("a/1", 1, 1), record("a/1", 3, 3, trial=2), record("a/1", 1, 3, trial=3, outcome="errored")]
    counted = count_tasks(EpisodeCounts.of(varied))["a/1"]
    assert counted.passed == (0, 2, 0, 1), "the user's own tests may add hops"
    assert sum(counted.hops.values()) == 5
