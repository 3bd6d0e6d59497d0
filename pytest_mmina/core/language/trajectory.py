"""What happens in an episode: observations, the states that checks read, steps, and the whole trajectory."""

from collections.abc import Iterable
from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.files import DownloadedFile
from pytest_mmina.core.language.formats import ObservationFormat
from pytest_mmina.core.models import Model, Text


class Tab(Model):
    """One open tab of the browser, as an entry in the list of tabs."""

    title: Text
    url: Text
    current: bool = False


class View(Model):
    """How an agent sees a page: in which formats, and the whole page or only the part in view.

    The first text format is the main one (`Observation.text`). `limit` is the maximum number of characters of a text;
    None means no limit.
    """

    formats: tuple[ObservationFormat, ...] = Field(default=("aria",), min_length=1)
    viewport_only: bool = False
    limit: int | None = Field(default=None, ge=1)


class Observation(Model):
    """What the agent sees: the current page as text with element references, the tabs, and the last error.

    `text` is in the first requested format that has a text (the text of `marks` is its legend), `texts` contains the
    others by format, `pictures` the paths of the files of `screenshot` and `marks`. `error` is the reason why the last
    action was refused or failed; otherwise it is empty. `blocked` says that the refused request leads out of the web.
    `events` are events outside the page since the last observation: dialogs and how they were answered, downloads.
    `intent` repeats the intent of the task, so that a plain function can be an agent; `images` are the pictures that
    belong to it, as addresses or paths.
    """

    intent: Text = ""
    images: tuple[str, ...] = ()
    url: Text
    title: Text
    tabs: tuple[Tab, ...] = ()
    error: Text = ""
    blocked: bool = False
    events: tuple[Text, ...] = ()
    text: Text = ""
    texts: dict[str, Text] = Field(default_factory=dict)
    pictures: dict[str, str] = Field(default_factory=dict)


Answered = Literal["no", "document", "whole"]
"""How much of an address its site answered: nothing, the document without the fragment, or the whole address.

A fragment makes a difference only where the site declares that fragments are routes. Without such a route, or without
a fragment, the document is the whole address.
"""


class PageState(Model):
    """One page at one moment, as a check sees it: its URL, and the texts that each requested selector finds.

    `answered` says whether the site answered this address in this episode, as a document and with success; a script can
    set any other address. It is None in files of older versions, where it is not known.
    """

    url: str
    texts: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    answered: Answered | None = None


def site_value_key(site: str, path: str) -> str:
    """Return the key of the values that a JSONPath finds in the state of a site."""
    return f"{site} {path}"


class Judgement(Model):
    """The judge's decision about an answer or a picture, and its reason."""

    passed: bool
    reason: Text


class State(Model):
    """The open pages at one moment, the current one first, with the answer after the agent has given it.

    `site_values` are the values found in the states of sites, by `<site> <JSONPath>`. `readings` are the texts that
    were read after the agent had stopped, by `Reading.key`. `judgements` are the decisions of the judge, by
    `JudgedCheck.judgement_key`. A page that was only passed through (a redirect, a popup that closed again) is a state
    of its own, without texts and values.

    `downloads` are the files whose downloads have ended since the last state that has any, so that each file is kept
    once; checks are judged on all files so far (`DownloadsSoFar`). It is None if no check asks for them, and on pages
    that were only passed through.
    """

    pages: tuple[PageState, ...]
    site_values: dict[str, tuple[JsonValue, ...]] = Field(default_factory=dict)
    readings: dict[str, Text] = Field(default_factory=dict)
    answer: Text | None = None
    judgements: dict[str, Judgement] = Field(default_factory=dict)
    downloads: tuple[DownloadedFile, ...] | None = None


MOST_TOKENS, MOST_COST = 10**15, 1e12


class Usage(Model):
    """The cost of one or several answers: tokens, and US dollars if the price is known.

    If a part of it is not known, `complete` is False, and the numbers are lower bounds: "at least 3,000 tokens".
    """

    # Numbers of an agent or an endpoint are not trusted, even if they come as a Usage.
    model_config = ConfigDict(revalidate_instances="always")

    input_tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)
    output_tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)
    cost: float | None = Field(default=None, ge=0, le=MOST_COST, allow_inf_nan=False)
    complete: bool = True

    @property
    def tokens(self) -> int:
        """The sum of input and output tokens."""
        return self.input_tokens + self.output_tokens

    @property
    def is_nothing(self) -> bool:
        """Whether no tokens were used and no cost is known."""
        return not self.tokens and self.cost is None

    def __add__(self, other: "Usage") -> "Usage":
        return Usage.total((self, other))

    @classmethod
    def total(cls, usages: Iterable["Usage"]) -> "Usage":
        """Return the sum; numbers above the largest possible ones are cut, which leaves a lower bound."""
        sent = received = 0
        cost: float | None = None
        complete, without_price = True, False
        for usage in usages:
            sent += usage.input_tokens
            received += usage.output_tokens
            if usage.cost is not None:
                cost = (cost or 0.0) + usage.cost
            elif usage.input_tokens or usage.output_tokens:
                without_price = True
            complete = complete and usage.complete
        fits = max(sent, received) <= MOST_TOKENS and (cost or 0.0) <= MOST_COST
        return cls(
            input_tokens=min(sent, MOST_TOKENS),
            output_tokens=min(received, MOST_TOKENS),
            cost=min(cost, MOST_COST) if cost is not None else None,
            # A cost beside an answer without a cost is that of a part.
            complete=complete and fits and not (without_price and cost is not None),
        )


def arrival_text(url: str) -> str:
    """Return the words for a step of an agent that drives the browser itself: its page settled at this address."""
    return f"came to {url}"


Box = tuple[int, int, int, int]
"""Left, top, right and bottom in CSS pixels, from the top left corner of the viewport."""


class Step(Model):
    """One observation, the states up to it, and the action with which the agent answered.

    `action` is None if the episode ended before the agent answered, and if the answer is not an action. `said` is the
    answer, if it is a text or not an action. `usage` is the cost of the answer, if the agent reported it; `note` is the
    agent's note. `console_errors` and `failed_requests` are those of the pages since the previous step; the agent does
    not see them. `box` is the box of the action's element, if a picture was taken. `arrived` marks a step of an agent
    that drives the browser itself: its page settled at the observation's address, and `said` contains this in words.
    """

    observation: Observation
    states: tuple[State, ...]
    console_errors: tuple[Text, ...] = ()
    failed_requests: tuple[Text, ...] = ()
    action: Action | None = None
    said: Text = ""
    arrived: bool = False
    usage: Usage | None = None
    note: Text = ""
    box: Box | None = None


class Remembered(Model):
    """A finished episode in an agent's memory: the intent, the pages and the actions, but not the judgement.

    `template` is the same for tasks made from one template. `steps` has one line for each action and its page.
    """

    task: str
    template: Text = ""
    intent: Text
    steps: tuple[Text, ...]


class Trajectory(Model):
    """The steps of one episode, in order; the first one begins with the state after `reset`.

    `memory` are the earlier episodes that the agent was given.
    """

    steps: tuple[Step, ...] = ()
    memory: tuple[Remembered, ...] = ()

    @property
    def usage(self) -> Usage | None:
        """The sum of the costs that the steps report; None if none does."""
        reported = [step.usage for step in self.steps if step.usage is not None]
        return Usage.total(reported) if reported else None

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL visited, in order, without immediate repetitions."""
        visited: list[str] = []
        for step in self.steps:
            for state in step.states:
                visited.extend(page.url for page in state.pages if page.url not in visited[-1:])
        return tuple(visited)
