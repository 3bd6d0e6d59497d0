"""What is asked: tasks, their hops, and the conditions that hops wait for."""

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, JsonValue, field_validator, model_validator
from pydantic_core import SchemaError, SchemaValidator, core_schema

from pytest_mmina.core.models import Model

PAGE_TEXT = "body"
"""The selector whose text stands for the text of the whole page."""


@lru_cache(maxsize=1024)
def text_pattern(pattern: str) -> SchemaValidator:
    """Compile a search pattern with the Rust engine: task files are untrusted, and it never backtracks."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


class TextCondition(Model):
    """What a text must satisfy; every condition that is given must hold."""

    equals: str | None = None
    contains: tuple[str, ...] = ()
    pattern: str | None = None

    @field_validator("contains", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                text_pattern(value)
            except SchemaError as error:
                detail = str(error).splitlines()[-1].strip()
                raise ValueError(f"{value!r} is not a pattern (Rust regex syntax): {detail}") from None
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.equals is None and not self.contains and self.pattern is None:
            raise ValueError("has no condition: give 'equals', 'contains' or 'pattern'")
        if self.equals == "" or "" in self.contains or self.pattern == "":
            raise ValueError("an empty text would hold for anything, or for nothing")
        return self


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
    SiteWord | Entity | UrlMatch | AnswerMatch | PageText | SelectorText | SiteState | Stopped | AllOf | AnyOf | Not,
    Field(discriminator="kind"),
]

CHECK_KINDS = (
    "site_word", "entity", "url_match", "answer_match", "page_text", "selector_text", "site_state", "stopped",
    "all_of", "any_of", "not",
)  # fmt: skip


class Hop(Model):
    """One subgoal: a name for people, a condition, and the weight of its credit."""

    name: str = Field(min_length=1)
    check: Check
    weight: float = Field(default=1.0, gt=0, le=1000, allow_inf_nan=False)


class Task(Model):
    """One intent with its ordered hops; `id` is `<subset>/<n>`.

    `oracle` holds action lines that solve the task, `cannot_run` says why a task is skipped, and `document`
    keeps the task's fields as its authors wrote them, unknown ones included.
    """

    id: str = Field(min_length=1)
    subset: str = Field(min_length=1)
    intent: str = Field(min_length=1)
    start_urls: tuple[str, ...] = Field(min_length=1)
    hops: tuple[Hop, ...]
    oracle: tuple[str, ...] = ()
    cannot_run: str = ""
    source: str = ""
    document: dict[str, JsonValue] = Field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Twelve digits that change with what is asked: the intent, where it starts, and the hops."""
        asked = self.model_dump_json(include={"intent", "start_urls", "hops"})
        return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:12]

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


class Probes(NamedTuple):
    """All that has to be captured beside URLs: texts by CSS selector, values by site and JSONPath."""

    selectors: frozenset[str] = frozenset()
    site_values: frozenset[tuple[str, str]] = frozenset()


def probes_of(task: Task) -> Probes:
    """Name what the task's checks read."""
    selectors, site_values = set(), set()
    for hop in task.hops:
        for check in walk_checks(hop.check):
            if isinstance(check, PageText):
                selectors.add(PAGE_TEXT)
            elif isinstance(check, SelectorText):
                selectors.add(check.selector)
            elif isinstance(check, SiteState):
                site_values.add((check.site, check.path))
    return Probes(frozenset(selectors), frozenset(site_values))
