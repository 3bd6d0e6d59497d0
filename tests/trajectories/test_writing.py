"""Recording: what is written step by step, read back whole, and refused with file and line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_mmina.core.episode.episode import run_episode
from pytest_mmina.core.errors import TrajectoryError
from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.record.stored_trajectory import Head, recording_schema
from pytest_mmina.trajectories import reading as recordings
from pytest_mmina.trajectories.reading import read_recording, recording_file, recordings_in
from pytest_mmina.trajectories.writing import Recording
from tests.core.fakes import task_of
from tests.trajectories.recorded import FIRST, FORM, LINES, Browser, Player, record


def test_an_episode_is_read_back_as_it_was(tmp_path: Path) -> None:
    file, episode = record(tmp_path)
    assert file == tmp_path / "trajectories/compare/1/1.jsonl"
    read = read_recording(file)
    assert read.steps == episode.trajectory.steps
    assert read.stored[1].console_errors == (f"at {FIRST}",)
    assert read.end is not None
    assert (read.end.hops, read.end.answer, read.end.ending) == (episode.hops, "done", "terminated")
    assert [step.passed for step in read.stored] == [1, 1, 2, 2]
    assert read.stored[1].element is not None
    assert (read.stored[1].element.role, read.stored[1].element.name, read.stored[1].element.position) == (
        "link",
        "More",
        2,
    )


def test_a_text_is_stored_once(tmp_path: Path) -> None:
    content = record(tmp_path)[0].read_text()
    assert content.count(json.dumps(FORM)) == 1
    assert content.count('"line":"text"') == 1 + 3, "the form once, and the HTML of three pages"


def test_actions_alone_are_recorded_without_pages(tmp_path: Path) -> None:
    file, _ = record(tmp_path, detail="actions")
    assert '"line":"text"' not in file.read_text()
    read = read_recording(file)
    assert str(read.steps[0].action) == f"goto [{FIRST}]"
    assert read.steps[1].states == ()
    assert read.stored[1].element is not None, "what was clicked is told all the same"


def test_each_step_is_on_disk_before_the_next_answer(tmp_path: Path) -> None:
    file = recording_file(tmp_path, task="compare/1", trial=1, case="", browser="")
    seen = []

    def look(turn: int) -> None:
        if file.exists():
            read = read_recording(file, cut_off=True)
            seen.append((len(read.steps), read.end))

    record(tmp_path, before=look)
    assert seen == [(1, None), (2, None), (3, None)]


def test_a_password_is_nowhere_even_where_it_stood_before_it_was_typed(tmp_path: Path) -> None:
    secret = "correct horse"
    file, _ = record(tmp_path, f"goto [{FIRST}?{secret}]", f"type [e1] [{secret}] [0]", "stop", intent=f"Say {secret}.")
    assert secret not in file.read_text()
    read = read_recording(file)
    assert read.head.intent == "Say [secret]."
    assert read.steps[1].action == Action(kind="type", target=Target(ref="e1"), text="[secret]")


def test_a_disk_that_is_full_does_not_spoil_the_episode(tmp_path: Path) -> None:
    (tmp_path / "trajectories").write_text("a file where the folder should be")
    task = task_of("first")
    head = Head(detail="full", task="t", subset="s", trial=1, agent="a", intent="", start_urls=(), hops=())
    file = recording_file(tmp_path, task="compare/1", trial=1, case="", browser="")
    recording = Recording(file, results=tmp_path, head=head, here=tmp_path)
    assert run_episode(task, agent=Player(*LINES), browser=Browser(), recorder=recording).solved
    assert "could not be written" in recording.problem


SNAPSHOT = '{"line":"snapshot","file":"a/b","level":"hops"}'


def changed(lines: list[str], old: str, new: str) -> list[str]:
    assert old in lines[3]
    return [*lines[:3], lines[3].replace(old, new), *lines[4:]]


@pytest.mark.parametrize(
    ("spoil", "line", "problem"),
    [
        (lambda lines: lines[:-1], 9, "cut off: the end"),
        (lambda lines: [*lines[:-1], lines[-1][:40]], 10, "cut off in the middle"),
        (lambda lines: [], 1, "is empty"),
        (lambda lines: lines[1:], 1, "begins with a head line"),
        (lambda lines: [lines[0].replace('"schema_version":1', '"schema_version":2'), *lines[1:]], 1, "newer than 1"),
        (lambda lines: [lines[0], lines[1].replace("More", "Less"), *lines[2:]], 2, "damaged"),
        (lambda lines: [lines[0], *lines[2:]], 3, "is not stored before"),
        (lambda lines: [*lines[:5], *lines[6:]], 6, "a line is missing"),
        (lambda lines: [*lines, lines[-1]], 11, "follows the end"),
        (lambda lines: [lines[0], "\xff\x00{", *lines[1:]], 2, "is not a line of a trajectory"),
        (lambda lines: [lines[0], "[" * 100_000, *lines[1:]], 2, "is not a line of a trajectory"),
        (lambda lines: changed(lines, '"seconds":', '"seconds":1e999,"was":'), 4, "seconds"),
        (lambda lines: changed(lines, '"number":1', '"number":' + "9" * 5000), 4, "number"),
        (lambda lines: changed(lines, '"pictures":{}', '"pictures":{"a":"../../x"}'), 4, "leaves the folder"),
        (lambda lines: changed(lines, '"pictures":{}', '"pictures":{"a":"/etc/x"}'), 4, "leaves the folder"),
        (lambda lines: changed(lines, '"pictures":{}', '"pictures":{"a":"C:x"}'), 4, "leaves the folder"),
        (lambda lines: changed(lines, '"pictures":{}', r'"pictures":{"a":"..\\x"}'), 4, "leaves the folder"),
        (lambda lines: changed(lines, '"passed":1', '"passed":99999999999'), 4, "passed"),
        (lambda lines: changed(lines, '"usage":null', '"usage":{"cost":1e308}'), 4, "usage.cost"),
        (lambda lines: changed(lines, '"usage":null', '"usage":{"input_tokens":1' + "0" * 400 + "}"), 4, "usage.input"),
        (lambda lines: ["<!doctype html><script>alert(1)</script>", *lines], 1, "is not a line of a trajectory"),
        (lambda lines: changed(lines, '"said":', '"<script>alert(1)</script>":'), 4, "Extra inputs"),
        (lambda lines: [*lines[:-2], lines[-1].replace('"end"', '"snapshot"')], 9, "is not a line of a trajectory"),
        (lambda lines: [*lines[:8], SNAPSHOT, *lines[8:]], 9, "a snapshot line stands before the end"),
        (lambda lines: [*lines, SNAPSHOT.replace("a/b", "../b")], 11, "leaves the folder"),
    ],
)  # fmt: skip
def test_what_cannot_be_trusted_is_refused_with_file_and_line(
    tmp_path: Path, spoil: Callable[[list[str]], list[str]], line: int, problem: str
) -> None:
    file, _ = record(tmp_path)
    spoilt = "\n".join(spoil(file.read_text().splitlines()))
    file.write_text(spoilt if problem.endswith("middle") or not spoilt else spoilt + "\n")
    with pytest.raises(TrajectoryError, match=problem) as caught:
        read_recording(file)
    assert str(caught.value).startswith(f"{file}:{line}: ")


def test_a_line_without_an_end_is_not_read_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "_LONGEST_LINE", 5000)
    (tmp_path / "1.jsonl").write_text("x" * 6000)
    with pytest.raises(TrajectoryError, match=r"1\.jsonl:1: a line of more than 5000 bytes"):
        read_recording(tmp_path / "1.jsonl")
    with pytest.raises(TrajectoryError, match="cannot be read: Is a directory"):
        read_recording(tmp_path)


def test_no_task_leaves_the_folder(tmp_path: Path) -> None:
    file = recording_file(tmp_path, task="../../etc/..", trial=1, case="", browser="")
    assert file.resolve().is_relative_to(tmp_path / "trajectories")
    names = {
        recording_file(tmp_path, task="a/1", trial=1, case=case, browser=browser).name
        for case, browser in [
            ("a/1.json::test_task[a/1-chromium]", "chromium 141.0.7390.37"),
            ("a/1.json::test_task[a/1-firefox]", "firefox 143.0"),
            ("test_own.py::test_task[a/1-chromium]", "chromium"),
        ]
    }
    assert len(names) == 3
    assert "1.jsonl" in names


def test_a_folder_without_trajectories_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrajectoryError, match="holds no trajectory"):
        recordings_in(tmp_path)
    record(tmp_path)
    assert list(recordings_in(tmp_path)) == ["compare/1/1"]


def test_the_schema_tells_all_kinds_of_lines() -> None:
    assert set(recording_schema()["discriminator"]["mapping"]) == {"head", "text", "step", "end", "snapshot"}


def test_where_a_driver_came_to_is_read_from_older_files_too(tmp_path: Path) -> None:
    """A file without the field `arrived` tells it by its words; one with the field is taken at its word."""
    file, _ = record(tmp_path, f"came to {FIRST}", "stop")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    step = next(line for line in lines if line["line"] == "step")
    assert (step["action"], step["arrived"]) == (None, False)
    step["said"] = f"came to {step['url']}"
    for arrived in (None, True, False):
        step["arrived"] = arrived
        kept = {name: value for name, value in step.items() if (name, value) != ("arrived", None)}
        file.write_text("".join(json.dumps(kept if line is step else line) + "\n" for line in lines))
        read = read_recording(file)
        assert read.stored[0].arrived == read.steps[0].arrived == (arrived is not False)


def test_whether_a_request_was_blocked_is_read_from_older_files_too(tmp_path: Path) -> None:
    file, _ = record(tmp_path)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    step = next(line for line in lines if line["line"] == "step")
    step["error"] = "blocked: ads.example is not part of this web, and was refused"
    for blocked in (None, True, False):
        step["blocked"] = blocked
        kept = {name: value for name, value in step.items() if (name, value) != ("blocked", None)}
        file.write_text("".join(json.dumps(kept if line is step else line) + "\n" for line in lines))
        read = read_recording(file)
        assert read.stored[0].blocked == read.steps[0].observation.blocked == (blocked is not False)
