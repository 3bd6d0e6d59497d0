"""Tasks and their hops, and what has to be captured to judge them."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, assert_never

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from pytest_mmina.core.choices import HopProtocol
from pytest_mmina.core.models import Model, OmitsDefaults
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
from pytest_mmina.core.tasks.download import Download
from pytest_mmina.core.tasks.end_readings import PageValue, Reading, SamePicture, UrlReference

ConstraintKind = Literal["never", "finally"]
"""When a constraint is judged: on every state, or on the state in which the agent stopped."""


def _name_or_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError(f"must be the name of a hop, or its number from 1, not {value!r}")
    return value


class NamedCheck(Model):
    """A check with a name for people."""

    name: str = Field(min_length=1)
    check: Check


def _require_one_of_both(schema: dict[str, Any]) -> None:
    schema["required"].remove("check")
    schema["oneOf"] = [{"required": ["check"]}, {"required": ["alternatives"]}]


class Hop(OmitsDefaults):
    """One subgoal of a task: a name for people, a check, and its weight in the credit.

    Instead of `check`, a hop can have `alternatives`: it passes if one of them does, and `check` is then any of them.
    `after` names the hops that have to pass before this one is judged, by name or by number from 1; None means the hop
    above it. Where the check gives a score, the hop passes from `threshold` on.
    """

    model_config = ConfigDict(json_schema_extra=_require_one_of_both)
    omitted: ClassVar[frozenset[str]] = frozenset({"after", "alternatives", "threshold"})

    name: str = Field(min_length=1)
    # Above `check`, so that its errors come first.
    alternatives: tuple[NamedCheck, ...] = ()
    check: Check
    weight: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)
    after: tuple[Annotated[str | int, BeforeValidator(_name_or_number)], ...] | None = None
    threshold: float = Field(default=1.0, gt=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _of_alternatives(cls, value: Any) -> Any:
        if not isinstance(value, dict) or not value.get("alternatives") or value.get("check") is not None:
            return value
        checks = [
            each.get("check") if isinstance(each, dict) else getattr(each, "check", None)
            for each in value["alternatives"]
        ]
        return {**value, "check": {"kind": "any_of", "checks": checks}}

    @model_validator(mode="after")
    def _has_one_of_both(self) -> Self:
        checks = tuple(each.check for each in self.alternatives)
        # A hop that was written out has both.
        if checks and self.check != AnyOf(checks=checks):
            raise ValueError("has a check and alternatives: give one of both")
        return self


class Constraint(NamedCheck):
    """A check that must `never` hold, or that must hold `finally`: when the agent has stopped."""

    kind: ConstraintKind


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

    `constraints` are what must not happen on the way, or has to hold at the end; with a broken one, the task is not
    solved. `oracle` is a list of action lines that solves the task, `oracles` are other solutions by name. `images` are
    addresses or paths of pictures that belong to the intent. `skip_reasons` are the reasons why the task is skipped.
    `document` contains the fields as the authors of the task wrote them, including unknown ones.
    """

    id: str = Field(min_length=1)
    subset: str = Field(min_length=1)
    intent: str = Field(min_length=1)
    start_urls: tuple[str, ...] = Field(min_length=1)
    hops: tuple[Hop, ...]
    constraints: tuple[Constraint, ...] = ()
    oracle: tuple[str, ...] = ()
    oracles: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    images: tuple[str, ...] = ()
    setting: Setting = Setting()
    protocol: HopProtocol = "queue"
    skip_reasons: tuple[SkipReason, ...] = ()
    source: str = ""
    document: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change if the intent, the start addresses, hops or constraints change."""
        fields = {"intent", "start_urls", "hops", *(["constraints"] if self.constraints else [])}
        asked = self.model_dump_json(include=fields)
        return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @property
    def asked(self) -> "tuple[Hop | Constraint, ...]":
        """Everything with a check: the hops, and the constraints."""
        return (*self.hops, *self.constraints)

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


def needs_judge(asked: Iterable[Hop | NamedCheck]) -> bool:
    """Return whether any hop or constraint has a check that a judge decides."""
    return any(isinstance(check, JudgedCheck) for each in asked for check in walk_checks(each.check))


class Probes(NamedTuple):
    """What checks read besides URLs: texts by selector, values by site and JSONPath, and readings at the end.

    `downloads` says whether a check asks for downloaded files, `contents` whether it reads what is in them.
    """

    selectors: frozenset[str] = frozenset()
    site_values: frozenset[tuple[str, str]] = frozenset()
    readings: frozenset[Reading] = frozenset()
    downloads: bool = False
    contents: bool = False


def probes_of(task: Task) -> Probes:
    """Return what the checks of a task read."""
    return probes_of_checks(each.check for each in task.asked)


def probes_of_checks(checks: Iterable[Check]) -> Probes:
    """Return what some checks read."""
    selectors, site_values, readings = set(), set(), set()
    downloads, contents = False, False
    for outer in checks:
        for check in walk_checks(outer):
            match check:
                case PageText():
                    selectors.add(PAGE_TEXT)
                case SelectorText():
                    selectors.add(check.selector)
                case SiteState():
                    site_values.add((check.site, check.path))
                case Download():
                    downloads, contents = True, contents or check.reads_content
                case PageValue() | PageJudged() | SamePicture() | PictureJudged():
                    readings.add(check.reading)
                case (
                    SiteWord() | Entity() | AddressCheck() | UrlMatch() | UrlReference() | AnswerMatch()
                    | AnswerJudged() | Stopped() | AllOf() | AnyOf() | Not()
                ):  # fmt: skip
                    pass
                case _:
                    assert_never(check)
    return Probes(frozenset(selectors), frozenset(site_values), frozenset(readings), downloads, contents)
