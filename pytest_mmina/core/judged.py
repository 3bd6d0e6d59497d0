"""The checks that a judge decides: on the agent's answer, on what stands on a page, on what pictures show."""

from typing import Literal, Self

from pydantic import Field, model_validator

from pytest_mmina.core.models import Model
from pytest_mmina.core.readings import LAST, OnPage, Reading, require_address

_SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8": "jpeg", b"GIF8": "gif"}


class Judged(Model):
    """A question, and the reference that a judge holds against the answer to it."""

    question: str = Field(min_length=1)
    reference: str = Field(min_length=1)

    @property
    def judgement_key(self) -> str:
        """The key under which a state holds what the judge said."""
        return f"{self.reference!r} to {self.question!r}"


class AnswerJudged(Judged):
    """A judge says that the answer means what the reference says, as an answer to the question.

    With `unachievable` it says that the answer calls the task impossible for the reason that the reference gives
    (WebArena's `ua_match`). The judge is asked once, when the agent has answered.
    """

    kind: Literal["answer_judged"] = "answer_judged"
    mode: Literal["fuzzy", "unachievable"] = "fuzzy"

    @property
    def judgement_key(self) -> str:
        """The key under which a state holds what the judge said."""
        return f"{self.mode} {super().judgement_key}"


class PageJudged(Judged, OnPage):
    """A judge says that what is read on a page, as by `page_value`, states what the reference says.

    The question is what was to be done there.
    """

    kind: Literal["page_judged"] = "page_judged"

    @property
    def judgement_key(self) -> str:
        """The key under which a state holds what the judge said."""
        return f"page {super().judgement_key} in {self.reading.key}"


class PictureJudged(Judged):
    """A judge says that the reference is the right answer to a question about pictures that a CSS selector finds.

    The pictures are read at the end; one that the reference is right for is enough (VisualWebArena's `eval_vqa`).
    """

    kind: Literal["picture_judged"] = "picture_judged"
    url: str = Field(default=LAST, min_length=1)
    selector: str = "img"

    @property
    def reading(self) -> Reading:
        """What the check has to know."""
        return Reading(url=self.url, read=self.selector, shows_pictures=True)

    @property
    def judgement_key(self) -> str:
        """The key under which a state holds what the judge said."""
        return f"visual {super().judgement_key} in {self.reading.key}"

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        require_address(self.url)
        return self


def picture_kind(data: bytes) -> str:
    """Name the format of a picture that a judge can be shown; the empty text for anything else."""
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for signature, kind in _SIGNATURES.items() if data.startswith(signature)), "")
