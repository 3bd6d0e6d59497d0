"""Captures a page: everything that is requested is read in one pass, including frames of any origin."""

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

from pytest_mmina.browser.references import References, Span, ask, frame_at
from pytest_mmina.core.language.formats import TextFormat

# How many seconds the next animation frame may take. If the page only waits for that, asking again at once is faster
# than watching the page.
_FRAME_SECONDS = 0.1

_TOKENS = count(1)
_INDENTS: dict[TextFormat, str] = {"aria": "  ", "webarena": "\t", "html": ""}


class CaptureRequest(NamedTuple):
    """What to read of a page: text formats, the texts of selectors, marks; the whole page or only the viewport."""

    formats: tuple[TextFormat, ...] = ()
    selectors: tuple[str, ...] = ()
    marks: bool = False
    viewport_only: bool = False


class Mark(NamedTuple):
    """An element in the viewport that can be acted on, with its box in pixels."""

    number: int
    role: str
    name: str
    left: int
    top: int
    right: int
    bottom: int

    def shifted(self, right: int, down: int) -> "Mark":
        """Return this mark with its box moved, from the coordinates of a frame to those of the page around it."""
        box = (self.left + right, self.top + down, self.right + right, self.bottom + down)
        return Mark(self.number, self.role, self.name, *box)


class Activity(Enum):
    """Why a page may not be at rest, in the words of the page script."""

    LEAVING = "leaving"
    """Another document is about to replace this one."""
    OPENING = "opening"
    """The page opened a tab that Playwright has not announced yet."""
    DOWNLOADING = "downloading"
    """The page started a download that Playwright has not announced yet."""
    LOADING = "loading"
    STIRRING = "stirring"
    """Something is due, such as a timer or a request, or it is not known whether anything is."""
    SOON = "soon"
    """The page is at rest, except for what waits for the next animation frame."""


_ACTIVITIES = frozenset(activity.value for activity in Activity)


class PageCapture(NamedTuple):
    """What was read: the title, a text for each format, and for each selector its texts or an error message."""

    title: str
    texts: dict[TextFormat, str]
    found: tuple[list[str] | str, ...]
    marks: tuple[Mark, ...] = ()


def capture_page(page: Page, request: CaptureRequest, references: References, *, timeout: float) -> PageCapture:
    """Read a page in its present state, within `timeout` seconds.

    Raises Playwright's Error: TimeoutError if the page does not answer in time.
    """
    return _capture_now(page, (), request, references, timeout=timeout)


def capture_page_at_rest(
    page: Page, request: CaptureRequest, references: References, *, timeout: float, announced: bool = False
) -> PageCapture | Activity:
    """Read a page like `capture_page` if it is at rest; otherwise return why it may not be.

    `announced` reports to the page that Playwright has announced the tab that it opened or its download.
    """
    deadline = time.monotonic() + min(timeout, _FRAME_SECONDS)
    while True:
        captured = _capture(page, (), request, references, timeout=timeout, only_at_rest=True, announced=announced)
        if captured is not Activity.SOON or time.monotonic() >= deadline:
            return captured


def wait_until_quiet(page: Page, *, quiet: int, timeout: float, announced: bool = False) -> None:
    """Wait until the DOM of a page has been quiet for `quiet` milliseconds.

    `announced` is as in `capture_page_at_rest`. Raises Playwright's Error: TimeoutError if the page has not been quiet
    within `timeout` seconds.
    """
    ask(page.main_frame, {"do": "watch", "token": next(_TOKENS), "quiet": quiet, "heard": announced}, timeout=timeout)


def _capture(
    page: Page,
    frames: tuple[int, ...],
    request: CaptureRequest,
    references: References,
    *,
    timeout: float,
    only_at_rest: bool = False,
    announced: bool = False,
) -> PageCapture | Activity:
    message = {
        "do": "observe",
        "next": references.next,
        "formats": request.formats,
        "selectors": request.selectors,
        "marks": request.marks,
        "viewport": request.viewport_only,
        "onlyAtRest": only_at_rest,
        "heard": announced,
    }
    text = ask(frame_at(page.main_frame, frames), message, timeout=timeout)
    if text in _ACTIVITIES:
        return Activity(text)
    head, _, body = text.partition("\n")
    answer = json.loads(head)
    spans = [Span(first, ref(page), frames, inner) for first, inner in answer["spans"]]
    references.extend(spans, next_number=answer["next"])
    parts = list(_parts(answer["texts"], body))
    inner_captures = {
        number: _capture_frame(page, (*frames, number), request, references, timeout=timeout)
        for number, _, _ in answer["frames"]
    }
    texts = {
        name: "".join(part if isinstance(part, str) else _indented(inner_captures[part[0]].texts[name], name, part[1])
                      for part in pieces)
        for name, pieces in zip(request.formats, parts, strict=True)
    }  # fmt: skip
    found = tuple(answer["found"])
    for captured in inner_captures.values():
        found = tuple(_combined(own, inner) for own, inner in zip(found, captured.found, strict=True))
    marks = [Mark(*mark) for mark in answer["marks"]]
    for number, left, top in answer["frames"]:
        marks += [mark.shifted(left, top) for mark in inner_captures[number].marks]
    return PageCapture(title=answer["title"], texts=texts, found=found, marks=tuple(marks))


def _capture_now(
    page: Page, frames: tuple[int, ...], request: CaptureRequest, references: References, *, timeout: float
) -> PageCapture:
    captured = _capture(page, frames, request, references, timeout=timeout)
    assert isinstance(captured, PageCapture), "without only_at_rest, the answer is always a capture"
    return captured


def _capture_frame(
    page: Page, frames: tuple[int, ...], request: CaptureRequest, references: References, *, timeout: float
) -> PageCapture:
    try:
        return _capture_now(page, frames, request, references, timeout=timeout)
    except PlaywrightTimeout:
        raise
    except PlaywrightError:
        if page.is_closed():
            raise
        # The frame was removed or navigated while its page was read.
        return PageCapture(
            title="", texts=dict.fromkeys(request.formats, ""), found=tuple([] for _ in request.selectors)
        )


def _parts(lengths: Sequence[Sequence[Any]], body: str) -> Iterator[list[Any]]:
    """Yield the parts of each text of an answer: strings, and [frame number, depth] where a frame's text belongs."""
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


def _indented(text: str, name: TextFormat, depth: int) -> str:
    indent = _INDENTS[name] * depth
    return "".join(f"\n{indent}{line}" for line in text.split("\n")) if text else ""


def _combined(own: list[str] | str, inner: list[str] | str) -> list[str] | str:
    return [*own, *inner] if isinstance(own, list) and isinstance(inner, list) else own
