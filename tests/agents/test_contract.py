"""The contract for agents: kept by the agents here, broken by bad ones."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.agents.rules import RulesAgent
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.testing import AgentContract

CONTRACT = [name for name in vars(AgentContract) if name.startswith("test_")]


class TestRules(AgentContract):
    def make_agent(self) -> Any:
        return RulesAgent()


class TestRandom(AgentContract):
    def make_agent(self) -> Any:
        return "random:1"


class TestProcess(AgentContract):
    def make_agent(self) -> Any:
        return f"cmd:{sys.executable} {Path(__file__).parents[2] / 'examples/agents/process_agent.py'}"


def broken_by(act: Callable[[Observation], Any], **attributes: Any) -> set[str]:
    """The tests that an agent fails."""

    class Broken(AgentContract):
        step_timeout = 0.2

        def make_agent(self) -> Any:
            return act

    failed = set()
    for name in CONTRACT:
        try:
            getattr(Broken(), name)()
        except AssertionError:
            failed.add(name)
    return failed


def needs_text(observation: Observation) -> str:
    return "click [e1]" if observation.text[0] else ""


def reads_ascii(observation: Observation) -> str:
    observation.title.encode("ascii")
    return "stop"


def forgets_errors(observation: Observation) -> str:
    assert not observation.error
    return "scroll [down]"


@pytest.mark.parametrize(
    ("act", "failed"),
    [
        (lambda observation: "stop", set()),
        (lambda observation: "I would rather not", set(CONTRACT)),
        (needs_text, {"test_it_bears_an_empty_page", "test_it_bears_pictures"}),
        (reads_ascii, {"test_it_bears_every_script"}),
        (forgets_errors, {"test_it_bears_errors_and_events"}),
    ],
)
def test_a_bad_agent_fails(act: Callable[[Observation], Any], failed: set[str]) -> None:
    assert broken_by(act) == failed


def test_it_is_a_dozen() -> None:
    assert len(CONTRACT) >= 12


def test_a_subclass_without_an_agent_is_told() -> None:
    with pytest.raises(NotImplementedError, match="defines make_agent"):
        AgentContract().test_it_answers_with_an_action()
