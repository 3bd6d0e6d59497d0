"""What happened: observations, the states that checks read, steps, and the trajectory they make."""

from pydantic import Field, JsonValue

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.formats import ObservationFormat
from pytest_mmina.core.models import Model, Text


class Tab(Model):
    """One open page of the browser, as a line in the list of tabs."""

    title: Text
    url: Text
    current: bool = False


class View(Model):
    """How an agent sees a page: the formats, the first text among them first, all of the page or what is in view.

    `limit` is the most characters of a text; None for no limit.
    """

    formats: tuple[ObservationFormat, ...] = Field(default=("aria",), min_length=1)
    viewport_only: bool = False
    limit: int | None = Field(default=None, ge=1)


class Observation(Model):
    """What the agent sees: the current page as text with element references, the tabs, and the last error.

    `text` is in the first of the formats asked for that has any (that of `marks` is its legend), `texts` has the others
    by name, `pictures` the paths of the files of `screenshot` and `marks`. `error` says why the last action was refused
    or failed, and is empty otherwise; `blocked` says that it is about a request that leads out of the web. `events` are
    what happened beside the page since the last observation: dialogs and how they were answered, downloads. `intent`
    repeats the task, so that a plain function can be an agent, and `images` are the pictures that belong to it, as
    addresses or paths.
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


class PageState(Model):
    """One page at one moment, as a check sees it: its URL, and the texts found by each selector asked for."""

    url: str
    texts: dict[str, tuple[str, ...]] = Field(default_factory=dict)


def site_value_key(site: str, path: str) -> str:
    """The key under which a state holds what a JSONPath found in the state of a site."""
    return f"{site} {path}"


class Judgement(Model):
    """What a judge has said about an answer or a picture."""

    passed: bool
    reason: Text


class State(Model):
    """The open pages at one moment, the current one first, with the answer once the agent has given it.

    `site_values` are what was found in the states of sites, by `<site> <JSONPath>`; `readings` what was read when the
    agent had stopped, by `Reading.key`. A page that was only passed through (a redirect, a popup that closed again) is
    a state of its own, without texts and values. `judgements` are what the judge said when it was asked, by
    `JudgedCheck.judgement_key`.
    """

    pages: tuple[PageState, ...]
    site_values: dict[str, tuple[JsonValue, ...]] = Field(default_factory=dict)
    readings: dict[str, Text] = Field(default_factory=dict)
    answer: Text | None = None
    judgements: dict[str, Judgement] = Field(default_factory=dict)


class Usage(Model):
    """What an answer has cost: tokens, and US dollars where the price is known."""

    input_tokens: int = Field(default=0, ge=0, le=10**15)
    output_tokens: int = Field(default=0, ge=0, le=10**15)
    cost: float | None = Field(default=None, ge=0, le=1e12, allow_inf_nan=False)

    @property
    def tokens(self) -> int:
        """All tokens, in and out."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "Usage") -> "Usage":
        costs = [cost for cost in (self.cost, other.cost) if cost is not None]
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost=sum(costs) if costs else None,
        )


def came_to(url: str) -> str:
    """The words for a step of an agent that drives the browser itself: its pages came to rest at this address."""
    return f"came to {url}"


Box = tuple[int, int, int, int]
"""Left, top, right and bottom in CSS pixels, from the top left corner of the viewport."""


class Step(Model):
    """One observation, the states seen up to it, and the action that the agent answered with.

    `action` is None in the last step of an episode that ended before the agent answered, and for words that are not
    an action (`said` holds them as they were). `usage` is there where the agent told what the answer has cost, `note`
    holds what else it had to say about it. `console_errors` and `failed_requests` are those of the pages since the
    step before; the agent was not shown them. `box` is where the action's element stood,
    if a picture was taken there. `arrived` marks a step of an agent that drives the browser itself: nobody answered,
    its pages came to rest at the observation's address, and `said` puts that into words.
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
    """A finished episode as agents are reminded of it: what was asked, seen and done, and not how it was judged.

    `template` tells tasks that were made of one pattern; `steps` are pages and actions, an action a line.
    """

    task: str
    template: Text = ""
    intent: Text
    steps: tuple[Text, ...]


class Trajectory(Model):
    """The steps of one episode, in order; step 0 begins with the state after reset.

    `memory` are the earlier episodes that the agent was reminded of.
    """

    steps: tuple[Step, ...] = ()
    memory: tuple[Remembered, ...] = ()

    @property
    def usage(self) -> Usage | None:
        """What all answers have cost together; None where the agent never said."""
        told = [step.usage for step in self.steps if step.usage is not None]
        return sum(told, Usage()) if told else None

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL visited, in order, repetitions in a row left out."""
        visited: list[str] = []
        for step in self.steps:
            for state in step.states:
                visited.extend(page.url for page in state.pages if page.url not in visited[-1:])
        return tuple(visited)
