"""What a history is worth: bad days, weeks of twenty merges, what an error budget costs, and drift, simulated.

Run `python benchmarks/gate_history.py`, or with names of parts (days, weeks, power, drift). It prints a table for each
part and writes `benchmarks/results/gate_history.json`. It fails if a rate of false stops or alarms that is promised is
exceeded (the 99.9 % lower confidence bound is above it).

Suites are tasks x trials, in every session. A bad or good day shifts the logits of all tasks by the same normal number
with a standard deviation of 0.3.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy
from gate_history_simulation import BAD_DAYS, Judge, Sessions, alarms, play
from gate_simulation import RATES, SUITES, Suite
from scipy import stats

from pytest_mmina.gate.rules import ErrorBudget

ALPHA, MERGES, WEEKS_A_YEAR, DRIFT_LEVEL = 0.05, 20, 52, 0.05
POOLED = 20
BUDGET = ErrorBudget(ALPHA, MERGES).alpha
STREAMS = (Suite(30, 3), Suite(105, 1))
# Arrays of this many trials at a time.
_AT_ONCE = 2_000_000


class Row(NamedTuple):
    """A line of a table: what it is about, the numbers in words, and a rate with its promise (1 for none)."""

    about: tuple[str, ...]
    shown: tuple[str, ...]
    promised: float = 1.0
    happened: int = 0
    of: int = 1

    @property
    def lower_bound(self) -> float:
        """The 99.9 % lower confidence bound of the rate (Clopper and Pearson)."""
        return float(stats.beta.ppf(0.001, self.happened, self.of - self.happened + 1)) if self.happened else 0.0


def days(dice: numpy.random.Generator, size: int) -> Iterator[Row]:
    """Sessions of an unchanged agent on good and bad days, at `alpha` = 0.05."""
    ways = {"one session": 1, "8 sessions of history": 8, "20 sessions of history": 20, "control arm": 1}
    for way, earlier in ways.items():
        for rates in RATES:
            shown, worst, of = [], 0, 0
            for suite in SUITES:
                judge = Judge(suite, earlier=earlier, alpha=ALPHA, uses_days=earlier > 1)
                per_day = 2 if way == "control arm" else 1
                closed = sum(
                    int(judge.closed(played, first=earlier).sum())
                    for played in _played(dice, suite, rates, size, earlier + 1, days=BAD_DAYS, per_day=per_day)
                )
                shown.append(f"{closed / size:.1%}")
                worst, of = max(worst, closed), size
            # Eight sessions know the variance only roughly, but Student's t takes that into account.
            yield Row(
                (way, rates), tuple(shown), promised=1.0 if way == "one session" else ALPHA, happened=worst, of=of
            )


def weeks(dice: numpy.random.Generator, size: int) -> Iterator[Row]:
    """Weeks of twenty merges of an unchanged agent, each compared with the sessions directly before it."""
    number = size // 10 * WEEKS_A_YEAR
    ways: Mapping[str, tuple[int, float, float, int, int]] = {
        "one session, alpha 0.05": (1, ALPHA, 0.0, 10, 1),
        "one session, alpha 0.05, bad days": (1, ALPHA, BAD_DAYS, 10, 1),
        "20 sessions, alpha 0.05/20": (POOLED, BUDGET, 0.0, 1, 1),
        "20 sessions, alpha 0.05/20, bad days": (POOLED, BUDGET, BAD_DAYS, 1, 1),
        "60 sessions, alpha 0.05/20, bad days of four sessions": (3 * POOLED, BUDGET, BAD_DAYS, 10, 4),
    }
    for way, (earlier, alpha, spread, fewer, per_day) in ways.items():
        shown, worst = [], 0
        for suite in STREAMS:
            judge = Judge(suite, earlier=earlier, alpha=alpha, uses_days=earlier > 1, per_day=per_day)
            stopped = sum(
                int(judge.closed(played, first=earlier).any(axis=1).sum())
                for played in _played(
                    dice, suite, "mixed", number // fewer, earlier + MERGES, days=spread, per_day=per_day
                )
            )
            shown.append(f"{stopped / (number // fewer):.1%}")
            worst = max(worst, stopped)
        promised = ALPHA if alpha == BUDGET else 1.0
        yield Row((way,), tuple(shown), promised=promised, happened=worst, of=number // fewer)


def power(dice: numpy.random.Generator, size: int) -> Iterator[Row]:
    """How often a drop of the mean rate is found, which was 50 %."""
    ways = {
        "one session, alpha 0.05": (1, ALPHA, 0.0),
        "one session, alpha 0.05/20": (1, BUDGET, 0.0),
        "20 sessions, alpha 0.05": (POOLED, ALPHA, 0.0),
        "20 sessions, alpha 0.05/20": (POOLED, BUDGET, 0.0),
        "20 sessions, alpha 0.05/20, bad days": (POOLED, BUDGET, BAD_DAYS),
    }
    for suite in STREAMS:
        for way, (earlier, alpha, spread) in ways.items():
            judge, shown = Judge(suite, earlier=earlier, alpha=alpha, uses_days=earlier > 1), []
            for drop in (0.05, 0.1, 0.15, 0.2, 0.3):
                falls = numpy.array([0.0] * earlier + [drop])
                found = sum(
                    int(judge.closed(played, first=earlier).sum())
                    for played in _played(dice, suite, "mixed", size // 10, earlier + 1, days=spread, falls=falls)
                )
                shown.append(f"{found / (size // 10):.0%}")
            yield Row((str(suite), way), tuple(shown))


def drift(dice: numpy.random.Generator, size: int) -> Iterator[Row]:
    """A year of twenty sessions a week: false alarms without a drift, and the week in which half a point is found."""
    for suite in STREAMS:
        for name, spread, per_day in (
            ("", 0.0, 1),
            (", bad days", BAD_DAYS, 1),
            (", bad days of four sessions", BAD_DAYS, 4),
        ):
            setting: Any = {"merges": MERGES, "days": spread, "level": DRIFT_LEVEL, "per_day": per_day}
            number = max(1, size // 10)
            calm = alarms(dice, suite, histories=number, weeks=WEEKS_A_YEAR, falls_per_week=0.0, **setting)
            false = sum(numpy.isfinite(calm))
            found = [
                numpy.sort(
                    alarms(
                        dice,
                        suite,
                        histories=max(1, size // 50),
                        weeks=40,
                        falls_per_week=0.005,
                        calm=before,
                        **setting,
                    )
                )
                for before in (1, 26)
            ]
            shown = [f"{false / number:.1%}", *(f"{one[int(0.8 * len(one))]:.0f}" for one in found)]
            yield Row((f"{suite}{name}",), tuple(shown), promised=DRIFT_LEVEL, happened=int(false), of=number)


PARTS: Mapping[str, tuple[Callable[[numpy.random.Generator, int], Iterator[Row]], Sequence[str]]] = {
    "days": (days, ("closed sessions, unchanged", "rates", *map(str, SUITES))),
    "weeks": (weeks, ("weeks with a false stop", *map(str, STREAMS))),
    "power": (power, ("suite", "baseline", *(f"-{drop} points" for drop in (5, 10, 15, 20, 30)))),
    "drift": (drift, ("suite", "false alarms in a year", "found after weeks (80 %)", "after half a year without one")),
}


def _played(
    dice: numpy.random.Generator, suite: Suite, rates: str, number: int, sessions: int, **setting: Any
) -> Iterator[Sessions]:
    """Yield the sessions in several arrays, so that they need little memory."""
    at_once = max(1, _AT_ONCE // (suite.tasks * suite.trials * sessions))
    for first in range(0, number, at_once):
        repetitions = min(at_once, number - first)
        yield play(dice, suite, rates, repetitions=repetitions, sessions=sessions, **setting)


def main() -> None:
    """Simulate, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to simulate: {', '.join(PARTS)}")
    parser.add_argument("--sessions", type=int, default=10_000, help="sessions per cell; a tenth of it are years")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {min(unknown)}")
    written, broken = {}, []
    for name in options.parts or PARTS:
        simulate, head = PARTS[name]
        dice = numpy.random.default_rng([options.seed, *map(ord, name)])
        print(f"\n| {' | '.join(head)} |\n| {' | '.join(['---'] * len(head))} |", flush=True)
        written[name] = []
        for row in simulate(dice, options.sessions):
            print(f"| {' | '.join([*row.about, *row.shown])} |", flush=True)
            written[name].append([*row.about, *row.shown])
            if row.lower_bound > row.promised:
                broken.append(
                    f"{name}, {', '.join(row.about)}: at least {row.lower_bound:.2%}, promised {row.promised:.0%}"
                )
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "gate_history.json").write_text(json.dumps(written, indent=2) + "\n")
    if broken:
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main()
