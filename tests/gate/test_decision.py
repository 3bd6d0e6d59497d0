"""Every rule, open and closed, and whatever closes a gate in which something is missing."""

from dataclasses import replace
from typing import Any

import pytest

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.rules import Rules
from tests.gate.records import record, records

SOUND = [record("compare/2", 1, 2), record("compare/1", 2, 2), record("multi567/1", 0, 5)]


def decided(session: Session, baseline: Baseline | None = None, **rules: Any) -> tuple[bool, str]:
    decision = decide(session, Rules.model_validate(rules), baseline)
    return decision.passed, "; ".join(decision.reasons + decision.notes)


def of(episodes: list[EpisodeRecord], **fields: Any) -> Session:
    return Session(counts=EpisodeCounts.of(episodes), **fields)


def baseline_of(episodes: list[EpisodeRecord], **fields: object) -> Baseline:
    return Baseline.model_validate({"tasks": count_tasks(EpisodeCounts.of(episodes)), **fields})


@pytest.mark.parametrize(
    ("rules", "passed", "reason"),
    [
        ({"min_hop_rate": {"": 0.3}}, True, "hop success rate 33.3% >= 30.0%"),
        ({"min_hop_rate": {"": 0.34}}, False, "hop success rate 33.3% < 34.0% (--mmina-min-hop-rate)"),
        ({"min_task_rate": {"": 1 / 3}}, True, "task success rate 33.3% >= 33.3%"),
        ({"min_hop_rate": {"": 0.3}, "min_task_rate": {"": 0.5}}, False, "task success rate 33.3% < 50.0%"),
        ({"min_hop_rate": {"compare": 0.75}}, True, "hop success rate of compare 75.0% >= 75.0%"),
        ({"min_hop_rate": {"": 0, "multi567": 0.1}}, False, "hop success rate of multi567 0.0% < 10.0%"),
        ({"min_task_rate": {"shopping": 0}}, False, "no episode of the subset shopping (--mmina-min-task-rate)"),
        ({"must_pass": ("compare/1",)}, True, "1 episode of 'compare/1' solved"),
        ({"must_pass": ("compare/*",)}, False, "1 task (compare/2) must be solved in each trial, and was not"),
        ({"must_pass": ("shopping/*",)}, False, "no episode of a task like 'shopping/*'"),
        ({"max_drop": {"hop": 0.1}}, False, "there is no baseline"),
        ({}, True, "every selected case gave an episode"),
    ],
)
def test_rules_without_a_baseline(rules: dict[str, Any], passed: bool, reason: str) -> None:
    decision, reasons = decided(of(SOUND), **rules)
    assert decision is passed
    assert reason in reasons


@pytest.mark.parametrize(
    ("session", "reason"),
    [
        (of([]), "no episode was recorded"),
        (of([*SOUND, record("multi567/2", 0, 5, outcome="errored")]), "1 episode errored: see their reasons"),
        (of(SOUND, not_run=2), "2 selected cases gave no episode"),
        (of([], skipped={"a/1", "a/2"}), "no episode was recorded"),
    ],
)
def test_whatever_is_missing_closes_the_gate(session: Session, reason: str) -> None:
    asked: tuple[dict[str, Any], ...] = ({}, {"min_hop_rate": {"": 0.0}}, {"min_task_rate": {"": 0.0}})
    for rules in asked:
        passed, reasons = decided(session, **rules)
        assert not passed
        assert reason in reasons


def test_errored_episodes_may_be_allowed() -> None:
    session = of([*SOUND, record("multi567/2", 0, 5, outcome="errored")])
    assert decided(session, max_errored=1)[0]


BEFORE = [*records("a/1", 5, 5), *records("a/2", 3, 5), *records("a/3", 0, 5)]


@pytest.mark.parametrize(
    ("rules", "passed", "reason"),
    [
        (
            {"max_drop": {"task": 0.07}},
            True,
            "task success rate 53.3% in the baseline, 46.7% now: a drop of 7.0 percentage points is allowed",
        ),
        ({"max_drop": {"task": 0.06}}, False, "46.7% now: a drop of 6.7 percentage points, 6.0 allowed"),
        ({"max_drop": {"hop": 0.03}}, False, "hop success rate 76.7% in the baseline, 73.3% now: a drop of 3.3 p"),
        ({"max_drop": {"hop": 0.04}}, True, "hop success rate 76.7% in the baseline"),
        ({"regressions": "any"}, False, "1 task (a/2) solved less often than in the baseline"),
        ({"regressions": "none"}, True, "task success rate 53.3% in the baseline, 46.7% now"),
        (
            {},
            True,
            "no significant drop over 3 tasks: p = 0.5 for solved tasks (level 0.025), p = 0.5 for hops (level "
            "0.0125), p = 1 for the number of tasks that fell (level 0.005), p = 1 for the number of tasks whose hops "
            "fell (level 0.0025) (--mmina-regressions significant)",
        ),
        ({}, True, "this many trials can show a drop of the task success rate of "),
        ({"max_drop": {"task": 0.1}}, True, "to show a drop of 10.0 percentage points, run "),
    ],
)
def test_rules_against_a_baseline(rules: dict[str, Any], passed: bool, reason: str) -> None:
    now = [*records("a/1", 5, 5), *records("a/2", 2, 5), *records("a/3", 0, 5)]
    decision, reasons = decided(of(now), baseline_of(BEFORE), **rules)
    assert reason in reasons
    assert decision is passed


def test_a_significant_drop_closes_the_gate() -> None:
    before = [episode for n in range(20) for episode in records(f"a/{n}", 4, 5)]
    now = [episode for n in range(20) for episode in records(f"a/{n}", 2, 5)]
    passed, reasons = decided(of(now), baseline_of(before))
    assert not passed
    assert "fewer tasks are solved than chance allows: over 20 tasks, p = " in reasons
    assert decided(of(before), baseline_of(now))[0], "more are solved"


def test_a_single_task_is_named() -> None:
    steady = [episode for n in range(20) for episode in records(f"a/{n}", 10, 10)]
    passed, reasons = decided(of([*steady, *records("b/1", 2, 10)]), baseline_of([*steady, *records("b/1", 50, 50)]))
    assert not passed
    assert "b/1 fell from 50 of 50 to 2 of 10, p = " in reasons


def test_other_numbers_of_trials_give_no_task_another_weight() -> None:
    before = [*records("a/1", 20, 20), *records("a/2", 0, 2)]
    now = [*records("a/1", 2, 2), *records("a/2", 0, 20)]
    passed, reasons = decided(of(now), baseline_of(before), max_drop={"task": 0.0})
    assert passed
    assert "task success rate 50.0% in the baseline, 50.0% now" in reasons


def test_a_task_that_is_gone_closes_the_gate() -> None:
    session = of(records("a/1", 5, 5) + records("a/2", 3, 5))
    passed, reasons = decided(session, baseline_of(BEFORE))
    assert not passed
    assert "1 task (a/3) of the baseline did not run, although selected" in reasons
    passed, reasons = decided(replace(session, left_out=frozenset({"a/3"})), baseline_of(BEFORE))
    assert passed
    assert "1 task (a/3) of the baseline left out by the selection of this session, so not compared" in reasons


def test_a_shard_alone_says_that_it_is_one() -> None:
    def told(shard: str) -> bool:
        notes = decide(replace(of(BEFORE), shard=shard), Rules()).notes
        return "this decision is about shard 1/2 alone: merge all of them to decide" in notes

    assert (told("1/2"), told("1/1"), told("")) == (True, False, False)


def test_new_tasks_are_allowed_by_number() -> None:
    session = of([*BEFORE, *records("b/1", 5, 5)])
    passed, reasons = decided(session, baseline_of(BEFORE))
    assert not passed
    assert "1 task (b/1) not in the baseline, 0 allowed (--mmina-allow-new)" in reasons
    passed, reasons = decided(session, baseline_of(BEFORE), allow_new=1)
    assert passed
    assert "1 task (b/1) not in the baseline, so not compared" in reasons


def test_changed_tasks_are_allowed_by_number() -> None:
    now = [*records("a/1", 0, 5, fingerprint="f2"), *records("a/2", 3, 5), *records("a/3", 0, 5)]
    rules: dict[str, Any] = {"regressions": "any", "max_drop": {"task": 0}}
    passed, reasons = decided(of(now), baseline_of(BEFORE), **rules)
    assert not passed
    assert (
        "1 task (a/1) changed since the baseline and cannot be compared, 0 allowed (--mmina-allow-changed): save a new "
        "baseline" in reasons
    )
    passed, reasons = decided(of(now), baseline_of(BEFORE), **rules, allow_changed=1)
    assert passed
    assert "1 task (a/1) changed since the baseline and not compared" in reasons
    passed, reasons = decided(of(records("a/1", 5, 5, fingerprint="f2")), baseline_of(records("a/1", 5, 5)))
    assert not passed
    assert "no task can be compared with the baseline: all of them are new or changed" in reasons


def test_other_sites_are_told() -> None:
    told = decided(of(BEFORE, fixtures="new"), baseline_of(BEFORE, fixtures="old"))[1]
    assert "the sites are not those of the baseline" in told


def test_another_browser_or_agent_is_told() -> None:
    now = [episode.model_copy(update={"browser": "chromium 141.0"}) for episode in BEFORE]
    told = decided(of(now), baseline_of(BEFORE, browser="chromium 140.0", agent="other:Agent"))[1]
    assert "the browser is not that of the baseline: chromium 140.0 there, chromium 141.0 now" in told
    assert "the agent is not that of the baseline: other:Agent there, script now" in told
    assert "is not that of the baseline" not in decided(of(now), baseline_of(BEFORE, browser="chromium 141.0"))[1]


def test_a_collapse_of_hops_closes_the_gate_although_no_task_was_ever_solved() -> None:
    before = [record(f"a/{n}", 2, 3) for n in range(10)]
    now = [record(f"a/{n}", 0, 3) for n in range(10)]
    passed, reasons = decided(of(now), baseline_of(before))
    assert not passed
    assert "fewer hops pass than chance allows: over 10 tasks, p = 0.000977, level 0.0125 (--mmina-reg" in reasons
    assert "only hops" in reasons
    assert "no task was solved in the baseline, so the task success rate cannot fall" in reasons
    assert decided(of(before), baseline_of(now))[0], "more hops pass"
    assert decided(of(now[:4]), baseline_of(before[:4]))[0], "four are too few"


def test_falls_are_not_hidden_by_as_many_rises() -> None:
    falls = [[*records(f"a/{n}", solved, 3)] for n in range(50) for solved in (3, 0)]
    rises = [[*records(f"b/{n}", solved, 3)] for n in range(50) for solved in (0, 3)]
    before = [episode for task in [*falls[::2], *rises[::2]] for episode in task]
    now = [episode for task in [*falls[1::2], *rises[1::2]] for episode in task]
    decision = decide(of(now), Rules(), baseline_of(before))
    assert not decision.passed
    assert "more tasks fell than chance allows (50 fell): over 100 tasks, p < 1e-12, level 0.005" in decision.reasons[0]
    assert decision.fell == tuple(sorted(f"a/{n}" for n in range(50)))
    assert any("fell, at a false discovery rate of 10%: this alone decides nothing" in note for note in decision.notes)


def test_nearly_all_tasks_changed() -> None:
    before = [record(f"a/{n}", 2, 2) for n in range(105)]
    now = [record(f"a/{n}", 0, 2, fingerprint="f2") for n in range(104)] + [record("a/104", 2, 2)]
    passed, reasons = decided(of(now), baseline_of(before))
    assert not passed
    assert "104 tasks (a/0, a/1, a/10, a/100, a/101 and 99 more) changed since the baseline" in reasons


FOUR_OF_TWENTY = [record(f"a/{n}", 2 if n < 4 else 0, 2) for n in range(20)]


@pytest.mark.parametrize(
    ("before", "rules", "decidable", "warning"),
    [
        (FOUR_OF_TWENTY, {}, False, "run 2 times as many trials of each task, in the baseline too"),
        (FOUR_OF_TWENTY, {"regressions": "any"}, True, ""),
        (FOUR_OF_TWENTY, {"must_pass": ("a/1",)}, True, ""),
        (FOUR_OF_TWENTY, {"regressions": "none"}, False, "give it a rule that failures break"),
        (FOUR_OF_TWENTY, {"alpha": 0.5}, True, ""),
        ([record("a/1", 0, 2)], {}, False, "no task was solved and no hop passed in the baseline, so nothing can fall"),
        (None, {"min_hop_rate": {"": 0}}, False, "such as --mmina-min-hop-rate or --mmina-baseline"),
        (None, {"min_hop_rate": {"": 0.1}}, True, ""),
        (None, {}, False, "not even if every trial had failed"),
        ([record(f"a/{n}", 1, 2) for n in range(7)], {}, True, ""),
        ([record(f"a/{n}", 1, 2) for n in range(4)], {}, False, "could not have closed"),
    ],
)
def test_a_gate_that_cannot_close_says_so(
    before: list[EpisodeRecord] | None, rules: dict[str, Any], decidable: bool, warning: str
) -> None:
    for success in (True, False):
        now = [record(episode.task, 2 if success else 0, 2) for episode in before or SOUND]
        session, baseline = of(now), baseline_of(before) if before is not None else None
        decision = decide(session, Rules.model_validate(rules), baseline)
        assert decision.decidable is decidable
        assert warning in decision.warning
        assert bool(decision.warning) is not decidable
        assert decidable or decision.passed, "it could not have closed"
        asked = decide(session, Rules.model_validate({**rules, "require_power": True}), baseline)
        assert asked.passed is (decision.passed and decidable)
        if not decidable:
            assert "no result could have closed the gate by its other rules (--mmina-require-power)" in asked.reasons


def test_a_drop_that_is_larger_than_the_rate_is_never_promised() -> None:
    for before in ([record("a/1", 2, 2)], FOUR_OF_TWENTY):
        told = decided(of(before), baseline_of(before))[1]
        assert "this many trials cannot show a drop of the task success rate, which was" in told
        assert "to show a drop to 0, run " in told
        assert "can show a drop of the task success rate of" not in told


def test_falls_of_hops_are_not_hidden_by_as_many_rises() -> None:
    before = [record(f"a/{n}", 3 if n < 50 else 0, 4, trial=trial) for n in range(100) for trial in (1, 2, 3)]
    now = [record(f"a/{n}", 0 if n < 50 else 3, 4, trial=trial) for n in range(100) for trial in (1, 2, 3)]
    passed, reasons = decided(of(now), baseline_of(before))
    assert not passed
    assert reasons.startswith(
        "in more tasks than chance allows, fewer trials pass half of the hops (50 fell): over 100 "
    )


def test_a_collapse_of_a_whole_suite_closes_the_gate_although_few_tasks_were_solved() -> None:
    """105 tasks once each, four of them solved: solved trials alone give p = 0.0625."""
    before = [record(f"a/{n}", 13 if n < 4 else 8, 13) for n in range(105)]
    now = [record(f"a/{n}", 0, 13) for n in range(105)]
    passed, reasons = decided(of(now), baseline_of(before))
    assert not passed
    assert "hop success rate 63.0% in the baseline, 0.0% now" in reasons
    assert reasons.startswith("fewer hops pass than chance allows: over 105 tasks, p < 1e-12, level 0.0125")
    passed, reasons = decided(of(before), baseline_of(before))
    assert passed
    assert "no number of failed tasks could close the gate, only hops" in reasons


def test_two_tasks_with_one_id_close_the_gate() -> None:
    other = [episode.model_copy(update={"fingerprint": "f2"}) for episode in records("a/1", 0, 1)]
    passed, reasons = decided(of([*BEFORE, *other]), baseline_of(BEFORE))
    assert not passed
    assert "1 task (a/1) stands for several different tasks, which are counted as one" in reasons
