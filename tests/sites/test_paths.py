"""Several sites on one host, told apart by the first part of the path."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from flask import Blueprint, Flask, request

from pytest_mmina.core.errors import SiteError
from pytest_mmina.sites.flask_site import create_site
from pytest_mmina.sites.registry import Site, load_sites
from pytest_mmina.sites.web import HermeticWeb

MakeSites = Callable[..., Path]


def make_site(name: str, *paths: str) -> Site:
    """Return a site whose every page tells its name and the path that it was asked for."""

    def create_app() -> Flask:
        app = Flask(name, static_folder=None)
        asked: list[str] = []

        @app.get("/", defaults={"path": ""})
        @app.get("/<path:path>")
        def show(path: str) -> dict[str, object]:
            asked.append(request.path)
            return {"site": name, "asked": asked}

        return app

    return Site(name=name, hosts=("trip.example",), home="", create_app=create_app, paths=paths or ("/",))


CARS, EXTRAS = make_site("cars", "/carhire", "/vans"), make_site("extras", "/carhire/extras")


@pytest.fixture
def ask() -> Iterator[Callable[..., requests.Response]]:
    webs: list[HermeticWeb] = []

    def get(address: str, *sites: Site) -> requests.Response:
        if not webs:
            webs.append(HermeticWeb(sites))
        proxies = {"http": webs[0].proxy_address}
        return requests.get(f"http://trip.example{address}", proxies=proxies, timeout=5)

    yield get
    for web in webs:
        web.close()


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("/carhire", "cars"),
        ("/carhire/", "cars"),
        ("/carhire?page=2", "cars"),
        ("/carhire/online/list", "cars"),
        ("/vans/1", "cars"),
        ("/carhire/extras", "extras"),
        ("/carhire/extras/seat/", "extras"),
        ("/carhire/extras-of-old", "cars"),
    ],
)
def test_the_longest_path_of_whole_segments_decides(
    ask: Callable[..., requests.Response], address: str, site: str
) -> None:
    assert ask(address, CARS, EXTRAS).json() == {"site": site, "asked": [address.partition("?")[0]]}


def test_what_nobody_else_claims_belongs_to_the_site_of_the_whole_host(ask: Callable[..., requests.Response]) -> None:
    portal = make_site("portal")
    assert [ask(address, CARS, portal).json()["site"] for address in ("/", "/carhires", "/carhire/1")] == [
        "portal",
        "portal",
        "cars",
    ]


def test_all_paths_of_a_site_share_its_state(ask: Callable[..., requests.Response]) -> None:
    ask("/carhire/1", CARS)
    assert ask("/vans/2", CARS).json()["asked"] == ["/carhire/1", "/vans/2"]


@pytest.mark.parametrize("address", ["/", "/carhires", "/hotel%3Cb%3E"])
def test_a_host_without_a_site_at_its_root_lists_those_it_has(
    ask: Callable[..., requests.Response], address: str
) -> None:
    answer = ask(address, CARS, EXTRAS)
    assert answer.status_code == 404
    assert '<a href="/carhire/">cars</a>' in answer.text
    assert '<a href="/carhire/extras/">extras</a>' in answer.text
    assert "<b>trip.example</b>" in answer.text
    assert "hotel" not in answer.text


def test_a_page_that_no_site_has_is_not_refused() -> None:
    web = HermeticWeb([CARS])
    try:
        requests.get("http://trip.example/", proxies={"http": web.proxy_address}, timeout=5)
        assert not web.refused
        web.raise_for_sites()
    finally:
        web.close()


@pytest.fixture
def sites(tmp_path: Path) -> MakeSites:
    def make(**paths: str) -> Path:
        for name, claim in paths.items():
            folder = tmp_path / "sites" / name
            folder.mkdir(parents=True)
            (folder / "site.toml").write_text(f"hosts = ['trip.example']\n{claim}\n")
            (folder / "site.py").write_text("def create_app(): return None")
        return tmp_path / "sites"

    return make


def test_paths_are_read_from_the_folder(sites: MakeSites) -> None:
    cars, portal = load_sites([sites(cars="paths = ['/carhire', '/vans']", portal="")])
    assert (cars.paths, portal.paths) == (("/carhire", "/vans"), ("/",))


@pytest.mark.parametrize("paths", ["3", "[]", "[3]", "['']", "['carhire']", "['/carhire/']", "['/a b']", "['//a']"])
def test_bad_paths_are_told_with_their_file(sites: MakeSites, paths: str) -> None:
    with pytest.raises(SiteError, match=r"site\.toml: paths: must be a list of paths, e\.g\. paths = \['/carhire'\]"):
        load_sites([sites(cars=f"paths = {paths}")])


@pytest.mark.parametrize(
    ("routes", "problem"),
    [
        ("client_routes = 3", "must be a table of addresses and what the site is asked for, e.g. '/products/{id}' ="),
        ("[client_routes]\n'/a/{id}' = 7", "must be a table of addresses"),
        ("[client_routes]\n'/a/{id}' = '/api'", "the placeholder 'id' has to be in '/a/{id}' and in '/api'"),
    ],
)
def test_bad_client_routes_are_told_with_their_file(sites: MakeSites, routes: str, problem: str) -> None:
    with pytest.raises(SiteError) as caught:
        load_sites([sites(cars=routes)])
    assert "site.toml: client_routes: " in str(caught.value)
    assert problem in str(caught.value)


def test_a_path_belongs_to_one_site(sites: MakeSites) -> None:
    folder = sites(cars="paths = ['/carhire']", vans="paths = ['/vans', '/carhire']")
    message = r"the path '/carhire' of the host 'trip\.example' belongs to two sites: 'cars' and 'vans'"
    with pytest.raises(SiteError, match=message):
        load_sites([folder])


class Nothing:
    def as_json(self) -> dict[str, object]:
        return {}


def test_a_site_keeps_its_pages_and_files_under_its_path(sites: MakeSites) -> None:
    folder = sites(cars="paths = ['/carhire']\ntitle = 'Cars'") / "cars"
    for file, content in (("static/site.css", "site"), ("../../shared/static/base.css", "base")):
        (folder / file).parent.mkdir(parents=True)
        (folder / file).write_text(content)
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/list", view_func=lambda: "results")
    client = create_site(str(folder / "site.py"), pages, Nothing()).test_client()
    for address, content in (("/static/site.css", "site"), ("/shared/base.css", "base"), ("/list", "results")):
        assert client.get(f"/carhire{address}", buffered=True).text == content
