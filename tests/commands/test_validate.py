"""`mmina validate`: which tasks of a project are sound, and what is wrong with the others."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.validation import sessions
from pytest_mmina.validation.kinds import Settings
from tests.validation.small_project import TASKS, write_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a project, in which the command runs as its users run it."""
    # A user's session is no worker of ours.
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]), prepend=os.pathsep)
    return tmp_path


def verdicts(told: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The verdicts that say something, by task and kind."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for verdict in json.loads(told)["verdicts"]:
        if verdict["meaning"] not in ("as it should be", "shows nothing"):
            found.setdefault((verdict["task"].removeprefix("shop/"), verdict["kind"]), []).append(verdict)
    return found


@pytest.mark.browser
@pytest.mark.long
def test_a_task_that_gives_its_score_for_an_address_is_found_and_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(project, "leaky", "sound")
    assert main(["validate", "--json", "--only", "spray,push-state", "--addresses", "8", "tasks"]) == 1
    told = capsys.readouterr()
    found = verdicts(told.out)
    assert set(found) == {("leaky", "spray"), ("leaky", "push-state")}
    assert [one["meaning"] for those in found.values() for one in those] == ["fault", "fault"]
    assert "'at a kettle' at step" in found["leaky", "spray"][0]["reason"]
    assert json.loads(told.out)["hops_earned"] == 1
    assert told.err.startswith(
        "2 tasks, at most 4 episodes: spray 2, push-state 2\nThis takes about 1 min with 1 worker"
    )


@pytest.mark.browser
@pytest.mark.long
def test_every_fault_of_a_check_is_found_in_a_project_with_its_own_site(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One test, because sessions are what takes the time."""
    write_project(project, *TASKS)
    kinds = "oracles,amount,forbidden,answers"
    assert main(["validate", "--json", "--only", kinds, "-n", "2"]) == 1
    found = verdicts(capsys.readouterr().out)
    faults = {key for key, those in found.items() if any(one["meaning"] == "fault" for one in those)}
    assert faults == {
        ("leaky", "amount"),
        ("loose", "amount"),
        ("orders", "forbidden"),
        ("refuses", "oracles"),
        ("one way", "oracles"),
        ("any answer", "answers"),
    }
    assert "mine: ordered" in found["orders", "forbidden"][0]["reason"]
    assert [one["attempt"] for one in found["one way", "oracles"]] == ["oracle 'one by one'"]
    assert "hop 'in the cart'" in found["refuses", "oracles"][0]["reason"]
    assert not [key for key in found if key[0] == "sound"]


@pytest.mark.browser
@pytest.mark.long
def test_a_sound_task_is_found_sound_and_its_results_are_kept(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(project, "sound")
    kinds = "constants,front-door,dump,dice,oracles,left-out,swapped,choice,again,name,answers"
    assert main(["validate", "--only", kinds, "--seeds", "1", "--results", "kept"]) == 0
    text = capsys.readouterr().out
    assert "constants           16             0       0       0" in text
    assert "oracles              2             2       2       0" in text
    assert "Agents that know nothing earned 0 of 2 hops (0.0%)." in text
    assert text.splitlines()[-1].startswith("1 task, ")
    assert text.splitlines()[-1].endswith("no fault was found.")
    assert (project / "kept" / "first" / "episodes.jsonl").is_file()
    assert (project / "kept" / "mutants.log").is_file()


def test_the_plan_counts_the_attempts_and_runs_none(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(project, "sound", "loose")
    assert main(["validate", "--plan", "--seeds", "3"]) == 0
    line, duration = capsys.readouterr().out.splitlines()
    assert line.startswith("2 tasks, at most ")
    assert "constants 32, front-door 2, dump 4, dice 6, spray 12, push-state 2, oracles 3, left-out 4" in line
    assert duration.startswith("This takes about ")
    assert main(["validate", "--plan", "--json", "--only", "dice"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [task["attempts"] for task in plan["tasks"]] == [{"dice": 20}, {"dice": 20}]


def test_a_task_that_cannot_run_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(project)
    check = {"kind": "answer_judged", "reference": "a kettle", "question": "What is it?", "mode": "fuzzy"}
    needs_judge = {"intent": "Look.", "start_url": "https://shop.example/", "hops": [{"name": "a", "check": check}]}
    (project / "tasks" / "shop" / "1.json").write_text(json.dumps(needs_judge))
    assert main(["validate"]) == 1
    assert "There is no task to try: 1 cannot run." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--only", "dise"], 2, "argument --only: unknown kind 'dise'. Did you mean 'dice'?"),
        (["-n", "0"], 2, "'0' is not a whole number from 1"),
        (["--max-hops", "2"], 2, "argument --max-hops"),
        (["nowhere"], 4, "nowhere"),
        (["--pytest=--mmina-judge-url=x"], 4, "--mmina-judge-model"),
    ],
)
def test_wrong_usage(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, message: str
) -> None:
    write_project(project, "sound")
    try:
        ended = main(["validate", *arguments])
    except SystemExit as caught:
        ended = int(caught.code or 0)
    assert ended == status
    assert message in capsys.readouterr().err


def test_a_task_that_cannot_be_loaded_is_an_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(project, "sound")
    (project / "tasks" / "shop" / "broken.json").write_text("{")
    assert main(["validate", "--plan"]) != 0
    assert "broken.json: is not JSON" in capsys.readouterr().err


def test_it_is_told_how_far_a_session_is(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(project, "sound")
    monkeypatch.setattr(sessions, "_PROGRESS_SECONDS", 0.05)
    told: list[int] = []
    settings = Settings(stage="plan", kinds=("dice",), seeds=2, folder=str(project))
    plan = sessions.Sessions((), settings, workers=1, tell=print, progress=told.append).plan()
    assert plan.episodes == 2
    assert set(told) == {0}
