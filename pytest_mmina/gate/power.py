"""What a number of trials can show, and what it takes: the gate is simulated before it runs.

The chances of tasks are drawn from what the baseline shows (`chances`), and sessions are drawn from them, unchanged and
changed. The gate's own tests decide about each.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

from pydantic import Field

from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.models import Model
from pytest_mmina.gate.baseline import Baseline, TaskCounts
from pytest_mmina.gate.chances import Chances
from pytest_mmina.gate.comparing import mean_rate
from pytest_mmina.gate.session_price import SessionPrice, session_price
from pytest_mmina.gate.simulated_sessions import SimulatedSessions

FOUND = 0.8
"""A drop counts as found if the gate closes in this share of the sessions."""
DROPS = (0.05, 0.1, 0.2)
TRIALS = (1, 3, 5)
SESSIONS = 2000

# A task decides nothing if so few new baselines have a solved trial or a passed hop of it.
_HARDLY_EVER = 0.05
# The smallest drop that is found is looked for in steps of half a point, in fewer sessions.
_STEP, _SESSIONS_OF_SEARCH = 0.005, 1000


class PowerError(MminaError):
    """Nothing can be said about the power of a gate, or a drop is impossible."""


class Found(Model):
    """In which share of the sessions a drop closes the gate; `found` is None if no rate can fall that far."""

    drop: float
    found: float | None


class TrialsPower(Model):
    """What sessions with so many trials of each task show and take.

    `unchanged` is the share of sessions of an unchanged agent that the gate closes. `task_drops` are drops of the task
    success rate, `hop_drops` drops of the hop success rate while as many tasks are solved. `broken_task` is for one of
    the tasks that were solved most, now never solved, and `alone` how many tasks can close the gate by failing alone.
    `smallest` is the smallest drop of the task success rate that is found in 80 of 100 sessions. `decidable` is whether
    any result can close the gate.
    """

    trials: int
    decidable: bool
    unchanged: float
    task_drops: tuple[Found, ...]
    hop_drops: tuple[Found, ...]
    broken_task: float | None
    alone: int
    smallest: float | None
    price: SessionPrice


class Power(Model):
    """What the gate can show with different numbers of trials.

    Rates and drops are between 0 and 1. `baseline` is `kept` if sessions are compared with the counts as they are, and
    `new` if a baseline with as many trials as the session is made first. `undeciding` are the tasks that cannot close
    the gate, or with a new baseline hardly ever with the most trials. `advice` are sentences.
    """

    format: Literal["mmina-power/1"] = "mmina-power/1"
    source: str
    baseline: Literal["kept", "new"]
    tasks: int
    task_rate: float
    hop_rate: float
    alpha: float
    sessions: int
    workers: int
    trials_before: tuple[int, int]
    undeciding: tuple[str, ...] = ()
    rows: tuple[TrialsPower, ...] = Field(min_length=1)
    advice: tuple[str, ...] = ()


def power(
    baseline: Baseline,
    *,
    source: str,
    new_baseline: bool,
    trials: Sequence[int] = TRIALS,
    drops: Sequence[float] | None = None,
    alpha: float = 0.05,
    sessions: int = SESSIONS,
    workers: int = 1,
) -> Power:
    """Simulate the gate; the same arguments give the same result.

    With `new_baseline`, the counts are those of a pilot run, and a baseline is simulated too. Without, the baseline
    stays as it is: its uncertainty is in the chances that are drawn, and not in its counts, which every session is
    compared with. Raises PowerError if a given drop is larger than the rate, or if nothing can fall.
    """
    names = sorted(baseline.tasks)
    tasks = [baseline.tasks[name] for name in names]
    rates = mean_rate(tasks, "task"), mean_rate(tasks, "hop")
    if not any(map(_can_fall, tasks)):
        raise PowerError(
            f"{source}: no task was solved and no hop passed, so nothing can fall and no number of trials shows a "
            "drop. Begin with easier tasks or a better agent"
        )
    for drop in drops or ():
        if drop > max(rates):
            raise PowerError(
                f"--drop {drop:g}: the task success rate cannot fall by {100 * drop:g} points from {rates[0]:.1%}, nor "
                f"the hop success rate from {rates[1]:.1%}. Name a smaller drop, such as {_smaller(max(rates)):g}"
            )
    if drops is None:
        # A low rate cannot fall by the usual drops.
        drops = DROPS if min(DROPS) <= rates[0] or not rates[0] else (rates[0] / 2, rates[0], *DROPS)
    trials = sorted(set(trials))
    simulation = SimulatedSessions(tasks, Chances(tasks), new_baseline=new_baseline, alpha=alpha, sessions=sessions)
    return Power(
        source=source,
        baseline="new" if new_baseline else "kept",
        tasks=len(tasks),
        task_rate=rates[0],
        hop_rate=rates[1],
        alpha=alpha,
        sessions=sessions,
        workers=workers,
        trials_before=(min(task.trials for task in tasks), max(task.trials for task in tasks)),
        undeciding=tuple(
            name
            for name, task, share in zip(names, tasks, simulation.can_fall(trials[-1]), strict=True)
            if not _can_fall(task) and (not new_baseline or share < _HARDLY_EVER)
        ),
        rows=tuple(
            _row(
                simulation,
                number,
                drops,
                rates[0],
                session_price(tasks, trials=number, workers=workers),
            )
            for number in trials
        ),
    )


def _can_fall(task: TaskCounts) -> bool:
    return bool(task.solved or sum(task.passed[1:]))


def _smaller(rate: float) -> float:
    return max(0.001, int(1000 * rate / 2) / 1000)


def _row(
    simulation: SimulatedSessions, trials: int, drops: Sequence[float], rate: float, price: SessionPrice
) -> TrialsPower:
    closed = partial(simulation.closed, trials)
    tasks = {drop: closed(lower=drop / rate if drop else 0.0) for drop in (0.0, *drops) if drop <= rate}
    most = simulation.hops_of_unsolved(trials)
    hops = {drop: closed(lost=drop / most) for drop in drops if drop <= most}
    return TrialsPower(
        trials=trials,
        decidable=closed(lost=1.0, lower=1.0, sessions=_SESSIONS_OF_SEARCH) > 0,
        unchanged=tasks[0.0],
        task_drops=tuple(Found(drop=drop, found=tasks.get(drop)) for drop in drops),
        hop_drops=tuple(Found(drop=drop, found=hops.get(drop)) for drop in drops),
        broken_task=closed(broken=True) if rate else None,
        alone=simulation.close_alone(trials),
        smallest=_smallest(partial(closed, sessions=_SESSIONS_OF_SEARCH), tasks, rate) if rate else None,
        price=price,
    )


def _smallest(closed: Callable[..., float], known: Mapping[float, float], rate: float) -> float | None:
    """Return the smallest drop that is found, in steps of half a point, from drops with known shares."""
    low = max((drop for drop, share in known.items() if share < FOUND), default=0.0)
    high = min((drop for drop, share in known.items() if share >= FOUND and drop > low), default=rate)
    if high == rate and known.get(rate, 0.0) < FOUND and closed(lower=1.0) < FOUND:
        return None
    while high - low > _STEP:
        middle = (low + high) / 2
        low, high = (low, middle) if closed(lower=middle / rate) >= FOUND else (middle, high)
    return high
