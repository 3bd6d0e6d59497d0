"""The ports of the core: the agent that is tested, the browser it is tested in, the judge of what it answers."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Literal, Protocol, assert_never

from pydantic import Field

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import Box, Judgement, Observation, State, Step, Usage
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.secrets import Secrets
from pytest_mmina.core.tasks.checks import AnswerJudged, AnswerMode, AnyJudged, PageJudged, PictureJudged
from pytest_mmina.core.tasks.end_readings import Reading, ReadingResults
from pytest_mmina.core.tasks.task import Probes


class Reply(Model):
    """An action together with what it has cost and what else the agent wants to have kept about it."""

    action: Action | str | dict[str, Any]
    usage: Usage | None = None
    note: Text = ""


Answer = Action | str | Mapping[str, Any] | Reply


class Agent(Protocol):
    """What is tested: told the intent once, then asked for one action per observation.

    It may have three methods more. `end()` is called when the episode is over; `interrupt()`, from another thread,
    when a call has passed its time limit; `log()` gives what else is to be kept of the episode. A `reset` with an
    argument `memory` is given earlier episodes, where the session remembers any.
    """

    def reset(self, intent: str) -> None:
        """Forget the last episode and take up this intent."""

    def act(self, observation: Observation) -> Answer:
        """Answer an observation: with an Action, text, a mapping (see `read_answer`), or one of these in a Reply."""


class BrowserConnection(Protocol):
    """The browser of an episode, as an agent that drives it itself can take hold of it."""

    @property
    def cdp_url(self) -> str:
        """Where the Chrome DevTools Protocol answers: http://127.0.0.1:<port>."""

    def page(self) -> AbstractContextManager[Any]:
        """The current page of Playwright's synchronous API, in the thread that asks."""

    def async_page(self) -> AbstractAsyncContextManager[Any]:
        """The current page of Playwright's asynchronous API."""


class Driver(Protocol):
    """An agent with a loop of its own: it drives the browser, and comes back with its answer.

    Like an Agent, it may have `interrupt()` and `log()`.
    """

    def drive(self, intent: str, connection: BrowserConnection) -> "str | Reply | None":
        """Try the task; returns the answer, None if none was asked for, or a Reply with the answer as its action."""


class Capture(Model):
    """What a browser shows at once: the agent's observation, and apart from it the states that checks read.

    `console_errors` and `failed_requests` came since the last look; they are for people, not for the agent.
    `boxes` are those of the elements in view, by the numbers in their references, if a picture was taken.
    """

    observation: Observation
    states: tuple[State, ...] = Field(min_length=1)
    console_errors: tuple[Text, ...] = ()
    failed_requests: tuple[Text, ...] = ()
    boxes: dict[str, Box] = Field(default_factory=dict)

    @property
    def step(self) -> Step:
        """The step that begins with this capture, before the agent has answered."""
        return Step(**{name: value for name, value in self if name in Step.model_fields})


class Browser(Protocol):
    """Where an episode takes place. Raises InfrastructureError for what is not the agent's doing."""

    def reset(self, start_urls: Sequence[str]) -> None:
        """Open the start pages in a fresh context; the first one is the current tab."""

    def observe(self, *, probes: Probes) -> Capture:
        """Wait until the page has settled, then tell all states since the last call; the last one has the probes."""

    def act(self, action: Action) -> None:
        """Do an action; raises ActionFailed with a reason for the agent where the page does not allow it."""

    def read(self, readings: Iterable[Reading]) -> ReadingResults:
        """Read, once the agent has stopped, what checks ask for on its page and on others."""

    @property
    def blocked(self) -> int:
        """How many requests and navigations left the confinement and were refused."""

    @property
    def typed_secrets(self) -> frozenset[str]:
        """What was typed into password fields during this episode."""


class DrivenBrowser(Browser, Protocol):
    """A browser that an agent can drive itself while we look on."""

    @property
    def connection(self) -> BrowserConnection:
        """How to take hold of it."""

    def watch(self, *, seconds: float) -> bool:
        """Let the browser's events come in for a time; says whether anything was opened or asked for meanwhile."""


JudgeMode = Literal[AnswerMode, "page", "visual"]


class Question(Model):
    """What a judge is asked: whether `answer` (or, with `visual`, what the images show) agrees with the reference.

    `mode` is that of the check `answer_judged`; `page` where `answer` is what stands on a page; `visual` for a question
    about `images` (files that `picture_kind` knows) whose expected answer is the reference. `answer` is the agent's
    own text or a page's, and nothing in it is to be trusted.
    """

    mode: JudgeMode
    question: Text
    reference: Text
    answer: Text = ""
    images: tuple[bytes, ...] = ()


def question_of(check: AnyJudged, answer: str, found: ReadingResults) -> Question:
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
            assert_never(check)


class Recorder(Protocol):
    """Who keeps the steps of an episode while it goes on."""

    def step(self, step: Step, *, seconds: float, passed: int, secrets: Secrets) -> None:
        """Keep a step that is finished, without secrets: `seconds` from the start, with so many hops passed."""


class Judge(Protocol):
    """Who decides where no comparison of texts can."""

    def ask(self, question: Question) -> Judgement:
        """Answer a question; raises JudgeError where there is no verdict to be had."""
