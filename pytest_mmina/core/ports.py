"""The two ports of the core: the agent that is tested, and the browser that it is tested in."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import Field

from pytest_mmina.core.actions import Action
from pytest_mmina.core.models import Model
from pytest_mmina.core.tasks import Probes
from pytest_mmina.core.trajectory import Observation, State

Answer = Action | str | Mapping[str, Any]


class Agent(Protocol):
    """What is tested: told the intent once, then asked for one action per observation."""

    def reset(self, intent: str) -> None:
        """Forget the last episode and take up this intent."""

    def act(self, observation: Observation) -> Answer:
        """Answer an observation with an action: as an Action, as text, or as a mapping (see `read_answer`)."""


class Sight(Model):
    """What a browser shows at once: the agent's observation, and apart from it the states that checks read."""

    observation: Observation
    states: tuple[State, ...] = Field(min_length=1)


class Browser(Protocol):
    """Where an episode takes place. Raises InfrastructureError for what is not the agent's doing."""

    def reset(self, start_urls: Sequence[str]) -> None:
        """Open the start pages in a fresh context; the first one is the current tab."""

    def observe(self, *, probes: Probes) -> Sight:
        """Wait until the page has settled, then tell all states since the last call; the last one has the probes."""

    def act(self, action: Action) -> None:
        """Do an action; raises ActionFailed with a reason for the agent where the page does not allow it."""

    @property
    def blocked(self) -> int:
        """How many requests and navigations left the confinement and were refused."""
