"""A shop such as WebArena's, small: what ten of its tasks need, on a port of this machine's own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from flask import Flask, redirect, request
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

CUSTOMER = "emma"
SLUG = "elmwood-inn-fine-teas-orange-vanilla-caffeine-free-fruit-infusion-16-ounce-pouch"
TEA = "Elmwood Inn Fine Teas, Orange Vanilla Caffeine-free Fruit Infusion, 16-Ounce Pouch"
REVIEWERS = ("Joseph Brzezinski", "Catso", "Dibbins", "Anglebert Dinkherhump", "Michelle Davis")


class Shop:
    """The shop and what its one customer has done in it."""

    def __init__(self) -> None:
        self.wishes: list[str] = []
        self.subscribed = False
        self.address = "1 Old Street<br>Springfield, Ohio, 45501"
        self.app = Flask("small-shop")
        self._add_pages()

    def _add_pages(self) -> None:
        app = self.app

        @app.before_request
        def require_login() -> str | None:
            return None if request.cookies.get("customer") == CUSTOMER else page("Log in", "Who are you?")

        @app.get("/")
        def show_home() -> str:
            return page(
                "One Stop Market", '<a href="/video-games.html">Video Games</a> <a href="/outside">Elsewhere</a>'
            )

        @app.get("/outside")
        def leave() -> Response:
            return redirect("http://elsewhere.example/")

        @app.get("/<path:slug>.html")
        def show_product(slug: str) -> str:
            form = '<form method="post" action="/wishlist/add"><button>Add to Wish List</button></form>'
            reviews = "".join(f"<p>Review by {name}: the ear cups are small.</p>" for name in REVIEWERS)
            return page(TEA if slug == SLUG else slug, form + reviews)

        @app.get("/catalogsearch/result/")
        def search() -> str:
            asked = request.args["q"]
            return page(f"Search results for {asked}", "<p>Mouth Guard &amp; case</p>")

        @app.post("/wishlist/add")
        def add_wish() -> Response:
            self.wishes.append(TEA)
            return redirect("/wishlist/")

        @app.get("/wishlist/")
        def show_wishes() -> str:
            return page("My Wish List", f'<div class="products-grid wishlist">{escape(", ".join(self.wishes))}</div>')

        @app.get("/newsletter/manage/")
        def show_newsletter() -> str:
            checked = "checked" if self.subscribed else ""
            box = f'<input type="checkbox" name="on" title="General Subscription" {checked}>'
            return page("Newsletter", f'<form method="post">{box}<button>Save</button></form>')

        @app.post("/newsletter/manage/")
        def subscribe() -> Response:
            self.subscribed = "on" in request.form
            return redirect("/")

        @app.get("/customer/address")
        def show_address() -> str:
            boxes = "".join(
                f'<div class="box box-address-{kind}"><div class="box-content">{self.address}</div></div>'
                for kind in ("billing", "shipping")
            )
            fields = "".join(f'<input aria-label="{name}" name="{name}">' for name in ("Street", "City"))
            return page("Address", f'{boxes}<form method="post">{fields}<button>Save Address</button></form>')

        @app.post("/customer/address")
        def change_address() -> Response:
            self.address = "<br>".join(escape(request.form[name]) for name in ("Street", "City"))
            return redirect("/customer/address")

        @app.get("/contact")
        def show_contact() -> str:
            return page("Contact", '<textarea title="What’s on your mind?"></textarea>')

        @app.get("/clock")
        def show_clock() -> str:
            return page(
                "Clock", "<output></output><script>document.querySelector('output').append(Date.now())</script>"
            )


def page(title: str, body: str) -> str:
    title = escape(title)
    return f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>{body}</html>'


@contextmanager
def open_shop(shop: Shop) -> Iterator[str]:
    """Serve the shop; gives its address."""
    server = make_server("127.0.0.1", 0, shop.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
