"""The proxy and the web behind it, asked by an HTTP client that knows nothing of either."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from flask import Flask, request

from pytest_mmina.bundled import bundled
from pytest_mmina.core.errors import SiteError
from pytest_mmina.sites.registry import Site, load_sites
from pytest_mmina.sites.web import HermeticWeb

pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")


def create_shop() -> Flask:
    app = Flask("shop")
    cart: list[str] = []

    @app.get("/cart")
    def show_cart() -> dict[str, object]:
        return {"cart": cart, "url": request.url, "host": request.host}

    @app.post("/cart")
    def add_to_cart() -> tuple[str, int]:
        cart.append(request.form["item"])
        return "", 204

    @app.post("/unread")
    def leave_the_body_unread() -> str:
        return "done"

    @app.get("/stream")
    def stream() -> Iterator[bytes]:
        return iter([b"one ", b"two"])

    @app.get("/broken")
    def break_down() -> str:
        raise RuntimeError("the till is stuck")

    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


SHOP = Site(
    name="shop", hosts=("localhost:7770", "shop.example"), home="http://localhost:7770/", create_app=create_shop
)


@pytest.fixture
def web() -> Iterator[HermeticWeb]:
    web = HermeticWeb([SHOP])
    yield web
    web.close()


@pytest.fixture
def client(web: HermeticWeb) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.verify = False
        session.proxies = {"http": web.proxy_address, "https": web.proxy_address}
        yield session


@pytest.mark.parametrize(
    "address",
    ["http://localhost:7770/cart?q=caf%C3%A9", "https://shop.example/cart", "http://shop.example/cart"],
)
def test_a_site_sees_the_address_that_was_asked_for(client: requests.Session, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert unquote(answer.json()["url"]) == unquote(address)


def test_the_default_port_is_the_same_site(client: requests.Session) -> None:
    assert client.get("https://shop.example:443/cart").json()["host"] == "shop.example"


@pytest.mark.parametrize("tunnelled", [False, True])
def test_a_connection_is_used_again_though_an_app_leaves_bodies_unread(web: HermeticWeb, tunnelled: bool) -> None:
    proxy = web.proxy_address.removeprefix("http://")
    if tunnelled:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection: HTTPConnection = HTTPSConnection(proxy, timeout=5, context=context)
        connection.set_tunnel("shop.example", 443)
        address = "/unread"
    else:
        connection = HTTPConnection(proxy, timeout=5)
        address = "http://shop.example/unread"
    connection.connect()
    first_socket = connection.sock
    for _ in range(3):
        connection.request("POST", address, body=b"x" * 200_000)
        assert connection.getresponse().read() == b"done"
        assert connection.sock is first_socket
    connection.close()


def test_an_answer_without_a_length_is_whole(client: requests.Session) -> None:
    assert client.get("https://shop.example/stream").content == b"one two"


def test_an_episode_begins_with_fresh_sites(web: HermeticWeb, client: requests.Session) -> None:
    client.post("http://localhost:7770/cart", data={"item": "kettle"})
    assert client.get("https://shop.example/cart").json()["cart"] == ["kettle"], "both hosts are one site"
    web.begin_episode()
    assert client.get("http://localhost:7770/cart").json()["cart"] == []


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest?x=1",
        "https://example.org/",
        "http://localhost:7771/",
        "https://shop.example.org/",
    ],
)
def test_an_unknown_host_is_refused_and_noted(web: HermeticWeb, client: requests.Session, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 403
    assert "is not part of this web" in answer.text
    assert list(web.refused) == [address]
    web.begin_episode()
    assert not web.refused


def test_a_refusal_repeats_no_markup(client: requests.Session, web: HermeticWeb) -> None:
    port = int(web.proxy_address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET http://<script>alert(1)</script>/ HTTP/1.0\r\n\r\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert b"403" in answer.splitlines()[0]
    assert b"<script>" not in answer


def test_a_request_for_the_proxy_itself_is_no_way_in(web: HermeticWeb) -> None:
    assert requests.get(f"{web.proxy_address}/cart", timeout=5).status_code == 400


def test_a_site_that_breaks_is_not_the_agents_failure(web: HermeticWeb, client: requests.Session) -> None:
    web.raise_for_sites()
    assert client.get("http://localhost:7770/broken").status_code == 500
    with pytest.raises(SiteError, match="the site 'shop' failed at GET /broken: RuntimeError: the till is stuck"):
        web.raise_for_sites()
    web.begin_episode()
    web.raise_for_sites()


def test_a_document_that_is_answered_with_5xx_says_that_its_site_is_down() -> None:
    def create_app() -> Flask:
        app = Flask("down")
        app.add_url_rule("/", view_func=lambda: ("Back soon", 503))
        return app

    web = HermeticWeb([Site(name="shop", hosts=("shop.example",), home="", create_app=create_app)])
    try:
        for accept, is_down in (("image/avif,*/*", False), ("text/html,*/*", True)):
            proxies, headers = {"http": web.proxy_address}, {"Accept": accept}
            assert requests.get("http://shop.example/", proxies=proxies, headers=headers, timeout=5).status_code == 503
            reason = "the site 'shop' answered GET / with 503 SERVICE UNAVAILABLE"
            with pytest.raises(SiteError, match=reason) if is_down else nullcontext():
                web.raise_for_sites()
    finally:
        web.close()


def test_a_site_that_does_not_answer_is_told_from_a_browser_that_hangs() -> None:
    asked, answers = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        asked.set()
        answers.wait(30)
        start_response("200 OK", [])
        return [b""]

    web = HermeticWeb([Site(name="slow", hosts=("slow.example",), home="", create_app=lambda: app)])
    request = {"proxies": {"http": web.proxy_address}, "headers": {"Accept": "text/html"}, "timeout": 30}
    asking = threading.Thread(target=requests.get, args=("http://slow.example/x",), kwargs=request)
    try:
        web.raise_for_sites(timed_out=True)
        asking.start()
        assert asked.wait(30)
        web.raise_for_sites()
        with pytest.raises(SiteError, match="the site 'slow' did not answer GET /x in time"):
            web.raise_for_sites(timed_out=True)
    finally:
        answers.set()
        asking.join()
        web.raise_for_sites(timed_out=True)
        web.close()


def test_a_state_is_read_outside_of_an_event_loop() -> None:
    # Playwright runs one in the thread of the browser, and Django would refuse to query a database there.
    class Notes:
        def mmina_state(self) -> dict[str, object]:
            with pytest.raises(RuntimeError, match="no running event loop"):
                asyncio.get_running_loop()
            return {"notes": ["milk"]}

        __call__ = Flask("notes")

    web = HermeticWeb([Site(name="notes", hosts=("notes.example",), home="http://notes.example/", create_app=Notes)])

    async def read() -> tuple[Any, ...]:
        return web.site_values("notes", "$.notes[*]")

    # The tests of this process may have Playwright's loop in this thread.
    with ThreadPoolExecutor(max_workers=1) as pool:
        assert pool.submit(asyncio.run, read()).result() == ("milk",)
    web.close()


def test_a_state_that_cannot_be_exported_says_why() -> None:
    def create() -> Flask:
        app = Flask("notes")
        app.extensions["mmina_state"] = lambda: dict[str, str]()["notes"]
        return app

    web = HermeticWeb([Site(name="notes", hosts=("notes.example",), home="http://notes.example/", create_app=create)])
    with pytest.raises(SiteError, match="the site 'notes' failed to export its state: KeyError: 'notes'"):
        web.site_values("notes", "$")
    web.close()


def test_a_site_that_cannot_be_made_is_not_the_agents_failure() -> None:
    def create_app() -> Flask:
        raise RuntimeError("no stock")

    web = HermeticWeb([Site(name="shop", hosts=("shop.example",), home="", create_app=create_app)])
    try:
        answer = requests.get("http://shop.example/", proxies={"http": web.proxy_address}, timeout=5)
        assert answer.status_code == 500
        with pytest.raises(SiteError, match="the site 'shop' cannot be created: RuntimeError: no stock"):
            web.raise_for_sites()
    finally:
        web.close()


@pytest.fixture
def site_folder(tmp_path: Path) -> Callable[..., Path]:
    def make(toml: str, *, code: str = "def create_app(): return None", name: str = "shop") -> Path:
        folder = tmp_path / "sites" / name
        folder.mkdir(parents=True)
        (folder / "site.toml").write_text(toml)
        if code:
            (folder / "site.py").write_text(code)
        return folder.parent

    return make


def test_a_site_is_loaded_from_its_folder(site_folder: Callable[..., Path]) -> None:
    (site,) = load_sites([site_folder("hosts = ['Shop.Example']", code="def create_app(): return 'an app'")])
    assert (site.name, site.hosts, site.home) == ("shop", ("shop.example",), "https://Shop.Example/")
    assert site.create_app() == "an app"  # type: ignore[comparison-overlap]


@pytest.mark.parametrize(
    ("toml", "code", "message"),
    [
        ("hosts = [", "x = 1", "site.toml: is not TOML"),
        ("name = 'x'", "x = 1", "site.toml: hosts: must be a list of host names"),
        ("hosts = ['a']\nhome = 3", "x = 1", "site.toml: home: must be a text"),
        ("hosts = ['a']", "", "shop: has no site.py"),
    ],
)
def test_a_bad_site_is_told_with_its_file(site_folder: Callable[..., Path], toml: str, code: str, message: str) -> None:
    with pytest.raises(SiteError, match=message):
        load_sites([site_folder(toml, code=code)])


def test_a_host_belongs_to_one_site(site_folder: Callable[..., Path]) -> None:
    site_folder("hosts = ['a.example']", name="one")
    with pytest.raises(SiteError, match=r"the host 'a\.example' belongs to two sites: 'one' and 'two'"):
        load_sites([site_folder("hosts = ['a.example']", name="two")])


def test_a_site_without_a_factory(site_folder: Callable[..., Path]) -> None:
    (site,) = load_sites([site_folder("hosts = ['a.example']", code="x = 1")])
    with pytest.raises(SiteError, match=r"has no create_app\(\)"):
        site.create_app()


def test_the_bundled_sites_answer_at_their_homes() -> None:
    sites = load_sites([bundled("fixtures") / "sites"])
    web = HermeticWeb(sites)
    try:
        assert len(sites) >= 4
        for site in sites:
            proxies = {"http": web.proxy_address, "https": web.proxy_address}
            answer = requests.get(site.home, proxies=proxies, verify=False, timeout=10)
            assert answer.status_code == 200, site.name
            assert "<title>" in answer.text
        web.raise_for_sites()
    finally:
        web.close()


def test_what_was_answered_belongs_to_the_episode(client: requests.Session, web: HermeticWeb) -> None:
    as_a_page = {"Sec-Fetch-Dest": "document"}
    urls = ["https://shop.example/stream", "https://shop.example/missing", "https://refused.example/", "data:,x"]
    for url in urls[:3]:
        client.get(url, headers=as_a_page)
    assert [web.answered(url) for url in urls] == ["whole", "no", "no", "no"]
    web.begin_episode()
    assert web.answered(urls[0]) == "no"


def test_two_slashes_begin_a_path_and_not_a_host(client: requests.Session, web: HermeticWeb) -> None:
    as_a_page = {"Sec-Fetch-Dest": "document"}
    urls = ["https://shop.example//other/stream", "http://shop.example//other/stream"]
    assert [client.get(url, headers=as_a_page).status_code for url in urls] == [404, 404]
    assert web.answered("https://shop.example/stream") == "no"
