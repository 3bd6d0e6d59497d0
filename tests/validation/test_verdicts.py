"""What the attempts say of a task, and how people and programs read it."""

import json
from typing import Any

import pytest
from pydantic import JsonValue

from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.validation.kinds import IGNORANT, KINDS, MUTANTS, Kind, UnknownKindError, needs_solution, read_kinds
from pytest_mmina.validation.notes import AnswerNote, Note, is_same_work, keep_note, new_acts, read_notes
from pytest_mmina.validation.outcome import Outcome
from pytest_mmina.validation.plan import PlannedTask
from pytest_mmina.validation.verdicts import (
    Verdict,
    earned_hops,
    questions,
    settled,
    verdict_of,
    verdicts_of_answers,
)

BUYS: dict[str, Any] = {"action": "added", "id": "kettle", "quantity": 1}
LOOKS: dict[str, Any] = {"action": "viewed", "kind": "cart"}
ORDERS: dict[str, Any] = {"action": "ordered", "number": "1"}
DONE: dict[str, JsonValue] = {"shop": {"cart": ["kettle"], "orders": [], "activity": [BUYS]}}


def note(kind: Kind = "date", states: dict[str, JsonValue] | None = None, **fields: Any) -> Note:
    found = {"cart": ["kettle", "tea"], "orders": [], "activity": [BUYS, {**BUYS, "id": "tea"}]}
    own = {"shop": found} if states is None else states
    return Note(**{"task": "a/1", "attempt": "somebody", "kind": kind, "states": own, **fields})


def record(*passed: bool, outcome: str = "", **fields: Any) -> EpisodeRecord:
    hops = tuple(
        HopRecord(name=f"hop {at}", passed=one, step=at, url="https://a.example/", reason="seen" if one else "not")
        for at, one in enumerate(passed, start=1)
    )
    own: dict[str, Any] = {
        "case": "a", "task": "a/1", "trial": 1, "subset": "a", "agent": "somebody", "hops": hops, "credit": 0.0,
        "steps": 3, "seconds": 1.0, "reason": "the agent stopped", "answer": "", "blocked": 0,
        "outcome": outcome or ("solved" if all(passed) else "partial" if any(passed) else "unsolved"),
    }  # fmt: skip
    return EpisodeRecord(**{**own, **fields})


def task(intent: str = "Put a kettle into the cart.") -> PlannedTask:
    return PlannedTask(id="a/1", intent=intent, hops=("hop 1", "hop 2"), oracle=("stop []",), attempts={})


def judged(one: Note, *passed: bool, intent: str = "Put a kettle into the cart.", **fields: Any) -> Verdict:
    return verdict_of(record(*passed, **fields), one, task(intent), note("oracles", DONE))


@pytest.mark.parametrize("kind", IGNORANT)
def test_who_knows_nothing_must_not_solve_and_a_hop_is_told(kind: Kind) -> None:
    solved = judged(note(kind), True, True)
    assert solved.meaning == "fault"
    assert "'hop 1' at step 1 on https://a.example/" in solved.reason
    earned = judged(note(kind), True, False)
    assert (earned.meaning, earned.hops, earned.of) == ("earned", 1, 2)
    assert judged(note(kind), False, False).meaning == "as it should be"


def test_a_solution_must_solve_and_its_first_miss_is_told() -> None:
    assert judged(note("oracles"), True, True).meaning == "as it should be"
    refused = judged(note("oracles"), True, False)
    assert refused.meaning == "fault"
    assert refused.reason == "it is refused: hop 'hop 2': at step 2: not"


def test_of_an_episode_that_errored_nothing_is_known() -> None:
    verdict = judged(note("dice"), False, outcome="errored", reason="the site failed")
    assert (verdict.meaning, verdict.reason) == ("errored", "the site failed")


@pytest.mark.parametrize(
    ("fields", "meaning"),
    [
        ({"rule": "must fail"}, "fault"),
        ({"rule": "must fail if needed"}, "fault"),
        ({"rule": "may pass"}, "worth knowing"),
        ({"rule": "must fail", "done": False}, "shows nothing"),
        ({"rule": "must fail", "states": DONE}, "shows nothing"),
        # Without a site that tells what was done, the score is all that is known.
        ({"rule": "must fail", "states": {}}, "fault"),
    ],
)
def test_a_mutant_that_solves(fields: dict[str, Any], meaning: str) -> None:
    assert judged(note(**fields), True, True).meaning == meaning
    assert judged(note(**fields), True, False).meaning == "as it should be"


def test_a_value_is_only_missed_where_it_is_needed() -> None:
    one = note(rule="must fail if needed", touched=(3, 4))
    verdict = judged(one, True, True)
    assert questions([verdict], {("a/1", "somebody"): one}) == {"a/1": {"somebody": (3, 4)}}
    assert settled(verdict, {("a/1", "somebody"): False}).meaning == "fault"
    assert settled(verdict, {("a/1", "somebody"): True}).meaning == "worth knowing"
    sure = note(rule="must fail", touched=(3,))
    assert questions([judged(sure, True, True)], {("a/1", "somebody"): sure}) == {}


ORDERED: dict[str, JsonValue] = {"shop": {"cart": [], "orders": ["1"], "activity": [BUYS, ORDERS]}}
LOOKED: dict[str, JsonValue] = {"shop": {"cart": ["kettle"], "orders": [], "activity": [BUYS, LOOKS]}}


@pytest.mark.parametrize(
    ("kind", "states", "intent", "meaning"),
    [
        ("again", None, "Put a kettle into the cart.", "worth knowing"),
        ("again", None, "Put a kettle into the cart, and nothing else.", "fault"),
        ("again", ORDERED, "Order a kettle.", "fault"),
        ("again", LOOKED, "Put a kettle into the cart, and nothing else.", "shows nothing"),
        ("forbidden", ORDERED, "Do not order it.", "fault"),
        ("forbidden", None, "Do not order it.", "worth knowing"),
        ("forbidden", LOOKED, "Do not order it.", "worth knowing"),
        ("forbidden", {"own": {"orders": 1}}, "Do not order it.", "fault"),
    ],
)
def test_more_work_is_a_fault_where_it_does_harm(
    kind: Kind, states: dict[str, JsonValue] | None, intent: str, meaning: str
) -> None:
    one = note(kind, states, rule="must fail if it did harm", about="order")
    assert judged(one, True, True, intent=intent).meaning == meaning


def test_work_is_the_same_in_any_order_and_however_often_it_was_looked_at() -> None:
    twice: dict[str, JsonValue] = {"shop": {"cart": ["kettle"], "orders": [], "activity": [LOOKS, BUYS, LOOKS]}}
    assert is_same_work(note(states=LOOKED), note(states=twice))
    assert not is_same_work(note(states=LOOKED), note(states=DONE))
    assert not is_same_work(note(states=DONE), note(states=ORDERED))
    assert list(new_acts(note(states=DONE), note(states=ORDERED))) == ["shop: ordered"]
    assert list(new_acts(note(states={}), note(states={"own": {"cart": [], "orders": 1}}))) == ["own: orders"]
    assert list(new_acts(note(states=DONE), note(states=LOOKED))) == []


def test_wrong_answers_that_are_accepted_are_faults() -> None:
    answers = (AnswerNote(what="denied", answer="not 5", solved=True), AnswerNote(what="none", answer="", solved=False))
    first, second = verdicts_of_answers(note("oracles", answers=answers), 2)
    assert (first.meaning, first.attempt) == ("fault", "another answer, denied: 'not 5'")
    assert second.meaning == "as it should be"


def test_notes_are_kept_by_each_worker_and_read_together(tmp_path: Any) -> None:
    for worker, attempt in (("gw0", "dice 1"), ("gw1", "dice 2"), ("", "dice 1")):
        keep_note(note("dice", attempt=attempt, about=worker), tmp_path, worker=worker)
    found = read_notes(tmp_path)
    assert {key: one.about for key, one in found.items()} == {("a/1", "dice 1"): "", ("a/1", "dice 2"): "gw1"}


def outcome(*verdicts: Verdict, **fields: Any) -> Outcome:
    return Outcome(**{"tasks": 1, "hops": 50, "verdicts": verdicts, **fields})


DICE = judged(note("dice"), True, False)
WRONG = judged(note("date", rule="must fail"), True, True)


def test_a_hop_for_nothing_is_counted_once_and_may_be_too_much() -> None:
    other = judged(note("spray"), True, False)
    found = outcome(DICE, other)
    assert earned_hops(found.verdicts) == {("a/1", "'hop 1'")}
    assert found.passed
    assert outcome(DICE, other, most_hops=0.02).passed
    assert not outcome(DICE, other, most_hops=0.01).passed
    assert "Agents that know nothing earned 1 of 50 hops (2.0%)." in found.lines()


def test_faults_are_told_with_a_remedy_and_can_be_allowed() -> None:
    found = outcome(WRONG, DICE)
    text = "\n".join(found.lines())
    assert not found.passed
    assert "FAULT: the intent asks for what was changed, and the score does not notice" in text
    assert "1 fault in a/1. Add what was changed to the condition of the hop." in text
    assert text.endswith("1 task, 2 attempts: 1 fault in 1 task.")
    allowed = outcome(WRONG, DICE, allowed=("a/1: some*",))
    assert allowed.passed
    assert "allowed: the intent asks" in "\n".join(allowed.lines())
    assert not outcome(WRONG, allowed=("a/2: *",)).passed


def test_twenty_dice_that_earn_the_same_are_one_row() -> None:
    throws = [DICE.model_copy(update={"attempt": f"dice {number}"}) for number in range(1, 21)]
    rows = [line for line in outcome(*throws).lines() if line.startswith("a/1")]
    assert len(rows) == 1
    assert "dice, 20 times, first dice 1" in rows[0]


def test_what_ended_as_it_should_is_shown_on_demand() -> None:
    fine = judged(note("dice"), False, False)
    assert "No attempt says anything against a task." in list(outcome(fine).lines())
    assert any(line.split()[:2] == ["a/1", "somebody"] for line in outcome(fine).lines(name_all=True))


def test_the_outcome_is_json_for_programs() -> None:
    content = json.loads(outcome(WRONG, DICE).model_dump_json())
    assert (content["passed"], content["hops_earned"]) == (False, 1)
    assert [verdict["meaning"] for verdict in content["verdicts"]] == ["fault", "earned"]


def test_kinds_are_read_in_groups_and_by_name() -> None:
    assert read_kinds("know-nothing,oracles,mutants") == KINDS
    assert read_kinds("spray, dice") == ("dice", "spray")
    assert needs_solution(MUTANTS)
    assert needs_solution(("answers",))
    assert not needs_solution((*IGNORANT, "oracles"))
    with pytest.raises(UnknownKindError, match=r"unknown kind 'dise'\. Did you mean 'dice'\?"):
        read_kinds("dise")
    with pytest.raises(UnknownKindError, match="names no kind"):
        read_kinds(",")
