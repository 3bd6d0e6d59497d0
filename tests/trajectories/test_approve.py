"""`mmina approve` on recorded trajectories; tests/plugin/test_snapshots.py holds it against what a session writes."""

from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.record.stored_trajectory import StoredSnapshot
from pytest_mmina.trajectories.keywords import keywords
from tests.trajectories.recorded import FIRST, record

PLACE = "tasks/__trajectories__/1/test_task[compare-1].txt"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def belongs(file: Path, snapshot: str, *, text: str | None = None) -> None:
    """Append to a trajectory which snapshot belongs to it; a path may be one that is refused."""
    line = StoredSnapshot.model_construct(file=snapshot, level="hops", text=text)
    with file.open("a") as opened:
        opened.write(line.model_dump_json() + "\n")


def approved(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    main(["approve", "results", *arguments])
    captured = capsys.readouterr()
    return (captured.out + captured.err).splitlines()


def test_it_says_what_it_wrote_and_what_was_so_already(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, _ = record(here / "results")
    assert approved(capsys)[0].startswith(
        f"results/{file.relative_to(here / 'results')}: not approved, because its test compares no snapshot"
    )
    belongs(file, PLACE)
    assert approved(capsys) == [f"{PLACE}: written", "1 written, 0 as they were, 0 left out, 0 refused"]
    assert (here / PLACE).read_text().startswith("hop 1  first   ")
    assert approved(capsys) == [f"{PLACE}: unchanged", "0 written, 1 as they were, 0 left out, 0 refused"]
    assert approved(capsys, "-k", "compare/1 and not player") == approved(capsys)
    assert approved(capsys, "-k", "compare/2") == ["mmina: results: holds no trajectory that -k asks for"]


def test_an_episode_of_the_control_is_no_snapshot(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, _ = record(here / "results")
    file.write_text(file.read_text().replace('"arm":""', '"arm":"control"', 1))
    belongs(file, PLACE)
    lines = approved(capsys)
    assert "not approved, because the episode is one of the control" in lines[0]
    assert lines[-1] == "0 written, 0 as they were, 1 left out, 0 refused"
    assert main(["show", str(file)]) == 0
    assert capsys.readouterr().out.startswith("compare/1, trial 1, control player")


def test_of_trials_that_differ_the_last_one_counts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, _ = record(here / "results", f"goto [{FIRST}]", "stop")
    lines = file.read_text().splitlines(keepends=True)
    for trial in (10, 9):
        other = file.with_name(f"{trial}.jsonl")
        other.write_text("".join([lines[0].replace('"trial":1,', f'"trial":{trial},'), *lines[1:]]))
        belongs(other, PLACE, text=f"{trial}\n")
    belongs(file, PLACE)
    assert approved(capsys)[0] == f"{PLACE}: written (trials differ: this is trial 10)"
    assert (here / PLACE).read_text() == "10\n"


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("../__trajectories__/1/x.txt", "snapshot.file: leaves the folder"),
        ("/etc/__trajectories__/1/x.txt", "snapshot.file: leaves the folder"),
        ("conftest.py", "is not the path of a snapshot"),
        ("__trajectories__/1/x.py", "is not the path of a snapshot"),
        ("link/__trajectories__/1/x.txt", "lies outside"),
        ("full/__trajectories__/1/x.txt", "cannot be written"),
    ],
)
def test_nothing_is_written_elsewhere_and_the_rest_is_written(
    here: Path, capsys: pytest.CaptureFixture[str], place: str, problem: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (here / "link").symlink_to(outside)
    (here / "full").write_text("a file where the folder should be")
    bad, _ = record(here / "results")
    good = bad.with_name("2.jsonl")
    good.write_bytes(bad.read_bytes())
    belongs(bad, place, text="import os")
    belongs(good, PLACE)
    before = sorted(here.rglob("*"))
    lines = approved(capsys)
    (told,) = (line for line in lines if problem in line)
    assert str(bad.relative_to(here)) in told or place in told
    assert lines[-1] == "1 written, 0 as they were, 0 left out, 1 refused"
    assert set(here.rglob("*")) - set(before) == {here / PLACE, *list((here / PLACE).parents)[:3]}
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("expression", "text", "holds"),
    [
        ("", "anything", True),
        ("Tokyo", "in tokyo", True),
        ("a and b or c", "c", True),
        ("a and (b or c)", "c", False),
        ("not a and b", "b", True),
        ("not (a or b)", "b", False),
        ("not not a", "a", True),
        ("compare/1", "compare/12", True),
    ],
)
def test_keywords(expression: str, text: str, holds: bool) -> None:
    assert keywords(expression)(text) is holds


@pytest.mark.parametrize("expression", ["a b", "and", "a or", "(a", "a)", "not", "(" * 100_000, "not " * 100_000])
def test_what_is_no_expression_is_told(expression: str) -> None:
    with pytest.raises(MminaError, match="-k "):
        keywords(expression)
