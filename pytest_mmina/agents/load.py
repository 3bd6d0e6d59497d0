"""From the words of `--mmina-agent` to where agents come from."""

from collections.abc import Callable

from pytest_mmina.agents.builtin import NullAgent, ScriptedAgent
from pytest_mmina.agents.in_process import InProcessSource
from pytest_mmina.agents.random_walk import RandomAgent
from pytest_mmina.agents.rules import RulesAgent
from pytest_mmina.agents.settings import AgentSettings, AgentSource
from pytest_mmina.core.episode.ports import Agent
from pytest_mmina.core.errors import AgentSpecError, TrajectoryError, did_you_mean
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.trajectories.reading import recordings_in

# Only the oracle is shown the task: it exists to prove that the task can be solved.
BUILTIN: dict[str, Callable[[Task], Agent]] = {
    "oracle": lambda task: ScriptedAgent(task.oracle),
    "null": lambda task: NullAgent(),
    "rules": lambda task: RulesAgent(),
}
FORMS = {
    "random": "random:SEED",
    "replay": "replay:DIR",
    "http": "http://127.0.0.1:8000/act",
    "https": "https://...",
    "cmd": "cmd:node agent.js",
    "drive": "drive:package.module:attribute",
    "chat": "chat:MODEL",
}


class BuiltinSource:
    """Agents that come with the plugin, made anew for each case."""

    def __init__(self, make: Callable[[Task], Agent]) -> None:
        self._make = make

    def agent_for(self, task: Task) -> Agent:
        """Make one."""
        return self._make(task)

    def close(self) -> None:
        """Do nothing: they share nothing."""


def load_agent(spec: str, settings: AgentSettings | None = None) -> AgentSource:
    """Find where agents come from, by the forms in `docs/agents.md`; raises AgentSpecError naming the remedy.

    All is checked that can be checked without starting anything.
    """
    settings = settings or AgentSettings()
    if spec in BUILTIN:
        return BuiltinSource(BUILTIN[spec])
    kind, colon, rest = spec.partition(":")
    if not (colon and rest) or kind not in FORMS:
        return InProcessSource(_as_attribute(spec))
    match kind:
        case "random":
            return BuiltinSource(_random(rest, spec))
        case "replay":
            return _replay(rest, spec, settings)
        case "http" | "https":
            from pytest_mmina.agents.http import HttpSource

            return HttpSource(spec, settings)
        case "cmd":
            from pytest_mmina.agents.process import ProcessSource

            return ProcessSource(spec, settings)
        case "drive":
            return _driver(rest, spec, settings)
        case _:
            from pytest_mmina.agents.chat import ChatSource

            return ChatSource(rest, settings)


def is_driver(spec: str) -> bool:
    """Whether a spec names an agent that drives the browser itself."""
    return spec.startswith("drive:")


def _driver(rest: str, spec: str, settings: AgentSettings) -> AgentSource:
    from pytest_mmina.agents.driver import COMMAND, CommandDriverSource, DriverSource

    if rest.startswith(COMMAND):
        return CommandDriverSource(spec, settings)
    _as_attribute(rest, spec=spec)
    return DriverSource(spec)


def _replay(rest: str, spec: str, settings: AgentSettings) -> AgentSource:
    from pytest_mmina.agents.replay import ReplayAgent

    folder = settings.folder / rest
    try:
        recordings_in(folder)
    except TrajectoryError as error:
        raise AgentSpecError(f"agent {spec!r}: {error}") from None
    return BuiltinSource(lambda task: ReplayAgent(folder, task.id))


def _random(rest: str, spec: str) -> Callable[[Task], Agent]:
    try:
        seed = int(rest)
    except ValueError:
        raise AgentSpecError(f"agent {spec!r}: the seed {rest!r} is no whole number; write random:1") from None
    return lambda task: RandomAgent(seed)


def _as_attribute(place: str, *, spec: str = "") -> str:
    spec = spec or place
    module_name, colon, attribute = place.partition(":")
    names = [*module_name.split("."), *attribute.split(".")]
    if not (colon and all(name.isidentifier() for name in names)):
        known = [*BUILTIN, *FORMS]
        forms = ", ".join([*BUILTIN, *(FORMS[kind] for kind in FORMS if kind != "https")])
        raise AgentSpecError(
            f"unknown agent {spec!r}.{did_you_mean(spec.partition(':')[0], known)} "
            f"Give one of {forms}, or 'package.module:attribute'"
        )
    return place
