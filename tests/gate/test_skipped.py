"""What was skipped has not passed: when it closes the gate, when it is only told, and what a baseline keeps."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.skips import (
    CHOSEN,
    WORDS,
    SkipCause,
    SkippedCases,
    SkipReason,
    cases_by_cause,
    grouped,
    in_order,
    main_reason,
)
from pytest_mmina.gate.baseline import Baseline, BaselineError, count_tasks, read_baseline
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.saving import save_baseline
from pytest_mmina.gate.selection import SessionFacts
from tests.gate.records import records

TWO = [*records("a/1", 3, 3), *records("a/2", 3, 3)]


def skips(*tasks: str, cause: SkipCause = "login", reason: str = "") -> tuple[SkippedCases, ...]:
    return grouped((task, SkipReason(cause=cause, reason=reason)) for task in tasks)


def baseline(episodes: list[EpisodeRecord]) -> Baseline:
    return Baseline(tasks=count_tasks(EpisodeCounts.of(episodes)))


def decided(
    episodes: list[EpisodeRecord],
    groups: tuple[SkippedCases, ...],
    before: Baseline | None = None,
    *,
    skipped: frozenset[str] | None = None,
    **rules: Any,
) -> tuple[bool, str]:
    tasks = frozenset(task for group in groups for task in group.tasks) if skipped is None else skipped
    session = Session(counts=EpisodeCounts.of(episodes), skipped=tasks, skips=groups)
    decision = decide(session, Rules.model_validate(rules), before)
    return decision.passed, "\n".join(decision.reasons + decision.notes)


@pytest.mark.parametrize("cause", WORDS)
@pytest.mark.parametrize("rules", [{}, {"regressions": "none"}, {"allow_skipped": 9}, {"min_task_rate": {"": 0}}])
@pytest.mark.parametrize("ran", [0, 2], ids=["in all trials", "in one trial"])
def test_a_task_of_the_baseline_that_is_skipped_closes_the_gate(
    cause: SkipCause, rules: dict[str, Any], ran: int
) -> None:
    episodes = [*records("a/1", 3, 3), *records("a/2", ran, ran)]
    passed, told = decided(episodes, skips("a/2", cause=cause), baseline(TWO), **rules)
    assert not passed
    assert "skipped 1 task (a/2) of the baseline, in a trial or in all of them: what was skipped has not passed" in told
    assert WORDS[cause] in told
    assert decided(TWO, (), baseline(TWO), **rules)[0]


@pytest.mark.parametrize("cause", WORDS)
@pytest.mark.parametrize("before", [None, baseline(records("a/1", 3, 3))], ids=["no baseline", "not in the baseline"])
def test_without_a_choice_a_skip_closes_the_gate_unless_it_is_allowed(
    cause: SkipCause, before: Baseline | None
) -> None:
    episodes = records("a/1", 3, 3)
    groups = skips("b/1", "b/1", "b/2", cause=cause)
    passed, told = decided(episodes, groups, before, min_task_rate={"": 0.5})
    assert passed is (cause in CHOSEN)
    assert "2 tasks skipped and not counted" in told
    assert f"skipped 3 cases of 2 tasks (b/1, b/2), {WORDS[cause]}" in told
    assert decided(episodes, groups, before, allow_skipped=2)[0]
    assert decided(episodes, groups, before, allow_skipped=1)[0] is (cause in CHOSEN)


def test_a_skip_whose_reason_is_not_known_was_not_chosen() -> None:
    assert not decided(TWO, (), skipped=frozenset({"b/1"}))[0]
    both = (*skips("b/1", cause="mark"), *skips("b/1", cause="run time"))
    assert not decided(TWO, both)[0], "one trial has a mark, another one skips itself"


def test_a_task_that_must_pass_and_is_skipped_has_not_passed() -> None:
    passed, told = decided(TWO, skips("a/3", cause="mark"), must_pass=("a/*",))
    assert not passed
    assert "1 task (a/3) must be solved in each trial, and was skipped (--mmina-must-pass)" in told
    assert decided(TWO, skips("b/3", cause="mark"), must_pass=("a/*",))[0]


def test_many_reasons_are_told_in_a_few_lines() -> None:
    groups = tuple(group for n in range(300) for group in skips(f"b/{n:03}", cause="run time", reason=f"no key {n:03}"))
    told = decided(TWO, in_order(groups))[1].splitlines()
    assert "skipped 1 case of 1 task (b/000), at run time: no key 000" in told
    assert told[-1] == "skipped 292 more, at run time"
    assert len(told) < 14
    assert cases_by_cause(groups) == {"run time": 300}


def test_equal_reasons_are_one_group_and_a_choice_comes_first() -> None:
    first, second = skips("a/1", "a/2", reason="save it"), skips("a/2", reason="save it")
    assert in_order([*first, *second]) == (
        SkippedCases(cause="login", reason="save it", tasks=frozenset({"a/1", "a/2"}), cases=3),
    )
    lacking = SkipReason(cause="login", reason="no login"), SkipReason(cause="not deployed", reason="none")
    assert main_reason(lacking) == SkipReason(cause="not deployed", reason="no login; none")
    assert main_reason(()) is None


@given(
    solved=st.lists(st.integers(0, 3), min_size=2, max_size=5),
    ran=st.lists(st.integers(0, 2), min_size=5, max_size=5),
    has_baseline=st.booleans(),
    rules=st.sampled_from([{"min_task_rate": {"": 0.5}}, {"regressions": "any"}, {"max_drop": {"task": 0.1}}]),
)
def test_a_skip_never_opens_a_gate(
    solved: list[int], ran: list[int], has_baseline: bool, rules: dict[str, Any]
) -> None:
    before = baseline([episode for n in range(len(solved)) for episode in records(f"a/{n}", 2, 3)])
    whole = [episode for n, number in enumerate(solved) for episode in records(f"a/{n}", number, 3)]
    # The trials beyond `ran` are skipped in all tasks but the first, and the best ones are those that are left.
    kept = [episode for episode in whole if episode.task == "a/0" or episode.trial <= ran[int(episode.task[2:])]]
    lost = skips(*(episode.task for episode in whole if episode not in kept), cause="run time")
    known = before if has_baseline else None
    assert decided(kept, lost, known, **rules)[0] <= decided(whole, (), known, **rules)[0]


def saved(file: Path, episodes: list[EpisodeRecord], *skipped: str, compared: Baseline | None = None) -> str:
    facts = SessionFacts(skipped=frozenset(skipped), skips=skips(*skipped))
    return save_baseline(file, EpisodeCounts.of(episodes), facts, root=file.parent, compared=compared).sentence(file)


def test_saving_keeps_the_counts_of_skipped_tasks(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    saved(file, [*TWO, *records("a/3", 1, 3)])
    now = [*records("a/1", 2, 3), *records("a/2", 1, 1)]
    told = saved(file, now, "a/2", "a/3", "b/1")
    assert told == (
        f"baseline: 3 tasks saved to {file}; 2 tasks (a/2, a/3) skipped and kept as before; 1 task (b/1) skipped and "
        "not in it"
    )
    counts = read_baseline(file).tasks
    assert [(name, task.solved, task.trials) for name, task in counts.items()] == [
        ("a/1", 2, 3), ("a/2", 3, 3), ("a/3", 1, 3),
    ]  # fmt: skip
    assert saved(file, now) == f"baseline: 2 tasks saved to {file}; 1 task (a/3) gone and dropped"


def test_a_new_file_keeps_what_was_skipped_from_the_baseline_of_the_session(tmp_path: Path) -> None:
    file = tmp_path / "new.json"
    told = saved(file, records("a/1", 2, 3), "a/2", compared=baseline(TWO))
    assert told == f"baseline: 2 tasks saved to {file}; 1 task (a/2) skipped and kept as before"
    assert read_baseline(file).tasks["a/2"].trials == 3


def test_half_a_task_is_not_saved(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    with pytest.raises(BaselineError, match="not complete: 2 of tasks with skipped trials"):
        saved(file, [*records("a/1", 3, 3), *records("a/2", 2, 2)], "a/2")
    assert not file.exists()


def test_two_tasks_with_one_id_are_not_saved(tmp_path: Path) -> None:
    counts = EpisodeCounts.of([*records("a/1", 3, 3), *records("a/1", 0, 1, fingerprint="f2")])
    with pytest.raises(BaselineError, match="4 of different tasks with one id"):
        save_baseline(tmp_path / "baseline.json", counts, SessionFacts(), root=tmp_path)
