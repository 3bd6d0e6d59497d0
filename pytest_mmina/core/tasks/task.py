"""What is asked: tasks, their hops, and the conditions that hops wait for."""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple, Self, assert_never

from pydantic import Field, JsonValue, model_validator

from pytest_mmina.core.choices import HopProtocol
from pytest_mmina.core.models import Model
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
    protocol: HopProtocol = "queue"
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


def needs_judge(hops: Iterable[Hop]) -> bool:
    """Say whether a judge may have to be asked."""
    return any(isinstance(check, JudgedCheck) for hop in hops for check in walk_checks(hop.check))


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
                    SiteWord() | Entity() | UrlMatch() | UrlReference() | AnswerMatch() | AnswerJudged() | Stopped()
                    | AllOf() | AnyOf() | Not()
                ):  # fmt: skip
                    pass
                case _:
                    assert_never(check)
    return Probes(frozenset(selectors), frozenset(site_values), frozenset(readings))
