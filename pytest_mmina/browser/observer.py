"""Reads from one capture of the current page what the agent sees and what checks need."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pydantic import JsonValue

from pytest_mmina.browser.observation_text import legend, limited, with_tabs
from pytest_mmina.browser.page_capture import CaptureRequest, PageCapture, capture_page
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.pictures import Pictures
from pytest_mmina.browser.references import references_of
from pytest_mmina.browser.settle import settle_and_capture
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.core.language.formats import TEXTS, ObservationFormat
from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.core.language.trajectory import Observation, PageState, State, Tab, View, site_value_key
from pytest_mmina.core.tasks.task import Probes


class Observer:
    """Makes the observations of a session's episodes; times are in seconds.

    `hangs` is true if a page of this episode did not answer. `elements` are all elements that an action can name by
    role and name.
    """

    def __init__(
        self,
        view: View,
        site_values: Callable[[str, str], tuple[JsonValue, ...]],
        *,
        pictures: Path | None,
        settle_timeout: float,
        page_timeout: float,
        read_timeout: float,
    ) -> None:
        self._view, self._site_values = view, site_values
        self._pictures = Pictures(pictures, view.formats, timeout=read_timeout)
        self._settle_timeout, self._page_timeout, self._read_timeout = settle_timeout, page_timeout, read_timeout
        self._texts = tuple(name for name in TEXTS if name in view.formats)
        self.begin_episode()

    def begin_episode(self) -> None:
        """Reset everything that belongs to the last episode."""
        self.hangs = False
        self._page: Page | None = None
        self._elements: list[Element] | None = []
        self._outline: str | None = None
        self._pictures.begin_episode()

    @property
    def elements(self) -> Sequence[Element]:
        """The elements of the page that was observed last; they are read when an action needs them."""
        if self._elements is None:
            self._elements = list(read_outline(self._outline if self._outline is not None else self._capture_outline()))
        return self._elements

    def read(self, pages: Pages, probes: Probes) -> Capture:
        """Wait until the current page has settled, then read it, and read what checks need from the other tabs.

        Raises Playwright's Error if a page is closed or navigates meanwhile, BrowserError for an invalid selector.
        """
        selectors = tuple(sorted(probes.selectors))
        error = ""
        try:
            captured = self._settle_and_capture(
                pages,
                CaptureRequest(
                    self._texts, selectors, marks=self._pictures.wanted, viewport_only=self._view.viewport_only
                ),
            )
        except PlaywrightTimeout:
            self.hangs = True
            captured = _empty_capture(selectors)
            error = f"the page did not answer within {self._read_timeout:g} seconds"
        page = pages.current
        self._page, self._elements = page, None if not error else []
        self._outline = None if self._view.viewport_only else captured.texts.get("aria")
        others = {other: self._capture_other_tab(other, selectors) for other in pages.open if other is not page}
        tabs = tuple(Tab(title=others.get(tab, captured).title, url=tab.url, current=tab is page) for tab in pages.open)
        first, texts = self._formatted(captured, tabs)
        observation = Observation(
            url=page.url,
            title=captured.title,
            tabs=tabs,
            error=error,
            text=first,
            texts=texts,
            pictures={} if error else self._pictures.take(page, captured.marks),
        )
        states = tuple(
            _page_state(each.url, pages, _texts_by_selector(selectors, others.get(each, captured)))
            for each in pages.in_order()
        )
        boxes = {str(mark.number): (mark.left, mark.top, mark.right, mark.bottom) for mark in captured.marks}
        state = State(pages=states, site_values=self._read_site_values(probes))
        return Capture(observation=observation, states=(state,), boxes=boxes if observation.pictures else {})

    def settle(self, pages: Pages) -> None:
        """Wait until the current page has settled; returns without an error if it does not answer."""
        with suppress(PlaywrightTimeout):
            self._settle_and_capture(pages, CaptureRequest())

    def _settle_and_capture(self, pages: Pages, request: CaptureRequest) -> PageCapture:
        return settle_and_capture(
            pages,
            request,
            references_of(pages.context),
            at_most=self._settle_timeout,
            navigation_at_most=self._page_timeout,
            capture_at_most=self._read_timeout,
        )

    def _formatted(self, captured: PageCapture, tabs: Sequence[Tab]) -> tuple[str, dict[str, str]]:
        """Return the text of the first format that has one, and the texts of the other formats by name."""
        texts: dict[ObservationFormat, str] = dict(captured.texts.items())
        if "webarena" in texts:
            texts["webarena"] = with_tabs(texts["webarena"], tabs)
        if "marks" in self._view.formats:
            texts["marks"] = legend(captured.marks)
        formatted: dict[str, str] = {
            name: limited(texts[name], self._view.limit) for name in self._view.formats if name in texts
        }
        first = formatted.pop(next(iter(formatted), ""), "")
        return first, formatted

    def _capture_other_tab(self, page: Page, selectors: tuple[str, ...]) -> PageCapture:
        """Read what checks need from a page that is not the current one."""
        request, references = CaptureRequest(selectors=selectors), references_of(page.context)
        try:
            return capture_page(page, request, references, timeout=self._read_timeout)
        except PlaywrightTimeout:
            # For checks, a page that does not answer contains nothing.
            return _empty_capture(selectors)

    def _capture_outline(self) -> str:
        """Return the outline of the whole current page, for an agent whose format is not this outline."""
        assert self._page is not None, "an action comes after an observation"
        references = references_of(self._page.context)
        request = CaptureRequest(formats=("aria",))
        return capture_page(self._page, request, references, timeout=self._read_timeout).texts["aria"]

    def _read_site_values(self, probes: Probes) -> dict[str, tuple[JsonValue, ...]]:
        return {site_value_key(site, path): self._site_values(site, path) for site, path in sorted(probes.site_values)}


def _page_state(url: str, pages: Pages, texts: dict[str, tuple[str, ...]]) -> PageState:
    return PageState(url=url, texts=texts, answered=pages.answered(url))


def _empty_capture(selectors: Sequence[str]) -> PageCapture:
    return PageCapture(title="", texts={}, found=tuple([] for _ in selectors))


def _texts_by_selector(selectors: Sequence[str], captured: PageCapture) -> dict[str, tuple[str, ...]]:
    texts: dict[str, tuple[str, ...]] = {}
    for selector, found in zip(selectors, captured.found, strict=True):
        if isinstance(found, str):
            raise BrowserError(f"the task's selector {selector!r} cannot be used: {found}")
        texts[selector] = tuple(found)
    return texts
