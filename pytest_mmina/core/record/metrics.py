"""Episodes and the rates of a session as they are written to disk: hop and task success rate, whole and in parts.

Source: MMInA (arXiv 2404.09992), section 4: hops passed / hops and tasks with every hop passed / tasks.
"""

from math import comb
from typing import Any

from pydantic import Field

from pytest_mmina.core.choices import Arm
from pytest_mmina.core.episode.episode import Episode, Outcome
from pytest_mmina.core.episode.episode_run import Ending
from pytest_mmina.core.errors import ErrorCause
from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.skips import SkipCause
from pytest_mmina.core.tasks.constraints import Violation
from pytest_mmina.core.tasks.hops import HopOutcome
from pytest_mmina.core.tasks.task import Task


class HopRecord(HopOutcome):
    """A hop in the form in which it is stored."""


class Attempt(Model):
    """An attempt that errored because of the harness and was discarded: the case was run again."""

    errored: ErrorCause
    reason: Text
    seconds: float = Field(ge=0, allow_inf_nan=False)
    usage: Usage | None = None
    judge_usage: Usage | None = None


class EpisodeRecord(Model):
    """An episode in the form in which it is stored, one line of `episodes.jsonl`; `case` is the node id of its test.

    `fingerprint` and `file` are those of the task; `constraints` is how many it has, `oracle_steps` how many steps its
    recorded solution has. `asked`
    is the task's intent, under another name so that a search for task files does not find it. `trace` is the path of
    pytest-playwright's trace, relative to the results, if `--tracing` stored one. `arm` tells episodes of the control
    from those of the agent to test. `ending` is how the episode ended, None in the results of version 0.1. `errored` is
    what an errored episode errored because of. `attempts` are those before this one, which errored because of the
    harness. `run` is the identity of the run that the episode belongs to,
    empty in the results of version 0.1.
    """

    run: str = ""
    case: str
    task: str
    fingerprint: str = ""
    file: Text = ""
    trial: int
    browser: str = ""
    subset: str
    agent: str
    outcome: Outcome
    ending: Ending | None = None
    hops: tuple[HopRecord, ...]
    constraints: int = Field(default=0, ge=0)
    violations: tuple[Violation, ...] = ()
    unjudged: tuple[Text, ...] = ()
    credit: float = Field(ge=0, le=1)
    steps: int = Field(ge=0)
    seconds: float = Field(ge=0, allow_inf_nan=False)
    reason: Text
    errored: ErrorCause | None = None
    attempts: tuple[Attempt, ...] = ()
    answer: Text | None
    blocked: int
    usage: Usage | None = None
    judge_usage: Usage | None = None
    sites: tuple[Text, ...] = ()
    template: Text = ""
    oracle_steps: int | None = None
    asked: Text = ""
    trace: Text = ""
    arm: Arm = ""

    @classmethod
    def of(
        cls,
        episode: Episode,
        *,
        task: Task,
        case: str,
        run: str = "",
        file: str = "",
        browser: str = "",
        trace: str = "",
        arm: Arm = "",
    ) -> "EpisodeRecord":
        """Return the record of an episode, with all that reports need."""
        hops = tuple(HopRecord(**hop.model_dump(include=set(HopRecord.model_fields))) for hop in episode.hops)
        kept = set(cls.model_fields) & set(Episode.model_fields) - {"hops", "violations"}
        sites = task.document.get("sites")
        return cls(
            run=run,
            hops=hops,
            violations=episode.violations,
            case=case,
            browser=browser,
            fingerprint=task.fingerprint,
            file=file,
            sites=tuple(map(str, sites)) if isinstance(sites, list) else (),
            template=task.template,
            constraints=len(task.constraints),
            oracle_steps=len(task.oracle) or None,
            asked=task.intent,
            trace=trace,
            arm=arm,
            **episode.model_dump(include=kept),
        )

    @property
    def hops_passed(self) -> int:
        """How many hops passed."""
        return sum(hop.passed for hop in self.hops)

    @property
    def all_usage(self) -> Usage | None:
        """What the agent used in this episode and in the attempts that were discarded; None if it reported nothing.

        If one of them is not known, the sum is a lower bound.
        """
        if not self.attempts:
            return self.usage
        usages = [self.usage, *(attempt.usage for attempt in self.attempts)]
        reported = [usage for usage in usages if usage is not None]
        total = Usage.total(reported) if reported else None
        if total is None or len(reported) == len(usages):
            return total
        return total.model_copy(update={"complete": False})

    @property
    def all_judge_usage(self) -> Usage | None:
        """What the judge used in this episode and in the attempts that were discarded; None if it reported nothing."""
        if not self.attempts:
            return self.judge_usage
        usages = (self.judge_usage, *(attempt.judge_usage for attempt in self.attempts))
        reported = [usage for usage in usages if usage is not None]
        return Usage.total(reported) if reported else None

    @property
    def identity(self) -> tuple[str, int, str]:
        """The key that identifies an episode in a session; episodes are stored in this order."""
        return (self.task, self.trial, self.case)


class Rates(Model):
    """Counts and rates of a set of episodes; the rates of an empty set are None.

    `violated` counts episodes that broke a constraint, whatever their outcome.
    """

    episodes: int
    solved: int
    partial: int
    unsolved: int
    errored: int
    violated: int = 0
    hops_passed: int
    hops_total: int
    hop_success_rate: float | None
    task_success_rate: float | None


class Position(Model):
    """The hops at one position of their tasks: how many, how many passed, and how many were open and did not pass.

    In a queue, such a hop is the first one that did not pass.
    """

    hops: int
    passed: int
    broke_first: int


class Summary(Rates):
    """The rates of a session, as a whole and in parts; `not_run` counts selected cases without an episode.

    `stopped` counts the cases that were left out because the gate's decision no longer depended on them; then there is
    no pass@k. `skipped` counts cases; `skipped_by_cause` says how many of them had which cause.

    `by_hop_group` has the paper's groups 1, 2-4 and 5+; `by_position` counts positions from 1. `pass_at_k` and
    `pass_power_k` are means over the tasks with at least k trials: at least one of k trials succeeds, or all k do.
    `errored_by` counts errored episodes by cause, and `retried` the attempts that errored and were run again.
    `steps_to_oracle` is the mean ratio of steps to the steps of the recorded solution, in solved episodes. `blocked`
    counts requests that were refused because they leave the allowed hosts. `usage` is the sum of what the agents
    reported, None if they reported nothing, and incomplete if an episode lacks it; `judge_usage` is that of the judge.
    `solved_per_dollar` and `solved_per_million_tokens` are upper bounds if `usage` is incomplete.
    Times are only in the records, so that an interrupted session has the same summary after it was resumed as one
    without an interruption.
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
    errored_by: dict[str, int] = Field(default_factory=dict)
    retried: int = 0
    usage: Usage | None = None
    judge_usage: Usage | None = None
    solved_per_dollar: float | None = None
    solved_per_million_tokens: float | None = None
    not_run: int = 0
    skipped: int = 0
    skipped_by_cause: dict[SkipCause, int] = Field(default_factory=dict)
    stopped: int = 0


def summary_schema() -> dict[str, Any]:
    """Return the JSON Schema of `summary.json`."""
    schema = Summary.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "pytest-mmina summary.json"}


def pass_at_k(successes: int, trials: int, k: int) -> float:
    """Return an unbiased estimate of the chance that one of k trials succeeds (Chen et al. 2021, arXiv 2107.03374)."""
    return 1 - comb(trials - successes, k) / comb(trials, k)


def pass_power_k(successes: int, trials: int, k: int) -> float:
    """Return an unbiased estimate of the chance that all k trials succeed (Yao et al. 2024, arXiv 2406.12045)."""
    return comb(successes, k) / comb(trials, k)
