"""Drift of the main branch: the evidence over the sessions of a history."""

from datetime import date, timedelta
from math import prod
from random import Random
from statistics import mean

import pytest

from pytest_mmina.gate.drift import Drift, capitals, drift_of, evidence
from pytest_mmina.gate.past_sessions import PastSession, Score

PER_WEEK = 20


def sessions(scores: list[float], *, seed: int = 0, per_day: int = 1) -> list[PastSession]:
    return [
        PastSession(
            runs=(f"{seed}-{number}",),
            saved=date(2020, 1, 1) + timedelta(days=number // per_day),
            score=Score(tasks=score, hops=score),
        )
        for number, score in enumerate(scores)
    ]


def noise(seed: int, number: int, *, fall_per_week: float = 0.0, calm_weeks: int = 0) -> list[float]:
    dice = Random(seed)
    return [
        round(dice.gauss(0, 0.065) - fall_per_week * max(0, place / PER_WEEK - calm_weeks), 6)
        for place in range(number)
    ]


def test_without_scores_nothing_is_known() -> None:
    assert drift_of([]) == Drift()
    assert drift_of([PastSession(runs=("a",), saved=date(2026, 11, 1))]) == Drift()
    assert "not watched yet" in Drift().sentence(0.05)


def test_half_a_point_a_week_is_found_within_half_a_year() -> None:
    found = [drift_of(sessions(noise(seed, 26 * PER_WEEK, fall_per_week=0.005), seed=seed)) for seed in range(40)]
    assert sum(one.is_alarm(0.05) for one in found) >= 38
    assert sum(one.is_alarm(0.01) for one in found) >= 36


def test_it_is_found_after_a_long_time_without_one_too() -> None:
    scores = [noise(seed, 40 * PER_WEEK, fall_per_week=0.005, calm_weeks=26) for seed in range(10)]
    assert all(drift_of(sessions(one, seed=seed)).is_alarm(0.05) for seed, one in enumerate(scores))


@pytest.mark.parametrize("ties", [False, True])
def test_false_alarms_are_as_rare_as_promised(ties: bool) -> None:
    """At 20 %, in 150 histories of 150 sessions: more than 30 % have a probability of 0.1 % if 20 % is true."""
    alarms = 0
    for seed in range(150):
        scores = [round(score, 1) if ties else score for score in noise(seed, 150)]
        alarms += drift_of(sessions(scores, seed=seed)).is_alarm(0.2)
    assert alarms <= 0.3 * 150


def test_sessions_of_one_day_are_no_more_evidence_than_the_day() -> None:
    """Four sessions a day that differ much less than days do: at 20 %, in 100 histories of 100 days."""
    alarms = 0
    for seed in range(100):
        dice = Random(seed)
        scores = [day + dice.gauss(0, 0.01) for day in noise(seed, 100) for _ in range(4)]
        alarms += drift_of(sessions(scores, seed=seed, per_day=4)).is_alarm(0.2)
    assert alarms <= 33, "more have a probability of 0.1 % if 20 % is true"


def test_drift_is_found_with_several_sessions_a_day_and_within_one() -> None:
    for per_day in (4, 10_000):
        found = [
            drift_of(sessions(noise(seed, 26 * PER_WEEK, fall_per_week=0.005), seed=seed, per_day=per_day))
            for seed in range(10)
        ]
        assert all(one.is_alarm(0.05) for one in found)


def test_a_rise_is_no_alarm() -> None:
    assert drift_of(sessions(noise(1, 520, fall_per_week=-0.02))).highest < 20


def test_the_evidence_is_a_fair_game() -> None:
    """On average over all ranks, the capital after one more session is that before it."""
    scores = [0.3, -0.1, 0.2, 0.05]
    before = capitals(scores, [0.5] * 4)[-1]
    steps = 4000
    # Between any two scores, and with any chance, the rank of the next one is one of five equally probable ones.
    places = [-1.0, 0.0, 0.1, 0.25, 1.0]
    chances = [(step + 0.5) / steps for step in range(steps)]
    after = mean(capitals([*scores, place], [0.5] * 4 + [chance])[-1] for place in places for chance in chances)
    assert after == pytest.approx(before, rel=2e-3)


def test_the_highest_evidence_stays() -> None:
    fallen = [0.0] * 40 + [-1.0] * 40 + [1.0] * 200
    found = evidence(sessions(fallen))
    assert len(found) == 281
    last = found[-1]
    assert last.is_alarm(0.001), "an alarm does not go away by itself"
    assert last.present < last.highest
    assert last.highest == max(one.present for one in found)
    assert last.highest_run in {f"0-{number}" for number in range(40, 80)}
    assert prod([last.highest, 0.05]) > 1
    assert "became worse" in last.sentence(0.05)
    assert "mmina history add --restart" in last.sentence(0.05)


def test_the_evidence_is_a_number_however_long_it_grows() -> None:
    last = drift_of(sessions([-float(number) for number in range(3000)]))
    assert last.is_alarm(1e-50)
    assert Drift.model_validate_json(last.model_dump_json()) == last
