"""Results that are merged, judged and compared after their sessions."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.gate.record import GateRecord, GateRecordError, gate_schema
from pytest_mmina.gate.selection import Selection, SessionFacts, merged
from pytest_mmina.gate.shards import Shard, split_fingerprint, tasks_of_shard
from pytest_mmina.results.merging import merge
from pytest_mmina.results.plan import ResultsError
from pytest_mmina.results.reading import read_gate, read_results
from tests.gate.records import record, records
from tests.results.folders import results

ALL = [episode for task in ("a/1", "a/2", "b/1") for episode in records(task, 2, 3)]


# Two tasks of three trials each were skipped, on the first machine and on the last, and one case was lost on each.
SKIPPED: tuple[dict[str, object], ...] = tuple(
    {"skipped": [task], "skipped_cases": 3, "not_run": 1} for task in ("s/1", "s/2")
)


def shards(tmp_path: Path, *, skipped: bool = False) -> list[Path]:
    parts = [ALL[:3], ALL[3:6], ALL[6:]]
    gone = [{"a/2", "b/1"}, {"a/1", "b/1"}, {"a/1", "a/2"}]
    facts: list[dict[str, object]] = [{}, {}, {}] if not skipped else [SKIPPED[0], {}, SKIPPED[1]]
    return [
        results(tmp_path / f"shard{number}", part, selection={"deselected": out}, shard=f"{number + 1}/3", **fact)
        for number, (part, out, fact) in enumerate(zip(parts, gone, facts, strict=True))
    ]


@pytest.mark.parametrize("skipped", [False, True])
def test_shards_merged_are_the_whole(tmp_path: Path, skipped: bool) -> None:
    facts: dict[str, object] = {"skipped": ["s/1", "s/2"], "skipped_cases": 6, "not_run": 2} if skipped else {}
    whole = results(tmp_path / "whole", ALL, **facts)
    merge(shards(tmp_path, skipped=skipped), tmp_path / "merged")
    for name in ("episodes.jsonl", "summary.json", "session.json"):
        assert (tmp_path / "merged" / name).read_bytes() == (whole / name).read_bytes(), name


@pytest.mark.parametrize(("rates", "status"), [("0.6", 0), ("0.7", 1), ("b=0.6", 0), ("c=0.1", 1)])
def test_a_merged_folder_is_gated_like_a_session(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rates: str, status: int
) -> None:
    whole = results(tmp_path / "whole", ALL)
    merge(shards(tmp_path), tmp_path / "merged")
    said = []
    for folder in (whole, tmp_path / "merged"):
        assert main(["gate", str(folder), "--min-task-rate", rates]) == status
        said.append(capsys.readouterr().out.replace(str(folder), "DIR"))
    assert said[0] == said[1]
    assert said[0].startswith("gate: open: task success rate" if status == 0 else "gate: CLOSED: ")


def test_five_shards_merged_are_one_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    episodes = sorted(
        [episode for number in range(12) for episode in records(f"a/{number}", number % 4, 3)],
        key=lambda episode: episode.identity,
    )
    tasks = {episode.task for episode in episodes}
    whole = results(tmp_path / "whole", episodes)
    parts = []
    for number in range(1, 6):
        mine = tasks_of_shard(tasks, Shard(number, 5), seconds={})
        own = [episode for episode in episodes if episode.task in mine]
        facts: dict[str, object] = {"selection": {"deselected": sorted(tasks - mine)}, "shard": f"{number}/5"}
        parts.append(results(tmp_path / f"part{number}", own, **facts))
    merge(parts, tmp_path / "merged")
    for name in ("episodes.jsonl", "summary.json", "session.json"):
        assert (tmp_path / "merged" / name).read_bytes() == (whole / name).read_bytes(), name
    baseline = str(tmp_path / "baseline.json")
    assert main(["save-baseline", str(whole), baseline]) == 0
    assert "could close a gate" not in capsys.readouterr().out
    for rules, status in (([], 0), (["--regressions", "any", "--must-pass", "a/2"], 1), (["--max-drop", "hop=0"], 0)):
        said = []
        for folder in (whole, tmp_path / "merged"):
            assert main(["gate", str(folder), "--baseline", baseline, *rules]) == status
            said.append(capsys.readouterr().out.replace(str(folder), "DIR"))
        assert said[0] == said[1]


def test_shards_of_different_splits_are_not_merged(tmp_path: Path) -> None:
    """Another baseline gives tasks other durations, so a task may be in no shard at all."""
    tasks = ["a/1", "a/2", "b/1", "b/2"]
    splits = ({"a/1": 9.0, "a/2": 1.0, "b/1": 1.0, "b/2": 1.0}, {"a/1": 9.0, "a/2": 9.0, "b/1": 1.0, "b/2": 1.0})
    parts, ran = [], set()
    for number, seconds in enumerate(splits, 1):
        shard = Shard(number, 2)
        mine = tasks_of_shard(tasks, shard, seconds=seconds)
        ran |= mine
        facts: dict[str, object] = {
            "selection": {"deselected": sorted({*tasks} - mine)}, "shard": f"{number}/2",
            "split": split_fingerprint(tasks, shard, seconds=seconds),
        }  # fmt: skip
        episodes = [episode for task in sorted(mine) for episode in records(task, 1, 1)]
        parts.append(results(tmp_path / str(number), episodes, **facts))
    assert ran < {*tasks}
    with pytest.raises(ResultsError, match="the shards are not parts of one split"):
        merge(parts, tmp_path / "merged")


@pytest.mark.parametrize("change", ['"seconds":NaN', '"seconds":-5', '"steps":-3'])
def test_numbers_that_cannot_be_are_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str) -> None:
    file = results(tmp_path / "whole", ALL) / "episodes.jsonl"
    name = change.partition(":")[0]
    file.write_text(re.sub(f"{name}:[0-9.]+", change, file.read_text(), count=1))
    for command in (["gate", str(file.parent)], ["save-baseline", str(file.parent), str(tmp_path / "b.json")]):
        assert main(command) == 1
        assert "1 of its 9 lines cannot be read" in capsys.readouterr().err


def test_a_shard_that_is_missing_is_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = shards(tmp_path)
    assert main(["merge", *map(str, folders[:2]), "--into", str(tmp_path / "merged")]) == 1
    assert "the results of shard 3/3 are missing" in capsys.readouterr().err
    assert not (tmp_path / "merged").exists()
    results(tmp_path / "other", ALL[:3], shard="1/2")
    with pytest.raises(ResultsError, match="split into different numbers of shards: 1/2, 1/3, 2/3, 3/3"):
        merge([*folders, tmp_path / "other"], tmp_path / "merged")


def test_what_every_session_left_out_is_left_out() -> None:
    first = Selection(deselected=frozenset({"a", "b"}), paths=("tasks/x",), unopened=True)
    second = Selection(deselected=frozenset({"b", "c"}), paths=("tasks/y",))
    assert merged([first, second]) == Selection(deselected=frozenset({"b"}), paths=("tasks/x", "tasks/y"))
    assert merged([first, Selection()]).paths == ()


def test_names_are_sorted_on_disk() -> None:
    names = [f"a/{number}" for number in range(30)]
    facts = SessionFacts(selection=Selection(deselected=frozenset(names)), skipped=frozenset(names))
    written = json.loads(facts.model_dump_json())
    assert written["skipped"] == written["selection"]["deselected"] == sorted(names)
    assert SessionFacts.model_validate(written) == facts


def test_one_case_cannot_have_two_results(tmp_path: Path) -> None:
    one = results(tmp_path / "one", [record("a/1", 2, 2)])
    other = results(tmp_path / "other", [record("a/1", 1, 2)])
    with pytest.raises(ResultsError, match=r"one and .*other have different episodes of tasks/a/1.json"):
        merge([one, other], tmp_path / "merged")
    assert merge([one, one], tmp_path / "merged").summary.episodes == 1


def test_a_folder_named_twice_is_counted_once(tmp_path: Path) -> None:
    one = results(tmp_path / "one", ALL, not_run=2)
    assert merge([one, tmp_path / "one"], tmp_path / "merged").summary.not_run == 2


def test_what_was_stopped_early_is_not_merged(tmp_path: Path) -> None:
    one = results(tmp_path / "one", ALL[:3], stopped={"trials": 2, "terms": "t"})
    with pytest.raises(ResultsError, match="one: trials were stopped early for the gate of that session alone"):
        merge([one, results(tmp_path / "other", ALL[3:])], tmp_path / "merged")
    assert merge([one], tmp_path / "merged").summary.stopped == 2


def test_results_are_not_written_over_others(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="already contains results"):
        merge([results(tmp_path / "one", ALL)], results(tmp_path / "other", ALL))


@pytest.mark.parametrize(
    ("gone", "problem"),
    [
        ("episodes.jsonl", "contains no episodes.jsonl"),
        ("summary.json", "its session did not end. Run the session again"),
        ("session.json", "session.json cannot be read"),
    ],
)
def test_results_that_are_not_whole_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gone: str, problem: str
) -> None:
    folder = results(tmp_path / "one", ALL)
    (folder / gone).unlink()
    for command in (["merge", str(folder), "--into", str(tmp_path / "new")], ["gate", str(folder)]):
        assert main(command) == 1
        assert problem in capsys.readouterr().err


def test_a_torn_line_is_told(tmp_path: Path) -> None:
    folder = results(tmp_path / "one", ALL)
    with (folder / "episodes.jsonl").open("a") as file:
        file.write('{"torn')
    with pytest.raises(ResultsError, match="1 of its 10 lines cannot be read"):
        read_results(folder)


def test_a_gate_that_cannot_close_says_so_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = results(tmp_path / "one", ALL)
    for rules, status in (([], 0), (["--require-power"], 1), (["--require-power", "--min-hop-rate", "0.1"], 0)):
        assert main(["gate", str(folder), *rules]) == status
        first = capsys.readouterr().out.splitlines()[0]
        decision = read_gate(folder).decision
        assert decision is not None
        assert decision.decidable is ("--min-hop-rate" in rules)
        assert first.startswith(
            "gate: open" if decision.decidable else "failures could not have closed this gate, not even if "
        )
    baseline = tmp_path / "b.json"
    assert main(["save-baseline", str(results(tmp_path / "two", ALL[:1])), str(baseline)]) == 0
    assert "baseline: no result of a session with as many trials could close a gate" in capsys.readouterr().out


def test_what_was_decided_is_kept_with_the_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = results(tmp_path / "one", ALL)
    main(["save-baseline", str(folder), str(tmp_path / "b.json")])
    worse = results(tmp_path / "two", [*records("a/1", 0, 3), *ALL[3:]])
    assert main(["gate", str(worse), "--baseline", str(tmp_path / "b.json"), "--regressions", "any"]) == 1
    written = json.loads((worse / "gate.json").read_text())
    jsonschema.validate(written, gate_schema())
    kept = read_gate(worse)
    assert kept.decision is not None
    assert "\n".join(kept.decision.lines()) in capsys.readouterr().out
    assert kept.baseline is not None
    assert (kept.baseline.file, kept.baseline.tasks) == (str(tmp_path / "b.json"), 3)
    assert kept.changes is not None
    assert [str(task) for task in kept.changes.tasks] == ["a/1: solved 2 of 3 then, 0 of 3 now"]
    assert kept.intervals is not None
    assert kept.intervals.task[0] < 4 / 9 < kept.intervals.task[1]
    assert read_gate(folder) == GateRecord(), "nobody asked"
    assert main(["merge", str(worse), "--into", str(worse)]) == 0
    assert read_gate(worse).decision is None, "a merge decides nothing"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is not the record of a gate: Invalid JSON"),
        ('{"format": "mmina-gate/2"}', ": a newer pytest-mmina has written it: update pytest-mmina"),
        ('{"format": "other"}', "is not the record of a gate: format: Input should be 'mmina-gate/1'"),
        (None, "cannot be read: Is a directory"),
    ],
)
def test_a_gate_that_cannot_be_read_is_told(tmp_path: Path, content: str | None, problem: str) -> None:
    if content is None:
        (tmp_path / "gate.json").mkdir()
    else:
        (tmp_path / "gate.json").write_text(content)
    with pytest.raises(GateRecordError, match=f"gate.json ?{problem}"):
        read_gate(tmp_path)


def test_a_name_brings_no_command_to_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = results(tmp_path / "one", records("a/\x1b[2J\n::error::x", 1, 1))
    other = results(tmp_path / "two", records("a/\x1b[2J\n::error::x", 0, 1))
    main(["save-baseline", str(one), str(tmp_path / "b.json")])
    assert main(["gate", str(other), "--baseline", str(tmp_path / "b.json"), "--regressions", "any"]) == 1
    for command in (["report", str(other), "-v"], ["compare", str(one), str(other)]):
        assert main(command) == 0
    told = capsys.readouterr().out
    assert told.count("::error::x") >= 4
    assert "\x1b" not in told
    assert "\n::" not in told


def test_results_that_cannot_be_written_to_are_gated_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = results(tmp_path / "one", ALL)
    (folder / "gate.json").mkdir()
    assert main(["gate", str(folder), "--min-task-rate", "0.6"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("gate: open")
    assert "mmina: the decision could not be stored for reports: " in told.err


def test_rules_that_need_a_baseline_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["gate", str(results(tmp_path / "one", ALL)), "--max-drop", "task=0.1"])
    assert raised.value.code == 2
    assert "--max-drop compares with a baseline: give --baseline FILE" in capsys.readouterr().err


def test_a_sentence_names_the_options_of_its_own_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = results(tmp_path / "one", ALL)
    assert main(["save-baseline", str(folder), str(tmp_path / "b.json")]) == 0
    assert capsys.readouterr().out == f"baseline: 3 tasks saved to {tmp_path / 'b.json'}\n"
    rules = ["--min-task-rate", "0.9", "--min-hop-rate", "0.1", "--must-pass", "a/1", "--max-drop", "hop=0.1"]
    assert main(["gate", str(folder), "--baseline", str(tmp_path / "b.json"), *rules]) == 1
    for regressions in ([], ["--regressions", "any"]):
        main(["gate", str(folder), "--baseline", str(tmp_path / "b.json"), *regressions])
    said = capsys.readouterr().out
    assert "task success rate 66.7% < 90.0% (--min-task-rate)" in said
    assert "--mmina" not in said


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"not_run": 2}, "2 without an episode"),
        ({"stopped": {"trials": 4, "terms": "t"}}, "4 stopped early"),
    ],
)
def test_results_that_are_not_complete_are_no_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], facts: dict[str, object], problem: str
) -> None:
    assert main(["save-baseline", str(results(tmp_path / "one", ALL, **facts)), str(tmp_path / "b.json")]) == 1
    assert f"not saved, because the session is not complete: {problem}" in capsys.readouterr().err
    assert not (tmp_path / "b.json").exists()


def test_differences_are_told_by_task_and_hop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = results(tmp_path / "one", [*records("a/1", 2, 3), *records("a/2", 1, 1), *records("a/3", 1, 1)])
    changed = records("a/3", 0, 1, fingerprint="f2")
    other = results(tmp_path / "other", [*records("a/1", 1, 3), *records("a/2", 1, 1), *changed, record("b/1", 1, 1)])
    assert main(["compare", str(one), str(other)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a/1: solved 2 of 3 -> 1 of 3",
        "    hop 1: 2 of 3 -> 1 of 3",
        "a/3: asks for something else now, not compared",
        f"b/1: only in {other}",
        "3 of 4 tasks differ",
    ]


def test_the_gate_is_written_for_junit_and_never_left_from_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = results(tmp_path / "one", ALL), tmp_path / "gate.xml"
    arguments = ["gate", str(folder), "--no-html", "--junitxml", str(file)]
    assert main([*arguments, "--min-task-rate", "0.6"]) == 0
    assert (failures_in(file), "mmina.gate" in file.read_text()) == (0, True)
    assert main([*arguments, "--min-task-rate", "0.7"]) == 1
    assert "task success rate 66.7% &lt; 70.0%" in file.read_text()
    assert failures_in(file) == 1
    assert main([*arguments, "--min-task-rate", "0.6"]) == 0
    (folder / "summary.json").unlink()
    assert main(arguments) == 1
    assert "its session did not end" in file.read_text()
    assert failures_in(file) == 1
    (tmp_path / "a_file").write_text("")
    capsys.readouterr()
    assert main(["gate", str(results(tmp_path / "two", ALL)), "--junitxml", str(tmp_path / "a_file/gate.xml")]) == 1
    assert "gate.xml: cannot be written: " in capsys.readouterr().err


def failures_in(file: Path) -> int:
    suite = ElementTree.parse(file).getroot().find("testsuite")
    assert suite is not None
    return int(suite.get("failures", ""))


def test_github_is_told_of_a_closed_gate_if_its_reports_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = results(tmp_path / "one", ALL)
    (folder / "summary.md").mkdir()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["gate", str(folder), "--min-task-rate", "1"]) == 1
    printed = capsys.readouterr()
    assert "the decision could not be stored for reports" in printed.err
    assert "::error title=pytest-mmina::gate: CLOSED: task success rate" in printed.out


def test_a_skipped_task_closes_the_gate_of_merged_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    baseline = str(tmp_path / "baseline.json")
    before = results(tmp_path / "before", [*ALL, *records("s/1", 3, 3), *records("s/2", 3, 3)])
    assert main(["save-baseline", str(before), baseline]) == 0
    parts = shards(tmp_path)
    group = {"cause": "login", "reason": "its login is missing"}
    for number, part in enumerate(parts[:2], start=1):
        facts = json.loads((part / "session.json").read_text())
        facts |= {"skipped": [f"s/{number}"], "skipped_cases": 3}
        facts["skips"] = [{**group, "tasks": [f"s/{number}"], "cases": 3}]
        (part / "session.json").write_text(json.dumps(facts))
    whole = tmp_path / "whole"
    assert main(["merge", *map(str, parts), "--into", str(whole), "--no-html"]) == 0
    assert "6 skipped (6 no login)" in capsys.readouterr().out
    for rules, status in ((["--baseline", baseline], 1), ([], 1), (["--allow-skipped", "2"], 0)):
        assert main(["gate", str(whole), *rules, "--no-html"]) == status
        printed = capsys.readouterr().out
        assert "skipped 6 cases of 2 tasks (s/1, s/2), no login: its login is missing" in printed
    assert main(["save-baseline", str(whole), baseline]) == 0
    assert "2 tasks (s/1, s/2) skipped and kept as before" in capsys.readouterr().out
    assert sorted(json.loads(Path(baseline).read_text())["tasks"]) == ["a/1", "a/2", "b/1", "s/1", "s/2"]
