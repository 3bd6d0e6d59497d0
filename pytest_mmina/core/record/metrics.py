"""Rates over episodes: hop success rate and task success rate, by subset and by hop count.

Source: MMInA (arXiv 2404.09992), section 4: hops passed / hops and tasks with every hop passed / tasks.
"""

from collections.abc import Callable, Iterable, Sequence
from math import comb
from typing import Any, TypeVar, get_args

from pydantic import Field

from pytest_mmina.core.episode.episode import Episode, Outcome
from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.tasks.hops import HopOutcome
from pytest_mmina.core.tasks.task import Task

Key = TypeVar("Key", str, int)


class HopRecord(HopOutcome):
    """A hop in the form in which it is stored."""


class EpisodeRecord(Model):
    """An episode in the form in which it is stored, one line of `episodes.jsonl`; `case` is the node id of its test.

    `fingerprint` and `file` are those of the task; `oracle_steps` is how many steps its recorded solution has. `asked`
    is the task's intent, under another name so that a search for task files does not find it. `trace` is the path of
    pytest-playwright's trace, relative to the results, if `--tracing` stored one.
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
    usage: Usage | None = None
    sites: tuple[Text, ...] = ()
    template: Text = ""
    oracle_steps: int | None = None
    asked: Text = ""
    trace: Text = ""

    @classmethod
    def of(
        cls, episode: Episode, *, task: Task, case: str, file: str = "", browser: str = "", trace: str = ""
    ) -> "EpisodeRecord":
        """Return the record of an episode, with all that reports need."""
        hops = tuple(HopRecord(**hop.model_dump(include=set(HopRecord.model_fields))) for hop in episode.hops)
        kept = set(cls.model_fields) & set(Episode.model_fields) - {"hops"}
        sites = task.document.get("sites")
        return cls(
            hops=hops,
            case=case,
            browser=browser,
            fingerprint=task.fingerprint,
            file=file,
            sites=tuple(map(str, sites)) if isinstance(sites, list) else (),
            template=task.template,
            oracle_steps=len(task.oracle) or None,
            asked=task.intent,
            trace=trace,
            **episode.model_dump(include=kept),
        )

    @property
    def hops_passed(self) -> int:
        """How many hops passed."""
        return sum(hop.passed for hop in self.hops)

    @property
    def identity(self) -> tuple[str, int, str]:
        """The key that identifies an episode in a session; episodes are stored in this order."""
        return (self.task, self.trial, self.case)


class Rates(Model):
    """Counts and rates of a set of episodes; the rates of an empty set are None."""

    episodes: int
    solved: int
    partial: int
    unsolved: int
    errored: int
    hops_passed: int
    hops_total: int
    hop_success_rate: float | None
    task_success_rate: float | None


class Position(Model):
    """The hops at one position of their tasks: how many, how many passed, and how many were the first not to pass."""

    hops: int
    passed: int
    broke_first: int


class Summary(Rates):
    """The rates of a session, as a whole and in parts; `not_run` counts selected cases without an episode.

    `stopped` counts the cases that were left out because the gate's decision no longer depended on them; then there is
    no pass@k.

    `by_hop_group` has the paper's groups 1, 2-4 and 5+; `by_position` counts positions from 1. `pass_at_k` and
    `pass_power_k` are means over the tasks with at least k trials: at least one of k trials succeeds, or all k do.
    `steps_to_oracle` is the mean ratio of steps to the steps of the recorded solution, in solved episodes. `blocked`
    counts requests that were refused because they leave the allowed hosts. `usage` is the sum of the reported usages,
    None if there are none. Times are only in the records, so that an interrupted session has the same summary after it
    was resumed as one without an interruption.
    """

    by_subset: dict[str, Rates]
    by_hop_count: dict[str, Rates]
    by_hop_group: dict[str, Rates] = Field(default_factory=dict)
    by_site: dict[str, Rates] = Field(default_factory=dict)
    by_template: dict[str, Rates] = Field(default_factory=dict)
    by_position: dict[str, Position] = Field(default_factory=dict)
    pass_at_k: dict[str, float] = Field(default_factory=dict)
    pass_power_k: dict[str, float] = Field(default_factory=dict)
    steps_to_oracle: float | None = None
    blocked: int = 0
    usage: Usage | None = None
    not_run: int = 0
    skipped: int = 0
    stopped: int = 0


def summary_schema() -> dict[str, Any]:
    """Return the JSON Schema of `summary.json`."""
    schema = Summary.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "pytest-mmina summary.json"}


def rates(records: Iterable[EpisodeRecord]) -> Rates:
    """Count a set of episodes; errored ones stay in both denominators, with no credit."""
    counted = list(records)
    outcomes = [record.outcome for record in counted]
    hops_passed = sum(record.hops_passed for record in counted)
    hops_total = sum(len(record.hops) for record in counted)
    return Rates(
        episodes=len(counted),
        **{outcome: outcomes.count(outcome) for outcome in get_args(Outcome)},
        hops_passed=hops_passed,
        hops_total=hops_total,
        hop_success_rate=hops_passed / hops_total if hops_total else None,
        task_success_rate=outcomes.count("solved") / len(counted) if counted else None,
    )


def summarise(records: Iterable[EpisodeRecord], *, not_run: int = 0, skipped: int = 0, stopped: int = 0) -> Summary:
    """Work out the rates of a session, whole and in parts."""
    counted = sorted(records, key=lambda record: record.identity)
    used = [record.usage for record in counted if record.usage is not None]
    return Summary(
        **rates(counted).model_dump(),
        by_subset=_grouped(counted, lambda record: [record.subset]),
        by_hop_count={str(n): group for n, group in _grouped(counted, lambda record: [len(record.hops)]).items()},
        by_hop_group=_grouped(counted, lambda record: [_hop_group(len(record.hops))]),
        by_site=_grouped(counted, lambda record: sorted(set(record.sites))),
        by_template=_grouped(counted, lambda record: [record.template] if record.template else []),
        by_position=_positions(counted),
        # Trials that were left out were not left out by chance: how often the others succeed says nothing of k of them.
        **({} if stopped else _by_trials(counted)),
        steps_to_oracle=_steps_to_oracle(counted),
        blocked=sum(record.blocked for record in counted),
        usage=sum((usage for usage in used[1:]), used[0]) if used else None,
        not_run=not_run,
        skipped=skipped,
        stopped=stopped,
    )


def pass_at_k(successes: int, trials: int, k: int) -> float:
    """Return an unbiased estimate of the chance that one of k trials succeeds (Chen et al. 2021, arXiv 2107.03374)."""
    return 1 - comb(trials - successes, k) / comb(trials, k)


def pass_power_k(successes: int, trials: int, k: int) -> float:
    """Return an unbiased estimate of the chance that all k trials succeed (Yao et al. 2024, arXiv 2406.12045)."""
    return comb(successes, k) / comb(trials, k)


def _hop_group(hops: int) -> str:
    return "1" if hops == 1 else "2-4" if hops < 5 else "5+"


def _positions(records: Sequence[EpisodeRecord]) -> dict[str, Position]:
    longest = max((len(record.hops) for record in records), default=0)
    found = {}
    for place in range(longest):
        here = [record for record in records if len(record.hops) > place]
        broken = sum(next((n for n, hop in enumerate(record.hops) if not hop.passed), -1) == place for record in here)
        passed = sum(record.hops[place].passed for record in here)
        found[str(place + 1)] = Position(hops=len(here), passed=passed, broke_first=broken)
    return found


def _by_trials(records: Sequence[EpisodeRecord]) -> dict[str, dict[str, float]]:
    trials: dict[str, list[bool]] = {}
    for record in records:
        trials.setdefault(record.task, []).append(record.outcome == "solved")
    most = max(map(len, trials.values()), default=0)
    measures = {"pass_at_k": pass_at_k, "pass_power_k": pass_power_k}
    found: dict[str, dict[str, float]] = {name: {} for name in measures}
    for k in range(1, most + 1 if most > 1 else 1):
        enough = [solved for solved in trials.values() if len(solved) >= k]
        for name, measure in measures.items():
            found[name][str(k)] = sum(measure(sum(solved), len(solved), k) for solved in enough) / len(enough)
    return found


def _steps_to_oracle(records: Sequence[EpisodeRecord]) -> float | None:
    ratios = [
        record.steps / record.oracle_steps for record in records if record.outcome == "solved" and record.oracle_steps
    ]
    return sum(ratios) / len(ratios) if ratios else None


def _grouped(records: Sequence[EpisodeRecord], keys: Callable[[EpisodeRecord], Sequence[Key]]) -> dict[Key, Rates]:
    groups: dict[Key, list[EpisodeRecord]] = {}
    for record in records:
        for key in keys(record):
            groups.setdefault(key, []).append(record)
    return {name: rates(groups[name]) for name in sorted(groups)}
