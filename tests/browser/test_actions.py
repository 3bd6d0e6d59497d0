"""What agents can do on a page, and what they are told where they cannot, in a real Chromium."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from pytest_mmina.browser.injected_scripts import first_script
from pytest_mmina.browser.references import ask
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.grammar import parse_action
from tests.browser.conftest import Stage, Staged
from tests.browser.workshop import SITE
from tests.timing import duration_of, is_once_within


@pytest.fixture
def stage(staged: Staged, tmp_path: Path) -> Stage:
    folder = tmp_path / "uploads"
    (folder / "more").mkdir(parents=True)
    (folder / "a b.txt").write_text("four")
    (folder / "more" / "c.txt").write_text("")
    (tmp_path / "secret.txt").write_text("s")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return staged(SITE)


@pytest.mark.parametrize(
    ("lines", "noted"),
    [
        (["click [button 'Plain']"], "click 0 - 1"),
        (["click [button 'Plain'] [double]"], "dblclick 0 - 2"),
        (["click [button 'Plain'] [right Shift]"], "contextmenu 2 Shift"),
        (["check [checkbox 'Box']"], "box true"),
        (["check [checkbox 'Box']", "check [checkbox 'Box']", "uncheck [checkbox 'Box']"], "box false"),
        (["type [textbox 'Field'] [new] [0]"], "field new"),
        (["type [textbox 'Field'] [new] [1]"], "entered new"),
        (["clear [textbox 'Field']"], "field ."),
        (["focus [textbox 'Field']", "press [End]", "type [] [er] [1]"], "entered older"),
        (["press [textbox 'Field'] [x]"], "field xold."),
        (["press [textbox 'Field'] [ctrl+a]", "press [Delete]"], "field ."),
        (["key_down [Shift]", "click [button 'Plain']"], "click 0 Shift 1"),
        (["key_down [Shift]", "key_up [Shift]", "click [button 'Plain']"], "click 0 - 1"),
        (["select [listbox 'Colours'] [Red] [g]"], "r g"),
        (["type [listbox 'Colours'] [Green] [0]"], "g"),
        (["upload [button 'Paper'] [a b.txt] [more/c.txt]"], "a b.txt 4, c.txt 0"),
        (["upload [button 'Attach'] [a b.txt]"], "one a b.txt"),
        (["drag [img 'From'] [img 'To']"], "dropped"),
        (["click [650, 350.5]"], "mouseup 0 - 1 650 350"),
        (["mouse_down [650, 350] [middle]"], "mousedown 1 - 1 650 350"),
        (["mouse_down [650, 350]", "hover [700, 360]"], "drawn 700"),
        (["mouse_down [650, 350]", "mouse_up [700, 360]"], "mouseup 0 - 1 700 360"),
        (["drag [650, 350] [750, 350]"], "mouseup 0 - 1 750 350"),
        (["drag [img 'Pad'] [750, 350]"], "mouseup 0 - 1 750 350"),
        (["scroll [region 'Box2'] [0, 120]"], "box at 120"),
        (["hover [950, 350]", "scroll [0, 80]"], "box at 80"),
        (["click [button 'Far']"], "far"),
        (["click [button 'Enable']", "click [button 'Late']"], "late"),
        (["click [button 'Ask']", "click [button 'Accept all']", "click [button 'Under']"], "under"),
    ],
)
def test_what_can_be_done(stage: Stage, lines: list[str], noted: str) -> None:
    assert stage.log(*lines).startswith(noted)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("click [textbox 'Off']", "textbox 'Off' is disabled"),
        ("type [textbox 'Off'] [x] [0]", "textbox 'Off' is disabled"),
        ("click [button 'Said to be off']", "button 'Said to be off' is disabled"),
        ("click [button 'In a group']", "button 'In a group' is disabled"),
        ("type [textbox 'Fixed'] [x] [0]", "textbox 'Fixed' is read-only"),
        ("select [listbox 'Colours'] [Pink]", "listbox 'Colours' has no option 'Pink'; it has 'Red', 'Green', 'Blue'"),
        ("select [listbox 'Colours'] [Blue]", "has an option 'Blue', which is disabled"),
        ("select [button 'Plain'] [x]", "is no list of options|not a <select>"),
        ("check [button 'Plain']", "Not a checkbox or radio button"),
        ("upload [button 'Plain'] [a b.txt]", "no file chooser opened"),
        (
            "upload [button 'Paper'] [b.txt]",
            r"no file 'b.txt' is offered for upload; offered are 'a b.txt', 'more/c.txt'",
        ),
        ("upload [button 'Paper'] [../secret.txt]", "leads out of the folders with files for upload"),
        ("upload [button 'Paper'] [/etc/passwd]", "leads out of the folders with files for upload"),
        ("upload [button 'Paper'] [C:\\\\x.txt]", "leads out of the folders with files for upload"),
        ("upload [button 'Paper'] [link.txt]", "no file 'link.txt' is offered"),
        ("upload [button 'Paper'] [more]", "no file 'more' is offered"),
        ("click [1280, 3]", "the point 1280, 3 is outside the viewport, which is 1280 by 720"),
        ("click [link 'Plain']", "no element is link 'Plain'; there is button 'Plain'"),
        ("click [button 'Plane']", "no element is button 'Plane'; the nearest are 'Plain'"),
        ("click [e9999]", r"an element with the reference 'e9999'; the nearest are e\d+ \("),
        ("press [NoSuchKey]", "Unknown key"),
    ],
)
def test_what_cannot_be_done_has_a_reason_at_once(stage: Stage, line: str, reason: str) -> None:
    def fail() -> None:
        with pytest.raises(ActionFailed, match=reason):
            stage.session.act(parse_action(line))

    assert is_once_within(4.0, fail), "the time-out is not waited for where the reason is known"


def test_what_covers_an_element_is_named(stage: Stage) -> None:
    stage.do("click [button 'Ask']")
    told = stage.told("click [button 'Under']")
    assert "button 'Under' is covered by generic <div id=\"back\">; open is dialog 'Cookies'" in told


def test_an_element_that_is_gone_is_stale(stage: Stage) -> None:
    reference = next(line for line in stage.see().observation.text.splitlines() if '"Going"' in line)
    stage.do("click [button 'Remove']")
    assert "Going" in reference
    stage.session.act(parse_action("click [button 'Plain']"))
    line = f"click [{reference.split('ref=')[1].split(']')[0]}]"
    told = stage.told(line)
    assert "stale" in told or "no element with the reference" in told
    assert is_once_within(4.0, lambda: stage.told(line))


def test_a_trap_is_left_in_time(stage: Stage) -> None:
    stage.do("hover [button 'Trap']")
    told = stage.told("mouse_down [button 'Trap']")
    assert "the page did not answer within 5 seconds, and its script was stopped" in told
    assert "Workshop" in stage.do("click [button 'Plain']").title, "the page can be used again"


def test_scrolling(stage: Stage) -> None:
    stage.do("scroll [down]")
    assert "is outside the viewport" not in stage.log()
    stage.do("scroll [button 'Far']")
    assert stage.log("click [button 'Far']") == "far"


def test_waiting_takes_its_time(stage: Stage) -> None:
    def wait() -> None:
        stage.session.act(parse_action("wait [0.3]"))

    assert duration_of(wait) >= 0.3
    assert is_once_within(1.5, wait)


MOVES = "@keyframes away { to { margin-left: 300px } }"


@pytest.mark.parametrize(
    ("markup", "is_ready"),
    [
        ("<button>Go</button>", True),
        ("<label><input type=checkbox> Go</label>", True),
        (f"<style>{MOVES}</style><button style='animation: away 9s'>Go</button>", False),
        (f"<style>{MOVES} button {{ animation: away 9s 9s }}</style><button>Go</button>", False),
        ("<button>Go</button><script>setInterval(() => 0, 5)</script>", False),
        ("<button>Go</button><script>const move = () => requestAnimationFrame(move); move()</script>", False),
        ("<button>Go</button><div style='position: fixed; inset: 0'></div>", False),
        ("<div style='height: 900px'></div><button>Go</button>", False),
        ("<div style='margin-left: -9px'><button>Go</button></div>", False),
        ("<button disabled>Go</button>", False),
        ("<fieldset disabled><button>Go</button></fieldset>", False),
        ("<p style='width: 30px'><a href=/>Go there</a></p>", False),
        ("<button style='visibility: hidden'>Go</button>", False),
        ("<iframe srcdoc='<button>Go</button>'></iframe>", False),
    ],
)
def test_the_mouse_is_sent_at_once_only_where_all_is_still(browser: Browser, markup: str, is_ready: bool) -> None:
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.add_init_script(first_script(None))
    page.goto(f"data:text/html,<!doctype html><body>{markup}")
    place = page.frame_locator("iframe") if "iframe" in markup else page
    element = place.locator("button, input, a").first
    told = ask(element, {"do": "ready", "kind": "click"}, timeout=5)
    assert bool(told) is is_ready
    if is_ready:
        box = element.bounding_box()
        assert box is not None
        assert json.loads(told) == pytest.approx([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    page.close()


def test_an_element_on_the_move_is_waited_for(stage: Stage) -> None:
    assert stage.log("click [button 'Set off']", "click [button 'Runaway']") == "caught"
