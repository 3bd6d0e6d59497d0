"""The protocols that an episode needs: the agent under test, its browser, a judge of answers, a recorder of steps."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Literal, Protocol, assert_never

from pydantic import Field

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.files import DownloadedFile
from pytest_mmina.core.language.trajectory import Box, Judgement, Observation, State, Step, Usage
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.secrets import Secrets
from pytest_mmina.core.tasks.checks import AnswerJudged, AnswerMode, AnyJudged, PageJudged, PictureJudged
from pytest_mmina.core.tasks.end_readings import Reading, ReadingResults
from pytest_mmina.core.tasks.task import Probes


class Reply(Model):
    """An action with its cost and a note, which is stored with the step."""

    action: Action | str | dict[str, Any]
    usage: Usage | None = None
    note: Text = ""


Answer = Action | str | Mapping[str, Any] | Reply


class Agent(Protocol):
    """The agent under test: it gets the intent once, and then answers each observation with an action.

    An agent may have four more methods. `end()` is called when the episode is over. `interrupt()` is called from
    another thread when a call exceeds its time limit. `log()` returns a text that is stored with the results.
    `unreported_usage()` is called last, also from another thread; it returns the Usage that no Reply contained, for
    example of a call that failed. If `reset` has an argument `memory`, it gets earlier episodes (if the session
    remembers any).
    """

    def reset(self, intent: str) -> None:
        """Forget the last episode and start with this intent."""

    def act(self, observation: Observation) -> Answer:
        """Answer an observation: with an Action, text, a mapping (see `read_answer`), or one of these in a Reply."""


class BrowserConnection(Protocol):
    """The connection of an agent that drives to the browser of the episode."""

    @property
    def cdp_url(self) -> str:
        """The address of the Chrome DevTools Protocol: http://127.0.0.1:<port>."""

    def page(self) -> AbstractContextManager[Any]:
        """Return the current page in Playwright's synchronous API, for the calling thread."""

    def async_page(self) -> AbstractAsyncContextManager[Any]:
        """Return the current page in Playwright's asynchronous API."""


class Driver(Protocol):
    """An agent with a loop of its own: it drives the browser and returns its answer.

    Like an Agent, it may have `interrupt()`, `log()` and `unreported_usage()`.
    """

    def drive(self, intent: str, connection: BrowserConnection) -> "str | Reply | None":
        """Try the task; return the answer, a Reply with the answer as its action, or None if there is no answer."""


class Capture(Model):
    """One capture of the browser: the observation for the agent, and the states for the checks.

    `console_errors` and `failed_requests` are those since the last capture; they are for people, not for the agent.
    `boxes` are the boxes of the elements in view, by the numbers in their references, if a picture was taken.
    """

    observation: Observation
    states: tuple[State, ...] = Field(min_length=1)
    console_errors: tuple[Text, ...] = ()
    failed_requests: tuple[Text, ...] = ()
    boxes: dict[str, Box] = Field(default_factory=dict)

    @property
    def step(self) -> Step:
        """The step that begins with this capture, before the agent answers."""
        return Step(**{name: value for name, value in self if name in Step.model_fields})


class Browser(Protocol):
    """The browser of an episode. Its methods raise InfrastructureError for failures that are not the agent's fault."""

    def reset(self, start_urls: Sequence[str]) -> None:
        """Open the start pages in a fresh context; the first one is the current tab."""

    def observe(self, *, probes: Probes) -> Capture:
        """Wait until the page has settled, then return all states since the last call; the last one has the probes."""

    def act(self, action: Action) -> None:
        """Perform an action; raises ActionFailed, with a reason for the agent, if the page does not allow it."""

    def read(self, readings: Iterable[Reading]) -> ReadingResults:
        """Read what checks need, on the agent's page and on others, after the agent has stopped."""

    def late_downloads(self, *, contents: bool) -> tuple[DownloadedFile, ...]:
        """Wait a little for downloads in progress, after the agent has stopped; return those that no state has yet.

        It is called only if a check asks for downloads; with `contents`, the files are read.
        """

    @property
    def blocked(self) -> int:
        """How many requests and navigations to hosts outside the allowed ones were refused."""

    @property
    def typed_secrets(self) -> frozenset[str]:
        """The texts that were typed into password fields during this episode."""


class DrivenBrowser(Browser, Protocol):
    """A browser that an agent can drive itself while the plugin watches."""

    @property
    def connection(self) -> BrowserConnection:
        """The connection for the agent."""

    def watch(self, *, seconds: float) -> bool:
        """Process browser events for some seconds; return whether a page was active since the last call."""


JudgeMode = Literal[AnswerMode, "page", "visual"]


class Question(Model):
    """A question to a judge: does `answer` (or, with the mode `visual`, what the images show) agree with `reference`?

    `mode` is the mode of the check `answer_judged`; or `page` if `answer` is a text of a page; or `visual` for a
    question about `images` (files in a format that `picture_kind` knows). `answer` is a text of the agent or of a page:
    it is untrusted input.
    """

    mode: JudgeMode
    question: Text
    reference: Text
    answer: Text = ""
    images: tuple[bytes, ...] = ()


def question_of(check: AnyJudged, answer: str, found: ReadingResults) -> Question:
    """Return the question of a check to the judge, with the answer, the text of the page or the pictures."""
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
    """Stores the steps of an episode while it runs."""

    def step(self, step: Step, *, seconds: float, passed: Sequence[int], secrets: Secrets) -> None:
        """Store a finished step without secrets; it ended `seconds` after the start.

        `passed` are the numbers, from 1, of the hops that have passed.
        """


class Judge(Protocol):
    """Decides checks that no comparison of texts can decide.

    Like an Agent, it may have `unreported_usage()`: the Usage since the last call.
    """

    def ask(self, question: Question) -> Judgement:
        """Answer a question; raises JudgeError if there is no verdict."""
