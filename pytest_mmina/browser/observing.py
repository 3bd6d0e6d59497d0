"""Observing: what the agent sees and what checks read, from one look at the current page."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pydantic import JsonValue

from pytest_mmina.browser.formats import legend, limited, with_tabs
from pytest_mmina.browser.look import Look, Wanted, look
from pytest_mmina.browser.pages import Pages
from pytest_mmina.browser.pictures import Pictures
from pytest_mmina.browser.references import references_of
from pytest_mmina.browser.settle import settle_and_look
from pytest_mmina.core.episode.ports import Capture
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.core.language.formats import TEXTS, ObservationFormat
from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.core.language.trajectory import Observation, PageState, State, Tab, View, site_value_key
from pytest_mmina.core.tasks.task import Probes


class Observing:
    """The observations of a session's episodes; times are in seconds.

    `hangs` says that a page did not answer, `elements` are all that an action may name by role and name.
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
        """Forget the last episode."""
        self.hangs = False
        self._page: Page | None = None
        self._elements: list[Element] | None = []
        self._outline: str | None = None
        self._pictures.begin_episode()

    @property
    def elements(self) -> Sequence[Element]:
        """The elements of the current page, as they were observed; read when an action asks for them."""
        if self._elements is None:
            self._elements = list(read_outline(self._outline if self._outline is not None else self._glance_outline()))
        return self._elements

    def read(self, pages: Pages, probes: Probes) -> Capture:
        """Wait until the current page has settled, then read it, and what checks want of the other tabs.

        Raises Playwright's Error where a page goes away meanwhile, BrowserError for a selector that is none.
        """
        selectors = tuple(sorted(probes.selectors))
        error = ""
        try:
            seen = self._settle_and_look(
                pages,
                Wanted(self._texts, selectors, marks=self._pictures.wanted, viewport_only=self._view.viewport_only),
            )
        except PlaywrightTimeout:
            self.hangs = True
            seen = _nothing(selectors)
            error = f"the page did not answer within {self._read_timeout:g} seconds"
        page = pages.current
        self._page, self._elements = page, None if not error else []
        self._outline = None if self._view.viewport_only else seen.texts.get("aria")
        others = {other: self._glance(other, selectors) for other in pages.open if other is not page}
        tabs = tuple(Tab(title=others.get(tab, seen).title, url=tab.url, current=tab is page) for tab in pages.open)
        first, texts = self._said(seen, tabs)
        observation = Observation(
            url=page.url,
            title=seen.title,
            tabs=tabs,
            error=error,
            text=first,
            texts=texts,
            pictures={} if error else self._pictures.take(page, seen.marks),
        )
        states = tuple(
            PageState(url=each.url, texts=_texts(selectors, others.get(each, seen))) for each in pages.in_order()
        )
        boxes = {str(mark.number): (mark.left, mark.top, mark.right, mark.bottom) for mark in seen.marks}
        state = State(pages=states, site_values=self._values(probes))
        return Capture(observation=observation, states=(state,), boxes=boxes if observation.pictures else {})

    def settle(self, pages: Pages) -> None:
        """Wait until the current page has settled; one that never does is left as it is."""
        with suppress(PlaywrightTimeout):
            self._settle_and_look(pages, Wanted())

    def _settle_and_look(self, pages: Pages, wanted: Wanted) -> Look:
        return settle_and_look(
            pages,
            wanted,
            references_of(pages.context),
            at_most=self._settle_timeout,
            navigation_at_most=self._page_timeout,
            look_at_most=self._read_timeout,
        )

    def _said(self, seen: Look, tabs: Sequence[Tab]) -> tuple[str, dict[str, str]]:
        """The text of the first format that has any, and those of the others."""
        texts: dict[ObservationFormat, str] = dict(seen.texts.items())
        if "webarena" in texts:
            texts["webarena"] = with_tabs(texts["webarena"], tabs)
        if "marks" in self._view.formats:
            texts["marks"] = legend(seen.marks)
        said: dict[str, str] = {
            name: limited(texts[name], self._view.limit) for name in self._view.formats if name in texts
        }
        first = said.pop(next(iter(said), ""), "")
        return first, said

    def _glance(self, page: Page, selectors: tuple[str, ...]) -> Look:
        """Read a page that is not the current one."""
        try:
            seen = look(page, Wanted(selectors=selectors), references_of(page.context), timeout=self._read_timeout)
        except PlaywrightTimeout:
            seen = None
        # A page that does not answer holds nothing, as far as anybody can see.
        return seen or _nothing(selectors)

    def _glance_outline(self) -> str:
        """The whole outline of the current page, for an agent that sees something else."""
        assert self._page is not None, "an action comes after an observation"
        references = references_of(self._page.context)
        seen = look(self._page, Wanted(formats=("aria",)), references, timeout=self._read_timeout)
        return seen.texts["aria"] if seen is not None else ""

    def _values(self, probes: Probes) -> dict[str, tuple[JsonValue, ...]]:
        return {site_value_key(site, path): self._site_values(site, path) for site, path in sorted(probes.site_values)}


def _nothing(selectors: Sequence[str]) -> Look:
    return Look(title="", texts={}, found=tuple([] for _ in selectors))


def _texts(selectors: Sequence[str], seen: Look) -> dict[str, tuple[str, ...]]:
    texts: dict[str, tuple[str, ...]] = {}
    for selector, found in zip(selectors, seen.found, strict=True):
        if isinstance(found, str):
            raise BrowserError(f"the task's selector {selector!r} cannot be used: {found}")
        texts[selector] = tuple(found)
    return texts
