"""What the trials of a task took: steps, seconds, tokens and dollars, trial by trial."""

from array import array
from math import isnan, nan
from typing import Annotated, Literal, get_args

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.metrics import EpisodeRecord

Quantity = Literal["cost", "tokens", "steps", "seconds"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)

Whole = Annotated[int, Field(ge=0, le=10**16)]
Decimal = Annotated[float, Field(ge=0, le=1e13, allow_inf_nan=False)]

_WIDTH = 5


class TrialCosts(Model):
    """What each trial took, without errored ones; costs are in US dollars.

    Trials whose usage is not known are left out of `tokens` and `cost`. `partial` counts trials whose usage is not
    known, or is only a lower bound.
    """

    steps: tuple[Whole, ...] = ()
    seconds: tuple[Decimal, ...] = ()
    tokens: tuple[Whole, ...] = ()
    cost: tuple[Decimal, ...] = ()
    partial: int = Field(default=0, ge=0)

    def of(self, quantity: Quantity) -> tuple[float, ...]:
        """Return the numbers of one quantity."""
        values: tuple[float, ...] = getattr(self, quantity)
        return values

    @property
    def trials(self) -> int:
        """The number of trials."""
        return len(self.steps)


class CostTally:
    """Collects what the trials of a task took, in five numbers per trial."""

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        self._numbers = array("d")

    def add(self, record: EpisodeRecord) -> None:
        """Add a trial. An errored one is left out: it did not take what the agent would have taken."""
        if record.outcome == "errored":
            return
        tokens = cost = nan
        complete = 0.0
        if (usage := record.all_usage) is not None:
            tokens, complete = usage.tokens, usage.complete
            cost = usage.cost if usage.cost is not None else nan
        self._numbers.extend((record.steps, record.seconds, tokens, cost, complete))

    @property
    def costs(self) -> TrialCosts:
        """The trials so far."""
        steps, seconds, tokens, cost, complete = (self._numbers[column::_WIDTH] for column in range(_WIDTH))
        return TrialCosts(
            steps=tuple(map(int, steps)),
            seconds=tuple(round(number, 2) for number in seconds),
            tokens=tuple(int(number) for number in tokens if not isnan(number)),
            cost=tuple(round(number, 6) for number in cost if not isnan(number)),
            partial=complete.count(0.0),
        )
