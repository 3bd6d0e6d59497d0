"""What an observation shows, in each of its formats, in a real Chromium."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from pytest_mmina.browser.observation_text import limited
from pytest_mmina.browser.page_capture import CaptureRequest, PageCapture, capture_page
from pytest_mmina.browser.pictures import Pictures
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.browser.references import STALE, references_of, resolve
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.outline import read_outline
from pytest_mmina.core.language.trajectory import Observation, View
from pytest_mmina.core.tasks.task import Probes
from pytest_mmina.sites.web import HermeticWeb
from tests.browser.pages import PAGES

ADDRESS = "https://here.example/"
ELSEWHERE = "https://elsewhere.example/"


@pytest.fixture
def show(page: Page) -> Callable[..., Page]:
    """Show markup as a page of its own, with what frames show at other addresses."""

    def serve(body: str, **others: str) -> Page:
        page.route("**/*", lambda route: route.fulfill(
            body=others.get(re.sub(r".*/", "", route.request.url), f"<!doctype html><title>Shown</title>{body}"),
            content_type="text/html; charset=utf-8",
        ))  # fmt: skip
        page.goto(ADDRESS)
        return page

    return serve


def seen(page: Page, *formats: str, **wanted: object) -> PageCapture:
    answer = capture_page(page, CaptureRequest(formats=formats, **wanted), references_of(page.context), timeout=10)  # type: ignore[arg-type]
    assert answer is not None
    return answer


def outline(page: Page) -> str:
    """The outline without references, so that what matters can be read."""
    return re.sub(r" \[(ref=e\d+|cursor=pointer|active)\]", "", seen(page, "aria").texts["aria"])


def reference(page: Page, name: str) -> str:
    (found,) = (element for element in read_outline(seen(page, "aria").texts["aria"]) if element.name == name)
    return found.ref


@pytest.mark.parametrize(
    ("markup", "line"),
    [
        ('<button aria-label="Close">×</button>', '- button "Close": ×'),
        ('<label>City <input value="Rome"></label>', '- textbox "City": Rome'),
        ('<label for="c">City</label><select id="c"><option>Rome<option selected>Oslo</select>', '- combobox "City":'),
        ('<input type="checkbox" aria-labelledby="a b" checked><i id="a">Very</i> <i id="b">fresh</i>',
         '- checkbox "Very fresh" [checked]'),
        ('<a href="/x"><img src="x.png" alt="A kettle"> for tea</a>', '- link "A kettle for tea":'),
        ('<button><span style="display:none">secret</span>Go</button>', '- button "Go"'),
        ('<input type="password" aria-label="Password" value="open sesame">', '- textbox "Password": •••••••••••'),
        ('<input type="submit">', '- button "Submit"'),
        ('<input placeholder="Where to?">', '- textbox "Where to?"'),
        ('<fieldset disabled><legend>Off</legend><button>Go</button></fieldset>', '- button "Go" [disabled]'),
        ('<div role="button" aria-pressed="true" aria-expanded="true" tabindex="0">Menu</div>',
         '- button "Menu" [expanded] [pressed]'),
        ('<div style="cursor:pointer">Open</div>', '- generic: Open'),
        ('<style>b::before{content:"No. "}</style><a href="/"><b>7</b></a>', '- link "No. 7":'),
        ('<h2>A "quoted": name</h2>', """- 'heading "A \\"quoted\\": name" [level=2]'"""),
        ('<svg role="img" width="9" height="9"><title>Logo</title></svg>', '- img "Logo"'),
        ('<p title="x">Some <b>bold</b>\n text</p>', '- paragraph: Some bold text'),
        ('<ul role="presentation"><li>one</li></ul>', '- generic: one'),
    ],
)  # fmt: skip
def test_roles_names_and_states(show: Callable[..., Page], markup: str, line: str) -> None:
    assert line in [shown.strip() for shown in outline(show(markup)).split("\n")]


@pytest.mark.parametrize(
    "markup",
    [
        "<p style='visibility:hidden'>secret</p>",
        "<details><summary>More</summary>secret</details>",
        "<div hidden>secret</div>",
        "<div style='content-visibility:hidden'><p>secret</p></div>",
        "<video>secret</video>",
        "<template>secret</template>",
        "<dialog>secret</dialog>",
    ],
)
def test_what_is_hidden_is_not_shown(show: Callable[..., Page], markup: str) -> None:
    page = show(f"<p>open</p>{markup}")
    texts = seen(page, "aria", "webarena", "html").texts
    assert all("open" in text and "secret" not in text for text in texts.values())


def test_shadow_roots_and_frames_of_any_origin_are_part_of_the_page(show: Callable[..., Page]) -> None:
    page = show(
        f"""<div id=host><span slot=a>slotted</span><span>left out</span></div>
        <iframe src="{ADDRESS}near"></iframe><iframe src="{ELSEWHERE}far"></iframe>
        <script>host.attachShadow({{mode: "open"}}).innerHTML = "<slot name=a></slot><button>Inside</button>"
        </script>""",
        near="<button>Near</button>", far="<button>Far</button><iframe src='deeper'></iframe>",
        deeper="<button>Deeper</button>",
    )  # fmt: skip
    text = outline(page)
    for name in ("Inside", "Near", "Far", "Deeper"):
        assert f'- button "{name}"' in text
        clicked = resolve(page, reference(page, name))
        assert clicked.evaluate("element => element.textContent", timeout=5000) == name
        clicked.click(timeout=5000)
    assert "slotted" in text
    assert "left out" not in text


def test_references_stay_until_the_page_changes(show: Callable[..., Page]) -> None:
    page = show("<button>One</button><button>Two</button>")
    one, two = reference(page, "One"), reference(page, "Two")
    page.evaluate("document.body.prepend(document.createElement('hr'))")
    assert (reference(page, "One"), reference(page, "Two")) == (one, two)
    page.evaluate("document.querySelector('button').remove()")
    with pytest.raises(PlaywrightError, match=STALE):
        resolve(page, one).click(timeout=60_000)
    resolve(page, two.removeprefix("e")).click(timeout=5000)
    page.goto(ADDRESS + "again")
    with pytest.raises(PlaywrightError, match=STALE):
        resolve(page, two).click(timeout=60_000)
    assert reference(page, "Two") not in (one, two), "a number is not given twice"


def test_references_that_were_never_shown_are_told_apart(show: Callable[..., Page]) -> None:
    page = show(f"<button>One</button><iframe src='{ADDRESS}near'></iframe>", near="<button>Near</button>")
    near = reference(page, "Near")
    for unknown in ("e999", "0", "x1", "e²"):
        with pytest.raises(ActionFailed, match="no observation has shown"):
            resolve(page, unknown)
    with pytest.raises(ActionFailed, match="on another tab"):
        resolve(page.context.new_page(), near)
    page.evaluate("document.querySelector('iframe').remove()")
    with pytest.raises(ActionFailed, match=STALE):
        resolve(page, near)


def test_a_page_cannot_bend_what_reads_it(show: Callable[..., Page]) -> None:
    page = show("""<script>
      JSON.stringify = Array.prototype.map = Array.prototype.push = document.querySelectorAll = () => { throw 1 };
      Object.defineProperty(Node.prototype, "firstChild", {get: () => null});
      Element.prototype.getAttribute = () => "bent"; String.prototype.replace = () => "bent"; Map = Set = null;
    </script><form><input name="firstChild"><input name="getAttribute"><input name="parentNode" aria-label="Field">
    <input name="children"><button>Send</button></form><img name="body"><img name="querySelectorAll">""")
    text = outline(page)
    assert '- textbox "Field"' in text
    assert '- button "Send"' in text
    assert "bent" not in text


def test_the_tree_of_webarena(show: Callable[..., Page]) -> None:
    page = show("<h1>It's on</h1><div><div><a href='/a'>Go</a></div></div><label><input type=checkbox>Tick</label>")
    tree = re.sub(r"\[\d+\]", "[n]", seen(page, "webarena").texts["webarena"])
    assert tree.split("\n") == [
        '\t[n] heading "It\'s on"',
        "\t[n] link 'Go'",
        "\t[n] checkbox 'Tick' checked: false required: False",
        "\t[n] StaticText 'Tick'",
    ]


def test_markup_keeps_what_can_be_seen_and_done(show: Callable[..., Page]) -> None:
    page = show("""<div class=a><div><a href="/a" onclick="x()" style="color:red">Go &amp; see</a></div></div>
      <script>let x</script><!-- note --><input name=q value=old data-x=1>""")
    page.fill("input", 'new "one"')
    html = seen(page, "html").texts["html"]
    assert re.sub(r' ref="e\d+"', "", html) == (
        '<body>\n<a href="/a">Go &amp; see</a> <input name="q" value="new &quot;one&quot;"></body>'
    ).replace("\n<a", "<a")
    assert len(re.findall(r'ref="e\d+"', html)) == 3


def test_what_is_in_view_alone(show: Callable[..., Page]) -> None:
    page = show("<button>Above</button><div style='height:3000px'></div><button>Below</button>")
    assert '"Below"' not in seen(page, "aria", viewport_only=True).texts["aria"]
    page.evaluate("scrollTo(0, 3000)")
    text = seen(page, "aria", viewport_only=True).texts["aria"]
    assert '"Below"' in text
    assert '"Above"' not in text


def test_marks_are_what_can_be_acted_on_and_is_not_covered(show: Callable[..., Page], tmp_path: Path) -> None:
    page = show("""<button>Free</button><p>Words</p><a href="/">Link</a>
      <div style="position:relative"><button>Covered</button>
      <p style="position:absolute;inset:0;margin:0;background:#fff">on top</p></div>""")
    marks = seen(page, marks=True).marks
    assert [(mark.role, mark.name) for mark in marks] == [("button", "Free"), ("link", "Link")]
    box = page.locator("button").first.bounding_box()
    assert box is not None
    assert (marks[0].left, marks[0].top) == (round(box["x"]), round(box["y"]))
    taken = Pictures(tmp_path / "new", ("screenshot", "marks"), timeout=5).take(page, marks)
    with Image.open(taken["screenshot"]) as plain, Image.open(taken["marks"]) as marked:
        assert plain.size == marked.size == (1280, 720)
        edge = (marks[0].left, marks[0].bottom - 1)
        plain_colour, marked_colour = plain.getpixel(edge), marked.getpixel(edge)
        assert isinstance(plain_colour, tuple)
        assert isinstance(marked_colour, tuple)
        assert sum(abs(one - other) for one, other in zip(plain_colour, marked_colour, strict=True)) > 90


def test_a_limit_shows_its_cut() -> None:
    text = "\n".join(f"line {number}" for number in range(100))
    cut = limited(text, 120)
    assert len(cut) <= 120
    assert cut.endswith(f"… (cut here: 120 of {len(text)} characters)")
    assert cut.split("\n")[-2].startswith("line ")
    assert limited(text, len(text)) == limited(text, None) == text
    assert len(limited(text, 5)) == 5


@pytest.fixture(scope="module")
def web() -> Iterator[HermeticWeb]:
    web = HermeticWeb([PAGES])
    yield web
    web.close()


@pytest.fixture
def observed(
    new_context: Callable[..., BrowserContext], web: HermeticWeb, tmp_path: Path
) -> Iterator[Callable[..., Observation]]:
    sessions: list[PlaywrightBrowser] = []

    def observe(view: View, *lines: str) -> Observation:
        session = PlaywrightBrowser(
            lambda **given: new_context(ignore_https_errors=True, **given), web, view=view, pictures=tmp_path
        )
        sessions.append(session)
        session.reset([PAGES.home])
        capture = session.observe(probes=Probes())
        for line in lines:
            session.act(parse_action(line))
            capture = session.observe(probes=Probes())
        return capture.observation

    yield observe
    for session in sessions:
        session.close()


def test_several_formats_at_once(observed: Callable[..., Observation], tmp_path: Path) -> None:
    observation = observed(View(formats=("webarena", "screenshot", "html", "marks"), limit=400))
    assert observation.text.split("\n")[:3] == ["Tab 0 (current): Home", "", "RootWebArea 'Home' focused: True"]
    assert list(observation.texts) == ["html", "marks"]
    assert re.search(r"^\[\d+\] link 'Moved'$", observation.texts["marks"], re.MULTILINE)
    assert observation.pictures == {
        "screenshot": str(tmp_path / "001-screenshot.jpg"), "marks": str(tmp_path / "001-marks.jpg")
    }  # fmt: skip
    assert all(len(text) <= 400 for text in (observation.text, *observation.texts.values()))


def test_elements_can_be_named_whatever_the_format(observed: Callable[..., Observation]) -> None:
    observation = observed(View(formats=("screenshot",), viewport_only=True), "click [link 'Moved']")
    assert observation.title == "Second"
    assert observation.text == ""
