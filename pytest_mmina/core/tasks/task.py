"""Tasks and their hops, and what has to be captured to judge them."""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple, Self, assert_never

from pydantic import Field, JsonValue, model_validator

from pytest_mmina.core.choices import HopProtocol
from pytest_mmina.core.models import Model
from pytest_mmina.core.skips import SkipReason, in_words
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.checks import (
    PAGE_TEXT,
    AllOf,
    AnswerJudged,
    AnswerMatch,
    AnyOf,
    Check,
    Entity,
    JudgedCheck,
    Not,
    PageJudged,
    PageText,
    PictureJudged,
    SelectorText,
    SiteState,
    SiteWord,
    Stopped,
    UrlMatch,
    walk_checks,
)  # fmt: skip
from pytest_mmina.core.tasks.end_readings import PageValue, Reading, SamePicture, UrlReference


class Hop(Model):
    """One subgoal of a task: a name for people, a check, and its weight in the credit."""

    name: str = Field(min_length=1)
    check: Check
    weight: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)


class Setting(Model):
    """The browser settings that a task needs.

    `deployments` are hosts of the user outside the hermetic web, with the port if it is not the default one.
    `storage_state` is the path of Playwright's file of a login, `geolocation` is latitude and longitude, `viewport`
    is width and height in pixels.
    """

    deployments: tuple[str, ...] = ()
    storage_state: str = ""
    geolocation: tuple[float, float] | None = None
    viewport: tuple[int, int] | None = None


class Task(Model):
    """An intent with its hops in order; `id` is `<subset>/<n>`.

    `oracle` is a list of action lines that solves the task. `images` are addresses or paths of pictures that belong to
    the intent. `skip_reasons` are the reasons why the task is skipped. `document` contains the fields as the authors of
    the task wrote them, including unknown ones.
    """

    id: str = Field(min_length=1)
    subset: str = Field(min_length=1)
    intent: str = Field(min_length=1)
    start_urls: tuple[str, ...] = Field(min_length=1)
    hops: tuple[Hop, ...]
    oracle: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    setting: Setting = Setting()
    protocol: HopProtocol = "queue"
    skip_reasons: tuple[SkipReason, ...] = ()
    source: str = ""
    document: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change if the intent, the start addresses or the hops change."""
        asked = self.model_dump_json(include={"intent", "start_urls", "hops"})
        return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @property
    def cannot_run(self) -> str:
        """The reasons why the task is skipped, as one text; empty if it can run."""
        return in_words(self.skip_reasons)

    @property
    def template(self) -> str:
        """The subset and the id of the template that the task was made from; empty if there is none."""
        template = self.document.get("intent_template_id")
        return f"{self.subset} {template}" if isinstance(template, int | str) else ""

    @model_validator(mode="after")
    def _has_hops(self) -> Self:
        if not self.hops and not self.skip_reasons:
            raise ValueError("a task that can run has at least one hop")
        return self


def needs_judge(hops: Iterable[Hop]) -> bool:
    """Return whether any hop has a check that a judge decides."""
    return any(isinstance(check, JudgedCheck) for hop in hops for check in walk_checks(hop.check))


class Probes(NamedTuple):
    """What checks read besides URLs: texts by selector, values by site and JSONPath, and readings at the end."""

    selectors: frozenset[str] = frozenset()
    site_values: frozenset[tuple[str, str]] = frozenset()
    readings: frozenset[Reading] = frozenset()


def probes_of(task: Task) -> Probes:
    """Return what the checks of a task read."""
    selectors, site_values, readings = set(), set(), set()
    for hop in task.hops:
        for check in walk_checks(hop.check):
            match check:
                case PageText():
                    selectors.add(PAGE_TEXT)
                case SelectorText():
                    selectors.add(check.selector)
                case SiteState():
                    site_values.add((check.site, check.path))
                case PageValue() | PageJudged() | SamePicture() | PictureJudged():
                    readings.add(check.reading)
                case (
                    SiteWord() | Entity() | AddressCheck() | UrlMatch() | UrlReference() | AnswerMatch()
                    | AnswerJudged() | Stopped() | AllOf() | AnyOf() | Not()
                ):  # fmt: skip
                    pass
                case _:
                    assert_never(check)
    return Probes(frozenset(selectors), frozenset(site_values), frozenset(readings))
