"""The control as the baseline of its own session: the same rules decide, and no lost episode opens a gate."""

from itertools import product
from typing import Any

import pytest

from pytest_mmina.core.choices import Arm
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.decision import Decision, Session, decide
from pytest_mmina.gate.record import gate_record
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.selection import ControlFacts, SessionFacts
from pytest_mmina.results.merging import merge
from pytest_mmina.results.plan import ResultsError
from pytest_mmina.results.reading import read_results, results_of
from tests.gate.records import record, records
from tests.results.folders import results


def of_arm(arm: Arm, episodes: list[EpisodeRecord]) -> list[EpisodeRecord]:
    """The same episodes as those of an arm."""
    agent = "old" if arm else "new"
    return [
        one.model_copy(update={"arm": arm, "agent": agent, "case": f"{one.case[:-1]}{'-' if arm else ''}{arm}]"})
        for one in episodes
    ]


def session(new: list[EpisodeRecord], old: list[EpisodeRecord], **facts: Any) -> list[EpisodeRecord]:
    return [*of_arm("", new), *of_arm("control", old)]


def decided(episodes: list[EpisodeRecord], facts: SessionFacts | None = None, **rules: Any) -> Decision:
    """Decide as a session does at its end."""
    found = results_of(episodes, facts or SessionFacts(control=ControlFacts(agent="old")))
    assert found.control is not None
    baseline = found.control.baseline(found.facts)
    of = Session(counts=found.counts, not_run=found.facts.not_run, skipped=found.facts.skipped, control=found.control)
    return decide(of, Rules.model_validate(rules), baseline)


def told(decision: Decision) -> str:
    return "; ".join(decision.reasons + decision.notes)


def many(solved: int, *, tasks: int = 8) -> list[EpisodeRecord]:
    return [one for task in range(tasks) for one in records(f"compare/{task}", solved, 3)]


def test_the_rates_of_a_session_are_those_of_the_new_agent() -> None:
    found = results_of(session(many(1), many(3)), SessionFacts(control=ControlFacts(agent="old")))
    assert (found.summary.episodes, found.summary.solved, found.counts.agents()) == (24, 8, ["new"])
    assert found.control is not None
    assert (found.control.agent, found.control.counts.solved, found.control.name) == ("old", 24, "control old")
    plain = results_of(of_arm("", many(1)), SessionFacts())
    assert (plain.control, plain.summary) == (None, found.summary)


@pytest.mark.parametrize(
    ("new", "old", "rules", "passed", "reason"),
    [
        (3, 3, {}, True, "no significant drop over 8 tasks: p = 1 for solved tasks"),
        (0, 3, {}, False, "fewer tasks are solved than chance allows: over 8 tasks"),
        (2, 3, {"regressions": "any"}, False, "solved less often than in the baseline"),
        (3, 2, {"regressions": "any"}, True, "no task was solved less often"),
        (
            2,
            3,
            {"regressions": "none", "max_drop": {"task": 0.2}},
            False,
            "a drop of 33.3 percentage points, 20.0 allowed",
        ),
        (2, 3, {"regressions": "none", "max_drop": {"task": 0.4}}, True, "a drop of 40.0 percentage points is allowed"),
    ],
)
def test_the_rules_compare_with_the_control(
    new: int, old: int, rules: dict[str, Any], passed: bool, reason: str
) -> None:
    decision = decided(session(many(new), many(old)), **rules)
    assert decision.passed is passed
    assert reason in told(decision)
    assert "the baseline is the control, old, which ran in turns with the new agent" in told(decision)


def test_an_agent_that_is_compared_with_itself_is_told() -> None:
    same = [one.model_copy(update={"agent": "old"}) for one in EQUAL]
    decision = decided(same)
    assert decision.passed
    assert "both agents are old: a comparison of an agent with itself shows nothing about a change" in told(decision)


def test_what_changed_is_told_since_the_control() -> None:
    found = results_of(session(many(2), many(3)), SessionFacts(control=ControlFacts(agent="old")))
    assert found.control is not None
    baseline = found.control.baseline(found.facts)
    of = Session(counts=found.counts, control=found.control)
    kept = gate_record(of, decision=None, baseline=baseline, file=found.control.name)
    assert kept.baseline is not None
    assert kept.changes is not None
    assert (kept.baseline.file, kept.baseline.agent, kept.changes.compared) == ("control old", "old", 8)
    assert kept.changes.counted() == {"worse": 8}


EQUAL = session(many(3), many(3))


@pytest.mark.parametrize(
    ("episodes", "facts", "reason"),
    [
        (of_arm("", many(3)), {}, "no episode of the control was recorded"),
        (EQUAL[:-1], {}, "1 task (compare/7) without the same trials of both agents"),
        (EQUAL[:-3], {}, "1 task (compare/7) without the same trials of both agents"),
        (EQUAL[1:], {}, "1 task (compare/0) without the same trials of both agents"),
        (EQUAL[3:], {}, "1 task (compare/0) without the same trials of both agents"),
        (EQUAL[:-3], {"allow_new": 5}, "1 task (compare/7) without the same trials of both agents"),
        (EQUAL, {"control": {"agent": "old", "not_run": 2}}, "2 selected cases of the control gave no episode"),
        (EQUAL[:-3], {"control": {"agent": "old", "skipped": ["compare/7"]}}, "1 task (compare/7) skipped, so not"),
        (EQUAL[3:], {"skipped": ["compare/0"]}, "1 task (compare/0) skipped, so not compared with the control"),
        (
            session(many(3, tasks=7), many(3, tasks=7)),
            {"skipped": ["compare/7"], "control": {"agent": "old", "skipped": ["compare/7"]}},
            "1 task (compare/7) skipped, so not compared with the control",
        ),
        (
            [*EQUAL, *session([record("x/1", 2, 2)], [record("x/1", 2, 2, fingerprint="f2")])],
            {},
            "1 task (x/1) changed while the session ran",
        ),
        (
            [*EQUAL[:-1], EQUAL[-1].model_copy(update={"agent": "older"})],
            {},
            "the episodes of the control are of several agents (old, older)",
        ),
        (session(many(3), [*many(3), record("x/1", 0, 2, outcome="errored")]), {}, "1 episode of the control errored"),
    ],
)
def test_a_control_that_is_not_whole_closes_the_gate(
    episodes: list[EpisodeRecord], facts: dict[str, Any], reason: str
) -> None:
    rules = {name: facts.pop(name) for name in ("allow_new",) if name in facts}
    read = SessionFacts.model_validate({"control": {"agent": "old"}, **facts})
    decision = decided(episodes, read, **rules)
    assert not decision.passed
    assert reason in told(decision)


def test_an_errored_episode_of_the_control_counts_as_solved() -> None:
    old = [record("compare/1", 0, 2, outcome="errored"), *records("compare/2", 0, 1)]
    new = [*records("compare/1", 0, 1), *records("compare/2", 0, 1)]
    decision = decided(session(new, old), max_errored=1, regressions="any")
    assert not decision.passed
    assert "1 task (compare/1) solved less often" in told(decision)
    assert "1 episode of the control errored and counted as solved" in told(decision)
    better = [*records("compare/1", 1, 1), *records("compare/2", 0, 1)]
    assert decided(session(better, old), max_errored=1, regressions="any").passed


@pytest.mark.parametrize("max_errored", [0, 1, 9])
def test_no_lost_episode_of_the_control_turns_a_decision_for_the_merge(max_errored: int) -> None:
    trials = [(task, trial) for task in ("a/1", "a/2") for trial in (1, 2)]
    for solved in product((True, False), repeat=4):
        old = [record(task, 2 * won, 2, trial=trial) for (task, trial), won in zip(trials, solved, strict=True)]
        for new_solved in product((True, False), repeat=2):
            new = [record(task, 2 * new_solved[trial - 1], 2, trial=trial) for task, trial in trials]
            rules: dict[str, Any] = {"regressions": "any", "max_errored": max_errored, "max_drop": {"hop": 0.3}}
            if decided(session(new, old), **rules).passed:
                continue
            for at, one in enumerate(old):
                errored = one.model_copy(update={"outcome": "errored", "credit": 0.0})
                for worse in ([*old[:at], *old[at + 1 :]], [*old[:at], errored, *old[at + 1 :]]):
                    assert not decided(session(new, worse), **rules).passed, (solved, new_solved, at)


def test_shards_are_merged_with_their_control(tmp_path: Any) -> None:
    control = {"agent": "old", "not_run": 1, "skipped": ["x/1"]}
    one = results(tmp_path / "1", session(records("a/1", 1, 2), records("a/1", 2, 2)), control=control, fixtures="s")
    two = results(tmp_path / "2", session(records("a/2", 1, 2), records("a/2", 2, 2)), control=control, fixtures="s")
    merged = merge([one, two], tmp_path / "whole")
    assert merged.facts.control == ControlFacts(agent="old", not_run=2, skipped=frozenset({"x/1"}))
    again = read_results(tmp_path / "whole")
    assert again.control is not None
    assert merged.control is not None
    assert (again.control.counts.solved, again.counts.solved) == (4, 2)
    assert again.summary == merged.summary
    for other in ({"agent": "older"}, None):
        three = results(tmp_path / f"3{other}", of_arm("", records("a/3", 1, 1)), control=other, fixtures="s")
        with pytest.raises(ResultsError, match="the sessions had different controls"):
            merge([one, three], tmp_path / "refused")


def broken(task: str, *, passed: int = 0, trial: int = 1) -> EpisodeRecord:
    return record(task, passed, 2, trial=trial, ending="failed").model_copy(
        update={"reason": "the agent raised KeyError: 'API_KEY'"}
    )


def test_a_control_that_breaks_in_each_episode_is_nothing_to_compare_with() -> None:
    breaks = [broken(f"compare/{task}", trial=trial + 1) for task in range(8) for trial in range(3)]
    decision = decided(session(many(3), breaks))
    (reason,) = decision.reasons
    assert reason.startswith("the control broke in each of its episodes before it passed a hop (compare/0: the agent")
    assert reason.endswith("raised KeyError: 'API_KEY'), so there is nothing to compare with: mend it and run again")
    with_errored = [record("compare/0", 0, 2, outcome="errored"), *breaks[1:]]
    assert "the control broke in each" in told(decided(session(many(3), with_errored), max_errored=1))


@pytest.mark.parametrize("worked", [broken("compare/0", passed=1), record("compare/0", 0, 2)])
def test_a_control_that_breaks_in_some_episodes_is_compared(worked: EpisodeRecord) -> None:
    breaks = [broken(f"compare/{task}", trial=trial + 1) for task in range(8) for trial in range(3)]
    decision = decided(session(many(3), [worked, *breaks[1:]]))
    assert decision.passed
    assert "the control broke in 23 episodes before it passed a hop (compare/0: the agent raised" in told(decision)
