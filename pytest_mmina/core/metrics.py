"""Rates over episodes: hop success rate and task success rate, by subset and by hop count.

Source: MMInA (arXiv 2404.09992), section 4: hops passed / hops and tasks with every hop passed / tasks.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from pydantic import Field

from pytest_mmina.core.episode import Episode, Outcome
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.tasks import Task

Key = TypeVar("Key", str, int)


class HopRecord(Model):
    """A hop as it is written to disk."""

    name: Text
    passed: bool
    step: int | None
    reason: Text
    url: Text = ""


class EpisodeRecord(Model):
    """An episode as it is written to disk: one line of `episodes.jsonl`; `case` is the node id of its test.

    `fingerprint` is that of what the task asks, `file` says where it stands.
    """

    case: str
    task: str
    fingerprint: str = ""
    file: Text = ""
    trial: int
    browser: str = ""
    subset: str
    agent: str
    outcome: Outcome
    hops: tuple[HopRecord, ...]
    credit: float = Field(ge=0, le=1)
    steps: int
    seconds: float
    reason: Text
    answer: Text | None
    blocked: int

    @classmethod
    def of(cls, episode: Episode, *, task: Task, case: str, file: str = "", browser: str = "") -> "EpisodeRecord":
        """Keep of an episode what a report needs."""
        hops = tuple(HopRecord(**hop.model_dump(exclude={"weight"})) for hop in episode.hops)
        kept = set(cls.model_fields) - {"hops", "case", "browser", "fingerprint", "file"}
        return cls(
            hops=hops,
            case=case,
            browser=browser,
            fingerprint=task.fingerprint,
            file=file,
            **episode.model_dump(include=kept),
        )

    @property
    def hops_passed(self) -> int:
        """How many hops count as passed."""
        return sum(hop.passed for hop in self.hops)

    @property
    def identity(self) -> tuple[str, int, str]:
        """What tells this episode from every other one of a session, and the order it is written in."""
        return (self.task, self.trial, self.case)


class Rates(Model):
    """Counts and rates of a set of episodes; a rate of nothing is None."""

    episodes: int
    solved: int
    partial: int
    unsolved: int
    errored: int
    hops_passed: int
    hops_total: int
    hop_success_rate: float | None
    task_success_rate: float | None


class Summary(Rates):
    """The rates of a session, whole and in parts; `not_run` cases were selected but never gave an episode."""

    by_subset: dict[str, Rates]
    by_hop_count: dict[str, Rates]
    not_run: int = 0
    skipped: int = 0


def rates(records: Iterable[EpisodeRecord]) -> Rates:
    """Count a set of episodes; errored ones stay in both denominators, with no credit."""
    counted = list(records)
    outcomes = [record.outcome for record in counted]
    hops_passed = sum(record.hops_passed for record in counted)
    hops_total = sum(len(record.hops) for record in counted)
    return Rates(
        episodes=len(counted),
        solved=outcomes.count("solved"),
        partial=outcomes.count("partial"),
        unsolved=outcomes.count("unsolved"),
        errored=outcomes.count("errored"),
        hops_passed=hops_passed,
        hops_total=hops_total,
        hop_success_rate=hops_passed / hops_total if hops_total else None,
        task_success_rate=outcomes.count("solved") / len(counted) if counted else None,
    )


def summarise(records: Iterable[EpisodeRecord], *, not_run: int = 0, skipped: int = 0) -> Summary:
    """Work out the rates of a session, whole, by subset, and by number of hops."""
    counted = sorted(records, key=lambda record: record.identity)
    return Summary(
        **rates(counted).model_dump(),
        by_subset=_grouped(counted, key=lambda record: record.subset),
        by_hop_count={str(n): group for n, group in _grouped(counted, key=lambda record: len(record.hops)).items()},
        not_run=not_run,
        skipped=skipped,
    )


def _grouped(records: list[EpisodeRecord], *, key: Callable[[EpisodeRecord], Key]) -> dict[Key, Rates]:
    groups: dict[Key, list[EpisodeRecord]] = {}
    for record in records:
        groups.setdefault(key(record), []).append(record)
    return {name: rates(groups[name]) for name in sorted(groups)}
