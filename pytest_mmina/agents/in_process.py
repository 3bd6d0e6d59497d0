"""Agents in this process, `package.module:attribute`: a class, object, factory or function, asynchronous or not."""

import importlib
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from pytest_mmina.agents.event_loop import EventLoop
from pytest_mmina.core.episode.interfaces import Agent
from pytest_mmina.core.episode.stepwise_run import wants_memory
from pytest_mmina.core.errors import AgentSpecError, did_you_mean
from pytest_mmina.core.language.trajectory import Observation, Remembered
from pytest_mmina.core.tasks.task import Task


class InProcessAgent:
    """Adapts a user's own agent.

    The agent is made at the first call, so that its constructor runs in the agent's thread and counts as its time.
    """

    def __init__(self, make: Callable[[], Any], loop: EventLoop) -> None:
        self._make, self._loop = make, loop
        self._made: Any = None

    @property
    def wants_memory(self) -> bool:
        """Whether the agent wants earlier episodes."""
        return wants_memory(self._agent)

    def reset(self, intent: str, memory: Sequence[Remembered] | None = None) -> None:
        """Pass on the intent, and the memory if there is one."""
        if (reset := getattr(self._agent, "reset", None)) is not None:
            self._call(reset, intent, **({} if memory is None else {"memory": memory}))

    def act(self, observation: Observation) -> Any:
        """Return the agent's answer to an observation."""
        agent = self._agent
        return self._call(agent.act if callable(getattr(agent, "act", None)) else agent, observation)

    def end(self) -> None:
        """Call the agent's `end`, if it has one."""
        if self._made is not None and callable(end := getattr(self._made, "end", None)):
            self._call(end)

    def interrupt(self) -> None:
        """Cancel the call of an asynchronous agent, and call the agent's `interrupt`, if it has one."""
        self._loop.interrupt()
        if callable(interrupt := getattr(self._made, "interrupt", None)):
            interrupt()

    def unreported_usage(self) -> object:
        """Return the agent's `unreported_usage()`; None if it has none."""
        unreported_usage = getattr(self._made, "unreported_usage", None)
        return unreported_usage() if callable(unreported_usage) else None

    def log(self) -> str:
        """Return the agent's `log()`; an empty text if it has none."""
        log = getattr(self._made, "log", None)
        return str(log()) if callable(log) else ""

    @property
    def _agent(self) -> Any:
        if self._made is None:
            made = self._make()
            made = self._loop.run(made) if inspect.isawaitable(made) else made
            self._made = require_agent(made, spec=type(made).__name__)
        return self._made

    def _call(self, function: Callable[..., Any], *arguments: object, **options: object) -> Any:
        result = function(*arguments, **options)
        return self._loop.run(result) if inspect.isawaitable(result) else result


class InProcessSource:
    """Makes agents from `package.module:attribute`. Raises AgentSpecError if there is none."""

    def __init__(self, spec: str) -> None:
        found = find_attribute(spec, spec)
        self._loop = EventLoop()
        if inspect.isclass(found) and not callable(getattr(found, "act", None)):
            raise AgentSpecError(f"agent {spec!r}: the class {found.__name__} has no method 'act'")
        self._make: Callable[[], Any] = found
        if not (inspect.isclass(found) or is_factory(found)):
            agent = require_agent(found, spec=spec)
            self._make = lambda: agent

    def agent_for(self, task: Task) -> Agent:
        """Return the agent of a case: new from a class or a factory, the same one for an object or a function."""
        return InProcessAgent(self._make, self._loop)

    def close(self) -> None:
        """Stop the event loop."""
        self._loop.close()


def as_agent(candidate: Any, *, spec: str, loop: EventLoop) -> Agent:
    """Adapt an object with `act`, or a callable, to the port `Agent`. Raises AgentSpecError for anything else."""
    agent = require_agent(candidate, spec=spec)
    return InProcessAgent(lambda: agent, loop)


def require_agent(candidate: Any, *, spec: str) -> Any:
    """Return the candidate if it can be an agent. Raises AgentSpecError for anything else."""
    if not (callable(getattr(candidate, "act", None)) or callable(candidate)):
        raise AgentSpecError(f"agent {spec!r}: {type(candidate).__name__} has no method 'act' and cannot be called")
    return candidate


def is_factory(candidate: Any) -> bool:
    """Whether a callable makes agents: it has no positional argument, but a function that acts gets an observation."""
    if not callable(candidate) or callable(getattr(candidate, "act", None)):
        return False
    try:
        parameters = inspect.signature(candidate).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
    )
    return not any(parameter.kind in positional for parameter in parameters)


def find_attribute(place: str, spec: str) -> Any:
    """Import `package.module:attribute`. Raises AgentSpecError with the remedy."""
    module_name, _, attribute = place.partition(":")
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
