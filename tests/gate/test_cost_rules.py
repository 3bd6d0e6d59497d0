"""Rules on cost, tokens, steps and seconds: limits, rises above the baseline, and what is not known."""

from random import Random
from typing import Any

import pytest

from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.rise import Trials, mean_of, p95_of, rise_p_value, smallest_p_value
from pytest_mmina.gate.rules import Rules, read_costs
from tests.gate.records import record

Episodes = list[EpisodeRecord]


def episodes(tasks: int = 10, trials: int = 2, *, factor: float = 1.0, solved: bool = True, **more: Any) -> Episodes:
    """Trials whose costs differ between tasks and a little between trials."""
    dice = Random(f"{tasks} {factor}")
    made = []
    for task in range(tasks):
        for trial in range(1, trials + 1):
            size = factor * (1 + task) * dice.uniform(0.95, 1.05)
            used = Usage(input_tokens=round(1000 * size), output_tokens=10, cost=0.01 * size)
            fields = {"usage": used, "steps": round(20 * size), "seconds": size, **more}
            outcome = fields.pop("outcome", "")
            passed = record(f"a/{task}", 1 if solved else 0, 1, trial=trial, outcome=outcome)
            made.append(passed.model_copy(update=fields))
    return made


def baseline_of(episodes: Episodes) -> Baseline:
    return Baseline(tasks=count_tasks(EpisodeCounts.of(episodes), with_costs=True))


def decided(now: Episodes, before: Episodes | None, **rules: Any) -> tuple[bool, str]:
    asked = Rules.model_validate({"regressions": "none", **rules})
    decision = decide(Session(counts=EpisodeCounts.of(now)), asked, baseline_of(before) if before else None)
    return decision.passed, "; ".join((*decision.reasons, *decision.notes))


@pytest.mark.parametrize("measure", ["cost", "tokens", "steps", "seconds", "p95-seconds"])
def test_a_rise_above_the_limit_closes_the_gate(measure: str) -> None:
    passed, told = decided(episodes(factor=2.0), episodes(), max_rise={measure: 0.2})
    assert not passed
    assert ", 20.0% allowed, and more than chance explains, p = " in told
    assert "over 10 tasks: a rise of " in told
    assert decided(episodes(factor=2.0), episodes(), max_rise={measure: 1.5})[0]
    assert decided(episodes(factor=0.5), episodes(), max_rise={measure: 0.0})[0]


def test_chance_does_not_close_it() -> None:
    noisy = [
        one.model_copy(update={"steps": steps})
        for one, steps in zip(episodes(5, 2), [10, 50, 10, 50, 50, 50, 10, 50, 50, 10], strict=True)
    ]
    calm = [
        one.model_copy(update={"steps": steps})
        for one, steps in zip(episodes(5, 2), [50, 10, 10, 50, 10, 10, 10, 50, 50, 10], strict=True)
    ]
    passed, told = decided(noisy, calm, max_rise={"steps": 0.1})
    assert passed
    assert "a rise of 30.8%, 10.0% allowed, but not more than chance explains, p = " in told


def test_too_few_trials_for_a_test_are_fail_closed() -> None:
    passed, told = decided(episodes(2, 1, factor=1.5), episodes(2, 1), max_rise={"cost": 0.2})
    assert not passed
    assert "there are too few trials to tell it from chance" in told
    assert decided(episodes(2, 1), episodes(2, 1), max_rise={"cost": 0.2})[0]


def test_only_the_same_tasks_are_compared() -> None:
    now = [*episodes(10), *[one.model_copy(update={"task": "b/1", "steps": 999}) for one in episodes(1, 1)]]
    passed, told = decided(now, episodes(10), max_rise={"steps": 0.0, "p95-steps": 0.0}, allow_new=1)
    assert passed
    assert "over 10 tasks" in told


def test_numbers_of_trials_give_no_task_another_weight() -> None:
    before = [*episodes(1, 9), *[one.model_copy(update={"task": "a/9"}) for one in episodes(1, 1, factor=10.0)]]
    now = [*episodes(1, 1), *[one.model_copy(update={"task": "a/9"}) for one in episodes(1, 9, factor=10.0)]]
    assert decided(now, before, max_rise={"steps": 0.1})[0]


@pytest.mark.parametrize(
    ("now", "before", "problem"),
    [
        (episodes(usage=None), episodes(), "no episode told its cost, and the baseline has it"),
        (episodes(), episodes(usage=None), "the baseline has no cost. Save a new one with an agent that tells it"),
        ([*episodes(9), *episodes(10, usage=None)[18:]], episodes(), "2 of 20 episodes did not tell all of their cost"),
        (episodes(usage=Usage(cost=0.001, complete=False)), episodes(), "20 of 20 episodes did not tell all of"),
        (
            episodes(),
            [*episodes(9), *episodes(10, usage=None)[18:]],
            "the baseline has no cost of 1 task (a/9). Save a new one",
        ),
    ],
)
def test_what_is_not_known_closes_it(now: Episodes, before: Episodes, problem: str) -> None:
    passed, told = decided(now, before, max_rise={"cost": 0.5})
    assert not passed
    assert f"mean cost per episode cannot be compared: {problem}" in told
    assert decided(now, before, max_rise={"steps": 0.5})[0], "the others are known"


def test_one_lost_reply_does_not_close_it() -> None:
    now = episodes(10, 3)
    now[0] = now[0].model_copy(update={"usage": Usage(input_tokens=1, cost=0.0, complete=False)})
    passed, told = decided(now, episodes(10, 3), max_rise={"cost": 0.2}, max_per_episode={"cost": 1})
    assert passed
    assert told.count("at least") == 2


def test_errored_episodes_took_nothing() -> None:
    now = [*episodes(), *episodes(1, 1, outcome="errored", steps=9999)]
    assert decided(now, episodes(), max_rise={"steps": 0.1}, max_errored=1, max_per_episode={"p95-steps": 300})[0]


def test_a_baseline_that_cost_nothing() -> None:
    free = [one.model_copy(update={"usage": Usage(input_tokens=1, cost=0.0)}) for one in episodes()]
    passed, told = decided(episodes(), free, max_rise={"cost": 9})
    assert not passed
    assert "a rise from nothing" in told
    assert decided(free, free, max_rise={"cost": 0})[0]


@pytest.mark.parametrize(
    ("limits", "passed", "told"),
    [
        ({"steps": 111}, True, "mean steps per episode 110."),
        ({"steps": 100}, False, "> 100.0 (--mmina-max-per-episode)"),
        ({"p95-steps": 111}, False, "95th percentile of steps of an episode 1"),
        ({"cost": 0.01}, False, "mean cost per episode $0.05"),
        ({"tokens": 1}, False, "mean tokens per episode 5,"),
    ],
)
def test_a_limit_without_a_baseline(limits: dict[str, float], passed: bool, told: str) -> None:
    opened, sentences = decided(episodes(), None, max_per_episode=limits)
    assert opened is passed
    assert told in sentences


def test_a_limit_on_what_nobody_told() -> None:
    passed, told = decided(episodes(usage=None), None, max_per_episode={"cost": 5})
    assert not passed
    assert "no episode told its cost, which --mmina-max-per-episode cost needs" in told
    partial = [*episodes(9), *episodes(10, usage=None)[18:]]
    passed, told = decided(partial, None, max_per_episode={"cost": 5})
    assert not passed
    assert "mean cost per episode at least $0.0" in told
    assert "2 episodes did not tell all of it" in told


@pytest.mark.parametrize("rules", [{"max_rise": {"steps": 0.1}}, {"max_per_episode": {"steps": 100}}])
def test_successes_change_nothing(rules: dict[str, Any]) -> None:
    for factor in (0.5, 1.0, 1.5):
        found = {
            decided(episodes(factor=factor, solved=solved), episodes(solved=False), **rules)[0]
            for solved in (False, True)
        }
        assert len(found) == 1


def test_how_rules_are_written() -> None:
    assert read_costs("cost=0.2, p95-seconds=1.5") == {"cost": 0.2, "p95-seconds": 1.5}
    for wrong, problem in (
        ("0.2", "has no name: write cost=0.2,steps=0.1"),
        ("dollars=1", "'dollars' is none of cost, tokens, steps, seconds, or one of them after 'p95-'"),
        ("p95_steps=1", "Did you mean 'p95-steps'?"),
        ("cost=-1", "is not a number from 0"),
        ("cost=nan", "is not a number from 0"),
        ("cost=1,cost=2", "gives 'cost' twice"),
    ):
        with pytest.raises(ValueError, match=r".") as raised:
            read_costs(wrong)
        assert problem in str(raised.value)


def test_the_test_of_a_rise() -> None:
    assert (mean_of([[1, 3], [4]]), p95_of([[*range(1, 21)]]), p95_of([[5]])) == (3, 19, 5)
    five = [Trials([1.0], [2.0])] * 5
    assert smallest_p_value(five) == pytest.approx(1 / 32)
    assert rise_p_value(five) == pytest.approx(1 / 32, abs=0.015)
    assert rise_p_value([Trials([2.0], [1.0])] * 5) == 1.0
    assert rise_p_value([Trials([1.0, 1.0], [1.0, 1.0])]) == 1.0, "equal numbers differ by no chance"
    one_task = [Trials([1.0, 1.1, 1.2, 0.9, 1.0], [2.0, 2.1, 2.2, 1.9, 2.0])]
    assert rise_p_value(one_task) < 0.02
    assert rise_p_value(one_task, p95=True) < 0.5


def test_sessions_are_compared_at_equal_cost() -> None:
    before, now = episodes(solved=False)[:10] + episodes()[10:], episodes(factor=2.0)
    dollar, tokens = changes_since(baseline_of(before).tasks, EpisodeCounts.of(now)).at_equal_cost
    assert (dollar.unit, tokens.unit, dollar.tasks) == ("dollar", "million tokens", 10)
    assert dollar.before == pytest.approx(0.5 * 10 / 0.55, rel=0.05)
    assert dollar.now == pytest.approx(10 / 1.1, rel=0.05)
    summary = EpisodeCounts.of(now).summary()
    assert summary.solved_per_dollar == pytest.approx(20 / 2.2, rel=0.05)
    partial = [one.model_copy(update={"usage": Usage(input_tokens=1000, complete=False)}) for one in now]
    (tokens,) = changes_since(baseline_of(before).tasks, EpisodeCounts.of(partial)).at_equal_cost
    assert str(tokens).startswith("at most 1e+03 solved per million tokens (")
    assert changes_since(baseline_of(before).tasks, EpisodeCounts.of(episodes(usage=None))).at_equal_cost == ()
