from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.agents.builtin import NullAgent, ScriptedAgent
from pytest_mmina.agents.load import load_agent
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import Observation
from tests.core.fakes import FakeBrowser, task_of

HERE = Observation(url="https://a.example/", title="")

MINE = """
import asyncio, time

class Thinks:
    made = 0

    def __init__(self):
        Thinks.made += 1
        self.ended = 0

    def reset(self, intent):
        self.intent = intent

    def act(self, observation):
        return f"stop [class {Thinks.made}: {self.intent}]"

class Holder:
    inside = Thinks()

def function(observation):
    return f"stop [function: {observation.intent}]"

def factory(*, size=3):
    return function

class Waits:
    '''An asynchronous agent that keeps something of its event loop.'''

    def __init__(self):
        self.event = None

    async def reset(self, intent):
        self.event = self.event or asyncio.Event()
        self.intent = intent

    async def act(self, observation):
        if "for ever" in self.intent:
            await self.event.wait()
        asyncio.get_running_loop().call_soon(self.event.set)
        await asyncio.wait_for(self.event.wait(), 5)
        self.event.clear()
        return "stop [async]"

waits = Waits()

async def blocks(observation):
    time.sleep(2 if "block" in observation.intent else 0)
    return "stop [went on]"

def spins(observation):
    while True:
        pass

class Cannot:
    def __init__(self):
        raise ValueError("no model on this machine")

    def act(self, observation): ...

class Has: ...

number = 7
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of a user's."""
    name = f"agents_of_a_user_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MINE)
    monkeypatch.syspath_prepend(tmp_path)
    return name


def answers(spec: str, *intents: str, step_timeout: float = 5) -> list[Episode]:
    """An episode for each intent, by agents from one source."""
    source = load_agent(spec)
    episodes = []
    for intent in intents:
        task = task_of("one").model_copy(update={"intent": intent})
        limits = Limits(step_timeout=step_timeout)
        episodes.append(run_episode(task, agent=source.agent_for(task), browser=FakeBrowser(), limits=limits))
    source.close()
    return episodes


def test_the_built_in_agents() -> None:
    task = task_of("one").model_copy(update={"oracle": ("goto [https://one.example/]",)})
    assert isinstance(load_agent("null").agent_for(task), NullAgent)
    oracle = load_agent("oracle").agent_for(task)
    assert isinstance(oracle, ScriptedAgent)
    oracle.reset("")
    assert [oracle.act(HERE), oracle.act(HERE)] == ["goto [https://one.example/]", "stop []"]


def test_the_null_agent_gives_no_answer_worth_anything() -> None:
    assert NullAgent().act(HERE) == Action(kind="stop")


def test_a_scripted_agent_does_not_go_on_after_a_line_that_failed() -> None:
    agent = ScriptedAgent(["click [e1]", "click [e2]"])
    agent.act(HERE)
    with pytest.raises(RuntimeError, match=r"line 1, 'click \[e1\]', could not be done: no such element"):
        agent.act(HERE.model_copy(update={"error": "no such element"}))


@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("Thinks", ["class 2: a", "class 3: b"]),
        ("Holder.inside", ["class 1: a", "class 1: b"]),
        ("function", ["function: a", "function: b"]),
        ("factory", ["function: a", "function: b"]),
        ("Waits", ["async", "async"]),
        ("waits", ["async", "async"]),
    ],
)
def test_class_instance_function_and_factory(mine: str, attribute: str, said: list[str]) -> None:
    assert [episode.answer for episode in answers(f"{mine}:{attribute}", "a", "b")] == said


def test_an_asynchronous_agent_that_hangs_is_cancelled_and_the_next_episode_goes_on(mine: str) -> None:
    hung, well = answers(f"{mine}:waits", "for ever", "b", step_timeout=0.3)
    assert (hung.ending, hung.reason) == ("failed", "the agent did not answer within 0.3 seconds (step timeout)")
    assert well.answer == "async"


def test_an_event_loop_that_is_blocked_is_replaced(mine: str) -> None:
    blocked, well = answers(f"{mine}:blocks", "block", "b", step_timeout=0.3)
    assert (blocked.ending, well.answer) == ("failed", "went on")


def test_a_loop_without_end_is_interrupted(mine: str) -> None:
    (episode,) = answers(f"{mine}:spins", "a", step_timeout=0.2)
    assert episode.reason == "the agent did not answer within 0.2 seconds (step timeout)"
    assert "in spins" in episode.agent_traceback


def test_an_agent_that_cannot_be_made_has_failed(mine: str) -> None:
    (episode,) = answers(f"{mine}:Cannot", "a")
    assert (episode.ending, episode.reason) == ("failed", "the agent raised ValueError: no model on this machine")


def test_the_random_agent_does_the_same_for_the_same_seed() -> None:
    text = '- button "One" [ref=e1]\n- link "Two" [ref=e2]\n- textbox "Three" [ref=e3]\n'
    seen = HERE.model_copy(update={"text": text})

    def walk(seed: int, intent: str) -> list[Any]:
        agent: Any = load_agent(f"random:{seed}").agent_for(task_of("one"))
        agent.reset(intent)
        return [agent.act(seen) for _ in range(40)]

    assert walk(1, "Find it.") == walk(1, "Find it.") != walk(2, "Find it.")
    assert walk(1, "Find it.") != walk(1, "Find him.")
    assert {action.kind for action in walk(1, "Find it.")} >= {"click", "type", "scroll"}


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "orcale",
        "module",
        "module:",
        ":attribute",
        "drive:module",
        "chat:",
        "htp://127.0.0.1:1/act",
        "cmdd:node a.js",
    ],
)
def test_what_names_no_agent(spec: str) -> None:
    with pytest.raises(AgentSpecError, match=r"unknown agent .* Give one of oracle, null, rules, .*'package.module"):
        load_agent(spec)


def test_a_kind_that_is_misspelt_is_recognised() -> None:
    for spec, meant in {"htp://127.0.0.1:1/act": "http", "cmdd:node a.js": "cmd", "chatt:gpt-4": "chat"}.items():
        with pytest.raises(AgentSpecError, match=f"Did you mean '{meant}'"):
            load_agent(spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("random:x", "the seed 'x' is not a whole number, such as 1; write random:1"),
        ("random:1_000", "the seed '1_000' is not a whole number"),
        ("http://", "has no host; write http://127.0.0.1:8000/act"),
        ("http://a:b@127.0.0.1:1/", "agent 'http://127.0.0.1:1/': contains a user or password: .* MMINA_AGENT_KEY"),
        ("http://127.0.0.1:70000/", "is not an address"),
        ("http://127.0.0.1:1/act", r"no server listens at 127.0.0.1:1 \(Connection refused\); start the agent before"),
        ("cmd:nodee agent.js", "there is no command 'nodee' on PATH"),
        ("cmd:'x", r"is not a command \(No closing quotation\)"),
        ("cmd: ", "names no command"),
        ("drive:cmd:nodee", "there is no command 'nodee' on PATH"),
        ("{mine}:Has", "the class Has has no method 'act'"),
        ("{mine}:number", "int has no method 'act' and cannot be called"),
        ("drive:{mine}:Has", "the class Has has no method 'drive'"),
        ("drive:{mine}:function", "has unknown arguments: 'observation'; a driver can have the arguments intent, page"),
        ("{mine}:Thinkz", "has no 'Thinkz'. Did you mean 'Thinks'?"),
    ],
)
def test_a_spec_that_cannot_be_used(mine: str, spec: str, message: str) -> None:
    with pytest.raises(AgentSpecError, match=message):
        load_agent(spec.format(mine=mine))
