"""The gate: from rates and what the session lost on the way to a decision with its reasons."""

from typing import Literal

from pydantic import Field

from pytest_mmina.core.metrics import Summary
from pytest_mmina.core.models import Model


class Thresholds(Model):
    """The least rates that let a merge through, from 0 to 1; None asks for nothing."""

    min_hop_rate: float | None = Field(default=None, ge=0, le=1)
    min_task_rate: float | None = Field(default=None, ge=0, le=1)


class Decision(Model):
    """Whether the gate is open, and every reason, for or against."""

    passed: bool
    reasons: tuple[str, ...]


def decide(summary: Summary, thresholds: Thresholds) -> Decision:
    """Compare a session with its thresholds; whatever is missing closes the gate.

    An errored episode closes it too: its credit is unknown, and a rate that leaves it open would rest on luck.
    """
    against: list[str] = []
    kept: list[str] = []
    if summary.episodes == 0:
        against.append("no episode was recorded: nothing is known of the agent")
    if summary.errored:
        against.append(f"{_count(summary.errored, 'episode')} errored: see their reasons and run again")
    if summary.not_run:
        against.append(f"{_count(summary.not_run, 'selected case')} gave no episode")
    named: tuple[tuple[Literal["hop", "task"], float | None, float | None], ...] = (
        ("hop", summary.hop_success_rate, thresholds.min_hop_rate),
        ("task", summary.task_success_rate, thresholds.min_task_rate),
    )
    for name, rate, least in named:
        if least is None or rate is None:
            continue
        holds = rate >= least
        (kept if holds else against).append(
            f"{name} success rate {rate:.1%} {'>=' if holds else '<'} {least:.1%} (--mmina-min-{name}-rate)"
        )
    if summary.skipped:
        kept.append(f"{_count(summary.skipped, 'case')} skipped and not counted")
    return Decision(passed=not against, reasons=tuple(against or kept or ["every selected case gave an episode"]))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
