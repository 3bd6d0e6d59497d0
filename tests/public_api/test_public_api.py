"""The public names as type checkers see them; each test is checked by mypy and run as well.

A line with `type: ignore` is a wrong use that mypy has to reject: warn_unused_ignores fails if it does not.
"""

from collections.abc import Mapping
from typing import Any, Literal, assert_type

import pytest
from pydantic import JsonValue

import pytest_mmina
from pytest_mmina import (
    Action,
    Agent,
    Episode,
    Hop,
    Limits,
    MminaError,
    Observation,
    ProtocolError,
    Remembered,
    Reply,
    Site,
    Target,
    Task,
    TaskError,
    Trajectory,
    Usage,
    action_schema,
    action_tools,
    judge_urls,
    load_tasks,
    parse_action,
)
from pytest_mmina.bundled import bundled
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.task import Setting
from pytest_mmina.testing import AgentContract

TASK = bundled("tasks") / "compare/1.json"


def test_every_public_name_is_used_here() -> None:
    assert set(pytest_mmina.__all__) <= set(globals())


def test_no_name_is_public_that_is_not_there() -> None:
    with pytest.raises(ImportError):
        from pytest_mmina import Agents  # type: ignore[attr-defined]  # noqa: F401
    with pytest.raises(AttributeError, match="no attribute 'load_task'"):
        pytest_mmina.load_task(TASK)  # type: ignore[attr-defined]


def test_actions() -> None:
    action = assert_type(parse_action("click [e12]"), Action)
    assert_type(action.target, Target | None)
    assert_type(action.text, str)
    assert_type(action.button, Literal["left", "middle", "right"])
    assert action == Action(kind="click", target=Target(ref="e12"))
    assert_type(action_schema(), dict[str, Any])
    assert_type(action_tools(), list[dict[str, Any]])
    with pytest.raises(ValueError, match="colour"):
        Target(ref="e12", colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        parse_action()  # type: ignore[call-arg]


def test_tasks() -> None:
    (task,) = assert_type(load_tasks(TASK), list[Task])
    assert_type(load_tasks(str(TASK)), list[Task])
    assert_type(task.hops, tuple[Hop, ...])
    assert_type(task.hops[0].weight, float)
    assert_type(task.setting, Setting)
    assert_type(task.document, dict[str, JsonValue])
    assert_type(task.protocol, Literal["queue", "run-py"])
    judged = judge_urls(task.document, ["https://library.kiwix.org/"], subset=task.subset)
    assert_type(judged.passed, int)
    assert_type(judged.solved, bool)
    assert_type(judged.passed_at, list[int])
    with pytest.raises(TypeError):
        judge_urls(task.document, [], task.subset)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        load_tasks(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="frozen"):
        task.id = "compare/2"  # type: ignore[misc]


def test_errors() -> None:
    failure = TaskError("no intent", source="tasks/1.json", place="intent")
    assert_type(failure.problem, str)
    raised: list[MminaError] = [failure, ProtocolError("IndexError")]
    assert all(isinstance(error, MminaError) for error in raised)
    with pytest.raises(TypeError):
        TaskError("no intent", file="tasks/1.json")  # type: ignore[call-arg]


def test_episodes() -> None:
    trajectory = Trajectory(memory=(Remembered(task="compare/2", intent="Go there.", steps=()),))
    assert_type(trajectory.memory, tuple[Remembered, ...])
    assert_type(trajectory.usage, Usage | None)
    episode = Episode(
        task="compare/1", subset="compare", agent="mine", outcome="partial", ending="terminated", reason="it stopped",
        hops=(HopResult(name="first", passed=True, reason="the address has the word"),),
        credit=0.5, steps=3, seconds=1.5, trajectory=trajectory,
    )  # fmt: skip
    assert_type(episode.outcome, Literal["solved", "partial", "unsolved", "errored"])
    assert_type(episode.hops, tuple[HopResult, ...])
    assert_type(episode.with_hops([]), Episode)
    limits = Limits(max_steps=12, max_cost=0.5)
    assert_type(limits.max_cost, float | None)
    with pytest.raises(ValueError, match="max_step"):
        Limits(max_step=12)  # type: ignore[call-arg]


def test_sites() -> None:
    def create_app() -> Any:
        return None

    site = Site(name="mine", hosts=("shop.example",), home="https://shop.example/", create_app=create_app)
    assert_type(site.paths, tuple[str, ...])
    with pytest.raises(TypeError):
        Site("mine", ("shop.example",), "https://shop.example/", create_app)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        site.name = "another"  # type: ignore[misc]


class Words:
    """An agent that answers with text."""

    def reset(self, intent: str) -> None:
        self.intent = intent

    def act(self, observation: Observation) -> str:
        return f"goto [{observation.url}]"


class Costs:
    """An agent that says what its answers cost."""

    def reset(self, intent: str) -> None:
        self.intent = intent

    def act(self, observation: Observation) -> Reply:
        assert_type(observation.texts, dict[str, str])
        assert_type(observation.events, tuple[str, ...])
        return Reply(action="stop [done]", usage=Usage(input_tokens=900, cost=0.002), note=observation.title)


class Calls:
    """An agent that answers with the arguments of a tool call."""

    def reset(self, intent: str) -> None:
        self.intent = intent

    def act(self, observation: Observation) -> Mapping[str, Any]:
        return {"kind": "stop", "text": observation.title}


class Numbers:
    """No agent: it answers with numbers."""

    def reset(self, intent: str) -> None:
        self.intent = intent

    def act(self, observation: Observation) -> int:
        return len(observation.url)


def answer_of(agent: Agent) -> object:
    agent.reset("Go there.")
    return agent.act(Observation(url="https://start.example/", title="Start"))


def test_agents() -> None:
    assert answer_of(Words()) == "goto [https://start.example/]"
    assert isinstance(answer_of(Costs()), Reply)
    assert answer_of(Calls()) == {"kind": "stop", "text": "Start"}
    assert answer_of(Numbers()) == 22  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        answer_of(lambda observation: "stop")  # type: ignore[arg-type]


class TestWords(AgentContract):
    """The contract is inherited with types; its tests are run here for this agent."""

    def make_agent(self) -> Words:
        return Words()


class Misspelt(AgentContract):
    """A contract with an attribute of the wrong kind."""

    step_timeout = "a minute"  # type: ignore[assignment]


def test_contract() -> None:
    contract = TestWords()
    assert_type(contract.step_timeout, float)
    assert_type(contract.make_agent(), Words)
    assert issubclass(Misspelt, AgentContract)
    with pytest.raises(TypeError):
        contract.make_agent("cmd:node agent.js")  # type: ignore[call-arg]
