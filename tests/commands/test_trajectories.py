"""`mmina show` and `mmina diff` on recorded trajectories."""

import json
from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from tests.trajectories.recorded import FIRST, LINES, SECOND, record

SHOWN = r"""compare/1, trial 1, agent player
Go.\u001b[31m

hop 1  first                                passed at step 1
  goto   en.example/first
hop 2  second                               passed at step 3
  click  link "More" #2
  goto   en.example/second
stop "done"

solved after 4 steps: the agent stopped
"""


def test_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, _ = record(tmp_path, *LINES, intent="Go.\x1b[31m")
    assert main(["show", str(file)]) == 0
    assert capsys.readouterr().out == SHOWN


@pytest.mark.parametrize("kept", [8, 9])
def test_show_one_that_was_cut_off(tmp_path: Path, capsys: pytest.CaptureFixture[str], kept: int) -> None:
    file, _ = record(tmp_path)
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:kept]) + lines[kept][:30])
    assert main(["show", str(file), "--level=hops"]) == 0
    out = capsys.readouterr().out
    steps = 3 if kept == 8 else 4
    assert f"hop 2  second                               passed\n\ncut off after step {steps}" in out


def test_show_one_that_was_cut_off_and_whose_hops_are_no_queue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, _ = record(tmp_path, "goto [https://second.example/]", "goto [https://x.example/]", "stop", queue=False)
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    assert main(["show", str(file), "--level=hops"]) == 0
    shown = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines() if line.startswith("hop")]
    assert shown == ["hop 1 first not passed", "hop 2 second passed"]


def test_what_is_no_trajectory_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "1.jsonl").write_text("{}\n")
    assert main(["show", str(tmp_path / "1.jsonl")]) == 1
    assert capsys.readouterr().err.startswith(f"mmina: {tmp_path}/1.jsonl:1: is not a line of a trajectory")
    assert main(["diff", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert "holds no trajectory" in capsys.readouterr().err


def test_diff_of_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    record(one)
    record(other, f"goto [{FIRST}]", "click [e2]", "stop [done]")
    assert main(["diff", str(one), str(one)]) == 0
    assert capsys.readouterr().out == "1 compared: 0 differ, 0 only in informative lines\n"
    assert main(["diff", str(one), str(other)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "compare/1/1",
        "    significant difference, first in hop 2 (second):",
        "            goto   en.example/first",
        "          hop 2  second                               not passed",
        '        -   click  link "More" #2',
        '        +   click  link "More"',
        '          stop "done"',
        "    seen there: https://en.example/first 'a page'",
        "    hop lost: second",
        "1 compared: 1 differ, 0 only in informative lines",
    ]


def test_diff_of_files_in_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, _ = record(tmp_path / "one")
    other, _ = record(tmp_path / "other", *LINES[:2], f"goto [{SECOND}]", "stop [it is ```done]")
    assert main(["diff", str(one), str(other), "--markdown"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:4] == ["### 1", "", "````diff", "informational difference, first in hop 2 (second):"]
    assert '+ stop "it is ```done"' in out
    record(tmp_path / "more")
    (tmp_path / "more/trajectories/compare/<b>").mkdir()
    (tmp_path / "more/trajectories/compare/<b>/1.jsonl").write_bytes(one.read_bytes())
    assert main(["diff", str(tmp_path / "one"), str(tmp_path / "more")]) == 1
    assert f"    only in {tmp_path / 'more'}" in capsys.readouterr().out
    assert main(["diff", str(tmp_path / "one"), str(tmp_path / "more"), "--markdown"]) == 1
    assert "### compare/&lt;b&gt;/1" in capsys.readouterr().out


def test_diff_tolerates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, _ = record(tmp_path / "one")
    other, _ = record(tmp_path / "other", LINES[0], "scroll [down]", *LINES[1:])
    command = ["diff", str(one), str(other)]
    assert main(command) == 0
    assert capsys.readouterr().out.endswith("1 compared: 0 differ, 1 only in informative lines\n")
    assert main([*command, "--tolerate", "extra-scrolls,retries"]) == 0
    assert capsys.readouterr().out == "1 compared: 0 differ, 0 only in informative lines, 1 only in tolerated lines\n"
    with pytest.raises(SystemExit, match="2"):
        main([*command, "--tolerate=scrolls"])
    assert "--tolerate: 'scrolls' cannot be tolerated. Did you mean 'extra-scrolls'?" in capsys.readouterr().err


def test_judge_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path / "results")
    task = {"intent": "Go.", "start_url": "https://start.example/", "procedure": ["first", "second", "end"]}
    file = tmp_path / "tasks/compare/1.json"
    file.parent.mkdir(parents=True)
    command = ["judge", str(tmp_path / "results"), "--tasks", str(tmp_path / "tasks")]
    file.write_text(json.dumps(task))
    assert main(command) == 0
    assert capsys.readouterr().out == "1 as before, 0 changed, 0 cannot be judged\n"
    hops = [
        {"name": name, "check": {"kind": "site_word", "word": word}}
        for name, word in [("first", "first"), ("second", "third")]
    ]
    file.write_text(json.dumps({"intent": "Go.", "start_url": "https://start.example/", "hops": hops}))
    assert main(command) == 1
    assert capsys.readouterr().out.splitlines() == [
        "compare/1/1: changed",
        "    hop 2 (second): passed -> not passed: the address lacks the site word 'third'",
        "0 as before, 1 changed, 0 cannot be judged",
    ]
    file.rename(file.with_name("2.json"))
    assert main(command) == 1
    assert "the task 'compare/1' no longer exists" in capsys.readouterr().out
