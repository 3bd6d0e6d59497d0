"""What the options say about agents, whichever kind it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pytest_mmina.core.choices import ChatAnswers, PictureTransfer
from pytest_mmina.core.episode.ports import Agent, Driver
from pytest_mmina.core.tasks.task import Task


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """Times are in seconds; `environment` is where keys come from, `folder` where commands are run.

    `pictures` says how an agent elsewhere gets its pictures, `answers` how a model is asked for its action; `prompts`
    is a folder with prompts of the user's own, `prices` a file with prices of models, `chat_body` what else is sent.
    `needs_usage` and `needs_cost` say that there is a limit on tokens or on money, which needs to be told them.
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
    """Where the agents of a session come from, one a case. Making one starts nothing and raises nothing."""

    def agent_for(self, task: Task) -> Agent | Driver:
        """The agent of a case; of the task, only `oracle` is shown more than the intent."""

    def close(self) -> None:
        """Let go of what the agents share: processes, connections, threads."""
