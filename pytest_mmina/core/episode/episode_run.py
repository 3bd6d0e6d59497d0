"""A running episode: what the stepwise and the driven kind have in common."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from inspect import getfile
from typing import Any, Literal

from pytest_mmina.core.episode.agent_thread import AgentThread, CallTimeout, exception_line, own_traceback
from pytest_mmina.core.episode.interfaces import Agent, Browser, Capture, Driver, Judge, Question, Recorder, question_of
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.episode.spending import Spending
from pytest_mmina.core.errors import AgentError, AgentKilled, JudgeError, ReplayError
from pytest_mmina.core.language.trajectory import Judgement, Remembered, State, Step, Usage
from pytest_mmina.core.secrets import Secrets
from pytest_mmina.core.tasks.checks import AnyJudged
from pytest_mmina.core.tasks.constraints import ConstraintWatch
from pytest_mmina.core.tasks.downloads_so_far import DownloadsSoFar
from pytest_mmina.core.tasks.end_readings import ReadingResults
from pytest_mmina.core.tasks.run_py_protocol import cursor_of
from pytest_mmina.core.tasks.task import Task, probes_of

Ending = Literal["terminated", "truncated", "failed", "errored"]

_CLOSING_TIMEOUT = 10.0
"""How many seconds the agent's `end()`, `log()` and `interrupt()` may take."""

_INTERRUPT_GRACE = 2.0
"""How many seconds an interrupted call of the agent may take to return."""


class AgentFailed(Exception):
    """The agent raised an exception or did not return; `traceback` is that of the agent's own code."""

    def __init__(self, reason: str, traceback_text: str = "") -> None:
        super().__init__(reason)
        self.traceback = traceback_text


class EpisodeRun(ABC):
    """A running episode: its task, its limits, the cursor that judges all states, and the agent's thread."""

    def __init__(
        self,
        task: Task,
        agent: Agent | Driver,
        browser: Browser,
        *,
        judge: Judge | None,
        limits: Limits,
        memory: Sequence[Remembered],
        recorder: Recorder | None,
        secrets: Secrets,
        clock: Callable[[], float],
        propagate: tuple[type[BaseException], ...],
    ) -> None:
        self.task, self.browser, self.limits, self.clock = task, browser, limits, clock
        self.started = clock()
        self.deadline = self.started + limits.episode_timeout
        self.cursor, self.constraints = cursor_of(task), ConstraintWatch(task.constraints)
        self.downloads = DownloadsSoFar()
        self.thread = AgentThread()
        self.steps: list[Step] = []
        self.memory: tuple[Remembered, ...] = ()
        self.step_count = 0
        self.spending, self.judge_spending = Spending(), Spending()
        self.answer: str | None = None
        self._agent, self._judge, self._offered_memory, self._propagate = agent, judge, tuple(memory), propagate
        self._probes = probes_of(task)
        self._agent_hangs = False
        self._unanswered_capture: Capture | None = None
        self._recorder, self._secrets, self._recorded = recorder, secrets, 0

    @abstractmethod
    def run(self) -> tuple[Ending, str]:
        """Run the episode to its end; raises AgentFailed or InfrastructureError."""

    def close(self) -> str:
        """Call the agent's `end()`, count what it used beside its answers, end its thread; return the agent's log."""
        log = ""
        if self.thread.is_busy and not self._agent_hangs:
            # Something else has ended the episode: Ctrl-C, or a time limit of another plugin.
            self._interrupted("was still at work")
        if not self._agent_hangs:
            timeout = min(self.limits.step_timeout, _CLOSING_TIMEOUT)
            with suppress(AgentFailed):
                self.call_agent(getattr(self._agent, "end", do_nothing), timeout=timeout)
            with suppress(AgentFailed):
                log = str(self.call_agent(getattr(self._agent, "log", str), timeout=timeout))
        self._count_unreported()
        self.thread.close()
        return log

    def record(self) -> None:
        """Pass the finished steps to the recorder."""
        if self._recorder is None or self._recorded == len(self.steps):
            return
        # A text typed into a password field is known only after the action.
        typed = self.browser.typed_secrets
        secrets = self._secrets | typed if typed else self._secrets
        seconds = self.clock() - self.started
        passed = tuple(number for number, hop in enumerate(self.cursor.results, start=1) if hop.passed)
        for step in self.steps[self._recorded :]:
            self._recorder.step(step, seconds=seconds, passed=passed, secrets=secrets)
        self._recorded = len(self.steps)

    def keep_unanswered_capture(self) -> None:
        """Add the last capture that an agent that failed did not answer: a hop may have passed on it."""
        if self._unanswered_capture is not None:
            self.steps.append(self._unanswered_capture.step)

    def _count_unreported(self) -> None:
        """Count what the agent used without an answer: before it failed or hung, or after its last answer."""
        # The agent's thread may hang, so it gets one of its own.
        unreported = _call_aside(getattr(self._agent, "unreported_usage", do_nothing))
        if not isinstance(unreported, Usage):
            return
        self.spending.tell(unreported)
        if self.steps and not unreported.is_nothing:
            last = self.steps[-1]
            self.steps[-1] = last.model_copy(update={"usage": unreported + (last.usage or Usage())})

    def call_agent(self, function: Callable[..., Any], *arguments: object, timeout: float | None = None) -> Any:
        """Call the agent in its thread; raises AgentFailed if it raises an exception or does not return in time."""
        if timeout is None:
            timeout = min(self.limits.step_timeout, self.deadline - self.clock())
        try:
            return self.thread.call(function, *arguments, timeout=timeout)
        except CallTimeout:
            limit = "step" if timeout == self.limits.step_timeout else "episode"
            raise self._interrupted(f"did not answer within {timeout:.3g} seconds ({limit} timeout)") from None
        except BaseException as error:
            ends_session = isinstance(error, (KeyboardInterrupt, SystemExit, *self._propagate))
            if self.thread.is_busy and not ends_session:
                # It was raised in this thread, for example by pytest-timeout, while the agent was at work.
                raise self._interrupted(f"had not answered when its case ended: {exception_line(error)}") from None
            raise self._failed(error) from None

    def _failed(self, error: BaseException) -> BaseException:
        if isinstance(error, (KeyboardInterrupt, AgentKilled, ReplayError, *self._propagate)):
            return error
        if isinstance(error, AgentError):
            return AgentFailed(str(error))
        ours = [__file__, getfile(type(self))]
        return AgentFailed(f"the agent raised {exception_line(error)}", own_traceback(error, ours=ours))

    def _interrupted(self, what: str) -> AgentFailed:
        """Interrupt an agent that hangs; return its failure."""
        stack = self.thread.current_stack()
        # `interrupt()` is the agent's code too and may hang, so it gets a thread of its own.
        _call_aside(getattr(self._agent, "interrupt", do_nothing))
        self._agent_hangs = not self.thread.interrupt(grace=_INTERRUPT_GRACE)
        left = "It could not be interrupted, and was left behind.\n" if self._agent_hangs else ""
        return AgentFailed(f"the agent {what}", left + (f"It was here:\n{stack}" if stack else ""))

    def _observe(self, *, error: str = "", blocked: bool = False) -> Capture:
        capture = self.browser.observe(probes=self._probes)
        self._judge_states(capture)
        self.record()
        task, seen = self.task, capture.observation
        update: dict[str, Any] = {"intent": task.intent, "images": task.images}
        update |= {"error": error, "blocked": blocked} if error else {}
        self._unanswered_capture = capture.model_copy(update={"observation": seen.model_copy(update=update)})
        return self._unanswered_capture

    def _judge_states(self, capture: Capture) -> None:
        states = self.downloads.filled(capture.states, step=self.step_count)
        self.cursor.judge_states(states, step=self.step_count)
        self.constraints.judge_states(states, step=self.step_count)

    def _judge_end(self, state: State) -> None:
        (state,) = self.downloads.filled([state], step=self.step_count)
        self.cursor.judge_end(state, step=self.step_count)
        self.constraints.judge_end(state, step=self.step_count)

    def _judge_answer(self, capture: Capture, answer: str) -> State:
        """Judge the last state with the answer; return it with the readings and judgements.

        The judge is asked only about checks that decide an open hop or a constraint.
        """
        self.answer = answer
        state = capture.states[-1].model_copy(update={"answer": answer})
        if self._probes.downloads:
            late = self.browser.late_downloads(contents=self._probes.contents)
            state = state.model_copy(update={"downloads": (*(state.downloads or ()), *late)})
        found = ReadingResults({}, {})
        if self._probes.readings and not (self.cursor.done and not self.task.constraints):
            found = self.browser.read(self._probes.readings)
            state = state.model_copy(update={"readings": found.texts})
        self._judge_end(state)
        while (check := self._open_question(state)) is not None:
            if self._judge is None:
                raise JudgeError("this task needs a judge, but no judge is set")
            judgement = self._ask(self._judge, question_of(check, answer, found))
            judgements = {**state.judgements, check.judgement_key: judgement}
            state = state.model_copy(update={"judgements": judgements})
            self._judge_end(state)
        return state

    def _open_question(self, state: State) -> AnyJudged | None:
        (state,) = self.downloads.filled([state], step=self.step_count)
        return self.cursor.open_question(state) or self.constraints.open_question(state)

    def _ask(self, judge: Judge, question: Question) -> Judgement:
        try:
            return judge.ask(question)
        finally:
            # Replies that were no verdict cost something too.
            if (unreported_usage := getattr(judge, "unreported_usage", None)) is not None:
                self.judge_spending.tell(unreported_usage() or Usage(complete=False))

    def _truncated(self, capture: Capture, reason: str) -> tuple[Ending, str]:
        self.steps.append(capture.step)
        return "truncated", reason


def _call_aside(function: Callable[[], object]) -> object:
    """Call a method of the agent in a thread of its own; return None if it raises or takes too long."""
    results: list[object] = []

    def call() -> None:
        with suppress(BaseException):
            results.append(function())

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(_CLOSING_TIMEOUT)
    return results[0] if results else None


def do_nothing(*arguments: object, **options: object) -> None:
    """Replace a method that the agent does not have."""
