"""The loop between an agent and the browser: observation, action, next observation."""

from collections import deque
from collections.abc import Mapping
from functools import partial
from inspect import signature
from typing import Any

from pytest_mmina.core.episode.episode_run import Ending, EpisodeRun, do_nothing
from pytest_mmina.core.episode.interfaces import Agent, Browser, Capture, Reply
from pytest_mmina.core.episode.limits import budget_stop, early_stop
from pytest_mmina.core.errors import ActionError, ActionFailed
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.elements import box_of
from pytest_mmina.core.language.grammar import read_answer
from pytest_mmina.core.language.trajectory import Observation, Step
from pytest_mmina.core.tasks.task import Task


class StepwiseRun(EpisodeRun):
    """An episode in which the agent answers each observation with an action."""

    def __init__(self, task: Task, agent: Agent, browser: Browser, **options: Any) -> None:
        super().__init__(task, agent, browser, **options)
        self._stepwise_agent = agent
        self._pending: deque[Action] = deque()
        self._events: tuple[str, ...] = ()

    def run(self) -> tuple[Ending, str]:
        """Observe and act in turn until the agent stops or a limit is reached."""
        self.browser.reset(self.task.start_urls)
        capture = self._observe()
        self._after_observation(capture.observation)
        self._reset_agent()
        while self.step_count < self.limits.max_steps:
            if self.clock() >= self.deadline:
                return self._truncated(capture, f"limit of {self.limits.episode_timeout:g} seconds reached")
            if reason := budget_stop(self.spending.known, self.limits):
                return self._truncated(capture, reason)
            step, problem = self._next_step(capture)
            if step.action is not None and (box := box_of(step.action.target, capture.observation, capture.boxes)):
                step = step.model_copy(update={"box": box})
            self.step_count += 1
            self.steps.append(step)
            self._unanswered_capture = None
            action = step.action
            if action is not None and action.kind == "stop":
                end = self._judge_answer(capture, action.text)
                self.steps[-1] = step.model_copy(update={"states": (*capture.states[:-1], end)})
                return "terminated", "the agent stopped"
            failure = self._perform(action) if action is not None else None
            capture = self._observe(error=str(failure or problem), blocked=failure is not None and failure.blocked)
            self._after_observation(capture.observation)
            if rule := early_stop([step.action for step in self.steps], self.limits):
                return self._truncated(capture, rule)
        return self._truncated(capture, f"limit of {self.limits.max_steps} steps reached")

    def _reset_agent(self) -> None:
        reset = getattr(self._stepwise_agent, "reset", do_nothing)
        if self.call_agent(wants_memory, self._stepwise_agent):
            self.memory = self._offered_memory
            reset = partial(reset, memory=self.memory)
        self.call_agent(reset, self.task.intent)

    def _next_step(self, capture: Capture) -> tuple[Step, str]:
        """Return the step with the next action, and the problem if the answer was not an action.

        An answer may contain several actions: the agent is asked again only after the last one.
        """
        step = capture.step
        if self._pending:
            return step.model_copy(update={"action": self._pending.popleft()}), ""
        self.spending.ask()
        answer: Any = self.call_agent(
            self._agent_answer, capture.observation.model_copy(update={"events": self._events})
        )
        self._events = ()
        usage, note = None, ""
        if isinstance(answer, Reply):
            answer, usage, note = answer.action, answer.usage, answer.note
        self.spending.tell(usage)
        said, problem = answer if isinstance(answer, str) else "", ""
        try:
            action, *others = read_answer(answer)
        except ActionError as error:
            action, others, problem = None, [], str(error)
            said = said or repr(answer)[:200]
        self._pending.extend(others)
        return Step(**{**dict(step), "action": action, "said": said, "usage": usage, "note": note}), problem

    def _agent_answer(self, observation: Observation) -> object:
        answer = self._stepwise_agent.act(observation)
        # Copied in the agent's thread: a mapping of the agent's own class may raise or hang when it is read.
        return dict(answer) if isinstance(answer, Mapping) else answer

    def _after_observation(self, observation: Observation) -> None:
        """Keep the events for the agent's next observation; drop the remaining actions if an action failed."""
        self._events += observation.events
        if observation.error:
            self._pending.clear()

    def _perform(self, action: Action) -> ActionFailed | None:
        try:
            self.browser.act(action)
        except ActionFailed as failure:
            return failure
        return None


def wants_memory(agent: object) -> bool:
    """Return whether an agent asks for earlier episodes: its `reset` has an argument `memory`.

    An adapter of another agent has an attribute `wants_memory` instead.
    """
    declared = getattr(agent, "wants_memory", None)
    if declared is not None:
        return bool(declared)
    try:
        return "memory" in signature(getattr(agent, "reset", do_nothing)).parameters
    except (TypeError, ValueError):
        return False
