from pathlib import Path

import pytest

from pytest_mmina.agents.builtin import NullAgent, ScriptedAgent
from pytest_mmina.agents.load import FunctionAgent, load_agent
from pytest_mmina.core.actions import Action
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.trajectory import Observation
from tests.core.fakes import task_of

HERE = Observation(url="https://a.example/", title="")


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of a user's."""
    name = "agents_of_a_user"
    (tmp_path / f"{name}.py").write_text(
        "class Thinks:\n"
        "    def __init__(self): self.made = id(self)\n"
        "    def act(self, observation): return 'stop [class]'\n"
        "class Holder:\n"
        "    inside = Thinks()\n"
        "def function(observation): return 'stop [function]'\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return name


def test_the_built_in_agents() -> None:
    task = task_of("one").model_copy(update={"oracle": ("goto [https://one.example/]",)})
    assert isinstance(load_agent("null")(task), NullAgent)
    oracle = load_agent("oracle")(task)
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


def test_a_class_is_made_anew_for_each_episode(mine: str) -> None:
    factory = load_agent(f"{mine}:Thinks")
    first, second = factory(task_of("one")), factory(task_of("one"))
    assert first is not second
    assert first.act(HERE) == "stop [class]"


def test_an_object_and_a_function(mine: str) -> None:
    factory = load_agent(f"{mine}:Holder.inside")
    assert factory(task_of("one")) is factory(task_of("two"))
    agent = load_agent(f"{mine}:function")(task_of("one"))
    assert isinstance(agent, FunctionAgent)
    agent.reset("anything")
    assert agent.act(HERE) == "stop [function]"


@pytest.mark.parametrize("spec", ["", "orcale", "module", "module:", ":attribute"])
def test_what_names_no_agent(spec: str) -> None:
    with pytest.raises(AgentSpecError, match=r"unknown agent .* Give one of oracle, null, rules, or 'package.module"):
        load_agent(spec)
