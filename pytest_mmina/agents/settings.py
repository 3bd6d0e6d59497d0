"""The settings of agents of every kind, as the options give them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pytest_mmina.core.choices import ChatAnswers, PictureTransfer
from pytest_mmina.core.episode.interfaces import Agent, Driver
from pytest_mmina.core.tasks.task import Task


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """The settings of agents. Times are in seconds.

    `environment` contains the keys, and commands run in `folder`. `pictures` is the form in which an agent in another
    process gets its pictures, `answers` the form in which a model returns its action. `prompts` is a folder with the
    user's own prompts, `prices` a file with the prices of models, `chat_body` contains more fields for each request.
    `needs_usage` and `needs_cost` are set if a limit on tokens or costs needs an agent to report them.
    """

    step_timeout: float = 60.0
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=Path)
    pictures: PictureTransfer = "path"
    chat_url: str = ""
    answers: ChatAnswers = "text"
    prompts: Path | None = None
    prices: Path | None = None
    chat_body: Mapping[str, object] = field(default_factory=lambda: {"temperature": 0})
    needs_usage: bool = False
    needs_cost: bool = False


class AgentSource(Protocol):
    """Makes the agents of a session, one for each case. Making an agent starts nothing and raises nothing."""

    def agent_for(self, task: Task) -> Agent | Driver:
        """Return the agent of a case. Only `oracle` reads more of the task than its intent and its id."""

    def close(self) -> None:
        """Close what the agents share: processes, connections, threads."""
