"""Whether `mmina power` predicts what happens: its predictions, and simulated sessions whose chances are known.

Run `python benchmarks/power.py`. For each cell, chances are drawn, and a baseline from them. What `mmina power`
predicts from this baseline alone is averaged over many such baselines, once for a baseline that stays as it is and once
for one that is made anew. It is compared with the share of sessions that the gate closes if the chances are known.
It fails if a prediction is more than 3 points away, or if the default table of 105 tasks takes more than 10 seconds.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy
from gate_simulation import MOST_HOPS, RATES, Array, Suite, Trials, compared, played

from pytest_mmina.gate.baseline import Baseline, TaskCounts
from pytest_mmina.gate.chances import Chances
from pytest_mmina.gate.power import power
from pytest_mmina.gate.significance import Levels, any_significant
from pytest_mmina.gate.simulated_sessions import SimulatedSessions

ALLOWED = 0.03
_LONGEST = 10.0


class Cell(NamedTuple):
    """A suite and a range of rates."""

    suite: Suite
    rates: str


CELLS = (
    Cell(Suite(10, 5), "mixed"),
    Cell(Suite(30, 3), "mixed"),
    Cell(Suite(105, 1), "mixed"),
    Cell(Suite(300, 3), "mixed"),
    Cell(Suite(105, 1), "low"),
    Cell(Suite(105, 1), "high"),
)
SHARES = (0.0, 0.1, 0.2, 0.5)
"""The shares of its chance to be solved that each task loses."""


class Compared(NamedTuple):
    """The share of closed sessions: with known chances, and as predicted from baselines, with a standard error."""

    known: float
    kept: float
    new: float
    error: float

    @property
    def difference(self) -> float:
        """The larger difference of both predictions, as a number above 0."""
        return max(abs(self.kept - self.known), abs(self.new - self.known))


def main() -> None:
    """Simulate, print, and write `benchmarks/results/power.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--baselines", type=int, default=300, help="baselines per cell")
    parser.add_argument("--sessions", type=int, default=50, help="sessions that are simulated from each baseline")
    parser.add_argument("--known", type=int, default=5_000, help="sessions with known chances")
    parser.add_argument("--suite", action="append", help="only this suite, such as 30x3; can be repeated")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found: dict[tuple[Cell, float], Compared] = {}
    _print(["suite", "rates", "every rate", "known", "predicted", "with a new baseline"])
    _print(["---"] * 2 + ["---:"] * 4)
    for cell in CELLS:
        if options.suite and str(cell.suite) not in options.suite:
            continue
        dice = numpy.random.default_rng([options.seed, *map(ord, repr(cell))])
        known = [known_share(cell, share, dice, sessions=options.known) for share in SHARES]
        predicted = predictions(cell, dice, baselines=options.baselines, sessions=options.sessions)
        for lower, share, kept, new in zip(SHARES, known, *predicted, strict=True):
            error = float(max(kept.std(), new.std())) / len(kept) ** 0.5
            compared_ = found[cell, lower] = Compared(share, float(kept.mean()), float(new.mean()), error)
            shares = (f"{number:.1%}" for number in compared_[:3])
            _print([str(cell.suite), cell.rates, f"-{lower:.0%}" if lower else "unchanged", *shares])
    seconds = dict(durations())
    for name, taken in seconds.items():
        print(f"the default table of 105 tasks, {name}: {taken:.1f} s of processor time")
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    cells = [
        {"suite": str(cell.suite), "rates": cell.rates, "lower": lower, **one._asdict()}
        for (cell, lower), one in found.items()
    ]
    (folder / "power.json").write_text(json.dumps({"cells": cells, "seconds": seconds}, indent=2) + "\n")
    wrong = [f"{cell}, {lower:.0%} lower: {one}" for (cell, lower), one in found.items() if one.difference > ALLOWED]
    slow = [f"{name} takes {taken:.1f} s" for name, taken in seconds.items() if taken > _LONGEST]
    if wrong or slow:
        sys.exit("\n".join([*wrong, *slow]))


def known_share(cell: Cell, lower: float, dice: numpy.random.Generator, *, sessions: int) -> float:
    """Return the share of sessions that close, with chances that are drawn for each session and known."""
    levels = Levels.of(0.05)
    return sum(any_significant(compared(_session(cell, lower, dice)), levels) for _ in range(sessions)) / sessions


def _session(cell: Cell, lower: float, dice: numpy.random.Generator) -> Trials:
    hops = dice.integers(1, MOST_HOPS + 1, cell.suite.tasks)
    chances = RATES[cell.rates](dice, cell.suite.tasks)
    return Trials(
        hops,
        played(dice, hops, chances, cell.suite.trials),
        played(dice, hops, (1 - lower) * chances, cell.suite.trials),
    )


def predictions(
    cell: Cell, dice: numpy.random.Generator, *, baselines: int, sessions: int
) -> tuple[Sequence[Array], Sequence[Array]]:
    """Return for each share what is predicted from each baseline: if it stays as it is, and if it is made anew."""
    found: tuple[list[list[float]], list[list[float]]] = ([], [])
    for number in range(baselines):
        tasks = counts_of(_session(cell, 0.0, dice))
        chances = Chances(tasks)
        for new, shares in zip((False, True), found, strict=True):
            simulated = SimulatedSessions(tasks, chances, new_baseline=new, alpha=0.05, sessions=sessions, seed=number)
            shares.append([simulated.closed(cell.suite.trials, lower=share) for share in SHARES])
    kept, new_ = (list(numpy.array(shares).T) for shares in found)
    return kept, new_


def counts_of(trials: Trials) -> list[TaskCounts]:
    """Return the counts of the trials before, as a baseline has them."""
    return [
        TaskCounts(
            trials=sum(passed),
            solved=passed[-1],
            hops={f"hop {hop}": sum(passed[hop:]) for hop in range(1, len(passed))},
            passed=tuple(passed),
        )
        for passed, _ in compared(trials)[1]
    ]


def durations() -> Iterator[tuple[str, float]]:
    """Yield how long the default table of 105 tasks takes, for a baseline and for a pilot run."""
    cell = Cell(Suite(105, 3), "mixed")
    tasks = counts_of(_session(cell, 0.0, numpy.random.default_rng(1)))
    baseline = Baseline(tasks={f"simulated/{number}": task for number, task in enumerate(tasks)})
    for name, new in (("from a baseline", False), ("from a pilot run", True)):
        start = time.process_time()
        power(baseline, source="simulated", new_baseline=new)
        yield name, time.process_time() - start


def _print(values: Sequence[str]) -> None:
    print(f"| {' | '.join(values)} |", flush=True)


if __name__ == "__main__":
    main()
