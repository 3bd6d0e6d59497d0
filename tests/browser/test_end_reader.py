"""What is read when the agent has stopped, in a real Chromium behind the real proxy."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO

import pytest
from flask import Flask, redirect
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext
from werkzeug.wrappers import Response

from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.core.errors import BrowserError
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.tasks.end_readings import Reading
from pytest_mmina.core.tasks.task import Probes
from pytest_mmina.sites.registry import Site
from pytest_mmina.sites.web import HermeticWeb

HOME = "http://shop.example/"
PAGE = """<!doctype html><title>Kettle</title><h1>Kettle</h1>
<p class="price">$ 270.00</p><p class="it's">quoted</p>
<input name="product[price]" value="12"><input type="checkbox" checked>
<details><summary>More</summary><input name="late" value="5"></details>
<div class="item-photos"><a><img src="/cat.png" alt="a cat"></a><img src="/house.png" alt="a house"></div>
<table><tr><td data-label="Account"><span class="gl-avatar-labeled-sublabel">@emma</span></td>
<td class="col-max-role"><span>Developer</span></td></tr></table>
<ul><li class="comment"><span class="fg-inherit">Emma</span><time datetime="2023-01-01T00:00:00"></time>
<div class="comment__content">first</div><ul><li class="comment"><span class="fg-inherit">Ben</span>
<time datetime="2023-03-01T00:00:00"></time><div class="comment__content">in between</div></li></ul></li>
<li class="comment"><span class="fg-inherit">Emma</span><time datetime="2023-02-01T00:00:00"></time>
<div class="comment__content">last</div></li></ul>
<table id="my-orders-table"><tbody><tr>
<td class="col name"><strong>Tea</strong><dl><dt>Size</dt><dd>Large</dd></dl></td>
<td class="col sku"> B01 </td><td class="col qty">Ordered2</td></tr></tbody></table>
<table id="productDetails_detailBullets_sections1"><tbody><tr><th>Brand</th><td>Acme</td></tr></tbody></table>"""


def picture(*, size: int = 120, house: bool = False, kind: str = "PNG") -> bytes:
    image = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(image)
    if house:
        draw.rectangle((size // 5, size // 2, size - size // 5, size - 5), fill="brown")
        draw.polygon([(5, size // 2), (size // 2, 5), (size - 5, size // 2)], fill="red")
    else:
        draw.ellipse((size // 4, size // 4, size - 9, size - 9), fill="black")
    data = BytesIO()
    image.save(data, kind)
    return data.getvalue()


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/")
    def home() -> str:
        return PAGE

    @app.get("/wishlist/")
    def wishes() -> str:
        return (
            "<!doctype html><title>Wishes</title><p class=list></p><script>"
            "setTimeout(() => document.querySelector('p').append('a kettle'), 5)</script>"
        )

    @app.get("/gone")
    def gone() -> tuple[str, int]:
        return "<!doctype html><h1>404</h1><p>There is no such page &amp; never was</p>", 404

    @app.get("/moved")
    def moved() -> Response:
        return redirect("/wishlist/")

    @app.get("/out")
    def out() -> Response:
        return redirect("http://example.org/")

    @app.get("/cat.png")
    def cat() -> Response:
        return Response(picture(), content_type="image/png")

    @app.get("/house.png")
    def house() -> Response:
        return Response(picture(house=True), content_type="image/png")

    @app.get("/cat-smaller.jpg")
    def smaller() -> Response:
        return Response(picture(size=90, kind="JPEG"), content_type="image/jpeg")

    @app.get("/text.png")
    def text() -> Response:
        return Response("no picture", content_type="image/png")

    return app


@pytest.fixture(scope="module")
def web() -> Iterator[HermeticWeb]:
    web = HermeticWeb([Site(name="shop", hosts=("shop.example",), home=HOME, create_app=create_app)])
    yield web
    web.close()


@pytest.fixture
def session(new_context: Callable[..., BrowserContext], web: HermeticWeb) -> Iterator[PlaywrightBrowser]:
    session = PlaywrightBrowser(new_context, web, settle_timeout=1.0, read_timeout=1.0)
    session.reset([HOME])
    session.observe(probes=Probes())
    yield session
    session.close()


def read(session: PlaywrightBrowser, *readings: Reading) -> list[str]:
    found = session.read(readings).texts
    return [found[reading.key] for reading in readings]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("document.querySelector('.price').outerText", "$ 270.00"),
        ("document.querySelector('[name=\"product[price]\"').value", "12"),
        ("document.querySelector('[type=checkbox]').checked.toString()", "true"),
        ("document.querySelector('[name=\"late\"').value", "5"),
        (
            "[...document.querySelectorAll('img')].map(image => image.getAttribute('src')).join(' ')",
            "/cat.png /house.png",
        ),
        ("document.querySelector('.not-there').outerText", ""),
        ("document.querySelector('.not-there')", ""),
        ("document.querySelector(", ""),
        ("document.title); document.body.remove(", ""),
        ("lambda:() => document.title", "Kettle"),
        ("func:get_query_text(__page__, '.price')", "$ 270.00"),
        ('func:get_query_text(__page__, ".it\\\\\'s")', "quoted"),
        ("func:get_query_text(__page__, '.nothing')", ""),
        ("func:get_query_text_lowercase(__page__, 'h1')", "kettle"),
        ("func:gitlab_get_project_memeber_role(__page__, 'emma')", "Developer"),
        ("func:gitlab_get_project_memeber_role(__page__, 'nobody')", ""),
        ("func:reddit_get_latest_comment_content_by_username(__page__, 'Emma')", "last"),
        ("func:reddit_get_parent_comment_username_of_latest_comment_by_username(__page__, 'Ben')", "Emma"),
        ("func:shopping_get_order_product_quantity(__page__, 'A00 |OR| B01')", "2"),
        ("func:shopping_get_order_product_option(__page__, 'B01', 'Size')", "Large"),
        ("func:shopping_get_order_product_option(__page__, 'B01', 'Colour')", ""),
        ("func:shopping_get_product_attributes(__page__, 'maker |OR| brand')", "Acme"),
        ("func:shopping_get_product_price(__page__)", "0"),
    ],
)
def test_an_expression_is_read_on_the_page_where_the_agent_stopped(
    session: PlaywrightBrowser, expression: str, found: str
) -> None:
    assert read(session, Reading(read=expression)) == [found]


def test_other_pages_are_opened_in_the_same_context(session: PlaywrightBrowser) -> None:
    readings = [
        Reading(url=f"{HOME}wishlist/", read="document.querySelector('.list').innerText"),
        Reading(url=f"{HOME}moved", read="document.title"),
        Reading(url=f"{HOME}gone"),
        Reading(read="document.title"),
    ]
    wishes, moved, gone, own = read(session, *readings)
    assert (wishes, moved, own) == ("a kettle", "Wishes", "Kettle")
    assert "There is no such page & never was" in gone
    assert session.observe(probes=Probes()).observation.url == HOME


def test_expressions_that_come_before(session: PlaywrightBrowser) -> None:
    click = "document.querySelector('summary').click()"
    opened = Reading(read="document.querySelector('details').open.toString()", before=("document.nothing()", click))
    closed = Reading(read="document.querySelector('details').open.toString()")
    assert read(session, opened, closed) == ["true", "false"]


def test_a_page_outside_the_web_is_not_opened(session: PlaywrightBrowser) -> None:
    with pytest.raises(BrowserError, match=r"the page to be judged, http://example\.org/, is not part of this web"):
        read(session, Reading(url="http://example.org/"))


def test_an_address_that_the_agent_led_out_of_the_web_reads_as_nothing(session: PlaywrightBrowser) -> None:
    post = "func:reddit_get_post_url('__last_url__')"
    assert read(session, Reading(url=post, read="document.title")) == ["Kettle"]
    session.act(parse_action("goto [http://example.org/f/books/1/x]"))
    session.observe(probes=Probes())
    assert read(session, Reading(url=post, read="document.title")) == [""]


def test_pictures_are_had_as_they_are(session: PlaywrightBrowser) -> None:
    photos = Reading(read=".item-photos", shows_pictures=True)
    nothing = Reading(read="summary", shows_pictures=True)
    found = session.read([photos, nothing])
    assert found.pictures == {photos.key: (picture(), picture(house=True)), nothing.key: ()}
    digests = [sha256(data).hexdigest() for data in found.pictures[photos.key]]
    assert found.texts == {photos.key: " ".join(digests), nothing.key: ""}


def test_a_page_that_never_returns_reads_as_nothing(launch_browser: Callable[..., Browser], web: HermeticWeb) -> None:
    own = launch_browser()
    session = PlaywrightBrowser(own.new_context, web, settle_timeout=1.0, read_timeout=1.0)
    session.reset([HOME])
    session.observe(probes=Probes())
    assert read(session, Reading(read="document.title.repeat((() => { for (;;) {} })())")) == [""]
    session.close()
    assert not own.is_connected()


@pytest.mark.parametrize(
    ("selector", "pictures", "low", "high"),
    [
        (".item-photos", ("cat.png",), 0.999, 1.0),
        (".item-photos", ("cat-smaller.jpg",), 0.8, 0.999),
        ("img[alt='a house']", ("cat.png",), -1.0, 0.75),
        ("img", ("text.png", "house.png"), 0.999, 1.0),
    ],
)
def test_pictures_are_compared(
    session: PlaywrightBrowser, selector: str, pictures: tuple[str, ...], low: float, high: float
) -> None:
    reading = Reading(read=selector, pictures=tuple(f"{HOME}{name}" for name in pictures))
    assert low <= float(read(session, reading)[0]) <= high


def test_no_picture_is_like_none(session: PlaywrightBrowser) -> None:
    assert read(session, Reading(read=".price", pictures=(f"{HOME}cat.png",))) == [""]
    with pytest.raises(
        BrowserError, match=r"the picture to compare with, http://shop.example/no\.png, cannot be loaded"
    ):
        read(session, Reading(read="img", pictures=(f"{HOME}no.png",)))


def test_the_agent_may_have_stopped_elsewhere(session: PlaywrightBrowser) -> None:
    session.act(parse_action("new_tab"))
    session.act(parse_action(f"goto [{HOME}wishlist/]"))
    session.observe(probes=Probes())
    assert read(session, Reading(read="document.title")) == ["Wishes"]
