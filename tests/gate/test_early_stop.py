"""Trials are left out only where the decision is the same with them, whatever they would have given."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.early_stop import EarlyStopped, terms_fingerprint, undecided_tasks
from pytest_mmina.gate.rules import Rules
from tests.gate.records import record, records

RATES = st.dictionaries(st.sampled_from(["", "a", "b"]), st.sampled_from([0.0, 0.3, 0.5, 0.75, 1.0]), max_size=2)
RULES = st.builds(
    Rules,
    min_hop_rate=RATES,
    min_task_rate=RATES,
    max_drop=st.dictionaries(st.sampled_from(["hop", "task"]), st.sampled_from([0.0, 0.1, 0.4]), max_size=2),
    regressions=st.sampled_from(["significant", "any", "none"]),
    alpha=st.sampled_from([0.05, 0.5, 0.9]),
    must_pass=st.lists(st.sampled_from(["a/*", "b/1"]), max_size=1).map(tuple),
    max_errored=st.just(99),
    require_power=st.booleans(),
)


def session_stopped_early(
    episodes: list[EpisodeRecord], rules: Rules, baseline: Baseline | None
) -> tuple[list[EpisodeRecord], list[EpisodeRecord]]:
    """Run trials one after another, the first ones always; gives the episodes, and those that were left out."""
    known: list[EpisodeRecord] = []
    outstanding = {episode.case: episode for episode in episodes}
    for episode in episodes:
        undecided = undecided_tasks(known, list(outstanding.values()), rules, baseline)
        if episode.trial == 1 or episode.task in undecided:
            known.append(outstanding.pop(episode.case))
    return known, list(outstanding.values())


@settings(max_examples=150, deadline=None)
@given(RULES, st.booleans(), st.randoms(use_true_random=False))
def test_a_decision_is_never_another_one(rules: Rules, compared: bool, dice: Random) -> None:
    """Simulated sessions, of agents that are good at some tasks and bad at others, by rules of all kinds."""
    tasks = [f"{subset}/{number}" for subset in "ab" for number in range(1, dice.randint(2, 5))]
    trials, hops = dice.randint(2, 6), {task: dice.randint(1, 3) for task in tasks}
    before, now = ({task: dice.choice([0, 0.2, 0.8, 1]) for task in tasks} for _ in range(2))
    baseline = Baseline(tasks=count_tasks(EpisodeCounts.of(played(before, hops, trials, dice)))) if compared else None
    if baseline is None:
        rules = rules.model_copy(update={"max_drop": {}})
    episodes = played(now, hops, trials, dice)
    dice.shuffle(episodes)
    known, left_out = session_stopped_early(episodes, rules, baseline)
    whole = decide(Session(counts=EpisodeCounts.of(episodes)), rules, baseline)
    stopped = EarlyStopped.of(left_out, known, rules, baseline)
    early = decide(Session(counts=EpisodeCounts.of(known), stopped=stopped), rules, baseline)
    assert early.passed is whole.passed, (whole.reasons, early.reasons)
    assert early.decidable is whole.decidable
    assert {episode.task for episode in known} == set(tasks), "of every task something is known"


def played(chances: Mapping[str, float], hops: Mapping[str, int], trials: int, dice: Random) -> list[EpisodeRecord]:
    """Trials of every task; one that is not solved has passed some of its hops, and one in twenty errored."""
    found = []
    for task, chance in chances.items():
        for trial in range(1, trials + 1):
            passed = hops[task] if dice.random() < chance else dice.randrange(hops[task])
            outcome = "errored" if dice.random() < 0.05 else ""
            found.append(record(task, 0 if outcome else passed, hops[task], trial=trial, outcome=outcome))
    return found


def of_rules(**rules: Any) -> Rules:
    return Rules.model_validate(rules)


KNOWN = [*records("a/1", 1, 1), *records("a/2", 0, 1), *records("b/1", 1, 2)]
AHEAD = [*records("a/1", 0, 4)[1:], *records("a/2", 0, 4)[1:], *records("b/1", 0, 4)[2:]]
BEFORE = Baseline(
    tasks=count_tasks(EpisodeCounts.of([*records("a/1", 2, 4), *records("a/2", 0, 4), *records("b/1", 1, 4)]))
)


@pytest.mark.parametrize(
    ("rules", "baseline", "undecided"),
    [
        ({}, None, set()),
        ({"must_pass": ("a/1",)}, None, {"a/1"}),
        ({"must_pass": ("a/*",)}, None, set()),
        ({"min_task_rate": {"": 0.5}}, None, {"a/1", "a/2", "b/1"}),
        ({"min_task_rate": {"": 0.1}}, None, set()),
        ({"min_task_rate": {"": 0.9}}, None, set()),
        ({"min_task_rate": {"a": 0.5, "b": 0.1}}, None, {"a/1", "a/2"}),
        ({"min_hop_rate": {"b": 0.6}}, None, {"b/1"}),
        ({"regressions": "any"}, BEFORE, {"a/1"}),
        ({"regressions": "none"}, BEFORE, set()),
        ({"max_drop": {"task": 0.9}, "regressions": "none"}, BEFORE, set()),
    ],
)
def test_what_is_undecided(rules: dict[str, Any], baseline: Baseline | None, undecided: set[str]) -> None:
    assert undecided_tasks(KNOWN, AHEAD, of_rules(**rules), baseline) == undecided


def test_an_errored_episode_decides_nothing() -> None:
    errored = record("a/1", 0, 2, outcome="errored")
    assert undecided_tasks([errored], AHEAD[:1], of_rules(must_pass=("a/1",)), None) == {"a/1"}


def test_hops_that_nobody_planned_are_waited_for() -> None:
    rules = of_rules(min_hop_rate={"": 0.1})
    assert undecided_tasks(KNOWN, AHEAD, rules, None) == frozenset()
    assert undecided_tasks(KNOWN, AHEAD, rules, None, hops_may_vary={AHEAD[0].case}) == {"a/1", "a/2", "b/1"}


def test_other_rules_ask_for_what_was_left_out() -> None:
    rules = of_rules(must_pass=("a/1",))
    session = Session(
        counts=EpisodeCounts.of(records("a/1", 2, 2)),
        stopped=EarlyStopped(trials=3, terms=terms_fingerprint(rules, None)),
    )
    decision = decide(session, rules)
    assert decision.passed
    assert decision.notes[0].startswith("3 trials stopped early: they could not have changed the decision")
    for other, baseline in ((of_rules(min_task_rate={"": 0.1}), None), (rules, BEFORE)):
        assert (
            "3 trials stopped early for other rules or another baseline" in decide(session, other, baseline).reasons[0]
        )
