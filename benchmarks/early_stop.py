"""How often the gate is wrong: simulated sessions of 105 tasks whose success probabilities are known.

Run `python benchmarks/gate.py`. It prints how often the gate closes for an agent that has not changed and for one whose
task success rate has fallen by ten points, and how often it names a single task that fell from 1 to 0.4. Then it
prints, over fewer sessions, the share of trials that early stopping leaves out, and fails if that changes a decision.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.gate.baseline import Baseline, TaskCounts
from pytest_mmina.gate.decision import Decision, Session, decide
from pytest_mmina.gate.early_stop import EarlyStopped, terms_fingerprint, undecided_tasks
from pytest_mmina.gate.rules import Rules

TASKS, TRIALS, ALPHA = 105, 5, 0.05
NAMES = [f"simulated/{number}" for number in range(1, TASKS + 1)]


def main() -> None:
    """Simulate, print, and write `benchmarks/results/gate.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gates", type=int, default=10_000, help="sessions per question")
    parser.add_argument("--stopped", type=int, default=100, help="sessions per question that stop early")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = numpy.random.default_rng(options.seed)
    result = {
        "closed_without_change": _share(options.gates, lambda: not _gate(dice, drop=0.0).passed),
        "closed_after_a_drop_of_ten_points": _share(options.gates, lambda: not _gate(dice, drop=0.1).passed),
        "single_task_named": _share(options.gates, lambda: _names_the_first(_single(dice))),
    }
    for name, value in result.items():
        print(f"{name:36}{value:7.2%}")
    for name, (drop, rules) in STOPPED.items():
        left_out, changed = zip(*(_stopped(dice, drop, rules) for _ in range(options.stopped)), strict=True)
        assert not any(changed), f"{sum(changed)} decisions changed"
        result[name] = sum(left_out) / len(left_out) / (TASKS * TRIALS)
        print(f"{name:36}{result[name]:7.2%}")
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "gate.json").write_text(json.dumps({**result, "gates": options.gates}, indent=2) + "\n")


STOPPED = {
    "left_out_significant_unchanged": (0.0, Rules()),
    "left_out_significant_half_as_good": (0.25, Rules()),
    "left_out_any_unchanged": (0.0, Rules(regressions="any")),
    "left_out_must_pass_one_subset": (0.0, Rules(regressions="none", must_pass=("simulated/1?",))),
}


def _share(number: int, happens: Any) -> float:
    return sum(bool(happens()) for _ in range(number)) / number


def _gate(dice: numpy.random.Generator, *, drop: float) -> Decision:
    """Decide about a session against a baseline, both with TRIALS trials; the mean of all chances falls by `drop`."""
    chances = dice.uniform(0, 1, TASKS)
    fallen = chances * (1 - drop / chances.mean())
    return _decide(dice.binomial(TRIALS, chances), TRIALS, dice.binomial(TRIALS, fallen), TRIALS)


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
    stopped = EarlyStopped(trials=len(outstanding), terms=terms_fingerprint(rules, baseline))
    early = decide(Session(counts=EpisodeCounts.of(known), stopped=stopped), rules, baseline)
    whole = decide(Session(counts=EpisodeCounts.of(planned.values())), rules, baseline)
    return len(outstanding), early.passed is not whole.passed


def _single(dice: numpy.random.Generator) -> Decision:
    """Decide about 10 trials against 50 in the baseline; the first task falls from 1 to 0.4, the others do not."""
    chances = dice.uniform(0, 1, TASKS)
    before, now = dice.binomial(50, chances), dice.binomial(10, chances)
    before[0], now[0] = 50, dice.binomial(10, 0.4)
    return _decide(before, 50, now, 10)


def _names_the_first(decision: Decision) -> bool:
    return any(reason.startswith(f"{NAMES[0]} fell") for reason in decision.reasons)


def _decide(before: Any, trials_before: int, now: Any, trials_now: int) -> Decision:
    records = tuple(
        _EPISODES[name, trial < solved] for name, solved in zip(NAMES, now, strict=True) for trial in range(trials_now)
    )
    return decide(Session(counts=EpisodeCounts.of(records)), Rules(alpha=ALPHA), _baseline(before, trials_before))


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
