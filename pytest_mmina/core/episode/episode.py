"""Run a task once; the result is an Episode."""

import time
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from pytest_mmina.core.episode.driven_run import DrivenRun, is_driver
from pytest_mmina.core.episode.episode_run import AgentFailed, Ending, EpisodeRun
from pytest_mmina.core.episode.interfaces import Agent, Browser, Driver, Judge, Recorder
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.episode.stepwise_run import StepwiseRun
from pytest_mmina.core.errors import ErrorCause, InfrastructureError, NotSolved, error_cause
from pytest_mmina.core.language.trajectory import Remembered, Trajectory, Usage
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.secrets import Secrets
from pytest_mmina.core.tasks.constraints import Violation
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.task import Task

Outcome = Literal["solved", "partial", "unsolved", "errored"]


class Episode(Model):
    """The result of one execution of a task; `trajectory` contains everything that happened.

    `violations` are the broken constraints of the task, `unjudged` the names of those that have to hold at the end and
    were not judged, because the agent did not stop; with either, the task is not solved.

    `reason` is the reason for the ending in words. `agent_traceback` is the traceback if the agent raised an exception,
    `agent_log` is what the agent's `log()` returned. `usage` is what the agent cost, None if it reported nothing; it
    includes what gave no answer. `judge_usage` is the same for the judge. `errored` is what an errored episode errored
    because of.
    """

    task: str
    trial: int = 1
    subset: str
    agent: str
    outcome: Outcome
    ending: Ending
    reason: Text
    errored: ErrorCause | None = None
    hops: tuple[HopResult, ...]
    violations: tuple[Violation, ...] = ()
    unjudged: tuple[Text, ...] = ()
    credit: float
    steps: int
    seconds: float
    answer: Text | None = None
    blocked: int = 0
    trajectory: Trajectory = Trajectory()
    agent_traceback: Text = ""
    agent_log: Text = ""
    usage: Usage | None = None
    judge_usage: Usage | None = None

    @property
    def solved(self) -> bool:
        """Whether every needed hop passed and no constraint is broken."""
        return self.outcome == "solved"

    def require_solved(self) -> None:
        """Raise NotSolved unless the task is solved."""
        if not self.solved:
            passed = sum(hop.passed for hop in self.hops)
            broken = "".join(f"; {violation}" for violation in self.violations)
            raise NotSolved(f"{self.task}: {self.outcome}, {passed} of {len(self.hops)} hops: {self.reason}{broken}")

    def with_hops(self, extra: Sequence[HopResult]) -> "Episode":
        """Return the same episode with further hops, and with outcome and credit calculated again."""
        hops = (*self.hops, *extra)
        if self.ending == "errored":
            return self.model_copy(update={"hops": without_credit(hops)})
        outcome = outcome_of(hops, keeps_constraints=not (self.violations or self.unjudged))
        return self.model_copy(update={"hops": hops, "outcome": outcome, "credit": credit_of(hops)})


def outcome_of(hops: Sequence[HopResult], *, keeps_constraints: bool = True) -> Outcome:
    """Return the outcome that follows from the hops, and from whether all constraints are known to be kept."""
    if keeps_constraints and all(hop.passed or not hop.needed for hop in hops):
        return "solved"
    return "partial" if any(hop.credit for hop in hops) else "unsolved"


def credit_of(hops: Sequence[HopResult]) -> float:
    """Return what the hops earned of the weight of all hops, from 0 to 1."""
    return sum(hop.weight * hop.credit for hop in hops) / sum(hop.weight for hop in hops)


def without_credit(hops: Sequence[HopResult]) -> tuple[HopResult, ...]:
    """Return the hops of an errored episode, none of them passed: what the agent would have done is unknown."""
    return tuple(
        hop.model_copy(
            update={
                "passed": False,
                "step": None,
                "reason": f"no credit, the episode errored ({hop.reason})",
                "score": None,
                "alternative": "",
            }
        )
        if hop.credit
        else hop
        for hop in hops
    )


class EpisodeRecorder(Recorder, Protocol):
    """Stores an episode: its steps while it runs, and then its ending."""

    def end(self, episode: Episode) -> None:
        """Store the ending; the episode no longer contains secrets."""


def run_episode(
    task: Task,
    *,
    agent: Agent | Driver,
    browser: Browser,
    judge: Judge | None = None,
    limits: Limits | None = None,
    memory: Sequence[Remembered] = (),
    secrets: Secrets | None = None,
    recorder: EpisodeRecorder | None = None,
    agent_name: str = "",
    trial: int = 1,
    clock: Callable[[], float] = time.monotonic,
    propagate: tuple[type[BaseException], ...] = (),
) -> Episode:
    """Let an agent try a task once; errors of the agent, the page or the browser are not raised.

    `judge` decides the checks that need a judge; without a judge, such an episode is errored. `memory` is given to an
    agent that asks for it. `secrets`, and texts typed into password fields, are removed from the Episode after judging.
    `recorder` gets each step as soon as it is finished, and at the end the Episode.

    An exception in the agent makes the agent fail, except for KeyboardInterrupt and the types in `propagate` (for
    example pytest's skip exception), which are raised.
    """
    run_type: type[EpisodeRun] = DrivenRun if is_driver(agent) else StepwiseRun
    secrets = secrets or Secrets()
    run = run_type(
        task,
        agent,
        browser,
        judge=judge,
        limits=limits or Limits(),
        memory=memory,
        recorder=recorder,
        secrets=secrets,
        clock=clock,
        propagate=propagate,
    )
    agent_traceback, agent_log = "", ""
    cause: ErrorCause | None = None
    try:
        ending, reason = run.run()
        run.cursor.finish()
    except AgentFailed as failure:
        ending, reason, agent_traceback = "failed", str(failure), failure.traceback
        run.keep_unanswered_capture()
    except (InfrastructureError, OSError) as error:
        if (cause := error_cause(error)) is None:
            raise
        ending, reason = "errored", str(error)
    finally:
        agent_log = run.close()
    run.record()
    hops, violations, unjudged = run.cursor.results, run.constraints.violations, run.constraints.unjudged
    errored = ending == "errored"
    trajectory = Trajectory(steps=tuple(run.steps), memory=run.memory)
    episode = Episode(
        task=task.id,
        trial=trial,
        subset=task.subset,
        agent=agent_name,
        outcome="errored" if errored else outcome_of(hops, keeps_constraints=not (violations or unjudged)),
        ending=ending,
        reason=reason,
        errored=cause,
        hops=without_credit(hops) if errored else hops,
        violations=violations,
        unjudged=unjudged,
        credit=0.0 if errored else credit_of(hops),
        steps=run.step_count,
        seconds=round(clock() - run.started, 3),
        answer=run.answer,
        blocked=browser.blocked,
        trajectory=trajectory,
        agent_traceback=agent_traceback,
        agent_log=agent_log,
        usage=run.spending.usage,
        judge_usage=run.judge_spending.usage,
    )
    episode = (secrets | browser.typed_secrets).removed_from_all(episode)
    if recorder is not None:
        recorder.end(episode)
    return episode
