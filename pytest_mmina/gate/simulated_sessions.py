"""Sessions that are simulated from what a baseline or a pilot run shows, and the share of them that the gate closes."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy

from pytest_mmina.gate.baseline import TaskCounts
from pytest_mmina.gate.chances import Chances, passed_hops, roll, without_hops
from pytest_mmina.gate.exact_tests import Pair, single_p_value
from pytest_mmina.gate.significance import Levels, is_significant
from pytest_mmina.gate.simulated_gate import KnownSide, Side, SimulatedGate

Array = Any
"""An array of numpy."""

# Sessions are simulated in parts, so that many tasks and trials need little memory.
_LARGEST_ARRAY = 1_000_000
# The dice of a baseline are others than those of its session.
_BASELINE = 1_000_000_000


class SimulatedSessions:
    """Simulated sessions, with the same chances and the same dice for every change and every number of trials."""

    def __init__(
        self,
        tasks: Sequence[TaskCounts],
        known: Chances,
        *,
        new_baseline: bool,
        alpha: float,
        sessions: int,
        seed: int = 1,
    ) -> None:
        self._tasks, self._levels, self._seed = tasks, Levels.of(alpha), seed
        self._credited = numpy.array([len(task.passed) > 1 for task in tasks])
        self._hops = known.hops
        self._chances, self._bends = known.draw(numpy.random.default_rng([self._seed, len(tasks)]), sessions)
        rates = numpy.array([task.solved / task.trials for task in tasks])
        self._most_solved = numpy.flatnonzero(rates == rates.max()) if rates.max() else None
        self._gates: dict[int, SimulatedGate] = {}
        self._kept = (
            None if new_baseline else KnownSide([task.solved for task in tasks], [task.passed for task in tasks])
        )

    def closed(
        self,
        trials: int,
        *,
        lower: float = 0.0,
        lost: float = 0.0,
        broken: bool = False,
        sessions: int | None = None,
    ) -> float:
        """Return the share of closed sessions.

        Each task loses the share `lower` of its chance to be solved. Trials that do not solve their task lose the share
        `lost` of their hops. If `broken`, one of the tasks that were solved most is never solved.
        """
        gate, closed = self._gate(trials), []
        for first, chances, bends in self._parts(trials, sessions):
            now = self._played(chances * (1 - lower), bends, trials, first, lost=lost)
            if broken and self._most_solved is not None:
                which = numpy.random.default_rng([self._seed, first]).choice(self._most_solved, size=len(now))
                now[numpy.arange(len(now)), which] = 0
            before = self._kept or self._side(self._played(chances, bends, trials, first + _BASELINE))
            closed.append(gate.closed(before, self._side(now)))
        return float(numpy.concatenate(closed).mean())

    def _gate(self, trials: int) -> SimulatedGate:
        if trials not in self._gates:
            before = numpy.array([trials if self._kept is None else task.trials for task in self._tasks])
            self._gates[trials] = SimulatedGate(self._hops, before, trials, self._levels)
        return self._gates[trials]

    def _parts(self, trials: int, sessions: int | None = None) -> Iterator[tuple[int, Array, Array]]:
        """Yield the chances and bends of some sessions at a time, and the number of the first one."""
        number = max(1, _LARGEST_ARRAY // (len(self._tasks) * trials))
        for first in range(0, len(self._chances[:sessions]), number):
            part = slice(first, first + number)
            yield first, self._chances[:sessions][part], self._bends[:sessions][part]

    def _played(self, chances: Array, bends: Array, trials: int, first: int, *, lost: float = 0.0) -> Array:
        rolls = roll(numpy.random.default_rng([self._seed, trials, first]), len(chances), len(self._tasks), trials)
        passed = passed_hops(chances, bends, self._hops, rolls)
        return without_hops(passed, self._hops, rolls, share=lost) if lost else passed

    def _side(self, passed: Array) -> Side:
        return Side(passed, self._hops, self._credited)

    def hops_of_unsolved(self, trials: int) -> float:
        """Return the share of all hops that are passed by trials that do not solve their task."""
        passed = numpy.concatenate(
            [
                numpy.where(played == self._hops[:, None], 0, played)[:, self._credited].sum(axis=(1, 2))
                for first, chances, bends in self._parts(trials)
                for played in [self._played(chances, bends, trials, first)]
            ]
        )
        return float(passed.mean()) / max(1, trials * int(self._hops[self._credited].sum()))

    def can_fall(self, trials: int) -> list[float]:
        """Return for each task the share of baselines with so many trials in which it was solved or a hop passed."""
        parts = [
            self._played(chances, bends, trials, first + _BASELINE).any(axis=2)
            for first, chances, bends in self._parts(trials)
        ]
        found: list[float] = numpy.concatenate(parts).mean(axis=0).tolist()
        return found

    def close_alone(self, trials: int) -> int:
        """Return how many tasks close the gate if they are never solved now, and no other task has changed."""
        pairs = [Pair(task.solved, task.trials, 0, trials) for task in self._tasks]
        if self._kept is None:
            pairs = [Pair(round(trials * solved / before), trials, 0, trials) for solved, before, _, _ in pairs]
        return sum(is_significant(single_p_value(pair) * len(pairs), self._levels.single) for pair in pairs)
