"""The rules of a gate, and how they are written on a command line."""

from pydantic import Field

from pytest_mmina.core.choices import Regressions as Regressions
from pytest_mmina.core.models import Model
from pytest_mmina.core.numbers import rate


class Rules(Model):
    """The rules that close the gate. Rates, drops and `alpha` are between 0 and 1; an empty mapping sets no limit.

    The keys of `min_hop_rate` and `min_task_rate` are subsets, or "" for all episodes; those of `max_drop` are "hop"
    and "task".
    """

    min_hop_rate: dict[str, float] = Field(default_factory=dict)
    min_task_rate: dict[str, float] = Field(default_factory=dict)
    max_drop: dict[str, float] = Field(default_factory=dict)
    regressions: Regressions = "significant"
    alpha: float = Field(default=0.05, gt=0, lt=1)
    must_pass: tuple[str, ...] = ()
    max_errored: int = Field(default=0, ge=0)
    allow_new: int = Field(default=0, ge=0)
    allow_changed: int = Field(default=0, ge=0)
    require_power: bool = False


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


def _named_numbers(text: str, *, default: str | None) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = part.strip().rpartition("=")
        if not equals and default is None:
            raise ValueError(f"{part!r} has no name: write hop=0.02,task=0.05")
        key = name.strip() if equals else default or ""
        if key in found:
            raise ValueError(f"{text!r} gives {key or 'the overall rate'!r} twice")
        found[key] = rate(number.strip())
    return found
