"""What an agent may have beside `act`: an end, a log, an interrupt, memory, words about its answers."""

import threading
import time
from collections.abc import Sequence

import pytest

from pytest_mmina.core.episode.episode import run_episode
from pytest_mmina.core.episode.interfaces import Reply
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import AgentError
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import Observation, Remembered, Usage
from pytest_mmina.core.record.episode_memory import of_other_tasks
from pytest_mmina.core.secrets import Secrets
from tests.core.fakes import FakeBrowser, task_of

EARLIER = Remembered(task="compare/9", intent="Buy tea.", steps=("click [e1]",))


class Full:
    """An agent with everything; it keeps which of its methods was called in which thread."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.calls: list[str] = []
        self.threads: set[str] = set()
        self.memory: Sequence[Remembered] | None = None
        self.freed = threading.Event()

    def reset(self, intent: str, memory: Sequence[Remembered] = ()) -> None:
        self._note("reset")
        self.memory = memory

    def act(self, observation: Observation) -> Reply:
        self._note("act")
        answer = self.answers.pop(0)
        if answer == "hang":
            self.freed.wait(30)
            raise AgentError("set free")
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Reply)
        return answer

    def end(self) -> None:
        self._note("end")

    def log(self) -> str:
        self._note("log")
        return "what I wrote"

    def interrupt(self) -> None:
        self.calls.append("interrupt")
        self.freed.set()

    def _note(self, name: str) -> None:
        self.calls.append(name)
        self.threads.add(threading.current_thread().name)


def test_everything_is_called_in_order_and_in_one_thread() -> None:
    agent = Full(
        Reply(action="goto [https://one.example/]", usage=Usage(input_tokens=3, cost=0.5), note="first"),
        Reply(action=Action(kind="stop"), usage=Usage(input_tokens=4, output_tokens=1, cost=0.0), note="then"),
    )
    episode = run_episode(task_of("one"), agent=agent, browser=FakeBrowser(), memory=[EARLIER])
    assert agent.calls == ["reset", "act", "act", "end", "log"]
    assert agent.threads == {"mmina-agent"}
    assert agent.memory == (EARLIER,) == episode.trajectory.memory
    assert [step.note for step in episode.trajectory.steps] == ["first", "then"]
    assert episode.usage == Usage(input_tokens=7, output_tokens=1, cost=0.5)
    assert (episode.agent_log, episode.solved) == ("what I wrote", True)


def test_one_that_hangs_is_set_free_by_its_own_interrupt() -> None:
    agent = Full("hang")
    begun = time.monotonic()
    episode = run_episode(task_of("one"), agent=agent, browser=FakeBrowser(), limits=Limits(step_timeout=0.2))
    assert time.monotonic() - begun < 5
    assert agent.calls == ["reset", "act", "interrupt", "end", "log"]
    assert episode.reason == "the agent did not answer within 0.2 seconds (step timeout)"
    assert "left behind" not in episode.agent_traceback


@pytest.mark.parametrize("name", ["end", "log", "interrupt"])
def test_what_is_raised_aside_changes_nothing(name: str) -> None:
    def fails() -> None:
        raise SystemExit(f"no {name}")

    agent = Full("hang") if name == "interrupt" else Full(Reply(action="stop [done]"))
    setattr(agent, name, fails)
    episode = run_episode(task_of("one"), agent=agent, browser=FakeBrowser(), limits=Limits(step_timeout=0.2))
    assert episode.answer == (None if name == "interrupt" else "done")
    agent.freed.set()


def test_an_agent_elsewhere_that_fails_has_no_traceback_of_ours() -> None:
    episode = run_episode(task_of("one"), agent=Full(AgentError("the agent is away")), browser=FakeBrowser())
    assert (episode.ending, episode.reason, episode.agent_traceback) == ("failed", "the agent is away", "")


def test_secrets_are_judged_and_then_taken_out() -> None:
    agent = Full(Reply(action="goto [https://one.example/?key=planted-key]"), Reply(action="stop"))
    browser = FakeBrowser()
    episode = run_episode(task_of("planted"), agent=agent, browser=browser, secrets=Secrets({"planted-key"}))
    assert "planted-key" not in episode.model_dump_json()
    assert episode.trajectory.urls[-1] == "https://one.example/?key=[secret]"


def test_nobody_is_reminded_of_the_task_itself_or_of_its_template() -> None:
    task = task_of("one").model_copy(update={"document": {"intent_template_id": 7}})
    same = EARLIER.model_copy(update={"task": task.id})
    alike = EARLIER.model_copy(update={"template": "compare 7"})
    reworded = EARLIER.model_copy(update={"intent": task.intent})
    elsewhere = EARLIER.model_copy(update={"template": "normal 7"})
    assert of_other_tasks(task, [same, alike, reworded, EARLIER, elsewhere]) == [EARLIER, elsewhere]
