"""The history of the main branch: what is added to it, what is refused, and the baseline that it is."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.core.record.run import Run
from pytest_mmina.gate.baseline import BaselineError, count_tasks
from pytest_mmina.gate.baseline_sources import load_baseline
from pytest_mmina.gate.history import POOLED_DAYS, Reference, read_history, write_history
from pytest_mmina.gate.history_adding import AddedSession, add_to_history
from pytest_mmina.gate.past_sessions import Score
from pytest_mmina.gate.saving import require_writable, save_baseline
from pytest_mmina.gate.selection import Selection, SessionFacts
from tests.gate.records import record, records

DAY = date(2026, 11, 1)


def facts(number: int, **changes: object) -> SessionFacts:
    return SessionFacts(runs=(Run(id=f"run-{number}"),), plugin="0.2", **changes)


def add(file: Path, number: int, episodes: Sequence[EpisodeRecord], **changes: object) -> AddedSession:
    counts = EpisodeCounts.of(episodes)
    return add_to_history(file, counts, facts(number, **changes), day=DAY + timedelta(days=number))


def session(solved: Mapping[str, int], *, trials: int = 3, fingerprint: str = "f1") -> list[EpisodeRecord]:
    return [
        episode for task, number in solved.items() for episode in records(task, number, trials, fingerprint=fingerprint)
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


def test_counts_are_pooled(file: Path) -> None:
    for number, solved in enumerate([3, 1, 2]):
        add(file, number, session({"a/1": solved, "a/2": 0}))
    baseline = load_baseline(file.name, folder=file.parent)
    counts = baseline.tasks["a/1"]
    assert (counts.trials, counts.solved, counts.passed, counts.hops) == (9, 6, (0, 3, 6), {"hop 0": 9, "hop 1": 6})
    assert (counts.file, counts.seconds, counts.task) == ("tasks/a/1.json", 0.5, "f1")
    assert counts.costs.steps == (4, 4, 4), "what the newest trials took"
    assert (len(baseline.sessions), baseline.agent, baseline.saved) == (3, "script", DAY)


def test_it_is_as_one_session_if_it_has_one(file: Path) -> None:
    episodes = session({"a/1": 1, "b/1": 3})
    add(file, 0, episodes)
    assert load_baseline(file.name, folder=file.parent).tasks == count_tasks(
        EpisodeCounts.of(episodes), with_costs=True
    )


def test_hops_out_of_their_order_are_kept(file: Path) -> None:
    def trial(number: int, *passed: bool) -> EpisodeRecord:
        hops = tuple(HopRecord(name=f"h{n}", passed=p, step=n, reason="") for n, p in enumerate(passed))
        return record("a/1", sum(passed), len(passed), trial=number).model_copy(update={"hops": hops})

    add(file, 0, [trial(1, True, False, False), trial(2, True, True, True)])
    add(file, 1, [trial(1, False, False, True), trial(2, False, True, False)])
    counts = load_baseline(file.name, folder=file.parent).tasks["a/1"]
    assert (counts.hops, counts.passed) == ({"h0": 2, "h1": 2, "h2": 2}, (0, 3, 0, 1))


def test_a_task_that_changed_counts_from_then_on(file: Path) -> None:
    add(file, 0, [*session({"a/1": 3}), *session({"a/2": 3})])
    add(file, 1, [*session({"a/1": 3}), *session({"a/2": 0}, fingerprint="f2")])
    tasks = load_baseline(file.name, folder=file.parent).tasks
    assert (tasks["a/1"].trials, tasks["a/2"].trials, tasks["a/2"].solved) == (6, 3, 0)


def test_only_sessions_of_the_newest_agent_are_pooled(file: Path) -> None:
    add(file, 0, session({"a/1": 3}))
    other = [episode.model_copy(update={"agent": "other"}) for episode in session({"a/1": 0})]
    add(file, 1, other)
    baseline = load_baseline(file.name, folder=file.parent)
    assert (baseline.agent, baseline.tasks["a/1"].solved, len(baseline.sessions)) == ("other", 0, 1)


def test_a_task_that_is_gone_is_told_and_not_waited_for(file: Path) -> None:
    add(file, 0, session({"a/1": 3, "a/2": 3}))
    added = add(file, 1, session({"a/1": 3}))
    assert added.gone == ["a/2"]
    assert "1 task (a/2) gone" in added.sentence(file)
    assert load_baseline(file.name, folder=file.parent).tasks.keys() == {"a/1"}


@pytest.mark.parametrize(
    ("episodes", "changes", "problem"),
    [
        ([record("a/1", 0, 2, outcome="errored")], {}, "not complete: 1 errored"),
        ([], {}, "not complete: no episode"),
        (
            [record("a/1", 0, 2, ending="failed")],
            {},
            "the agent broke in each episode before it passed a hop (a/1: the",
        ),
        (session({"a/1": 3, "a/2": 3}), {"not_run": 2}, "not complete: 2 without an episode"),
        (session({"a/1": 3}), {"skipped": frozenset({"a/2"})}, "not complete: skipped 1 task (a/2)"),
        (session({"a/1": 3, "a/2": 2}), {"skipped": frozenset({"a/2"})}, "3 of tasks with skipped trials"),
        (session({"a/1": 3}), {"skipped_modules": frozenset({"test_a.py"})}, "skipped 1 task (a/2)"),
        (session({"a/1": 3, "a/2": 3}), {"plan_missing": True}, "no list of the selected cases"),
        (session({"a/1": 3}), {"selection": Selection(deselected=frozenset({"a/2"}))}, "left out 1 task (a/2)"),
        (session({"a/1": 3}), {"selection": Selection(paths=("tasks/a/1.json",))}, "left out 1 task (a/2)"),
        (session({"a/1": 3}), {"selection": Selection(unopened=True)}, "left out 1 task (a/2)"),
        (session({"a/1": 3, "a/2": 3}), {"runs": (Run(id="run-0"),)}, "session 1 of"),
        (session({"a/1": 3, "a/2": 3}), {"runs": (Run(id="x"), Run(id="run-0"))}, "is this one already"),
        (session({"a/1": 3, "a/2": 3}), {"runs": ()}, "of version 0.1"),
    ],
)
def test_what_is_refused(file: Path, episodes: list[EpisodeRecord], changes: dict[str, object], problem: str) -> None:
    add(file, 0, session({"a/1": 3, "a/2": 3}))
    before = file.read_bytes()
    told = facts(1).model_copy(update=changes)
    with pytest.raises(BaselineError) as raised:
        add_to_history(file, EpisodeCounts.of(episodes), told, day=DAY)
    assert problem in str(raised.value)
    assert file.read_bytes() == before


def test_a_damaged_file_is_an_error_with_the_remedy(file: Path) -> None:
    for number in range(3):
        add(file, number, session({"a/1": number}))
    good = file.read_text()
    lines = good.splitlines(keepends=True)
    conflict = f"<<<<<<< HEAD\n{lines[0]}=======\n{lines[0]}>>>>>>> work\n{''.join(lines[1:])}"
    damaged = {
        good[:-30]: "line 4:",
        "".join(lines[:-1]): "it has 2 of 3 sessions",
        good + lines[-1]: "it has 4 of 3 sessions",
        "".join([*lines[:-1], lines[1]]): "it has a run twice",
        "".join([lines[0], lines[1], lines[3], lines[2]]): "",
        lines[0]: "it has 0 of 3 sessions",
        lines[0][:40]: "line 1:",
        conflict: "contains a merge conflict",
        "".join([lines[0], lines[1], "<<<<<<< HEAD\n", *lines[2:]]): "contains a merge conflict",
        good.replace('"solved":2', '"solved":9'): "line 4: tasks.a/1",
        good.replace("mmina-history/1", "mmina-history/2"): "update pytest-mmina",
    }
    for content, problem in damaged.items():
        file.write_text(content)
        if not problem:
            assert read_history(file), "the order is not checked: it decides nothing about a baseline"
            continue
        for read in (lambda: load_baseline(file.name, folder=file.parent), lambda: add(file, 9, session({"a/1": 1}))):
            with pytest.raises(BaselineError) as raised:
                read()
            assert problem in str(raised.value)
            assert str(file) in str(raised.value)
            assert "update" in str(raised.value) or "git checkout origin/main" in str(raised.value)
    file.write_text(good)
    assert add(file, 9, session({"a/1": 1}))


def test_a_history_is_not_overwritten_by_a_baseline_nor_the_other_way_round(file: Path) -> None:
    add(file, 0, session({"a/1": 3}))
    with pytest.raises(BaselineError, match="mmina history add"):
        require_writable(file)
    with pytest.raises(BaselineError, match="is a history of sessions"):
        save_baseline(file, EpisodeCounts.of(session({"a/1": 3})), facts(1), root=file.parent)
    other = file.with_name("baseline.json")
    save_baseline(other, EpisodeCounts.of(session({"a/1": 3})), facts(1), root=file.parent)
    with pytest.raises(BaselineError, match="is not a history"):
        add(other, 2, session({"a/1": 3}))


def test_a_baseline_that_was_compared_with_a_history_is_a_plain_one(file: Path) -> None:
    add(file, 0, session({"a/1": 3}))
    pooled, other = load_baseline(file.name, folder=file.parent), file.with_name("baseline.json")
    save_baseline(other, EpisodeCounts.of(session({"a/1": 3})), facts(1), root=file.parent, compared=pooled)
    assert {"sessions", "drift"} & json.loads(other.read_text()).keys() == set()


def test_old_sessions_keep_their_score_and_the_newest_are_the_baseline(file: Path) -> None:
    for number in range(30):
        counts = EpisodeCounts.of(session({"a/1": number % 3}))
        add_to_history(file, counts, facts(number), keep=1, day=DAY + timedelta(days=number))
    history = read_history(file)
    assert len(history.sessions) == 30
    assert [bool(one.tasks) for one in history.sessions] == [False] * 10 + [True] * 20
    assert all(one.score is not None for one in history.sessions)
    assert load_baseline(file.name, folder=file.parent).tasks["a/1"].trials == 3 * POOLED_DAYS


def test_the_reference_is_the_first_eight_sessions_and_scores_never_change(file: Path) -> None:
    seen: dict[str, object] = {}
    for number in range(12):
        add(file, number, session({"a/1": 3 if number < 8 else 0}))
        history = read_history(file)
        for one in history.sessions:
            assert (one.score is None) is (len(history.sessions) < 8)
            if one.score is not None:
                assert seen.setdefault(one.runs[0], one.score) == one.score
    assert history.tasks["a/1"].reference == Reference(solved=1, hops=2)
    assert history.sessions[7].score == Score(tasks=0, hops=0)
    assert history.sessions[8].score == Score(tasks=-1, hops=-0.5)


def test_a_restart_drops_what_was_before(file: Path) -> None:
    for number in range(3):
        add(file, number, session({"a/1": 3, "a/2": 3}))
    counts = EpisodeCounts.of(session({"a/1": 0}))
    left = facts(2, selection=Selection(deselected=frozenset({"a/2"})))
    add_to_history(file, counts, left, restart=True, day=DAY)
    assert [one.runs for one in read_history(file).sessions] == [("run-2",)]


def test_a_history_is_small(file: Path) -> None:
    """105 tasks of one to ten hops in three trials, over sixty sessions."""
    names = [f"normal/{number}" for number in range(105)]
    one_session = [
        record(name, (number + trial) % (number % 10 + 2), number % 10 + 1, trial=trial)
        for number, name in enumerate(names)
        for trial in (1, 2, 3)
    ]
    add(file, 0, one_session)
    history = read_history(file)
    sixty = tuple(history.sessions[0].model_copy(update={"runs": (f"run-{number:032}",)}) for number in range(60))
    write_history(file, history.model_copy(update={"sessions": sixty}))
    assert file.stat().st_size < 600_000
    assert len(read_history(file).baseline().tasks) == 105
