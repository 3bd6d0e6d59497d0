"""References: the numbers of elements in an observation, and how to find these elements on the page again."""

import json
from bisect import bisect_right
from typing import NamedTuple
from weakref import ReferenceType, WeakKeyDictionary

from playwright.sync_api import BrowserContext, Frame, FrameLocator, Locator, Page
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.core.errors import ActionFailed

ENGINE = "mmina"
"""The name of the selector engine that the page script is registered as."""

STALE = "stale: the page has changed since it was seen"
"""The error message for a reference whose element is gone; the page script uses the same words."""


class Span(NamedTuple):
    """A range of numbers for elements of one document, from `first` to the next span.

    `frames` are the numbers of the frames that lead to the document that was read; `inner` is true if the elements
    are in a frame inside that document. The page is a weak reference, because the context keeps these spans, and a
    strong reference would keep the context alive forever.
    """

    first: int
    page: ReferenceType[Page]
    frames: tuple[int, ...]
    inner: bool


class References:
    """The numbers of elements in one context. None is used twice, so an old number never means another element."""

    def __init__(self) -> None:
        self.next = 1
        self._spans: list[Span] = []

    def extend(self, spans: list[Span], *, next_number: int) -> None:
        """Add the numbers that a capture has assigned."""
        for span in spans:
            if not self._spans or self._spans[-1][1:] != span[1:]:
                self._spans.append(span)
        self.next = next_number

    @property
    def checkpoint(self) -> tuple[int, int]:
        """The present state of the numbers, for `roll_back`."""
        return self.next, len(self._spans)

    def roll_back(self, checkpoint: tuple[int, int]) -> None:
        """Release the numbers that were assigned after a checkpoint.

        They belong to captures that were discarded, so no agent has seen them. How many captures are discarded depends
        on timing, and the numbers must not.
        """
        self.next = checkpoint[0]
        del self._spans[checkpoint[1] :]

    def find(self, number: int) -> Span | None:
        """Return the span that contains a number, or None if the number was never assigned."""
        if not 0 < number < self.next:
            return None
        return self._spans[bisect_right(self._spans, number, key=lambda span: span.first) - 1]


_REFERENCES: WeakKeyDictionary[BrowserContext, References] = WeakKeyDictionary()


def references_of(context: BrowserContext) -> References:
    """Return the references of a context."""
    return _REFERENCES.setdefault(context, References())


def resolve(page: Page, reference: str, *, timeout: float = 5.0) -> Locator:
    """Return a locator for the element of `page` that a reference (`e12`, or `12`) means.

    The locator is strict and does not wait for an element that is gone: every action on it then raises Playwright's
    Error with the text STALE at once. It works through frames of any origin and through open shadow roots, in an
    isolated world that the page cannot reach.

    Raises ActionFailed if no observation of this tab has shown the reference, or if it is stale. The page is asked only
    if the element is in a frame; `timeout` (in seconds) limits how long that takes.
    """
    digits = reference.removeprefix("e")
    span = references_of(page.context).find(int(digits)) if digits.isascii() and digits.isdigit() else None
    if span is None:
        raise ActionFailed(f"no observation has shown an element with the reference {reference!r}")
    if span.page() is not page:
        raise ActionFailed(f"the element {reference} is on another tab")
    place = frame_at(page.main_frame, span.frames)
    if not span.inner:
        return place.locator(f"{ENGINE}=e{digits}")
    try:
        *frames, path = json.loads(ask(place, {"do": "way", "number": int(digits)}, timeout=timeout))
    except PlaywrightError as error:
        raise ActionFailed(f"{reference}: {STALE if STALE in str(error) else 'the page does not answer'}") from None
    for frame in frames:
        place = place.locator(f"{ENGINE}={frame}").content_frame
    return place.locator(f"{ENGINE}={path}")


def frame_at(frame: Frame, frames: tuple[int, ...]) -> Frame | FrameLocator:
    """Return the frame that a path of frame numbers leads to; each number belongs to the document of the one before."""
    place: Frame | FrameLocator = frame
    for number in frames:
        place = place.locator(f"{ENGINE}=e{number}").content_frame
    return place


def ask(place: Frame | FrameLocator | Locator, request: dict[str, object], *, timeout: float) -> str:
    """Return the page script's answer to a request; raises Playwright's Error, TimeoutError after `timeout` seconds."""
    # Playwright would read `>>` as the end of this part of the selector.
    body = json.dumps(request).replace(">", "\\u003e")
    answer = place.locator(f"{ENGINE}={body}").text_content(timeout=timeout * 1000)
    assert answer is not None, "the page script always answers with text"
    return answer
