"""References: the elements of an observation, found again on the page."""

import json
from bisect import bisect_right
from typing import NamedTuple
from weakref import ReferenceType, WeakKeyDictionary

from playwright.sync_api import BrowserContext, Frame, FrameLocator, Locator, Page
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.core.errors import ActionFailed

ENGINE = "mmina"
"""The name of the selector engine that the walk is registered as."""

STALE = "stale: the page has changed since it was seen"
"""What an error says about a reference whose element is gone; the page script says it in the same words."""


class Span(NamedTuple):
    """Numbers given out in a row to elements of one document.

    `frames` are the numbers of the frames that lead to the document that was walked; `inner` says that the elements
    are in a frame inside it. The page is not held: these are kept by its context, and would keep that for ever.
    """

    first: int
    page: ReferenceType[Page]
    frames: tuple[int, ...]
    inner: bool


class References:
    """The numbers given out in one context: none is given twice, so that an old one can never mean another element."""

    def __init__(self) -> None:
        self.next = 1
        self._spans: list[Span] = []

    def extend(self, spans: list[Span], *, next_number: int) -> None:
        """Take note of the numbers that a walk has given out."""
        for span in spans:
            if not self._spans or self._spans[-1][1:] != span[1:]:
                self._spans.append(span)
        self.next = next_number

    @property
    def given(self) -> tuple[int, int]:
        """How far the numbers have come, for `take_back`."""
        return self.next, len(self._spans)

    def take_back(self, given: tuple[int, int]) -> None:
        """Give again what was given since: nobody was shown it, and when it was seen is a matter of chance."""
        self.next = given[0]
        del self._spans[given[1] :]

    def find(self, number: int) -> Span | None:
        """The document that a number was given out in."""
        if not 0 < number < self.next:
            return None
        return self._spans[bisect_right(self._spans, number, key=lambda span: span.first) - 1]


_REFERENCES: WeakKeyDictionary[BrowserContext, References] = WeakKeyDictionary()


def references_of(context: BrowserContext) -> References:
    """The references of a context."""
    return _REFERENCES.setdefault(context, References())


def resolve(page: Page, reference: str, *, timeout: float = 5.0) -> Locator:
    """The element of `page` that a reference (`e12`, or `12`) stands for.

    The locator is strict and does not wait for an element that is gone: whatever is done with it then raises
    Playwright's Error with the text STALE at once. It works through frames of any origin and through open shadow roots,
    in a world of its own that the page cannot see.

    Raises ActionFailed if no observation of this tab has shown such a reference, or if it is stale. `timeout` (seconds)
    is for a page that does not answer; it is asked only about what is in a frame.
    """
    digits = reference.removeprefix("e")
    span = references_of(page.context).find(int(digits)) if digits.isascii() and digits.isdigit() else None
    if span is None:
        raise ActionFailed(f"no observation has shown an element with the reference {reference!r}")
    if span.page() is not page:
        raise ActionFailed(f"the element {reference} is on another tab")
    place = within(page.main_frame, span.frames)
    if not span.inner:
        return place.locator(f"{ENGINE}=e{digits}")
    try:
        *frames, path = json.loads(ask(place, {"do": "way", "number": int(digits)}, timeout=timeout))
    except PlaywrightError as error:
        raise ActionFailed(f"{reference}: {STALE if STALE in str(error) else 'the page does not answer'}") from None
    for frame in frames:
        place = place.locator(f"{ENGINE}={frame}").content_frame
    return place.locator(f"{ENGINE}={path}")


def within(frame: Frame, frames: tuple[int, ...]) -> Frame | FrameLocator:
    """Follow the numbers of frames, each in the document of the one before, down to a document."""
    place: Frame | FrameLocator = frame
    for number in frames:
        place = place.locator(f"{ENGINE}=e{number}").content_frame
    return place


def ask(place: Frame | FrameLocator | Locator, request: dict[str, object], *, timeout: float) -> str:
    """Put a request to the page script; raises Playwright's Error, TimeoutError after `timeout` seconds."""
    # `>>` would be read as the end of this part of the selector.
    body = json.dumps(request).replace(">", "\\u003e")
    answer = place.locator(f"{ENGINE}={body}").text_content(timeout=timeout * 1000)
    assert answer is not None, "the page script answers with a text"
    return answer
