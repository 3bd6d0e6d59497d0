"""One execution of one task: the limits, the loop between agent and browser, and the Episode that comes of it."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from pytest_mmina.core.actions import Action
from pytest_mmina.core.errors import ActionError, ActionFailed, InfrastructureError, JudgeError, NotSolved
from pytest_mmina.core.grammar import read_answer
from pytest_mmina.core.hops import HopCursor, HopResult
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.ports import Agent, Browser, Judge, Sight, question_of
from pytest_mmina.core.readings import Found
from pytest_mmina.core.run_py import RunPyCursor
from pytest_mmina.core.tasks import Task, probes_of
from pytest_mmina.core.trajectory import Observation, State, Step, Trajectory
from pytest_mmina.core.turns import AgentThread, TurnTimeout, own_traceback, said_by

Outcome = Literal["solved", "partial", "unsolved", "errored"]
Ending = Literal["terminated", "truncated", "failed", "errored"]


class Limits(Model):
    """When an episode is cut off. Times are in seconds; the early-stop rules are MMInA's and WebArena's."""

    max_steps: int = Field(default=30, ge=1)
    step_timeout: float = Field(default=60.0, gt=0)
    episode_timeout: float = Field(default=600.0, gt=0)
    unparsable_in_a_row: int = 3
    identical_in_a_row: int = 3
    identical_typing: int = 3


class Episode(Model):
    """The result of one execution of one task; `trajectory` is all that happened.

    `reason` says in words how it ended; `agent_traceback` is there when the agent raised.
    """

    task: str
    trial: int = 1
    subset: str
    agent: str
    outcome: Outcome
    ending: Ending
    reason: Text
    hops: tuple[HopResult, ...]
    credit: float
    steps: int
    seconds: float
    answer: Text | None = None
    blocked: int = 0
    trajectory: Trajectory = Trajectory()
    agent_traceback: Text = ""

    @property
    def solved(self) -> bool:
        """Whether every hop passed."""
        return self.outcome == "solved"

    def require_solved(self) -> None:
        """Raise NotSolved unless every hop passed."""
        if not self.solved:
            passed = sum(hop.passed for hop in self.hops)
            raise NotSolved(f"{self.task}: {self.outcome}, {passed} of {len(self.hops)} hops: {self.reason}")

    def with_hops(self, extra: Sequence[HopResult]) -> "Episode":
        """The same episode with further hops, its outcome and credit worked out anew."""
        hops = (*self.hops, *extra)
        if self.ending == "errored":
            return self.model_copy(update={"hops": without_credit(hops)})
        return self.model_copy(update={"hops": hops, "outcome": outcome_of(hops), "credit": credit_of(hops)})


def outcome_of(hops: Sequence[HopResult]) -> Outcome:
    """Name what the hops amount to."""
    if all(hop.passed or not hop.needed for hop in hops):
        return "solved"
    return "partial" if any(hop.passed for hop in hops) else "unsolved"


def credit_of(hops: Sequence[HopResult]) -> float:
    """Weight of the passed hops over the weight of all hops, from 0 to 1."""
    return sum(hop.weight for hop in hops if hop.passed) / sum(hop.weight for hop in hops)


def without_credit(hops: Sequence[HopResult]) -> tuple[HopResult, ...]:
    """The hops of an errored episode: none counts as passed, because nobody knows what the agent would have done."""
    return tuple(
        hop.model_copy(
            update={"passed": False, "step": None, "reason": f"no credit, the episode errored ({hop.reason})"}
        )
        if hop.passed
        else hop
        for hop in hops
    )


def run_episode(
    task: Task,
    *,
    agent: Agent,
    browser: Browser,
    judge: Judge | None = None,
    limits: Limits | None = None,
    agent_name: str = "",
    trial: int = 1,
    clock: Callable[[], float] = time.monotonic,
    pass_on: tuple[type[BaseException], ...] = (),
) -> Episode:
    """Let an agent try a task once; never raises for what the agent, the page or the browser did.

    `judge` is asked where a check needs one; without it such an episode is errored.

    What the agent raises has made it fail; KeyboardInterrupt and the types in `pass_on` (pytest's skip, say) go on.
    """
    started = clock()
    course = _Course(task, agent, browser, judge, limits or Limits(), started=started, clock=clock, pass_on=pass_on)
    agent_traceback = ""
    try:
        ending, reason = course.run()
        course.cursor.finish()
    except _AgentFailed as failure:
        ending, reason, agent_traceback = "failed", str(failure), failure.traceback
    except InfrastructureError as error:
        ending, reason = "errored", str(error)
    finally:
        course.thread.close()
    hops = course.cursor.results
    errored = ending == "errored"
    return Episode(
        task=task.id,
        trial=trial,
        subset=task.subset,
        agent=agent_name,
        outcome="errored" if errored else outcome_of(hops),
        ending=ending,
        reason=reason,
        hops=without_credit(hops) if errored else hops,
        credit=0.0 if errored else credit_of(hops),
        steps=course.taken,
        seconds=round(clock() - started, 3),
        answer=course.answer,
        blocked=browser.blocked,
        trajectory=Trajectory(steps=tuple(course.steps)),
        agent_traceback=agent_traceback,
    )


class _AgentFailed(Exception):
    """The agent raised or did not come back; its own traceback goes along."""

    def __init__(self, reason: str, traceback_text: str = "") -> None:
        super().__init__(reason)
        self.traceback = traceback_text


class _Course:
    """The state of one running episode."""

    def __init__(
        self,
        task: Task,
        agent: Agent,
        browser: Browser,
        judge: Judge | None,
        limits: Limits,
        *,
        started: float,
        clock: Callable[[], float],
        pass_on: tuple[type[BaseException], ...],
    ) -> None:
        self.task, self.agent, self.browser, self.limits, self.clock = task, agent, browser, limits, clock
        self.deadline = started + limits.episode_timeout
        self.judge, self.pass_on = judge, pass_on
        self.cursor = _cursor_of(task)
        self.thread = AgentThread()
        self.steps: list[Step] = []
        self.taken = 0
        self.answer: str | None = None
        self._probes = probes_of(task)
        self._pending: deque[Action] = deque()
        self._events: tuple[str, ...] = ()

    def run(self) -> tuple[Ending, str]:
        """Alternate observing and acting until someone has enough."""
        self.browser.reset(self.task.start_urls)
        sight = self._observe()
        self._after(sight.observation)
        self._ask(getattr(self.agent, "reset", _no_reset), self.task.intent)
        while self.taken < self.limits.max_steps:
            if self.clock() >= self.deadline:
                return self._truncated(sight, f"limit of {self.limits.episode_timeout:g} seconds reached")
            said, action, problem = self._next_action(sight.observation)
            self.taken += 1
            self.steps.append(Step(observation=sight.observation, states=sight.states, action=action, said=said))
            if action is not None and action.kind == "stop":
                self.answer = action.text
                end = self._feed_end(sight.states[-1], action.text)
                self.steps[-1] = self.steps[-1].model_copy(update={"states": (*sight.states[:-1], end)})
                return "terminated", "the agent stopped"
            sight = self._observe(error=self._do(action) if action is not None else problem)
            self._after(sight.observation)
            if rule := self._early_stop():
                return self._truncated(sight, rule)
        return self._truncated(sight, f"limit of {self.limits.max_steps} steps reached")

    def _observe(self, *, error: str = "") -> Sight:
        sight = self.browser.observe(probes=self._probes)
        self.cursor.see(sight.states, step=self.taken)
        update = {"intent": self.task.intent, "error": error or sight.observation.error}
        return sight.model_copy(update={"observation": sight.observation.model_copy(update=update)})

    def _feed_end(self, state: State, answer: str) -> State:
        """Judge the end, asking the judge only what decides the current hop; returns the state with all it said."""
        state = state.model_copy(update={"answer": answer})
        found = Found({}, {})
        if self._probes.readings and not self.cursor.done:
            found = self.browser.read(self._probes.readings)
            state = state.model_copy(update={"readings": found.texts})
        self.cursor.end(state, step=self.taken)
        while (check := self.cursor.question(state)) is not None:
            if self.judge is None:
                raise JudgeError("this task needs a judge, and none is set")
            judgements = {**state.judgements, check.judgement_key: self.judge.ask(question_of(check, answer, found))}
            state = state.model_copy(update={"judgements": judgements})
            self.cursor.end(state, step=self.taken)
        return state

    def _next_action(self, observation: Observation) -> tuple[str, Action | None, str]:
        """The next action of the agent's last answer or, when those are done, the first one of a new answer."""
        if self._pending:
            return "", self._pending.popleft(), ""
        answer = self._ask(self._answer, observation.model_copy(update={"events": self._events}))
        self._events = ()
        said = answer if isinstance(answer, str) else ""
        try:
            action, *others = read_answer(answer)
        except ActionError as error:
            return said or repr(answer)[:200], None, str(error)
        self._pending.extend(others)
        return said, action, ""

    def _answer(self, observation: Observation) -> object:
        answer = self.agent.act(observation)
        # In the agent's own thread: a mapping of its own making can raise or hang when it is read.
        return dict(answer) if isinstance(answer, Mapping) else answer

    def _after(self, observation: Observation) -> None:
        """Keep for the agent what it has not been told yet, and leave the rest of an answer where an action failed."""
        self._events += observation.events
        if observation.error:
            self._pending.clear()

    def _do(self, action: Action) -> str:
        try:
            self.browser.act(action)
        except ActionFailed as failure:
            return str(failure)
        return ""

    def _ask(self, function: Callable[..., Any], argument: object) -> Any:
        remaining = self.deadline - self.clock()
        timeout = min(self.limits.step_timeout, remaining)
        try:
            return self.thread.call(function, argument, timeout=timeout)
        except TurnTimeout:
            limit = "step" if timeout == self.limits.step_timeout else "episode"
            raise _AgentFailed(f"the agent did not answer within {timeout:.3g} seconds ({limit} timeout)") from None
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, *self.pass_on)):
                raise
            raise _AgentFailed(f"the agent raised {said_by(error)}", own_traceback(error, ours=[__file__])) from None

    def _truncated(self, sight: Sight, reason: str) -> tuple[Ending, str]:
        self.steps.append(Step(observation=sight.observation, states=sight.states))
        return "truncated", reason

    def _early_stop(self) -> str:
        """Apply MMInA's early-stop rules to the actions so far; the empty text means: go on."""
        actions = [step.action for step in self.steps]
        last = actions[-1]
        unparsable, repeated = self.limits.unparsable_in_a_row, self.limits.identical_in_a_row
        if last is None:
            in_a_row = len(actions) >= unparsable and all(action is None for action in actions[-unparsable:])
            return f"early stop: {unparsable} unparsable actions in a row" if in_a_row else ""
        if last.kind == "type":
            limit = self.limits.identical_typing
            return f"early stop: typed the same {limit} times" if actions.count(last) >= limit else ""
        in_a_row = len(actions) >= repeated and all(action == last for action in actions[-repeated:])
        return f"early stop: {repeated} identical actions in a row" if in_a_row else ""


def _cursor_of(task: Task) -> HopCursor | RunPyCursor:
    if task.protocol == "run-py":
        return RunPyCursor(task.hops, task.document, subset=task.subset)
    return HopCursor(task.hops)


def _no_reset(intent: str) -> None:
    """Stand in for the reset of an agent that keeps nothing."""
