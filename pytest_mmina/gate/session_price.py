"""What a session would take, from what each trial of a baseline or a pilot run took."""

from collections.abc import Sequence
from math import fsum

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.trial_costs import Quantity
from pytest_mmina.gate.baseline import TaskCounts


class SessionPrice(Model):
    """Tokens, US dollars and seconds of a session; None is not known.

    `seconds` is the time of one worker, `seconds_in_parallel` that of several, without the start of the browsers.
    `at_least` is whether the usage of some trials is not known, so that tokens and dollars are lower bounds.
    """

    tokens: float | None = Field(default=None, ge=0)
    dollars: float | None = Field(default=None, ge=0)
    seconds: float | None = Field(default=None, ge=0)
    seconds_in_parallel: float | None = Field(default=None, ge=0)
    at_least: bool = False


def session_price(tasks: Sequence[TaskCounts], *, trials: int, workers: int) -> SessionPrice:
    """Return what a session with so many trials of each task takes, at the mean of the trials that are known."""
    seconds = [fsum(task.costs.seconds) / len(task.costs.seconds) if task.costs.seconds else task.seconds
               for task in tasks]  # fmt: skip
    tokens, dollars = _sum(tasks, "tokens", trials), _sum(tasks, "cost", trials)
    told = [quantity for quantity, total in (("tokens", tokens), ("cost", dollars)) if total is not None]
    known = [len(task.costs.tokens if quantity == "tokens" else task.costs.cost) for quantity in told for task in tasks]
    complete = [task.costs.trials for _ in told for task in tasks]
    time = trials * fsum(seconds)
    return SessionPrice(
        tokens=tokens,
        dollars=dollars,
        seconds=time or None,
        # The last trial to end cannot be shared.
        seconds_in_parallel=max(time / workers, *seconds) if time else None,
        at_least=bool(told) and (known != complete or 0 in complete or any(task.costs.partial for task in tasks)),
    )


def _sum(tasks: Sequence[TaskCounts], quantity: Quantity, trials: int) -> float | None:
    known = [values for task in tasks if (values := task.costs.of(quantity))]
    return trials * fsum(fsum(values) / len(values) for values in known) if known else None
