"""Whatever goes wrong with a page ends in an observation or in `errored` with its reason; the next episode is clean."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.errors import ActionFailed, BrowserError
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.core.tasks.checks import SiteWord
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.sites.web import HermeticWeb
from tests.browser.conftest import Stage, Staged
from tests.browser.hostile import SITE


@pytest.fixture
def stage(staged: Staged) -> Stage:
    return staged(SITE)


@pytest.fixture
def own_browser(launch_browser: Callable[..., Browser]) -> Iterator[Browser]:
    """A browser that may come to harm."""
    own = launch_browser()
    yield own
    if own.is_connected():
        own.close()


TASK = Task(
    id="faults/1",
    subset="faults",
    intent="Go to the second page.",
    start_urls=(SITE.home,),
    hops=(Hop(name="second", check=SiteWord(word="second")),),
)


class Agent:
    """Passes the hop, and then says a line again and again."""

    def __init__(self, line: str) -> None:
        self.line = line

    def act(self, observation: Observation) -> str:
        return self.line if observation.title == "Second" else f"goto [{SITE.home}second]"

    def reset(self, intent: str) -> None: ...


def episode_of(stage: Stage, line: str) -> Episode:
    return run_episode(TASK, agent=Agent(line), browser=stage.session)


def is_clean(stage: Stage) -> bool:
    """Whether the next episode is as if nothing had happened."""
    stage.session.reset([SITE.home])
    observation = stage.see().observation
    return (observation.title, observation.error, observation.events, len(observation.tabs)) == ("Start", "", (), 1)


def crash(stage: Stage) -> None:
    with pytest.raises(PlaywrightError, match="crash"):
        stage.session._opened().current.goto("chrome://crash", timeout=5000)


def test_a_renderer_that_crashes_is_an_error(staged: Staged, own_browser: Browser) -> None:
    stage = staged(SITE, in_browser=own_browser)
    stage.do(f"goto [{SITE.home}second]")
    crash(stage)
    with pytest.raises(BrowserError, match="a page of the browser crashed"):
        stage.see()
    with pytest.raises(BrowserError, match="a page of the browser crashed"):
        stage.do("click [button 'Here']")
    assert is_clean(stage)


def test_a_page_that_somebody_closes_leaves_an_empty_one(stage: Stage) -> None:
    stage.session._opened().current.close()
    assert stage.see().observation.url == "about:blank"
    assert stage.do(f"goto [{SITE.home}second]").title == "Second"
    assert is_clean(stage)


def test_a_context_that_is_closed_is_an_error(stage: Stage) -> None:
    stage.session._opened().context.close()
    with pytest.raises(BrowserError, match="the page went away meanwhile"):
        stage.see()
    assert is_clean(stage)


def test_a_browser_that_is_closed_is_an_error(staged: Staged, own_browser: Browser, browser: Browser) -> None:
    stage = staged(SITE, in_browser=own_browser)
    own_browser.close()
    with pytest.raises(BrowserError, match="the browser died in mid-episode"):
        stage.see()
    with pytest.raises(BrowserError, match="the browser died in mid-episode"):
        stage.do("scroll [down]")
    stage.session.close()
    assert is_clean(staged(SITE, in_browser=browser))


# The proxy ends TLS with a certificate of its own, which its contexts accept, so none is wrong in the hermetic
# web; where a user sets `ignore_https_errors` to false, every one is.
def test_a_certificate_that_is_wrong_is_told(browser: Browser) -> None:
    web = HermeticWeb([SITE])
    session = PlaywrightBrowser(lambda **arguments: browser.new_context(**arguments), web)
    stage = Stage(session, None)  # type: ignore[arg-type]
    session.reset([SITE.home])
    stage.see()
    assert "ERR_CERT_AUTHORITY_INVALID" in stage.told("goto [https://hostile.example/second]")
    assert "https://hostile.example/second cannot be opened: net::ERR_CERT_" in stage.see().observation.error
    session.reset([SITE.home])
    stage.see()
    sight_error = stage.do("click [link 'Secure']").error
    assert sight_error == "https://hostile.example/second cannot be opened: net::ERR_CERT_AUTHORITY_INVALID"
    assert [page.url for page in stage.see().states[-1].pages] == [], "an error page is no state"
    with pytest.raises(BrowserError, match="net::ERR_CERT_AUTHORITY_INVALID"):
        session.reset(["https://hostile.example/second"])
    assert is_clean(stage)
    session.close()
    web.close()


def test_a_redirect_loop_is_told(stage: Stage) -> None:
    assert "net::ERR_TOO_MANY_REDIRECTS" in stage.told(f"goto [{SITE.home}loop]")
    stage.session.reset([SITE.home])
    stage.see()
    assert stage.do("click [link 'Loop']").error.endswith("loop cannot be opened: net::ERR_TOO_MANY_REDIRECTS")
    assert stage.do("go_back").title == "Start"
    assert is_clean(stage)


def test_a_start_page_in_a_redirect_loop_is_an_error(stage: Stage) -> None:
    with pytest.raises(BrowserError, match="net::ERR_TOO_MANY_REDIRECTS"):
        stage.session.reset([f"{SITE.home}loop"])
    assert is_clean(stage)


@pytest.mark.parametrize("kind", ["text", "page"])
def test_a_huge_page_is_seen_or_said_to_be_too_much(
    staged: Staged, own_browser: Browser, browser: Browser, kind: str
) -> None:
    stage = staged(SITE, in_browser=own_browser)
    began = time.monotonic()
    observation = stage.do(f"goto [{SITE.home}huge/{kind}]")
    assert observation.url.endswith(kind)
    assert time.monotonic() - began < 60
    stage.session.close()
    assert is_clean(staged(SITE, in_browser=browser))


def test_a_huge_file_is_kept(stage: Stage) -> None:
    events = stage.do("click [link 'Huge']").events
    while not events:
        events = stage.see().observation.events
    assert events[0].endswith(f"{100 * 2**20} bytes")
    assert is_clean(stage)


def test_a_huge_answer_to_a_script_does_no_harm(stage: Stage) -> None:
    stage.do("click [button 'Fetch']")
    while stage.log() == "nothing":
        pass
    assert stage.log() == str(100 * 2**20)


def test_ten_thousand_nodes_are_seen_and_used(stage: Stage) -> None:
    observation = stage.do(f"goto [{SITE.home}nodes]")
    assert observation.text.count("- link ") == 5_000
    assert stage.do("click [link 'Item 4999']").title == "Second"


@pytest.mark.parametrize("button", ["Alerts", "Confirms"])
def test_dialogs_without_an_end_are_ended(staged: Staged, own_browser: Browser, button: str) -> None:
    stage = staged(SITE, in_browser=own_browser)
    began = time.monotonic()
    # On a slow machine the script may outlast the action, and does not outlast the observation.
    with suppress(ActionFailed):
        stage.session.act(parse_action(f"click [button '{button}']"))
    observation = stage.see().observation
    assert time.monotonic() - began < 20
    assert len(observation.events) == 21
    assert (
        observation.events[-1]
        == "the page opened more than 20 dialogs; its script was stopped, and it may open no others"
    )
    assert observation.title == "Start"
    assert stage.do("click [link 'Second']").title == "Second", "the page can be used again"
    assert is_clean(stage)


def test_dialogs_without_an_end_while_a_page_loads_are_ended(staged: Staged, own_browser: Browser) -> None:
    stage = staged(SITE, in_browser=own_browser)
    began = time.monotonic()
    observation = stage.do(f"goto [{SITE.home}alerts]")
    assert time.monotonic() - began < 20
    assert observation.title == "Alerts"
    assert "after" in observation.text
    assert is_clean(stage)


def test_dialogs_from_a_timer_hold_nobody_up(staged: Staged, own_browser: Browser) -> None:
    stage = staged(SITE, in_browser=own_browser)
    began = time.monotonic()
    observation = stage.do("click [button 'Ticks']", "scroll [down]")
    assert time.monotonic() - began < 20
    assert observation.title == "Start"
    assert observation.events[0] == "the page showed an alert: 'tick'"
    # Until there have been so many that the page may open no others, it may be too busy for an action, and says so.
    tries = 0
    while observation.title == "Start" and tries < 10:
        with suppress(ActionFailed):
            stage.do("click [link 'Second']")
        observation, tries = stage.see().observation, tries + 1
    assert observation.title == "Second"
    assert is_clean(stage)


def test_a_page_that_bends_the_language_is_read_and_used(staged: Staged) -> None:
    stage = staged(SITE, "bent")
    observation = stage.see().observation
    assert (observation.title, observation.error) == ("Bent", "")
    assert '- button "Press" [ref=' in observation.text
    assert stage.log("click [button 'Press']") == "pressed"
    assert stage.log("type [textbox 'Field'] [x] [0]") == "typed x"
    assert stage.log("select [combobox 'Colour'] [Blue]") == "Blue"
    assert "button 'Off' is disabled" in stage.told("click [button 'Off']")
    assert "covered by paragraph" in stage.told("click [button 'Under']")
    assert (
        stage.log("scroll [down]", "hover [30, 30]", "press [Tab]", "mouse_down [3, 400]", "mouse_up [3, 400]")
        == "Blue"
    )


def test_a_page_that_reloads_for_ever_is_never_told_in_playwrights_words(staged: Staged, own_browser: Browser) -> None:
    stage = staged(SITE, in_browser=own_browser)
    stage.do("click [button 'Restless']")
    for line in ("press [Tab]", "scroll [0, 10]", "click [3, 3]"):
        try:
            stage.do(line)
        except Exception as error:
            assert type(error).__name__ in ("ActionFailed", "BrowserError")  # noqa: PT017
            assert "Execution context" not in str(error)  # noqa: PT017


def test_episodes_end_with_the_reason(staged: Staged, own_browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(SITE, in_browser=own_browser)
    episode = episode_of(stage, "click [button 'Nowhere']")
    assert (episode.solved, episode.ending) == (True, "truncated")
    assert "no element is button 'Nowhere'" in episode.trajectory.steps[2].observation.error
    faults: dict[str, Callable[[], None]] = {"a page of the browser crashed": lambda: crash(stage),
                                             "the browser died in mid-episode": own_browser.close}  # fmt: skip
    act = PlaywrightBrowser.act
    for reason, fault in faults.items():

        def harmful(session: PlaywrightBrowser, action: Action, fault: Callable[[], None] = fault) -> None:
            fault() if action.kind == "scroll" else act(session, action)

        monkeypatch.setattr(PlaywrightBrowser, "act", harmful)
        episode = episode_of(stage, "scroll [down]")
        assert (episode.outcome, episode.credit, episode.reason) == ("errored", 0.0, reason)
        assert episode.hops[0].reason.startswith("no credit, the episode errored")
