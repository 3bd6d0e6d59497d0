"""The ports of the core: the agent that is tested, the browser it is tested in, the judge of what it answers."""

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from pydantic import Field

from pytest_mmina.core.actions import Action
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.readings import Reading
from pytest_mmina.core.tasks import Probes
from pytest_mmina.core.trajectory import Judgement, Observation, State


class Agent(Protocol):
    """What is tested: told the intent once, then asked for one action per observation."""

    def reset(self, intent: str) -> None:
        """Forget the last episode and take up this intent."""

    def act(self, observation: Observation) -> Action | str:
        """Answer an observation with an action, or with text that holds one."""


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

    def read(self, readings: Iterable[Reading]) -> dict[str, str]:
        """Read, once the agent has stopped, what checks ask for on its page and on others, by `Reading.key`."""

    @property
    def blocked(self) -> int:
        """How many requests and navigations left the confinement and were refused."""


class Question(Model):
    """What a judge is asked: whether `answer` (or, with `visual`, what the images show) agrees with the reference.

    `mode` is that of the check `answer_judged`, or `visual` for a question about `images` (PNG or JPEG files) whose
    expected answer is the reference. `answer` is the agent's own text, and nothing in it is to be trusted.
    """

    mode: Literal["fuzzy", "unachievable", "visual"]
    question: Text
    reference: Text
    answer: Text = ""
    images: tuple[bytes, ...] = ()


class Judge(Protocol):
    """Who decides where no comparison of texts can."""

    def ask(self, question: Question) -> Judgement:
        """Answer a question; raises JudgeError where there is no verdict to be had."""
