"""From the words of `--mmina-agent` to an agent."""

import importlib
import inspect
from collections.abc import Callable
from typing import Any

from pytest_mmina.agents.builtin import NullAgent, ScriptedAgent
from pytest_mmina.agents.rules import RulesAgent
from pytest_mmina.core.errors import AgentSpecError, did_you_mean
from pytest_mmina.core.ports import Agent, Answer
from pytest_mmina.core.tasks import Task
from pytest_mmina.core.trajectory import Observation

AgentFactory = Callable[[Task], Agent]

# Only the oracle is shown the task: it exists to prove that the task can be solved.
BUILTIN: dict[str, AgentFactory] = {
    "oracle": lambda task: ScriptedAgent(task.oracle),
    "null": lambda task: NullAgent(),
    "rules": lambda task: RulesAgent(),
}


def load_agent(spec: str) -> AgentFactory:
    """Find an agent: a built-in name, or `package.module:attribute` for a user's own.

    The attribute is a class (made anew for each episode), an object with `act`, or a plain function of the
    observation. Raises AgentSpecError naming the remedy.
    """
    if spec in BUILTIN:
        return BUILTIN[spec]
    module_name, colon, attribute = spec.partition(":")
    if not (colon and module_name and attribute):
        names = ", ".join(BUILTIN)
        raise AgentSpecError(
            f"unknown agent {spec!r}.{did_you_mean(spec, BUILTIN)} Give one of {names}, or 'package.module:attribute'"
        )
    found = _import(spec, module_name, attribute)
    if inspect.isclass(found):
        return lambda task: as_agent(found(), spec=spec)
    agent = as_agent(found, spec=spec)
    return lambda task: agent


def as_agent(candidate: Any, *, spec: str) -> Agent:
    """Take an object with `act`, or a plain callable, for an agent; raises AgentSpecError for anything else."""
    if callable(getattr(candidate, "act", None)):
        agent: Agent = candidate
        return agent
    if callable(candidate):
        return FunctionAgent(candidate)
    raise AgentSpecError(f"agent {spec!r}: {type(candidate).__name__} has no method 'act' and cannot be called")


class FunctionAgent:
    """A plain function from observation to action, which finds the intent in `observation.intent`."""

    def __init__(self, function: Callable[[Observation], Answer]) -> None:
        self._function = function

    def reset(self, intent: str) -> None:
        """Do nothing: a function keeps nothing."""

    def act(self, observation: Observation) -> Answer:
        """Call the function."""
        return self._function(observation)


def _import(spec: str, module_name: str, attribute: str) -> Any:
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise AgentSpecError(f"agent {spec!r}: its module needs {error.name!r}, which is not installed") from error
        raise AgentSpecError(
            f"agent {spec!r}: there is no module {error.name!r} in the current folder or the environment"
        ) from None
    except (Exception, SystemExit) as error:
        raise AgentSpecError(f"agent {spec!r}: importing it raised {type(error).__name__}: {error}") from error
    for name in attribute.split("."):
        if not hasattr(found, name):
            raise AgentSpecError(f"agent {spec!r}: {module_name!r} has no {name!r}.{did_you_mean(name, dir(found))}")
        found = getattr(found, name)
    return found
