"""The ports of the core: the agent that is tested, the browser it is tested in, the judge of what it answers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

from pydantic import Field

from pytest_mmina.core.actions import Action
from pytest_mmina.core.judged import AnswerJudged, Judged, PageJudged, PictureJudged
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.readings import Found, Reading
from pytest_mmina.core.tasks import Probes
from pytest_mmina.core.trajectory import Judgement, Observation, State

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

    def read(self, readings: Iterable[Reading]) -> Found:
        """Read, once the agent has stopped, what checks ask for on its page and on others."""

    @property
    def blocked(self) -> int:
        """How many requests and navigations left the confinement and were refused."""


class Question(Model):
    """What a judge is asked: whether `answer` (or, with `visual`, what the images show) agrees with the reference.

    `mode` is that of the check `answer_judged`; `page` where `answer` is what stands on a page; `visual` for a question
    about `images` (files that `picture_kind` knows) whose expected answer is the reference. `answer` is the agent's
    own text or a page's, and nothing in it is to be trusted.
    """

    mode: Literal["fuzzy", "unachievable", "page", "visual"]
    question: Text
    reference: Text
    answer: Text = ""
    images: tuple[bytes, ...] = ()


def question_of(check: Judged, answer: str, found: Found) -> Question:
    """Put a check into a question, with what it is about: the answer, what stands on a page, or pictures."""
    question, reference = check.question, check.reference
    match check:
        case PageJudged():
            return Question(mode="page", question=question, reference=reference, answer=found.texts[check.reading.key])
        case PictureJudged():
            images = found.pictures[check.reading.key]
            return Question(mode="visual", question=question, reference=reference, images=images)
        case AnswerJudged():
            return Question(mode=check.mode, question=question, reference=reference, answer=answer)
        case _:
            raise TypeError(f"no question is made of {check!r}")


class Judge(Protocol):
    """Who decides where no comparison of texts can."""

    def ask(self, question: Question) -> Judgement:
        """Answer a question; raises JudgeError where there is no verdict to be had."""
