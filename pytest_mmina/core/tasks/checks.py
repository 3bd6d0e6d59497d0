"""The checks that a hop can have, one class for each kind."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self, assert_never, get_args

from pydantic import Field, JsonValue, model_validator

from pytest_mmina.core.models import Model, OmitsDefaults
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.download import Download
from pytest_mmina.core.tasks.end_readings import (
    LAST,
    OnPage,
    PageValue,
    Reading,
    SamePicture,
    UrlReference,
    require_address,
)
from pytest_mmina.core.text.conditions import TextCondition

_SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8": "jpeg", b"GIF8": "gif"}

AnswerMode = Literal["fuzzy", "unachievable"]
"""What a judge decides about an answer: that it agrees with the reference, or that it calls the task impossible."""

PAGE_TEXT = "body"
"""The selector of the text of the whole page."""


class JudgedCheck(Model):
    """A question, and the reference that a judge compares the answer with."""

    question: str = Field(min_length=1)
    reference: str = Field(min_length=1)

    @property
    def judgement_key(self) -> str:
        """The key of the judge's judgement in a state."""
        return f"{self.reference!r} to {self.question!r}"


class AnswerJudged(JudgedCheck):
    """A judge decides that the answer, as an answer to the question, means the same as the reference.

    With the mode `unachievable`, the judge decides that the answer calls the task impossible for the reason in the
    reference (WebArena's `ua_match`). The judge is asked once, after the agent has answered.
    """

    kind: Literal["answer_judged"] = "answer_judged"
    mode: AnswerMode = "fuzzy"

    @property
    def judgement_key(self) -> str:
        """The key of the judge's judgement in a state."""
        return f"{self.mode} {super().judgement_key}"


class PageJudged(JudgedCheck, OnPage):
    """A judge decides that a text on a page, read like that of `page_value`, states what the reference states.

    The question is what the agent had to do there.
    """

    kind: Literal["page_judged"] = "page_judged"

    @property
    def judgement_key(self) -> str:
        """The key of the judge's judgement in a state."""
        return f"page {super().judgement_key} in {self.reading.key}"


class PictureJudged(JudgedCheck):
    """A judge decides that the reference is the right answer to a question about the pictures in a CSS selector.

    The pictures are read at the end. It is enough if the reference is right for one of them (VisualWebArena's
    `eval_vqa`).
    """

    kind: Literal["picture_judged"] = "picture_judged"
    url: str = Field(default=LAST, min_length=1)
    selector: str = "img"

    @property
    def reading(self) -> Reading:
        """What is read for this check."""
        return Reading(url=self.url, read=self.selector, shows_pictures=True)

    @property
    def judgement_key(self) -> str:
        """The key of the judge's judgement in a state."""
        return f"visual {super().judgement_key} in {self.reading.key}"

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        require_address(self.url)
        return self


class SiteWord(Model):
    """The word is part of the host, port or path of the URL; query and fragment do not count."""

    kind: Literal["site_word"] = "site_word"
    word: str = Field(min_length=1)


class Entity(Model):
    """The part of the URL after the host contains one of the names as whole words; empty names never match."""

    kind: Literal["entity"] = "entity"
    any_of: tuple[str, ...]


class UrlMatch(TextCondition):
    """A condition on the URL, compared in lower case and percent-decoded; `pattern` is case-sensitive."""

    kind: Literal["url_match"] = "url_match"

    @model_validator(mode="after")
    def _compares_as_text(self) -> Self:
        if self.compare != "text" or self.values:
            raise ValueError("a URL is compared as text: 'compare' and 'values' are for answers and pages")
        return self


class AnswerMatch(TextCondition):
    """A condition on the agent's answer; one pair of outer quotes is ignored."""

    kind: Literal["answer_match"] = "answer_match"


class PageText(TextCondition):
    """A condition on the visible text of the page, including its frames."""

    kind: Literal["page_text"] = "page_text"


class SelectorText(TextCondition):
    """A condition on the text of an element that a CSS selector finds (for a form control, its value)."""

    kind: Literal["selector_text"] = "selector_text"
    selector: str = Field(min_length=1)


class SiteState(OmitsDefaults):
    """A JSONPath (RFC 9535) on the state that a site exports finds `count` values, or a value that `equals`.

    Without `equals` and `count`, any value is enough. With `score`, it finds one number from 0 to 1, which is the score
    of the hop.
    """

    omitted: ClassVar[frozenset[str]] = frozenset({"score"})

    kind: Literal["site_state"] = "site_state"
    site: str = Field(min_length=1)
    path: str = Field(min_length=1)
    equals: JsonValue = None
    count: int | None = Field(default=None, ge=0)
    score: bool = False

    @model_validator(mode="after")
    def _is_compared_or_scored(self) -> Self:
        if self.score and (self.equals is not None or self.count is not None):
            raise ValueError("'score' reads a number, so it cannot be combined with 'equals' or 'count'")
        return self


class Stopped(Model):
    """The agent has stopped: for conditions that are tested once, at the end."""

    kind: Literal["stopped"] = "stopped"


class AllOf(Model):
    """Every check holds on the same page."""

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


PlainCheck = (
    SiteWord | Entity | AddressCheck | UrlMatch | UrlReference | AnswerMatch | PageText | SelectorText | PageValue
    | SamePicture | SiteState | Download | Stopped
)  # fmt: skip
"""The checks that are decided by a capture alone, and contain no other check."""

AnyJudged = AnswerJudged | PageJudged | PictureJudged
"""The checks that a judge decides."""

Composite = AllOf | AnyOf | Not
"""The checks that contain other checks."""

AnyCheck = PlainCheck | AnyJudged | Composite
Check = Annotated[AnyCheck, Field(discriminator="kind")]

CHECK_KINDS: tuple[str, ...] = tuple(kind.model_fields["kind"].default for kind in get_args(AnyCheck))
"""The names of the kinds in task files."""


def walk_checks(check: Check) -> Iterator[Check]:
    """Yield a check and all checks inside it."""
    yield check
    if isinstance(check, PlainCheck | AnyJudged):
        return
    match check:
        case AllOf() | AnyOf():
            for inner in check.checks:
                yield from walk_checks(inner)
        case Not():
            yield from walk_checks(check.check)
        case _:
            assert_never(check)


def picture_kind(data: bytes) -> str:
    """Return the format of a picture that a judge can see; the empty text for anything else."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for signature, kind in _SIGNATURES.items() if data.startswith(signature)), "")
