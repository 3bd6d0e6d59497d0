import json
from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, write_baseline
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.results.journal import Journal
from tests.gate.records import record, records
from tests.gate.simulated_counts import counts_of

FAST = ("--sessions", "100", "--trials", "1,2")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "baseline.json"
    tasks = {f"shopping/{number}": counts_of([1, 0, 2]) for number in range(20)}
    write_baseline(file, Baseline(agent="script", tasks=tasks))
    return file


def test_a_baseline_is_kept_unless_a_new_one_is_made(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for more in ((), ("--new-baseline",)):
        assert main(["power", "--baseline", str(file), *FAST, "--json", *more]) == 0
        found[more] = json.loads(capsys.readouterr().out)
    assert [one["baseline"] for one in found.values()] == ["kept", "new"]
    assert [row["trials"] for row in found[()]["rows"]] == [1, 2]
    assert found[()]["rows"] != found["--new-baseline",]["rows"]
    assert found[()]["advice"]


def test_the_table_ends_with_advice(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power", "--baseline", str(file), *FAST, "--drop", "0.3,0.6", "-n", "8"]) == 0
    told = capsys.readouterr().out
    assert "  task success rate -30 points" in told
    assert "time with -n 8" in told
    assert "of each task: a drop of 30 points is found in" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --baseline FILE or DIR"),
        (["results", "--baseline", "b.json"], "give either --baseline FILE or DIR"),
        (["results", "--trials", "0"], "argument --trials: '0' is not a whole number from 1 to 100"),
        (["results", "--drop", "0"], "argument --drop: '0' is not a drop above 0, such as 0.1 for 10 points"),
        (["results", "--drop", "1.5"], "argument --drop: '1.5' is not a rate from 0 to 1"),
        (["results", "--alpha", "1"], "argument --alpha: '1' is not a level between 0 and 1"),
    ],
)
def test_arguments_that_make_no_sense(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["power", *arguments])
    assert message in capsys.readouterr().err


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["power", "--baseline", str(tmp_path / "none.json")]) == 1
    assert "none.json does not exist. Make one with" in capsys.readouterr().err
    assert main(["power", str(tmp_path)]) == 1
    assert "contains no episodes.jsonl" in capsys.readouterr().err


def pilot(folder: Path, episodes: list[EpisodeRecord], **facts: object) -> Path:
    session = SessionFacts.model_validate(facts)
    Journal(folder).finish(episodes, EpisodeCounts.of(episodes).summary(), session=session)
    return folder


def test_a_pilot_run_makes_a_new_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    episodes = [one for task in range(10, 30) for one in records(f"shopping/{task}", task % 4, 3)]
    assert main(["power", str(pilot(tmp_path / "pilot", episodes)), *FAST, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["baseline"] == "new"
    assert found["tasks"] == 20
    assert found["rows"][0]["price"]["seconds"] == 10.0
    assert found["advice"][-1] == "The baseline that is made first takes as much as a session, once."


@pytest.mark.parametrize(
    ("outcome", "facts", "message"),
    [
        ("errored", {}, "1 of its episodes errored, and show nothing about the agent. Run them again with pytest"),
        ("", {"stopped": {"trials": 2}}, "its trials stopped early, so its rates are biased"),
    ],
)
def test_a_pilot_run_that_is_not_complete(
    outcome: str, facts: dict[str, object], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = pilot(tmp_path / "pilot", [record("a/1", 1, 2, outcome=outcome), record("a/2", 1, 2)], **facts)
    assert main(["power", str(folder)]) == 1
    assert message in capsys.readouterr().err
