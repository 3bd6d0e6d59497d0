"""The list of all kinds of agents, and the factory that `--mmina-agent` names.

The module of a kind is imported when an agent of this kind is loaded: pytest imports this file for the help of the
option in every session, also without `--mmina`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, assert_never

from pytest_mmina.core import numbers
from pytest_mmina.core.errors import AgentSpecError, TrajectoryError, did_you_mean
from pytest_mmina.core.numbers import NumberError

if TYPE_CHECKING:
    from pytest_mmina.agents.settings import AgentSettings, AgentSource
    from pytest_mmina.core.episode.interfaces import Agent
    from pytest_mmina.core.tasks.task import Task

AgentKind = Literal["oracle", "null", "rules", "random", "replay", "http", "https", "cmd", "drive", "chat"]

FORMS: dict[AgentKind, str] = {
    "oracle": "oracle",
    "null": "null",
    "rules": "rules",
    "random": "random:SEED",
    "replay": "replay:DIR",
    "http": "http://127.0.0.1:8000/act",
    "https": "https://...",
    "cmd": "cmd:node agent.js",
    "drive": "drive:package.module:attribute",
    "chat": "chat:MODEL",
}
"""How `--mmina-agent` names an agent of each kind. A form with a colon needs a text after it."""

OWN_FORM = "package.module:attribute"
"""How `--mmina-agent` names a user's own agent."""


class BuiltinSource:
    """Makes a built-in agent for each case."""

    def __init__(self, make: "Callable[[Task], Agent]") -> None:
        self._make = make

    def agent_for(self, task: "Task") -> "Agent":
        """Return a new agent for a case."""
        return self._make(task)

    def close(self) -> None:
        """Do nothing: the agents share no resource."""


def kind_of(spec: str) -> AgentKind | None:
    """Return the kind of agent that a spec names; None for a user's own agent."""
    name, _, rest = spec.partition(":")
    for kind, form in FORMS.items():
        is_bare = form == kind
        if (is_bare and spec == kind) or (not is_bare and name == kind and rest):
            return kind
    return None


def load_agent(spec: str, settings: "AgentSettings | None" = None) -> "AgentSource":
    """Return the source of the agents that a spec names (see `docs/agents.md`).

    Checks everything that can be checked without starting a process. Raises AgentSpecError with the remedy.
    """
    from pytest_mmina.agents.settings import AgentSettings

    settings = settings or AgentSettings()
    kind, rest = kind_of(spec), spec.partition(":")[2]
    match kind:
        case None:
            from pytest_mmina.agents.in_process import InProcessSource

            return InProcessSource(_as_attribute(spec))
        case "oracle":
            from pytest_mmina.agents.builtin import ScriptedAgent

            # Only the oracle sees the task: it proves that the task can be solved.
            return BuiltinSource(lambda task: ScriptedAgent(task.oracle))
        case "null":
            from pytest_mmina.agents.builtin import NullAgent

            return BuiltinSource(lambda task: NullAgent())
        case "rules":
            from pytest_mmina.agents.rules import RulesAgent

            return BuiltinSource(lambda task: RulesAgent())
        case "random":
            return BuiltinSource(_random(rest, spec))
        case "replay":
            return _replay(rest, spec, settings)
        case "http" | "https":
            from pytest_mmina.agents.http_agent import HttpSource

            return HttpSource(spec, settings)
        case "cmd":
            from pytest_mmina.agents.process_agent import ProcessSource

            return ProcessSource(spec, settings)
        case "drive":
            return _driver(rest, spec, settings)
        case "chat":
            from pytest_mmina.agents.chat import ChatSource

            return ChatSource(rest, settings)
        case _:
            assert_never(kind)


def is_driver(spec: str) -> bool:
    """Whether a spec names an agent that drives the browser."""
    return kind_of(spec) == "drive"


def forms() -> list[str]:
    """Return the forms for messages and help texts, without `https`, whose form is the same as that of `http`."""
    return [form for kind, form in FORMS.items() if kind != "https"]


def _driver(rest: str, spec: str, settings: "AgentSettings") -> "AgentSource":
    from pytest_mmina.agents.driver import COMMAND, CommandDriverSource, DriverSource

    if rest.startswith(COMMAND):
        return CommandDriverSource(spec, settings)
    _as_attribute(rest, spec=spec)
    return DriverSource(spec)


def _replay(rest: str, spec: str, settings: "AgentSettings") -> "AgentSource":
    from pytest_mmina.agents.replay import ReplayAgent
    from pytest_mmina.trajectories.reading import recordings_in

    folder = settings.folder / rest
    try:
        recordings_in(folder)
    except TrajectoryError as error:
        raise AgentSpecError(f"agent {spec!r}: {error}") from None
    return BuiltinSource(lambda task: ReplayAgent(folder, task.id))


def _random(rest: str, spec: str) -> "Callable[[Task], Agent]":
    from pytest_mmina.agents.random_walk import RandomAgent

    try:
        seed = numbers.seed(rest)
    except NumberError as error:
        raise AgentSpecError(f"agent {spec!r}: the seed {error}; write random:1") from None
    return lambda task: RandomAgent(seed)


def _as_attribute(place: str, *, spec: str = "") -> str:
    spec = spec or place
    module_name, colon, attribute = place.partition(":")
    names = [*module_name.split("."), *attribute.split(".")]
    if not (colon and all(name.isidentifier() for name in names)):
        raise AgentSpecError(
            f"unknown agent {spec!r}.{did_you_mean(spec.partition(':')[0], FORMS)} "
            f"Give one of {', '.join(forms())}, or '{OWN_FORM}'"
        )
    return place
