"""What happens beside a page: dialogs, downloads, tabs."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pytest_mmina.browser.downloads import safe_name
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.tasks.task import Probes
from pytest_mmina.sites.web import HermeticWeb
from tests.browser.conftest import Stage, Staged
from tests.browser.workshop import SITE


@pytest.fixture
def stage(staged: Staged) -> Stage:
    return staged(SITE)


@pytest.mark.parametrize(
    ("line", "noted", "event"),
    [
        ("click [button 'Alert']", "nothing", "the page showed an alert: 'Saved'"),
        ("click [button 'Delete']", "confirmed true", "the page asked 'Delete?'; answered with OK"),
        ("click [button 'Name']", "named Ann", "the page asked 'Name?'; answered with the proposed text 'Ann'"),
    ],
)
def test_dialogs_are_answered_and_told_once(stage: Stage, line: str, noted: str, event: str) -> None:
    observation = stage.do(line)
    assert (observation.events, observation.error) == ((event,), "")
    assert stage.log() == noted
    assert stage.see().observation.events == ()


def test_a_page_that_would_rather_stay_is_left(stage: Stage) -> None:
    assert stage.do("click [button 'Hold on']", "click [link 'Leave']").title == "Other"


def told(stage: Stage, line: str) -> tuple[str, ...]:
    """What is told of a download: on a busy machine it may begin after the page was looked at."""
    events = stage.do(line).events
    deadline = time.monotonic() + 5
    while not events and time.monotonic() < deadline:
        events = stage.do("scroll [down]").events
    return events


def test_downloads_are_kept_and_told(stage: Stage) -> None:
    (event,) = told(stage, "click [link 'Report']")
    name = event.split("'")[1]
    assert event == f"downloaded {name!r}, 8 bytes"
    assert (stage.folder / "downloads" / name).read_text() == "a,b\n1,2\n"
    assert told(stage, "click [link 'Again']") == ("downloaded 'report.csv', 8 bytes",)
    assert told(stage, "click [link 'Again']") == ("downloaded 'report-2.csv', 8 bytes",)
    assert told(stage, "click [link 'Attached']") == ("downloaded 'a b.pdf', 4 bytes",)
    assert {file.name for file in (stage.folder / "downloads").iterdir()} == {
        name,
        "report.csv",
        "report-2.csv",
        "a b.pdf",
    }


def test_an_address_that_is_a_download_is_no_failure(stage: Stage) -> None:
    observation = stage.do(f"goto [{SITE.home}attached]")
    assert (observation.events, observation.error) == (("downloaded 'a b.pdf', 4 bytes",), "")
    assert observation.url == SITE.home


def test_a_download_without_an_end_holds_nobody_up(stage: Stage) -> None:
    began = time.monotonic()
    assert stage.do("click [link 'Endless']").events == ()
    assert stage.do("click [button 'Plain']").title == "Workshop"
    stage.session.close()
    assert time.monotonic() - began < 8
    assert not (stage.folder / "downloads").exists()


def test_without_a_folder_downloads_are_refused_and_told(browser: Browser) -> None:
    web = HermeticWeb([SITE])
    session = PlaywrightBrowser(lambda **given: browser.new_context(ignore_https_errors=True, **given), web)
    session.reset([SITE.home])
    session.observe(probes=Probes())
    session.act(parse_action("click [link 'Again']"))
    observation = session.observe(probes=Probes()).observation
    assert observation.events == ("the page offered the file 'report.csv'; downloads are not kept here",)
    session.close()
    web.close()


@pytest.mark.parametrize(
    ("suggested", "name"),
    [
        ("report.csv", "report.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.exe", "x.exe"),
        (".hidden", "hidden"),
        ("...", "_"),
        ("", "_"),
        ("a\nb\0c|d?.txt", "a_b_c_d_.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("ünïcode 報告.pdf", "ünïcode 報告.pdf"),
        ("x" * 300 + ".tar.gz", "x" * 57 + ".gz"),
    ],
)
def test_names_are_made_safe(suggested: str, name: str) -> None:
    assert safe_name(suggested) == name
    assert Path(name).name == name


def test_a_new_tab_is_current_and_closing_it_leads_back(stage: Stage) -> None:
    stage.do("click [link 'Tab']", "tab_focus [0]")
    observation = stage.do("click [button 'Window']")
    assert [(tab.title, tab.current) for tab in observation.tabs] == [
        ("Workshop", False), ("Other", False), ("Other", True),
    ]  # fmt: skip
    observation = stage.do("click [button 'Close me']")
    assert [(tab.title, tab.current) for tab in observation.tabs] == [("Workshop", True), ("Other", False)]
    assert [tab.title for tab in stage.do("tab_focus [1]", "close_tab").tabs] == ["Workshop"]
    assert stage.do("close_tab").url == "about:blank"
    assert stage.do("close_tab").url == "about:blank"
    assert stage.do(f"goto [{SITE.home}]").title == "Workshop"


@pytest.mark.parametrize(
    "line",
    [
        "click [button 'Close at once']",
        "click [button 'Close at once'] [Shift]",
        "press [textbox 'Last'] [Enter]",
        "type [textbox 'Last'] [bye] [1]",
    ],
)
def test_what_closes_its_tab_was_done(stage: Stage, line: str) -> None:
    observation = stage.do("click [link 'Tab']", line)
    assert [(tab.title, observation.error) for tab in observation.tabs] == [("Workshop", "")]


def test_words_of_a_page_do_not_make_an_action_done(stage: Stage) -> None:
    assert "state" in stage.told("check [checkbox 'The sale has been closed']")


def test_an_element_of_another_tab_is_told(stage: Stage) -> None:
    text = stage.see().observation.text
    reference = text.split('button "Plain" [ref=')[1].split("]")[0]
    stage.do("click [link 'Tab']")
    assert "is on another tab" in stage.told(f"click [{reference}]")
