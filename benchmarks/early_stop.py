"""How many trials early stopping leaves out: simulated sessions of 105 tasks with known success probabilities.

Run `python benchmarks/early_stop.py`. It prints the share of trials that were left out, by rules, and fails if that
changes a decision. How often the gate is wrong is the subject of `gate.py`.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.gate.baseline import Baseline, TaskCounts
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.early_stop import EarlyStopped, undecided_tasks
from pytest_mmina.gate.rules import Rules

TASKS, TRIALS = 105, 5
NAMES = [f"simulated/{number}" for number in range(1, TASKS + 1)]


def main() -> None:
    """Simulate, print, and write `benchmarks/results/early_stop.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=100, help="sessions per question")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = numpy.random.default_rng(options.seed)
    result: dict[str, float] = {}
    for name, (drop, rules) in STOPPED.items():
        left_out, changed = zip(*(_stopped(dice, drop, rules) for _ in range(options.sessions)), strict=True)
        assert not any(changed), f"{sum(changed)} decisions changed"
        result[name] = sum(left_out) / len(left_out) / (TASKS * TRIALS)
        print(f"{name:36}{result[name]:7.2%}")
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "early_stop.json").write_text(json.dumps({**result, "sessions": options.sessions}, indent=2) + "\n")


STOPPED = {
    "left_out_significant_unchanged": (0.0, Rules()),
    "left_out_significant_half_as_good": (0.25, Rules()),
    "left_out_any_unchanged": (0.0, Rules(regressions="any")),
    "left_out_must_pass_one_subset": (0.0, Rules(regressions="none", must_pass=("simulated/1?",))),
}


def _stopped(dice: numpy.random.Generator, drop: float, rules: Rules) -> tuple[int, bool]:
    """Return how many trials a session leaves out, and whether its decision differs from the one with all trials."""
    chances = dice.uniform(0, 1, TASKS)
    fallen = chances * (1 - drop / chances.mean())
    baseline = _baseline(dice.binomial(TRIALS, chances), TRIALS)
    # As in a session: all first trials run before any second trial, in any order of the tasks.
    ahead = [(trial, task) for trial in range(TRIALS) for task in dice.permutation(TASKS)]
    planned = {
        (trial, task): _EPISODES[NAMES[task], dice.uniform() < fallen[task]].model_copy(
            update={"trial": trial + 1, "case": f"{NAMES[task]}-trial{trial + 1}"}
        )
        for trial, task in ahead
    }
    known: list[EpisodeRecord] = []
    outstanding, undecided = dict(planned), frozenset(NAMES)
    for number, place in enumerate(ahead):
        if number >= TASKS and number % 15 == 0:
            undecided = undecided_tasks(known, list(outstanding.values()), rules, baseline)
        if place[0] == 0 or NAMES[place[1]] in undecided:
            known.append(outstanding.pop(place))
    stopped = EarlyStopped.of(list(outstanding.values()), known, rules, baseline)
    early = decide(Session(counts=EpisodeCounts.of(known), stopped=stopped), rules, baseline)
    whole = decide(Session(counts=EpisodeCounts.of(planned.values())), rules, baseline)
    return len(outstanding), early.passed is not whole.passed


def _baseline(solved: Any, trials: int) -> Baseline:
    counts = zip(NAMES, solved, strict=True)
    return Baseline(tasks={name: TaskCounts(trials=trials, solved=int(number)) for name, number in counts})


def _episode(task: str, *, solved: bool) -> EpisodeRecord:
    outcome = "solved" if solved else "unsolved"
    return EpisodeRecord.model_validate(
        {
            "case": task, "task": task, "trial": 1, "subset": "simulated", "agent": "simulated", "outcome": outcome,
            "hops": [HopRecord(name="one", passed=solved, step=None, reason="")],
            "credit": float(solved), "steps": 1, "seconds": 0.0, "reason": "", "answer": None, "blocked": 0,
        }
    )  # fmt: skip


_EPISODES = {(name, solved): _episode(name, solved=solved) for name in NAMES for solved in (True, False)}


if __name__ == "__main__":
    main()
