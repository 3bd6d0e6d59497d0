"""What is asked: tasks, their hops, and the conditions that hops wait for."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, JsonValue, model_validator

from pytest_mmina.core.conditions import TextCondition
from pytest_mmina.core.judged import AnswerJudged, Judged, PageJudged, PictureJudged
from pytest_mmina.core.models import Model
from pytest_mmina.core.readings import PageValue, Reading, SamePicture, UrlReference

PAGE_TEXT = "body"
"""The selector whose text stands for the text of the whole page."""


class SiteWord(Model):
    """The word is part of the host, port or path of the URL (not of its query or fragment)."""

    kind: Literal["site_word"] = "site_word"
    word: str = Field(min_length=1)


class Entity(Model):
    """One of the names stands, as whole words, in what follows the host of the URL; empty names never match."""

    kind: Literal["entity"] = "entity"
    any_of: tuple[str, ...]


class UrlMatch(TextCondition):
    """A condition on the URL, compared lower-cased and percent-decoded; `pattern` sees the decoded URL as it is."""

    kind: Literal["url_match"] = "url_match"

    @model_validator(mode="after")
    def _compares_as_text(self) -> Self:
        if self.compare != "text" or self.values:
            raise ValueError("a URL is compared as text: 'compare' and 'values' are for answers and pages")
        return self


class AnswerMatch(TextCondition):
    """A condition on the agent's answer, compared lower-cased and without one pair of outer quotes."""

    kind: Literal["answer_match"] = "answer_match"


class PageText(TextCondition):
    """A condition on the visible text of the page, its frames included."""

    kind: Literal["page_text"] = "page_text"


class SelectorText(TextCondition):
    """A condition on the text (for a form control: the value) of an element that a CSS selector finds."""

    kind: Literal["selector_text"] = "selector_text"
    selector: str = Field(min_length=1)


class SiteState(Model):
    """A JSONPath (RFC 9535) finds, in the state that a site exports, anything, `count` values, or one that `equals`."""

    kind: Literal["site_state"] = "site_state"
    site: str = Field(min_length=1)
    path: str = Field(min_length=1)
    equals: JsonValue = None
    count: int | None = Field(default=None, ge=0)


class Stopped(Model):
    """The agent has stopped: for conditions that are read once, at the end."""

    kind: Literal["stopped"] = "stopped"


class AllOf(Model):
    """Every check holds, on the same page."""

    kind: Literal["all_of"] = "all_of"
    checks: "tuple[Check, ...]" = Field(min_length=1)


class AnyOf(Model):
    """At least one check holds."""

    kind: Literal["any_of"] = "any_of"
    checks: "tuple[Check, ...]" = Field(min_length=1)


class Not(Model):
    """The check does not hold on this page."""

    kind: Literal["not"] = "not"
    check: "Check"


Check = Annotated[
    SiteWord
    | Entity
    | UrlMatch
    | UrlReference
    | AnswerMatch
    | AnswerJudged
    | PageText
    | SelectorText
    | PageValue
    | PageJudged
    | SamePicture
    | PictureJudged
    | SiteState
    | Stopped
    | AllOf
    | AnyOf
    | Not,
    Field(discriminator="kind"),
]

CHECK_KINDS = (
    "site_word", "entity", "url_match", "url_reference", "answer_match", "answer_judged", "page_text", "selector_text",
    "page_value", "page_judged", "same_picture", "picture_judged", "site_state", "stopped", "all_of", "any_of", "not",
)  # fmt: skip


class Hop(Model):
    """One subgoal: a name for people, a condition, and the weight of its credit."""

    name: str = Field(min_length=1)
    check: Check
    weight: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)


class Setting(Model):
    """What a task asks of the browser it is tried in.

    `deployments` are hosts (with the port where it is not the scheme's own) of the user's own, outside the hermetic
    web; `storage_state` is the file of a login, `geolocation` latitude and longitude, `viewport` width and height in
    pixels.
    """

    deployments: tuple[str, ...] = ()
    storage_state: str = ""
    geolocation: tuple[float, float] | None = None
    viewport: tuple[int, int] | None = None


class Task(Model):
    """One intent with its ordered hops; `id` is `<subset>/<n>`.

    `oracle` holds action lines that solve the task, `images` addresses or files that belong to the intent, `cannot_run`
    says why a task is skipped, and `document` keeps the task's fields as its authors wrote them, unknown ones included.
    """

    id: str = Field(min_length=1)
    subset: str = Field(min_length=1)
    intent: str = Field(min_length=1)
    start_urls: tuple[str, ...] = Field(min_length=1)
    hops: tuple[Hop, ...]
    oracle: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    setting: Setting = Setting()
    protocol: Literal["queue", "run-py"] = "queue"
    cannot_run: str = ""
    source: str = ""
    document: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Twelve digits that change with what is asked: the intent, where it starts, and the hops."""
        asked = self.model_dump_json(include={"intent", "start_urls", "hops"})
        return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @property
    def template(self) -> str:
        """The pattern that it was made of, with its subset; empty if it was made of none."""
        template = self.document.get("intent_template_id")
        return f"{self.subset} {template}" if isinstance(template, int | str) else ""

    @model_validator(mode="after")
    def _has_hops(self) -> Self:
        if not self.hops and not self.cannot_run:
            raise ValueError("a task that can run has at least one hop")
        return self


def walk_checks(check: Check) -> Iterator[Check]:
    """Yield a check and every check inside it."""
    yield check
    if isinstance(check, AllOf | AnyOf):
        for inner in check.checks:
            yield from walk_checks(inner)
    elif isinstance(check, Not):
        yield from walk_checks(check.check)


def needs_judge(hops: Iterable[Hop]) -> bool:
    """Say whether a judge may have to be asked."""
    return any(isinstance(check, Judged) for hop in hops for check in walk_checks(hop.check))


class Probes(NamedTuple):
    """All that has to be captured beside URLs: texts by selector, values by site and JSONPath, readings at the end."""

    selectors: frozenset[str] = frozenset()
    site_values: frozenset[tuple[str, str]] = frozenset()
    readings: frozenset[Reading] = frozenset()


def probes_of(task: Task) -> Probes:
    """Name what the task's checks read."""
    selectors, site_values, readings = set(), set(), set()
    for hop in task.hops:
        for check in walk_checks(hop.check):
            if isinstance(check, PageText):
                selectors.add(PAGE_TEXT)
            elif isinstance(check, SelectorText):
                selectors.add(check.selector)
            elif isinstance(check, SiteState):
                site_values.add((check.site, check.path))
            elif isinstance(check, PageValue | PageJudged | SamePicture | PictureJudged):
                readings.add(check.reading)
    return Probes(frozenset(selectors), frozenset(site_values), frozenset(readings))
