"""Benchmark web agents in pytest: multihop tasks, credit per hop, a gate for merges.

The public names are loaded when they are first used: importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_mmina.core.episode.episode import Episode as Episode
    from pytest_mmina.core.episode.interfaces import Agent as Agent
    from pytest_mmina.core.episode.interfaces import Reply as Reply
    from pytest_mmina.core.episode.limits import Limits as Limits
    from pytest_mmina.core.errors import MminaError as MminaError
    from pytest_mmina.core.errors import ProtocolError as ProtocolError
    from pytest_mmina.core.errors import TaskError as TaskError
    from pytest_mmina.core.language.action_schema import action_schema as action_schema
    from pytest_mmina.core.language.action_schema import action_tools as action_tools
    from pytest_mmina.core.language.actions import Action as Action
    from pytest_mmina.core.language.actions import Target as Target
    from pytest_mmina.core.language.grammar import parse_action as parse_action
    from pytest_mmina.core.language.trajectory import Observation as Observation
    from pytest_mmina.core.language.trajectory import Remembered as Remembered
    from pytest_mmina.core.language.trajectory import Trajectory as Trajectory
    from pytest_mmina.core.language.trajectory import Usage as Usage
    from pytest_mmina.core.tasks.task import Hop as Hop
    from pytest_mmina.core.tasks.task import Task as Task
    from pytest_mmina.datasets.files import load_tasks as load_tasks
    from pytest_mmina.datasets.hop_protocols import judge_urls as judge_urls
    from pytest_mmina.sites.registry import Site as Site

_HOMES = {
    "Action": "core.language.actions",
    "Agent": "core.episode.interfaces",
    "Episode": "core.episode.episode",
    "Hop": "core.tasks.task",
    "Limits": "core.episode.limits",
    "MminaError": "core.errors",
    "Observation": "core.language.trajectory",
    "ProtocolError": "core.errors",
    "Remembered": "core.language.trajectory",
    "Reply": "core.episode.interfaces",
    "Site": "sites.registry",
    "Target": "core.language.actions",
    "Task": "core.tasks.task",
    "TaskError": "core.errors",
    "Trajectory": "core.language.trajectory",
    "Usage": "core.language.trajectory",
    "action_schema": "core.language.action_schema",
    "action_tools": "core.language.action_schema",
    "judge_urls": "datasets.hop_protocols",
    "load_tasks": "datasets.files",
    "parse_action": "core.language.grammar",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605
__version__ = "0.1.0"


if not TYPE_CHECKING:
    # Type checkers see the imports above. With this function, they would accept any other name as well.

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
