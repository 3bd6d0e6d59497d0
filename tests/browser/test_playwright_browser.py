"""The browser adapter, in a real Chromium behind the real proxy."""

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.errors import ActionFailed, BrowserError, SiteError
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.tasks.task import Probes
from pytest_mmina.sites.web import HermeticWeb
from tests.browser.pages import PAGES

HOME = PAGES.home
NONE = Probes()


def texts_of(*selectors: str) -> Probes:
    return Probes(selectors=frozenset(selectors))


@pytest.fixture(scope="module")
def web() -> Iterator[HermeticWeb]:
    web = HermeticWeb([PAGES])
    yield web
    web.close()


@pytest.fixture
def browser_session(new_context: Callable[..., BrowserContext], web: HermeticWeb) -> Iterator[PlaywrightBrowser]:
    session = PlaywrightBrowser(
        lambda **arguments: new_context(ignore_https_errors=True, **arguments),
        web,
        action_timeout=1.0,
        settle_timeout=1.0,
        read_timeout=1.0,
    )
    session.reset([HOME])
    session.observe(probes=NONE)
    yield session
    session.close()


Do = Callable[..., Capture]


@pytest.fixture
def do(browser_session: PlaywrightBrowser) -> Do:
    """Do actions one after the other, observing after each; gives the last capture."""

    def act(*lines: str, probes: Probes = NONE) -> Capture:
        for line in lines:
            browser_session.act(parse_action(line))
            capture = browser_session.observe(probes=probes)
        return capture

    return act


def urls(capture: Capture) -> list[list[str]]:
    return [[page.url.removeprefix(HOME) for page in state.pages] for state in capture.states]


def test_an_observation_shows_page_tabs_and_outline(do: Do) -> None:
    observation = do("scroll [down]").observation
    assert (observation.url, observation.title, observation.error) == (HOME, "Home", "")
    assert [(tab.title, tab.current) for tab in observation.tabs] == [("Home", True)]
    assert '- link "Moved" [ref=e' in observation.text
    assert '- button "Inside" [ref=e' in observation.text


def test_redirects_are_states(do: Do) -> None:
    assert urls(do("click [link 'Moved']")) == [["moved"], ["moved-again"], ["second"], ["second"]]


def test_an_address_changed_by_script_is_a_state(do: Do) -> None:
    assert urls(do("click [button 'Push']")) == [["pushed"], ["pushed"]]
    assert urls(do("click [link 'Part']")) == [["pushed#part"], ["pushed#part"]]


def test_a_new_tab_is_a_state_and_becomes_current(do: Do) -> None:
    capture = do("click [link 'In a tab']")
    assert capture.observation.title == "Second"
    assert [tab.current for tab in capture.observation.tabs] == [False, True]
    assert urls(capture)[-1] == ["second", ""]


def test_a_popup_that_closes_again_was_a_state(do: Do, browser_session: PlaywrightBrowser) -> None:
    sights = [do("click [button 'Brief']")]
    while len(sights[-1].observation.tabs) > 1 and len(sights) < 50:
        sights.append(browser_session.observe(probes=NONE))
    assert [tab.title for tab in sights[-1].observation.tabs] == ["Home"]
    assert ["closes"] in [state for capture in sights for state in urls(capture)]


def test_tabs(do: Do) -> None:
    assert do("new_tab").observation.url == "about:blank"
    assert do(f"goto [{HOME}second]", "tab_focus [0]").observation.title == "Home"
    assert do("tab_focus [1]", "close_tab").observation.title == "Home"
    with pytest.raises(ActionFailed, match="there are 1 tabs, counted from 0"):
        do("tab_focus [1]")


def test_closing_the_last_tab_leaves_an_empty_one(do: Do) -> None:
    assert do("close_tab").observation.url == "about:blank"
    assert do(f"goto [{HOME}second]").observation.title == "Second"


def test_back_and_forward(do: Do) -> None:
    assert do("click [link 'Moved']", "go_back").observation.title == "Home"
    assert do("go_forward").observation.title == "Second"
    with pytest.raises(ActionFailed, match="go_forward: the history of this tab ends here"):
        do("go_forward")


def test_a_form(do: Do) -> None:
    capture = do(
        "type [combobox 'Colour'] [Red] [0]", "type [searchbox 'Find'] [kettle & tea] [1]", probes=texts_of("p")
    )
    assert capture.observation.url == f"{HOME}search?q=kettle+%26+tea&colour=Red"
    assert capture.states[-1].pages[0].texts == {"p": ("kettle & tea, Red",)}


def test_keys_and_hover(do: Do) -> None:
    probes = texts_of("#results")
    capture = do("hover [textbox 'Key']", probes=probes)
    assert capture.states[-1].pages[0].texts["#results"] == ("over",)
    capture = do("click [textbox 'Key']", "press [ctrl+k]", probes=probes)
    assert capture.states[-1].pages[0].texts["#results"] == ("true,k",)


def test_elements_in_a_frame_can_be_used_and_read(do: Do) -> None:
    capture = do("click [button 'Inside']", probes=texts_of("body", "p"))
    assert '- button "Pressed"' in capture.observation.text
    texts = capture.states[-1].pages[0].texts
    assert "frame text" in texts["p"]
    assert len(texts["body"]) == 2, "the page and its frame"


def test_results_that_load_by_script_are_waited_for(do: Do) -> None:
    assert "results are here" in do("click [button 'Load']").observation.text


def test_a_server_that_is_slow_to_answer_is_waited_for(do: Do) -> None:
    assert do("click [link 'Late']").observation.title == "Late"


def test_a_page_that_never_stops_does_not_stall(do: Do) -> None:
    assert "paragraph" in do("click [button 'Never stop']").observation.text


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("click [e999]", "no observation has shown an element with the reference 'e999'"),
        ("click [link 'Movd']", "no element is link 'Movd'; the nearest are 'Moved'"),
        ("click [button 'Twice']", r"2 elements are button 'Twice': name one by its reference \(e\d+, e\d+\)"),
        ("click [button 'Disabled']", r"button 'Disabled' is disabled"),
        ("click [button 'Covered']", r"button 'Covered' is covered by paragraph with the text 'on top'"),
        ("type [button 'Push'] [x]", "Element is not an <input>"),
        ("type [combobox 'Colour'] [Green]", r"has no option 'Green'; it has 'Blue', 'Red'"),
        ("press [NoSuchKey]", "Unknown key"),
        ("goto [https://]", "invalid URL|refused|blocked"),
    ],
)
def test_what_the_page_does_not_allow_is_told(do: Do, line: str, reason: str) -> None:
    with pytest.raises(ActionFailed, match=reason):
        do(line)
    assert do("scroll [down]").observation.title == "Home"


@pytest.mark.parametrize("address", [
    "file:///etc/passwd", "javascript:alert(1)", "data:text/html,hi", "view-source:https://pages.example/",
    "chrome://version", " JavaScript:alert(1)", "javascript:1", "java\tscript:alert(1)", "blob:https://pages.example/",
    "about:version",
])  # fmt: skip
def test_other_schemes_are_refused_and_counted(do: Do, browser_session: PlaywrightBrowser, address: str) -> None:
    with pytest.raises(ActionFailed, match=r"blocked: .*addresses are refused") as refusal:
        do(f"goto [{address}]")
    assert refusal.value.blocked
    assert browser_session.blocked == 1
    assert browser_session.observe(probes=NONE).observation.url == HOME


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/second?",
        "https://a:b@example.org/second",
        "https://example.org/a b%20c",
        "https://example.org/",
        "http://169.254.169.254/",
        "http://127.0.0.1:8999/",
        "example.org",
    ],
)
def test_other_hosts_are_refused_seen_and_counted(do: Do, browser_session: PlaywrightBrowser, address: str) -> None:
    capture = do(f"goto [{address}]")
    assert "is not part of this web, and was refused" in capture.observation.error
    assert capture.observation.blocked
    assert capture.observation.title == "Blocked"
    assert [state.pages for state in capture.states] == [()], "a refused page is no state"
    assert browser_session.blocked == 1
    assert do("go_back").observation.error == ""


def test_a_link_out_of_the_web_is_refused(do: Do, browser_session: PlaywrightBrowser) -> None:
    assert do("click [link 'Elsewhere']").observation.title == "Blocked"
    assert browser_session.blocked == 1


def test_an_episode_starts_with_nothing_of_the_last_one(do: Do, browser_session: PlaywrightBrowser) -> None:
    assert "2 cookie" in do(f"goto [{HOME}visits]", f"goto [{HOME}visits]").observation.text
    browser_session.reset([f"{HOME}visits"])
    assert "0 no cookie" in browser_session.observe(probes=NONE).observation.text


def test_several_start_pages_are_tabs_and_the_first_is_current(browser_session: PlaywrightBrowser) -> None:
    browser_session.reset([HOME, f"{HOME}second"])
    capture = browser_session.observe(probes=NONE)
    assert [(tab.title, tab.current) for tab in capture.observation.tabs] == [("Home", True), ("Second", False)]
    assert urls(capture)[-1] == ["", "second"]


def test_a_selector_that_is_none_is_not_the_agents_failure(browser_session: PlaywrightBrowser) -> None:
    with pytest.raises(BrowserError, match="the task's selector '###' cannot be used"):
        browser_session.observe(probes=texts_of("###"))


def test_the_state_of_a_site_is_captured_where_it_is_asked_for(do: Do) -> None:
    probes = Probes(site_values=frozenset({("pages", "$.visits"), ("pages", "$.nothing")}))
    capture = do(f"goto [{HOME}]", probes=probes)
    assert capture.states[-1].site_values == {"pages $.visits": (2,), "pages $.nothing": ()}


def test_a_site_that_is_not_there_is_not_the_agents_failure(browser_session: PlaywrightBrowser) -> None:
    with pytest.raises(SiteError, match=r"there is no site 'page'. Did you mean 'pages'\? Sites: pages"):
        browser_session.observe(probes=Probes(site_values=frozenset({("page", "$")})))


def test_time_and_chance_stand_still(do: Do) -> None:
    seen = [do(f"goto [{HOME}clock]").observation.text.partition("]: ")[2] for _ in range(2)]
    assert seen[0] == seen[1]
    assert "2025-03-03T09:00:00.000Z 1740992400000 2025 2001-01-01T00:00:00.000Z true" in seen[0]


def test_a_page_that_is_not_there_is_no_state(do: Do) -> None:
    capture = do(f"goto [{HOME}nowhere/second]")
    assert capture.observation.title.startswith("404")
    assert [state.pages for state in capture.states] == [()]
    assert urls(do(f"goto [{HOME}second]"))[-1] == ["second"]


def test_a_redirect_out_of_the_web_is_no_state(do: Do) -> None:
    capture = do(f"goto [{HOME}leave]")
    assert capture.observation.title == "Blocked"
    assert urls(capture) == [["leave"], []]


def test_a_start_page_outside_the_web_is_not_the_agents_failure(browser_session: PlaywrightBrowser) -> None:
    with pytest.raises(BrowserError, match=r"the start page https://example\.org/ is not part of this web"):
        browser_session.reset(["https://example.org/"])


def test_an_episode_leaves_nothing_behind(browser: Browser, web: HermeticWeb) -> None:
    contexts: list[weakref.ReferenceType[BrowserContext]] = []

    def open_context(**arguments: Any) -> BrowserContext:
        context = browser.new_context(ignore_https_errors=True, **arguments)
        contexts.append(weakref.ref(context))
        return context

    session = PlaywrightBrowser(open_context, web)
    for _ in range(2):
        session.reset([HOME])
        session.observe(probes=NONE)
    gc.collect()
    assert [context() is None for context in contexts] == [True, False]
    session.close()


@pytest.fixture
def impatient(launch_browser: Callable[..., Browser], web: HermeticWeb) -> PlaywrightBrowser:
    """A session that waits for nothing longer than a second, in a browser of its own."""
    own = launch_browser()
    session = PlaywrightBrowser(
        lambda **arguments: own.new_context(ignore_https_errors=True, **arguments),
        web,
        action_timeout=1.0,
        settle_timeout=1.0,
        page_timeout=1.0,
        read_timeout=1.0,
    )
    session.reset([HOME])
    session.observe(probes=NONE)
    return session


def test_a_click_whose_script_never_ends_stops_it(impatient: PlaywrightBrowser) -> None:
    with pytest.raises(ActionFailed, match="the page did not answer within 1 seconds, and its script was stopped"):
        impatient.act(parse_action("click [button 'Never return']"))
    assert impatient.observe(probes=NONE).observation.title == "Home"
    impatient.act(parse_action("click [button 'Push']"))
    assert impatient.observe(probes=NONE).observation.title == "Pushed"
    impatient.close()


def test_a_page_whose_script_never_ends_holds_nobody_up(impatient: PlaywrightBrowser) -> None:
    browser = impatient._context.browser if impatient._context is not None else None
    assert browser is not None
    impatient.act(parse_action("click [button 'Be lost']"))
    capture = impatient.observe(probes=texts_of("body"))
    assert capture.observation.error == "the page did not answer within 1 seconds"
    assert capture.states[-1].pages[0].texts == {"body": ()}
    with pytest.raises(ActionFailed):
        impatient.act(parse_action("click [button 'Never return']"))
    impatient.close()
    assert not browser.is_connected(), "the script would go on in a closed page"


def test_a_page_that_navigates_for_ever_does_not_stall(
    launch_browser: Callable[..., Browser], web: HermeticWeb
) -> None:
    own = launch_browser()
    session = PlaywrightBrowser(
        lambda **arguments: own.new_context(ignore_https_errors=True, **arguments),
        web,
        settle_timeout=1.0,
        read_timeout=1.0,
    )
    session.reset([f"{HOME}restless"])
    assert session.observe(probes=NONE).observation.url == f"{HOME}restless"
    session.close()
    own.close()


def test_a_document_without_a_body_has_no_outline(do: Do) -> None:
    observation = do(f"goto [{HOME}picture.svg]").observation
    assert (observation.text, observation.error) == ("", "")
