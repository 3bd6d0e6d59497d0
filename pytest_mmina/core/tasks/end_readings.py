"""What is read once, after the agent has stopped: the value of an expression on a page, or pictures."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, Self

from pydantic import Field, JsonValue, model_validator

from pytest_mmina.core.models import Model
from pytest_mmina.core.tasks.page_functions import (
    ADDRESS_FUNCTIONS,
    LAST_URL,
    NEED_REST,
    PAGE_FUNCTIONS,
    PREFIX,
    parse_call,
)
from pytest_mmina.core.text.conditions import TextCondition

LAST = "last"
"""The value of `url` that means the page on which the agent stopped."""

_HTML = "() => document.documentElement.outerHTML"
_EXPRESSIONS = ("document.", "[...document.", "document?.", "[...document?.")
_LAMBDA = "lambda:"


class Reading(Model):
    """A request to read something at the end on the page at `url`, after the expressions in `before` have run.

    `read` is an expression that begins with `document.`, a call `func:name(__page__, 'literal')`, or empty for the
    whole HTML. With `pictures` (addresses or files), `read` is a CSS selector, and the result is the similarity of the
    most similar pair of pictures, from 0 to 1. With `shows_pictures`, `read` is a CSS selector too, and the result is
    the pictures themselves: as text, their SHA-256 digests, separated by spaces.
    """

    url: str = LAST
    read: str = ""
    before: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    shows_pictures: bool = False

    @property
    def key(self) -> str:
        """The key of the result in a state."""
        return self.model_dump_json(exclude_defaults=True)

    @property
    def script(self) -> str:
        """The JavaScript function that the page runs with `arguments`."""
        if not self.read.strip():
            return _HTML
        if self.read.startswith(PREFIX):
            return PAGE_FUNCTIONS[parse_call(self.read.removeprefix(PREFIX)).name]
        if self.read.startswith(_LAMBDA):
            return f"() => ({self.read.removeprefix(_LAMBDA)})()"
        return f"() => ({self.read})"

    @property
    def arguments(self) -> tuple[JsonValue, ...]:
        """The literal arguments of the function."""
        return parse_call(self.read.removeprefix(PREFIX)).arguments if self.read.startswith(PREFIX) else ()

    def address(self, last_url: str) -> str:
        """Return the address of the page to read; `last_url` is the address on which the agent stopped."""
        if not self.url.startswith(PREFIX):
            return last_url if self.url == LAST else self.url
        call = parse_call(self.url.removeprefix(PREFIX))
        return ADDRESS_FUNCTIONS[call.name](*(str(value).replace(LAST_URL, last_url) for value in call.arguments))


class ReadingResults(NamedTuple):
    """What was read at the end, by `Reading.key`: texts, and the contents of the pictures for a judge."""

    texts: dict[str, str]
    pictures: dict[str, tuple[bytes, ...]]


class OnPage(Model):
    """A check that reads a page at the end: the one on which the agent stopped, or another one in its context.

    `read` is an expression that begins with `document.`, a call such as `func:get_query_text(__page__, '.price')`, or
    empty for the whole HTML. `before` are expressions to run first.
    """

    url: str = Field(default=LAST, min_length=1)
    read: str = ""
    before: tuple[str, ...] = ()

    @property
    def reading(self) -> Reading:
        """What is read for this check."""
        return Reading(url=self.url, read=self.read, before=self.before)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        require_address(self.url)
        if self.read.startswith(PREFIX):
            _require_function(self.read, PAGE_FUNCTIONS)
        elif self.read.strip() and not self.read.startswith((*_EXPRESSIONS, _LAMBDA)):
            raise ValueError(
                f"{self.read!r} cannot be read: write an expression that begins with 'document.', or 'func:'"
            )
        return self


class PageValue(TextCondition, OnPage):
    """A condition on a text that is read on a page at the end; see `OnPage`."""

    kind: Literal["page_value"] = "page_value"


class SamePicture(Model):
    """At the end, a picture in an element that a CSS selector finds is one of these pictures (addresses or files).

    `at_least` is the structural similarity, from 0 to 1, from which two pictures count as the same.
    """

    kind: Literal["same_picture"] = "same_picture"
    url: str = Field(default=LAST, min_length=1)
    selector: str = "img"
    any_of: tuple[str, ...] = Field(min_length=1)
    at_least: float = Field(default=0.8, gt=0, le=1)

    @property
    def reading(self) -> Reading:
        """What is read for this check."""
        return Reading(url=self.url, read=self.selector, pictures=self.any_of)

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        require_address(self.url)
        return self


class UrlReference(Model):
    """The agent has stopped on one of these addresses; only the current page counts.

    `exact` ignores one slash at the end. `contained` means that the address contains host and path of a reference, and
    each query argument of the references with one of the values that the references give it.
    """

    kind: Literal["url_reference"] = "url_reference"
    any_of: tuple[str, ...] = Field(min_length=1)
    match: Literal["exact", "contained"] = "exact"


def require_address(url: str) -> None:
    """Raise ValueError unless `url` is an http(s) address, 'last', or a call that returns an address."""
    if url.startswith(PREFIX):
        _require_function(url, ADDRESS_FUNCTIONS)
    elif url != LAST and not url.startswith(("http://", "https://")):
        raise ValueError(
            f"{url!r} is not an http(s) address, 'last', or 'func:' with a function that returns an address"
        )


def _require_function(text: str, supported: Mapping[str, object]) -> None:
    name = parse_call(text.removeprefix(PREFIX)).name
    if name in NEED_REST:
        raise ValueError(f"{name} asks the shop's REST interface as its administrator, which is not supported")
    if name not in supported:
        raise ValueError(f"{name} returns no {'text of a page' if supported is PAGE_FUNCTIONS else 'address'}")
