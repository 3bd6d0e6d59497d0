"""Broken constraints and the gate: a limit, the baseline, and the same decision with trials left out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.core.tasks.constraints import Violation
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks, read_baseline, write_baseline
from pytest_mmina.gate.control import ControlCounts
from pytest_mmina.gate.decision import Decision, Session, decide
from pytest_mmina.gate.early_stop import EarlyStopped, undecided_tasks
from pytest_mmina.gate.exemptions import Exemption, Exemptions
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.significance import Levels
from tests.gate.records import record

BROKEN = Violation(name="nothing is ordered", kind="never", step=2, reason="it was")


def tried(task: str, *, violated: int, trials: int = 1, passed: int = 2, constraints: int = 1) -> list[EpisodeRecord]:
    """Trials of a task with two hops; the first ones broke its constraint."""
    found = []
    for number in range(trials):
        broken = number < violated
        made = record(task, passed, 2, trial=number + 1, outcome="partial" if broken else "")
        update = {"constraints": constraints, "violations": (BROKEN,) if broken else ()}
        found.append(made.model_copy(update=update))
    return found


def counts_of(*violated: int, trials: int = 1, **more: Any) -> EpisodeCounts:
    """One task for each number of trials that broke its constraint."""
    tasks = (tried(f"a/{at}", violated=broken, trials=trials, **more) for at, broken in enumerate(violated))
    return EpisodeCounts.of(one for task in tasks for one in task)


def decided(now: EpisodeCounts, before: EpisodeCounts | None = None, **rules: Any) -> Decision:
    baseline = Baseline(tasks=count_tasks(before)) if before is not None else None
    return decide(Session(counts=now), Rules.model_validate(rules), baseline)


def told(decision: Decision) -> str:
    return " ".join(decision.sentences())


def test_without_a_baseline_no_constraint_may_be_broken() -> None:
    closed = decided(counts_of(0, 1, 0), min_task_rate={"": 0.1})
    assert not closed.passed
    assert "1 episode broke a constraint, none allowed (--mmina-max-violations): 1 task (a/1)" in told(closed)
    assert decided(counts_of(0, 0)).passed
    assert decided(counts_of(0, 0)).decidable


@pytest.mark.parametrize(("most", "passed"), [(0, False), (1, False), (2, True), (9, True)])
@pytest.mark.parametrize("before", [None, counts_of(2, 2, 2, trials=2)])
def test_a_limit_is_one_on_episodes(most: int, passed: bool, before: EpisodeCounts | None) -> None:
    decision = decided(counts_of(1, 1, 0, trials=2), before, max_violations=most)
    assert decision.passed is passed
    assert f"2 episodes broke a constraint, {most} allowed (--mmina-max-violations)" in told(decision)


def test_with_a_baseline_more_than_chance_allows_closes() -> None:
    before = counts_of(*[0] * 12)
    few, many = (decided(counts_of(*[1] * broken, *[0] * (12 - broken)), before) for broken in (2, 12))
    assert "constraints broken in 0 of 12 episodes of the baseline, in 2 of 12 episodes now, p = 0.25" in told(few)
    assert "more constraints are broken than chance allows" not in told(few)
    assert "more constraints are broken than chance allows: constraints broken in 0 of 12 episodes" in told(many)
    assert not many.passed
    same = counts_of(*[1] * 12)
    assert decided(same, same).passed


def test_solved_or_not_more_violations_close_by_their_own_test() -> None:
    """The other tests find nothing: no task was solved before, and all hops pass now too."""
    before = EpisodeCounts.of(
        one.model_copy(update={"outcome": "partial"}) for n in range(9) for one in tried(f"a/{n}", violated=0)
    )
    decision = decided(counts_of(*[1] * 9), before)
    (reason,) = decision.reasons
    assert reason.startswith("more constraints are broken than chance allows")


@pytest.mark.parametrize(("now", "regressions", "passed"), [
    ((1, 1), "any", True), ((1, 2), "any", False), ((2, 0), "any", False), ((2, 2), "none", True),
])  # fmt: skip
def test_any_and_none(now: tuple[int, ...], regressions: str, passed: bool) -> None:
    unsolved = {"trials": 2, "passed": 1}
    decision = decided(counts_of(*now, **unsolved), counts_of(1, 1, **unsolved), regressions=regressions)
    assert decision.passed is passed


def test_a_task_without_a_baseline_may_break_nothing_unless_it_is_accepted() -> None:
    before = Baseline(tasks=count_tasks(counts_of(0)))
    session, rules = Session(counts=counts_of(0, 1)), Rules(allow_new=1)
    closed = decide(session, rules, before)
    assert "1 task (a/1) broke a constraint and cannot be compared with the baseline" in told(closed)
    known = Baseline(tasks=count_tasks(counts_of(0, 0)))
    accepted = Exemptions(accepted=(Exemption(task="a/1", reason="", day="2026-01-01", place=""),))
    assert decide(session, rules, known, accepted).passed


def test_the_share_of_alpha_is_taken_from_the_others_only_where_there_are_constraints() -> None:
    for constrained in (False, True):
        assert sum(Levels.of(0.05, constrained=constrained)) == pytest.approx(0.05)
    assert Levels.of(0.05).violations == 0
    plain = decided(counts_of(0, constraints=0), counts_of(0, constraints=0))
    assert "level 0.025" in told(plain)
    assert "level 0.02)" in told(decided(counts_of(0), counts_of(0)))


def test_what_breaks_a_constraint_counts_even_if_it_errored() -> None:
    (one,) = tried("a/1", violated=1)
    errored = EpisodeCounts.of([one.model_copy(update={"outcome": "errored", "errored": "site"})])
    assert errored.violated == 1
    assert "1 episode broke a constraint" in told(decided(errored, max_errored=1))


def test_an_errored_episode_of_the_control_broke_nothing() -> None:
    (one,) = tried("a/1", violated=1, passed=0)
    control = ControlCounts()
    control.add(one.model_copy(update={"outcome": "errored", "errored": "site"}))
    assert (control.counts.violated, control.counts.solved) == (0, 1)
    # Hops that it did not reach count as passed too.
    assert dict(control.counts.tasks["a/1"].hops) == {"hop 0": 1, "hop 1": 1}


def test_a_gate_that_only_violations_can_close_can_close() -> None:
    before = counts_of(0, passed=0)
    assert not decided(before, before).decidable, "one trial of one task"
    assert decided(before, before, max_violations=0).decidable


def test_a_baseline_keeps_violations_and_credit_only_where_there_are_any(tmp_path: Any) -> None:
    half = [HopRecord(name="reward", passed=False, reason="", score=0.5)]
    scored = record("b/1", 0, 1).model_copy(update={"hops": tuple(half), "credit": 0.5})
    counts = EpisodeCounts.of([*tried("a/1", violated=1, trials=2), record("c/1", 1, 2), scored])
    file = tmp_path / "baseline.json"
    write_baseline(file, Baseline(tasks=count_tasks(counts)))
    lines = {line.split('"')[1]: line for line in file.read_text().splitlines() if '"trials"' in line}
    assert '"violations": 1' in lines["a/1"]
    assert '"credit": {"6": 1}' in lines["b/1"]
    assert not any(field in lines["c/1"] for field in ("credit", "violations", "constraints"))
    again = read_baseline(file)
    assert again.tasks == count_tasks(counts)
    assert again.tasks["c/1"].earned == {12: 1}


@pytest.mark.parametrize("counts", [{"credit": {"0": 2}}, {"credit": {"-1": 1}}, {"violations": 2}])
def test_counts_that_do_not_fit_are_refused(counts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"1 trials|Input should"):
        TaskCounts.model_validate({"trials": 1, "solved": 0, "hops": {"a": 0}, **counts})


def test_credit_that_fell_is_found_though_no_hop_passed_before_or_now() -> None:
    def scored(score: float) -> EpisodeCounts:
        hop = HopRecord(name="reward", passed=False, reason="", score=score)
        return EpisodeCounts.of(
            record(f"a/{n}", 0, 1).model_copy(update={"hops": (hop,), "credit": score}) for n in range(7)
        )

    decision = decided(scored(0.25), scored(0.75))
    assert "fewer hops pass than chance allows: over 7 tasks, p = 0.00781" in told(decision)
    assert decided(scored(0.75), scored(0.25)).passed


outcomes = st.tuples(st.integers(0, 2), st.booleans())
"""How many of two hops passed, and whether the constraint was broken."""


def episode(task: str, trial: int, ended: tuple[int, bool]) -> EpisodeRecord:
    passed, violated = ended
    (made,) = tried(task, violated=int(violated), passed=passed)
    outcome = made.outcome if not violated else "partial" if passed else "unsolved"
    return made.model_copy(update={"trial": trial, "outcome": outcome, "case": f"{made.case}{trial}"})


rules = st.builds(
    Rules,
    max_violations=st.sampled_from([None, None, 0, 1, 3]),
    regressions=st.sampled_from(["significant", "significant", "any", "none"]),
    alpha=st.sampled_from([0.05, 0.5, 0.9]),
    min_task_rate=st.sampled_from([{}, {"": 0.4}]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(outcomes, min_size=2, max_size=4), min_size=1, max_size=4), st.booleans(), rules, st.data())
def test_a_session_stopped_early_is_decided_as_the_whole_one(
    several: list[list[tuple[int, bool]]], compared: bool, given_rules: Rules, data: st.DataObject
) -> None:
    episodes = [episode(f"a/{at}", trial, one) for at, task in enumerate(several) for trial, one in enumerate(task, 1)]
    earlier = [episode(one.task, one.trial, data.draw(outcomes)) for one in episodes]
    baseline = Baseline(tasks=count_tasks(EpisodeCounts.of(earlier))) if compared else None
    known: list[EpisodeRecord] = []
    outstanding = {one.case: one for one in episodes}
    for one in episodes:
        if one.trial == 1 or one.task in undecided_tasks(known, list(outstanding.values()), given_rules, baseline):
            known.append(outstanding.pop(one.case))
    whole = decide(Session(counts=EpisodeCounts.of(episodes)), given_rules, baseline)
    stopped = EarlyStopped.of(list(outstanding.values()), known, given_rules, baseline)
    early = decide(Session(counts=EpisodeCounts.of(known), stopped=stopped), given_rules, baseline)
    assert early.passed is whole.passed, (whole.reasons, early.reasons)
    assert early.decidable is whole.decidable


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(outcomes, outcomes, outcomes), min_size=1, max_size=12), st.booleans(), rules)
def test_fewer_violations_and_more_hops_never_close(
    several: list[tuple[tuple[int, bool], ...]], compared: bool, given_rules: Rules
) -> None:
    sides: list[list[EpisodeRecord]] = [[], [], []]
    for at, (before, now, gain) in enumerate(several):
        better = (max(now[0], gain[0]), now[1] and gain[1])
        for side, ended in zip(sides, (before, now, better), strict=True):
            side.append(episode(f"a/{at}", 1, ended))
    baseline = Baseline(tasks=count_tasks(EpisodeCounts.of(sides[0]))) if compared else None
    worse, best = (decide(Session(counts=EpisodeCounts.of(side)), given_rules, baseline) for side in sides[1:])
    assert best.passed or not worse.passed, (worse.reasons, best.reasons)
