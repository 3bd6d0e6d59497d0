"""An episode of an agent that drives the browser itself: the plugin watches its pages and judges them."""

from typing import Any, TypeGuard

from pytest_mmina.core.episode.agent_thread import CallTimeout
from pytest_mmina.core.episode.episode_run import AgentFailed, Ending, EpisodeRun
from pytest_mmina.core.episode.interfaces import Agent, Capture, DrivenBrowser, Driver, Reply
from pytest_mmina.core.episode.limits import budget_stop
from pytest_mmina.core.language.trajectory import State, Step, arrival_text
from pytest_mmina.core.tasks.task import Task

_CAPTURE_INTERVAL = 0.1
"""How many seconds pass between two captures of a page that the agent drives."""

_FAULTS = ("console_errors", "failed_requests")
_MOST_FAULTS = 20


def is_driver(agent: Agent | Driver) -> TypeGuard[Driver]:
    """Return whether an agent has its own loop (a method `drive`)."""
    return callable(getattr(agent, "drive", None))


class DrivenRun(EpisodeRun):
    """An episode in which the agent drives the browser; a step is a settled page state that differs from the last one.

    The step limit counts these steps. The step timeout is how long nothing may happen on any page.
    """

    def __init__(self, task: Task, agent: Driver, browser: DrivenBrowser, **options: Any) -> None:
        super().__init__(task, agent, browser, **options)
        self._driver, self._driven = agent, browser
        self._last: State | None = None
        self._pending_faults: dict[str, tuple[str, ...]] = {}

    def run(self) -> tuple[Ending, str]:
        """Let the agent drive until it returns or a limit is reached."""
        self._driven.reset(self.task.start_urls)
        capture = self._capture()
        self.spending.ask()
        self.thread.begin(self._driver.drive, self.task.intent, self._driven.connection)
        last_activity = self.clock()
        while (answer := self._poll_answer()) is None:
            active = self._driven.watch(seconds=_CAPTURE_INTERVAL)
            if active or self._probes.selectors or self._probes.site_values or self._probes.downloads:
                before, capture = self.step_count, self._capture()
                active = active or self.step_count > before
            now = self.clock()
            last_activity = now if active else last_activity
            if now >= self.deadline:
                return self._cut_off(f"limit of {self.limits.episode_timeout:g} seconds reached")
            if self.step_count >= self.limits.max_steps:
                return self._cut_off(f"limit of {self.limits.max_steps} steps reached")
            if now - last_activity >= self.limits.step_timeout:
                raise self._interrupted(f"did nothing for {self.limits.step_timeout:g} seconds (step timeout)")
        self.spending.tell(answer.usage)
        capture = self._capture()
        end = self._judge_answer(capture, str(answer.action))
        last = {"states": (end,), "said": str(answer.action), "usage": answer.usage, "note": answer.note}
        self.steps.append(Step(**{**dict(capture.step), **last}))
        # A driver reports its usage when it returns: too late to stop it, but the reason can still name the limit.
        return "terminated", budget_stop(self.spending.known, self.limits) or "the agent stopped"

    def _poll_answer(self) -> Reply | None:
        """Return the answer that the agent returned, or None while it still drives; raises AgentFailed."""
        try:
            answer = self.thread.wait(timeout=0)
        except CallTimeout:
            return None
        except BaseException as error:
            self._capture()
            raise self._failed(error) from None
        reply = answer if isinstance(answer, Reply) else None
        said = reply.action if reply is not None else answer
        if said is not None and not isinstance(said, str):
            self._capture()
            raise AgentFailed(f"drive() must return the answer as text, a Reply or None, not {type(said).__name__}")
        return Reply(action=said or "", usage=reply.usage if reply else None, note=reply.note if reply else "")

    def _capture(self) -> Capture:
        """Capture the states since the last capture, judge them, and record a step if anything changed."""
        capture = self._driven.observe(probes=self._probes)
        changed = self._last is not None and (len(capture.states) > 1 or capture.states[-1] != self._last)
        self.step_count += changed
        self._judge_states(capture)
        observation = capture.observation.model_copy(update={"intent": self.task.intent})
        # Most captures are not recorded as a step: their faults go to the next step.
        faults = {
            name: (*self._pending_faults.get(name, ()), *getattr(capture, name))[:_MOST_FAULTS] for name in _FAULTS
        }
        capture = capture.model_copy(update={"observation": observation, **faults})
        self._pending_faults = faults
        if changed or self._last is None:
            self.steps.append(capture.step.model_copy(update={"arrived": True, "said": arrival_text(observation.url)}))
            self.record()
            self._pending_faults = {}
            capture = capture.model_copy(update=dict.fromkeys(_FAULTS, ()))
        # A file is in one state only, and a state without it is no other one.
        self._last = capture.states[-1].model_copy(update={"downloads": () if self._probes.downloads else None})
        return capture

    def _cut_off(self, reason: str) -> tuple[Ending, str]:
        self._interrupted(reason)
        return "truncated", reason
