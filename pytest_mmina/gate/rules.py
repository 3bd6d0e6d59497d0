"""What a gate is asked for, and how that is written on a command line."""

from pydantic import Field

from pytest_mmina.core.choices import Regressions as Regressions
from pytest_mmina.core.models import Model
from pytest_mmina.core.numbers import rate


class Rules(Model):
    """What closes the gate. Rates, drops and `alpha` lie between 0 and 1; an empty mapping or None asks for nothing.

    `min_hop_rate` and `min_task_rate` go by subset, with "" for all episodes; `max_drop` goes by "hop" and "task".
    """

    min_hop_rate: dict[str, float] = Field(default_factory=dict)
    min_task_rate: dict[str, float] = Field(default_factory=dict)
    max_drop: dict[str, float] = Field(default_factory=dict)
    regressions: Regressions = "significant"
    alpha: float = Field(default=0.05, gt=0, lt=1)
    must_pass: tuple[str, ...] = ()
    max_errored: int = Field(default=0, ge=0)
    allow_new: int = Field(default=0, ge=0)


def read_rates(text: str) -> dict[str, float]:
    """Read `0.5`, `multi567=0.4` or `0.5,multi567=0.4`; raises ValueError saying what is wrong."""
    return _named_numbers(text, default="")


def read_drops(text: str) -> dict[str, float]:
    """Read `hop=0.02,task=0.05`, or one of them; raises ValueError saying what is wrong."""
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
            raise ValueError(f"{part!r} names nothing: write hop=0.02,task=0.05")
        key = name.strip() if equals else default or ""
        if key in found:
            raise ValueError(f"{text!r} gives {key or 'the overall rate'!r} twice")
        found[key] = rate(number)
    return found
