"""The rules of a gate, and how they are written on a command line."""

from collections.abc import Callable
from math import expm1, log1p
from typing import NamedTuple

from pydantic import Field

from pytest_mmina.core.choices import Regressions as Regressions
from pytest_mmina.core.errors import did_you_mean
from pytest_mmina.core.models import Model
from pytest_mmina.core.numbers import count, from_zero, level, rate
from pytest_mmina.core.record.trial_costs import QUANTITIES

P95 = "p95-"
"""The prefix of a measure that is a 95th percentile and not a mean."""


class ErrorBudget(NamedTuple):
    """How often an unchanged agent may be taken for a worse one: in one merge, or at least once in several ones."""

    whole: float
    merges: int = 1

    @property
    def alpha(self) -> float:
        """The level of one merge."""
        # As precise for a small budget as for a large one.
        return -expm1(log1p(-self.whole) / self.merges)


class Rules(Model):
    """The rules that close the gate. Rates, drops and `alpha` are between 0 and 1; an empty mapping sets no limit.

    `alpha` is the level of this session. If it is a share of an error budget, `merges` is how many sessions share it.
    `drift` is the false alarm rate of the test of the history, 0 for none.

    The keys of `min_hop_rate` and `min_task_rate` are subsets, or "" for all episodes; those of `max_drop` are "hop"
    and "task". Those of `max_rise` (relative: 0.2 is 20 %) and `max_per_episode` are "cost" (US dollars), "tokens",
    "steps" and "seconds" for means, and the same after "p95-" for 95th percentiles.
    """

    min_hop_rate: dict[str, float] = Field(default_factory=dict)
    min_task_rate: dict[str, float] = Field(default_factory=dict)
    max_drop: dict[str, float] = Field(default_factory=dict)
    max_rise: dict[str, float] = Field(default_factory=dict)
    max_per_episode: dict[str, float] = Field(default_factory=dict)
    regressions: Regressions = "significant"
    alpha: float = Field(default=0.05, gt=0, lt=1)
    merges: int = Field(default=1, ge=1)
    drift: float = Field(default=0.0, ge=0, lt=1)
    must_pass: tuple[str, ...] = ()
    max_violations: int | None = Field(default=None, ge=0)
    max_errored: int = Field(default=0, ge=0)
    allow_new: int = Field(default=0, ge=0)
    allow_skipped: int = Field(default=0, ge=0)
    allow_changed: int = Field(default=0, ge=0)
    require_power: bool = False

    @property
    def budget(self) -> float:
        """How often at least one of `merges` sessions of an unchanged agent may be stopped."""
        return -expm1(self.merges * log1p(-self.alpha))

    @property
    def closes_on_costs(self) -> bool:
        """Whether a rule asks about cost, tokens, steps or time."""
        return bool(self.max_rise or self.max_per_episode)


def read_budget(text: str) -> ErrorBudget:
    """Read `0.05`, or `0.05/20` for 5 % in 20 merges together; raises ValueError."""
    whole, slash, merges = text.partition("/")
    return ErrorBudget(level(whole), count(merges) if slash else 1)


def read_rates(text: str) -> dict[str, float]:
    """Read `0.5`, `multi567=0.4` or `0.5,multi567=0.4`; raises ValueError with the problem."""
    return _named_numbers(text, default="")


def read_drops(text: str) -> dict[str, float]:
    """Read `hop=0.02,task=0.05`, or one of both; raises ValueError with the problem."""
    drops = _named_numbers(text, default=None)
    unknown = sorted(set(drops) - {"hop", "task"})
    if unknown:
        raise ValueError(f"{unknown[0]!r} is neither 'hop' nor 'task'")
    return drops


def read_costs(text: str) -> dict[str, float]:
    """Read `cost=0.2,p95-seconds=0.5`, a number from 0 for each of some measures; raises ValueError."""
    measures = [f"{prefix}{quantity}" for prefix in ("", P95) for quantity in QUANTITIES]
    found = _named_numbers(text, default=None, example="cost=0.2,steps=0.1", read=from_zero)
    for name in found:
        if name not in measures:
            known = ", ".join(QUANTITIES)
            raise ValueError(f"{name!r} is none of {known}, or one of them after 'p95-'.{did_you_mean(name, measures)}")
    return found


def _named_numbers(
    text: str,
    *,
    default: str | None,
    example: str = "hop=0.02,task=0.05",
    read: Callable[[str], float] = rate,
) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = part.strip().rpartition("=")
        if not equals and default is None:
            raise ValueError(f"{part!r} has no name: write {example}")
        key = name.strip() if equals else default or ""
        if key in found:
            raise ValueError(f"{text!r} gives {key or 'the overall rate'!r} twice")
        found[key] = read(number.strip())
    return found
