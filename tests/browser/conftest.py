"""A browser session on any site, for tests of actions and faults."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from pytest_mmina.browser.injected_scripts import register_page_script
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.core.tasks.task import Probes
from pytest_mmina.sites.registry import Site
from pytest_mmina.sites.web import HermeticWeb


class Stage:
    """A session under test: runs actions that are given as lines, and returns their effects."""

    def __init__(self, session: PlaywrightBrowser, folder: Path) -> None:
        self.session, self.folder = session, folder

    def see(self, *selectors: str) -> Capture:
        return self.session.observe(probes=Probes(selectors=frozenset(selectors)))

    def do(self, *lines: str) -> Observation:
        """Do actions, observing after each, and return the last observation."""
        for line in lines:
            self.session.act(parse_action(line))
            observation = self.see().observation
        return observation

    def told(self, line: str) -> str:
        """Return why an action cannot be done, as the agent reads it."""
        with pytest.raises(ActionFailed) as caught:
            self.session.act(parse_action(line))
        assert "Execution context" not in str(caught.value)
        return str(caught.value)

    def log(self, *lines: str) -> str:
        """Return the log of the page after some actions."""
        self.do(*lines) if lines else None
        (text,) = self.see("#log").states[-1].pages[0].texts["#log"]
        return text


Staged = Callable[..., Stage]


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Playwright:
    """Playwright, whose browsers have the page script in every page."""
    register_page_script(playwright.selectors)
    return playwright


@pytest.fixture
def staged(browser: Browser, tmp_path: Path) -> Iterator[Staged]:
    """Open a session on a site; `in_browser` replaces the shared browser."""
    ends: list[Callable[[], None]] = []

    def open_session(site: Site, path: str = "", *, in_browser: Browser | None = None) -> Stage:
        web = HermeticWeb([site])
        ends.append(web.close)
        chosen = in_browser or browser
        session = PlaywrightBrowser(
            lambda **arguments: chosen.new_context(ignore_https_errors=True, **arguments),
            web,
            action_timeout=5.0,
            settle_timeout=1.0,
            read_timeout=8.0,
            page_timeout=10.0,
            uploads=[tmp_path / "uploads"],
            downloads=tmp_path / "downloads",
        )
        ends.append(session.close)
        session.reset([site.home + path])
        stage = Stage(session, tmp_path)
        stage.see()
        return stage

    yield open_session
    for end in reversed(ends):
        end()
