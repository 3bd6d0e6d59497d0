"""One look at a page: everything that is asked for, from one walk, frames of any origin included."""

import json
import time
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import count
from typing import Any, NamedTuple
from weakref import ref

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.browser.references import References, Span, ask, within
from pytest_mmina.core.language.formats import TextFormat

# How many seconds the next frame may take. What waits for it is asked for again at once, which is sooner than to watch.
_A_FRAME = 0.1

_TOKENS = count(1)
_INDENTS: dict[TextFormat, str] = {"aria": "  ", "webarena": "\t", "html": ""}


class Wanted(NamedTuple):
    """What is to be seen: text formats by name, texts of selectors, marks, all of it or what is in view alone."""

    formats: tuple[TextFormat, ...] = ()
    selectors: tuple[str, ...] = ()
    marks: bool = False
    viewport_only: bool = False


class Mark(NamedTuple):
    """Something in view that can be acted on, with its box in pixels."""

    number: int
    role: str
    name: str
    left: int
    top: int
    right: int
    bottom: int

    def moved(self, right: int, down: int) -> "Mark":
        """The same element in the terms of the page around its frame."""
        box = (self.left + right, self.top + down, self.right + right, self.bottom + down)
        return Mark(self.number, self.role, self.name, *box)


class Unrest(Enum):
    """Why a page is not known to be at rest, in the words of the page script."""

    LEAVING = "leaving"
    OPENING = "opening"
    """A tab that nobody has heard of yet."""
    DOWNLOADING = "downloading"
    """What nobody has heard of yet."""
    LOADING = "loading"
    STIRRING = "stirring"
    SOON = "soon"
    """At rest, but for what waits for the next frame."""


_UNREST = frozenset(unrest.value for unrest in Unrest)


class Look(NamedTuple):
    """What was seen: the title, a text for each format, and for each selector its texts or the error that it is."""

    title: str
    texts: dict[TextFormat, str]
    found: tuple[list[str] | str, ...]
    marks: tuple[Mark, ...] = ()


def look(page: Page, wanted: Wanted, references: References, *, timeout: float) -> Look:
    """Walk a page once, within `timeout` seconds.

    Raises Playwright's Error: TimeoutError if the page does not answer in time.
    """
    return _look_in_any_case(page, (), wanted, references, timeout=timeout)


def look_at_rest(
    page: Page, wanted: Wanted, references: References, *, timeout: float, heard: bool = False
) -> Look | Unrest:
    """Walk a page once if it is at rest, as `look` does; else say why it is not.

    `heard` tells it that the tab it opened, or the download it began, has been heard of.
    """
    until = time.monotonic() + min(timeout, _A_FRAME)
    while True:
        seen = _look(page, (), wanted, references, timeout=timeout, only_at_rest=True, heard=heard)
        if seen is not Unrest.SOON or time.monotonic() >= until:
            return seen


def watch(page: Page, *, quiet: int, timeout: float, heard: bool = False) -> None:
    """Wait until the DOM of a page has been quiet for so many milliseconds; `heard` is as in `look_at_rest`.

    Raises Playwright's Error: TimeoutError if it was not, within `timeout` seconds.
    """
    ask(page.main_frame, {"do": "watch", "token": next(_TOKENS), "quiet": quiet, "heard": heard}, timeout=timeout)


def _look(
    page: Page,
    frames: tuple[int, ...],
    wanted: Wanted,
    references: References,
    *,
    timeout: float,
    only_at_rest: bool = False,
    heard: bool = False,
) -> Look | Unrest:
    request = {
        "do": "observe",
        "next": references.next,
        "formats": wanted.formats,
        "selectors": wanted.selectors,
        "marks": wanted.marks,
        "viewport": wanted.viewport_only,
        "onlyAtRest": only_at_rest,
        "heard": heard,
    }
    told = ask(within(page.main_frame, frames), request, timeout=timeout)
    if told in _UNREST:
        return Unrest(told)
    head, _, body = told.partition("\n")
    answer = json.loads(head)
    spans = [Span(first, ref(page), frames, inner) for first, inner in answer["spans"]]
    references.extend(spans, next_number=answer["next"])
    parts = list(_parts(answer["texts"], body))
    inside = {
        number: _look_into_frame(page, (*frames, number), wanted, references, timeout=timeout)
        for number, _, _ in answer["frames"]
    }
    texts = {
        name: "".join(part if isinstance(part, str) else _set_in(inside[part[0]].texts[name], name, part[1])
                      for part in pieces)
        for name, pieces in zip(wanted.formats, parts, strict=True)
    }  # fmt: skip
    found = tuple(answer["found"])
    for seen in inside.values():
        found = tuple(_joined(mine, theirs) for mine, theirs in zip(found, seen.found, strict=True))
    marks = [Mark(*mark) for mark in answer["marks"]]
    for number, left, top in answer["frames"]:
        marks += [mark.moved(left, top) for mark in inside[number].marks]
    return Look(title=answer["title"], texts=texts, found=found, marks=tuple(marks))


def _look_in_any_case(
    page: Page, frames: tuple[int, ...], wanted: Wanted, references: References, *, timeout: float
) -> Look:
    seen = _look(page, frames, wanted, references, timeout=timeout)
    assert isinstance(seen, Look), "nothing was asked but to look"
    return seen


def _look_into_frame(
    page: Page, frames: tuple[int, ...], wanted: Wanted, references: References, *, timeout: float
) -> Look:
    try:
        return _look_in_any_case(page, frames, wanted, references, timeout=timeout)
    except PlaywrightTimeout:
        raise
    except PlaywrightError:
        if page.is_closed():
            raise
        # The frame went away, or to another document, while its page was read.
        return Look(title="", texts=dict.fromkeys(wanted.formats, ""), found=tuple([] for _ in wanted.selectors))


def _parts(lengths: Sequence[Sequence[Any]], body: str) -> Iterator[list[Any]]:
    """Cut the texts of an answer apart: strings, and [number of a frame, depth] where its document belongs."""
    start = 0
    for pieces in lengths:
        parts: list[Any] = []
        for piece in pieces:
            if isinstance(piece, int):
                parts.append(body[start : start + piece])
                start += piece
            else:
                parts.append(piece)
        yield parts


def _set_in(text: str, name: TextFormat, depth: int) -> str:
    indent = _INDENTS[name] * depth
    return "".join(f"\n{indent}{line}" for line in text.split("\n")) if text else ""


def _joined(mine: list[str] | str, theirs: list[str] | str) -> list[str] | str:
    return [*mine, *theirs] if isinstance(mine, list) and isinstance(theirs, list) else mine
