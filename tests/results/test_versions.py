"""Results of other versions: those of 0.1 are read, those of a later one are refused with the remedy."""

import json
from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.record.formats import is_newer
from pytest_mmina.core.record.run import Run
from tests.gate.records import records
from tests.results.folders import results

ALL = [episode for task in ("a/1", "a/2") for episode in records(task, 2, 3)]
RUN = Run(id="this", plugin="0.2.0", agent="script", settings={"--mmina-trials": "3"})


def of_version_0_1(folder: Path) -> Path:
    """Take out of results what version 0.1 did not write."""
    results(folder, ALL)
    facts = json.loads((folder / "session.json").read_text())
    for name in ("format", "runs", "episodes", "plan_missing"):
        del facts[name]
    (folder / "session.json").write_text(json.dumps(facts))
    lines = [json.loads(line) for line in (folder / "episodes.jsonl").read_text().splitlines()]
    for line in lines:
        del line["run"]
    (folder / "episodes.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


def commands(folder: Path, into: Path) -> list[list[str]]:
    one = str(folder)
    return [
        ["gate", one, "--min-task-rate", "0.6", "--no-html"],
        ["save-baseline", one, str(into / "baseline.json")],
        ["merge", one, "--into", str(into / "merged"), "--no-html"],
        ["report", one, "--no-html"],
        ["compare", one, one],
    ]


def test_results_of_version_0_1_are_read(tmp_path: Path) -> None:
    folder = of_version_0_1(tmp_path / "old")
    assert [main(command) for command in commands(folder, tmp_path)] == [0] * 5


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (lambda folder: (folder / "planned.json").write_text("{}"), "its last session did not end"),
        (lambda folder: _drop_a_line(folder / "episodes.jsonl"), "1 of the 6 episodes of its session are missing"),
        (lambda folder: _add_a_line(folder / "episodes.jsonl"), "1 of its 7 lines are of another run"),
    ],
    ids=["killed", "lost", "foreign"],
)
def test_results_of_version_0_1_that_would_deceive_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], harm: object, problem: str
) -> None:
    folder = of_version_0_1(tmp_path / "old")
    assert callable(harm)
    harm(folder)
    for command in commands(folder, tmp_path):
        assert main(command) == 1
        assert problem in capsys.readouterr().err


def _drop_a_line(file: Path) -> None:
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[1:]))


def _add_a_line(file: Path) -> None:
    other = records("b/1", 1, 1)[0].model_copy(update={"run": "other"})
    file.write_bytes(file.read_bytes() + other.model_dump_json().encode() + b"\n")


@pytest.mark.parametrize(
    ("name", "member"),
    [("session.json", "mmina-session/2"), ("run.json", "mmina-run/2"), ("gate.json", "mmina-gate/10")],
)
def test_results_of_a_later_version_name_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, member: str
) -> None:
    folder = results(tmp_path / "new", ALL)
    (folder / name).write_text(json.dumps({"format": member, "unheard": "of"}))
    command = ["report" if name == "gate.json" else "gate", str(folder)]
    assert main(command) == 1
    assert f"{name}: a newer pytest-mmina has written it: update pytest-mmina" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "newer"),
    [
        ('{"format": "mmina-x/2"}', True),
        ('{"format": "mmina-x/1"}', False),
        ('{"format": "mmina-y/2"}', False),
        ('{"format": "mmina-x/two"}', False),
        ('{"format": "mmina-x/²"}', False),
        ('{"format": 2}', False),
        ("{}", False),
        ("[]", False),
        ("{", False),
    ],
)
def test_what_is_newer(content: str, newer: bool) -> None:
    assert is_newer(content, "mmina-x/1") is newer


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"agent": "other"}, "the parts are not of one session: agent is script in "),
        ({"plugin": "0.3.0"}, "the parts are not of one session: pytest-mmina is 0.2.0 in "),
        ({"settings": {"--mmina-trials": "5"}}, "the parts are not of one session: --mmina-trials is 3 in "),
    ],
)
def test_parts_of_other_sessions_are_not_merged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, object], problem: str
) -> None:
    other = RUN.model_copy(update={"id": "other", **changed})
    parts = [
        results(tmp_path / run.id, [one.model_copy(update={"run": run.id}) for one in own], runs=(run,), shard=shard)
        for run, own, shard in ((RUN, ALL[:3], "1/2"), (other, ALL[3:], "2/2"))
    ]
    assert main(["merge", *map(str, parts), "--into", str(tmp_path / "merged")]) == 1
    assert problem in capsys.readouterr().err
    assert not (tmp_path / "merged").exists()


def test_every_part_keeps_its_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = RUN.model_copy(update={"id": "other", "settings": {**RUN.settings, "--mmina-chat-url": "http://two/v1"}})
    parts = [
        results(tmp_path / run.id, [one.model_copy(update={"run": run.id}) for one in own], runs=(run,), shard=shard)
        for run, own, shard in ((RUN, ALL[:3], "1/2"), (other, ALL[3:], "2/2"))
    ]
    merged = tmp_path / "merged"
    assert main(["merge", *map(str, parts), "--into", str(merged), "--no-html"]) == 0
    facts = json.loads((merged / "session.json").read_text())
    assert [run["id"] for run in facts["runs"]] == ["other", "this"]
    lines = [json.loads(line) for line in (merged / "episodes.jsonl").read_text().splitlines()]
    assert [line["run"] for line in lines] == ["this"] * 3 + ["other"] * 3
    assert main(["gate", str(merged), "--min-task-rate", "0.6"]) == 0
    again = results(tmp_path / "again", [], runs=(RUN.model_copy(update={"id": "again"}),), shard="2/2")
    assert main(["merge", *map(str, parts), str(again), "--into", str(tmp_path / "more")]) == 1
    assert "shard 2/2 is there more than once" in capsys.readouterr().err
