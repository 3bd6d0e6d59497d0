"""Trials with known chances, as counts of a baseline: for tests of what is predicted from a baseline."""

from typing import Any

import numpy

from pytest_mmina.gate.baseline import TaskCounts


def by_hops(dice: numpy.random.Generator, hops: Any, chances: Any, trials: int) -> list[list[int]]:
    """Return for each task how many trials pass 0, 1, 2, ... hops, all of them with these chances."""
    found = []
    for most, chance in zip(hops.tolist(), chances.tolist(), strict=True):
        each_hop = dice.uniform(size=(trials, most)) < chance ** (1 / most)
        found.append(numpy.bincount(each_hop.cumprod(axis=1).sum(axis=1), minlength=most + 1).tolist())
    return found


def counts_of(passed: list[int]) -> TaskCounts:
    """Return the counts of a task whose trials passed 0, 1, 2, ... hops."""
    hops = {f"hop {number}": sum(passed[number:]) for number in range(1, len(passed))}
    return TaskCounts(trials=sum(passed), solved=passed[-1], hops=hops, passed=tuple(passed))
