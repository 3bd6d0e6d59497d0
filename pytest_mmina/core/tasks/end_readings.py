"""What is read once, when the agent has stopped: an expression on a page, or how alike two pictures are."""

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
"""The address that stands for the page on which the agent stopped."""

_HTML = "() => document.documentElement.outerHTML"
_EXPRESSIONS = ("document.", "[...document.", "document?.", "[...document?.")
_LAMBDA = "lambda:"


class Reading(Model):
    """What to read at the end: on the page at `url`, what `read` finds after the expressions in `before`.

    `read` is an expression that begins with `document.`, a call `func:name(__page__, 'literal')`, or nothing for the
    whole HTML. With `pictures` (addresses or files), it is a CSS selector, and what is read is how alike the most
    similar pair is, from 0 to 1. With `shows_pictures`, it is a CSS selector too, and what is read is the pictures
    themselves: their SHA-256, a blank between them.
    """

    url: str = LAST
    read: str = ""
    before: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    shows_pictures: bool = False

    @property
    def key(self) -> str:
        """The key under which a state holds what was read."""
        return self.model_dump_json(exclude_defaults=True)

    @property
    def script(self) -> str:
        """The function that the page runs, with `arguments`."""
        if not self.read.strip():
            return _HTML
        if self.read.startswith(PREFIX):
            return PAGE_FUNCTIONS[parse_call(self.read.removeprefix(PREFIX)).name]
        if self.read.startswith(_LAMBDA):
            return f"() => ({self.read.removeprefix(_LAMBDA)})()"
        return f"() => ({self.read})"

    @property
    def arguments(self) -> tuple[JsonValue, ...]:
        """The literal arguments of a function."""
        return parse_call(self.read.removeprefix(PREFIX)).arguments if self.read.startswith(PREFIX) else ()

    def address(self, last_url: str) -> str:
        """The address of the page that is read, given that on which the agent stopped."""
        if not self.url.startswith(PREFIX):
            return last_url if self.url == LAST else self.url
        call = parse_call(self.url.removeprefix(PREFIX))
        return ADDRESS_FUNCTIONS[call.name](*(str(value).replace(LAST_URL, last_url) for value in call.arguments))


class ReadingResults(NamedTuple):
    """What was read, by `Reading.key`: as text, and the files of the pictures that are shown."""

    texts: dict[str, str]
    pictures: dict[str, tuple[bytes, ...]]


class OnPage(Model):
    """What is read, at the end, on the page where the agent stopped or on another one of its context.

    `read`: an expression that begins with `document.`, a call such as `func:get_query_text(__page__, '.price')`, or
    nothing for the whole HTML; `before`: expressions to run first.
    """

    url: str = Field(default=LAST, min_length=1)
    read: str = ""
    before: tuple[str, ...] = ()

    @property
    def reading(self) -> Reading:
        """What the check has to know."""
        return Reading(url=self.url, read=self.read, before=self.before)

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        require_address(self.url)
        if self.read.startswith(PREFIX):
            _require_function(self.read, PAGE_FUNCTIONS)
        elif self.read.strip() and not self.read.startswith((*_EXPRESSIONS, _LAMBDA)):
            raise ValueError(
                f"{self.read!r} can not be read: write an expression that begins with 'document.', or 'func:'"
            )
        return self


class PageValue(TextCondition, OnPage):
    """A condition on what is read on a page at the end, see `OnPage`."""

    kind: Literal["page_value"] = "page_value"


class SamePicture(Model):
    """At the end, a picture inside an element that a CSS selector finds is one of these (addresses or files).

    `at_least` is the structural similarity that counts as the same, from 0 to 1.
    """

    kind: Literal["same_picture"] = "same_picture"
    url: str = Field(default=LAST, min_length=1)
    selector: str = "img"
    any_of: tuple[str, ...] = Field(min_length=1)
    at_least: float = Field(default=0.8, gt=0, le=1)

    @property
    def reading(self) -> Reading:
        """What the check has to know."""
        return Reading(url=self.url, read=self.selector, pictures=self.any_of)

    @model_validator(mode="after")
    def _has_address(self) -> Self:
        require_address(self.url)
        return self


class UrlReference(Model):
    """The agent has stopped on one of these addresses; it is the current page that counts.

    `exact` leaves one slash at the end aside. `contained`: host and path of a reference are part of the address, and
    each argument of its query is there with one of the values that the references give it.
    """

    kind: Literal["url_reference"] = "url_reference"
    any_of: tuple[str, ...] = Field(min_length=1)
    match: Literal["exact", "contained"] = "exact"


def require_address(url: str) -> None:
    """Raise ValueError unless this is the address of a page, 'last', or a call that gives an address."""
    if url.startswith(PREFIX):
        _require_function(url, ADDRESS_FUNCTIONS)
    elif url != LAST and not url.startswith(("http://", "https://")):
        raise ValueError(f"{url!r} is no http(s) address, nor 'last', nor 'func:' with a function that gives one")


def _require_function(text: str, answered: Mapping[str, object]) -> None:
    name = parse_call(text.removeprefix(PREFIX)).name
    if name in NEED_REST:
        raise ValueError(f"{name} asks the shop's REST interface as its administrator, which is not supported")
    if name not in answered:
        raise ValueError(f"{name} gives {'no text of a page' if answered is PAGE_FUNCTIONS else 'no address'}")
