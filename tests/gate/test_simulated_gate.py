"""The gate for many simulated sessions at once says what the tests of `significance` say about each."""

from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mmina.gate.baseline import TaskCounts
from pytest_mmina.gate.exact_tests import Pair
from pytest_mmina.gate.significance import Compared, Levels, any_significant
from pytest_mmina.gate.simulated_gate import KnownSide, Side, SimulatedGate
from tests.gate.simulated_counts import by_hops


def trials_of(passed: list[list[int]]) -> Any:
    """Return the trials of a session as an array of one session."""
    return numpy.array([[numpy.repeat(numpy.arange(len(own)), own) for own in passed]])


def exactly(before: list[list[int]], now: list[list[int]], levels: Levels) -> bool:
    pairs = [Pair(old[-1], sum(old), new[-1], sum(new)) for old, new in zip(before, now, strict=True)]
    return any_significant(Compared.of_hops(pairs, list(zip(before, now, strict=True))), levels)


@settings(max_examples=60, deadline=None)
@given(
    tasks=st.integers(1, 60),
    trials=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    lower=st.sampled_from([1.0, 0.9, 0.7, 0.4, 0.0]),
    rates=st.sampled_from([(1.0, 1.0), (0.4, 6.0), (6.0, 0.4)]),
    seed=st.integers(0, 2**32 - 1),
    alpha=st.sampled_from([0.05, 0.2]),
)
def test_it_decides_as_the_exact_tests(
    tasks: int, trials: tuple[int, int], lower: float, rates: tuple[float, float], seed: int, alpha: float
) -> None:
    dice, levels = numpy.random.default_rng(seed), Levels.of(alpha)
    hops, chances = dice.integers(1, 8, tasks), dice.beta(*rates, tasks)
    before = by_hops(dice, hops, chances, trials[0])
    sessions = [by_hops(dice, hops, lower * chances, trials[1]) for _ in range(8)]
    gate = SimulatedGate(hops, numpy.full(tasks, trials[0]), trials[1], levels)
    credited = numpy.ones(tasks, dtype=bool)
    now = Side(numpy.concatenate([trials_of(one) for one in sessions]), hops, credited)
    expected = [exactly(before, one, levels) for one in sessions]
    known = KnownSide([own[-1] for own in before], before)
    simulated = Side(numpy.repeat(trials_of(before), len(sessions), axis=0), hops, credited)
    assert gate.closed(known, now).tolist() == expected
    assert gate.closed(simulated, now).tolist() == expected


def test_tasks_of_a_baseline_may_have_different_numbers_of_trials() -> None:
    levels = Levels.of(0.05)
    before = [[0, 0, 10], [0, 3], [1, 1, 0], [0, 0, 0, 5]] * 3
    hops = numpy.array([len(own) - 1 for own in before])
    gate = SimulatedGate(hops, numpy.array([sum(own) for own in before]), 2, levels)
    sessions = [[[0, 0, 2], [0, 2], [1, 1, 0], [0, 0, 0, 2]] * 3, [[2, 0, 0], [2, 0], [2, 0, 0], [2, 0, 0, 0]] * 3]
    now = Side(numpy.concatenate([trials_of(one) for one in sessions]), hops, numpy.ones(len(hops), dtype=bool))
    assert gate.closed(KnownSide([own[-1] for own in before], before), now).tolist() == [False, True]
    assert [exactly(before, one, levels) for one in sessions] == [False, True]


def test_a_task_without_hops_earns_no_credit() -> None:
    counts = [TaskCounts(trials=3, solved=3)] * 8
    gate = SimulatedGate(numpy.ones(8, dtype=int), numpy.full(8, 3), 3, Levels.of(0.05))
    known = KnownSide([own.solved for own in counts], [own.passed for own in counts])
    now = Side(numpy.zeros((1, 8, 3), dtype=int), numpy.ones(8, dtype=int), numpy.zeros(8, dtype=bool))
    assert known.half.tolist() == [[0] * 8]
    assert now.half.tolist() == [[0] * 8]
    assert gate.closed(known, now).tolist() == [True]
    assert now.by_hops(0) == [[3]] * 8


@pytest.mark.parametrize(("solved", "closes"), [(0, True), (4, False)])
def test_a_single_task_can_close_it(solved: int, closes: bool) -> None:
    gate = SimulatedGate(numpy.array([1]), numpy.array([30]), 8, Levels.of(0.05))
    now = Side((numpy.arange(8) < solved).astype(int)[None, None], numpy.array([1]), numpy.array([True]))
    before = [[0, 30]] if closes else [[15, 15]]
    assert gate.closed(KnownSide([before[0][-1]], before), now).tolist() == [closes]
