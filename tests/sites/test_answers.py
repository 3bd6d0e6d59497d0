"""What the sites answered: which addresses were documents, and which routes of pages the site was asked for."""

from collections.abc import Mapping
from typing import Any

import jsonpath_rfc9535
import pytest

from pytest_mmina.core.errors import SiteError
from pytest_mmina.core.language.trajectory import Answered
from pytest_mmina.sites.answers import Answers
from pytest_mmina.sites.client_routes import read_client_route
from pytest_mmina.sites.registry import Site

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = {"HTTP_SEC_FETCH_DEST": "document"}
TEA = "https://shop.example/tea?size=2"
ROUTES = {
    "/products/{id}": "/api/products/{id}",
    "/find?q={q}&sort=price": "/api/find?q={q}",
    "/viewer#{book}/A/{article:path}": "/content/{book}/A/{article:path}",
    "/viewer#search?q={q}": "/search?q={q}",
    "/offers/{id}": "$.viewed[?@ == {id}]",
}


class Served:
    """The answers of one episode."""

    def __init__(self, routes: Mapping[str, str] = ROUTES) -> None:
        self._answers = Answers()
        self.states: dict[str, Any] = {"shop": {"viewed": []}}
        self._routes = {"shop": [read_client_route(*pair) for pair in routes.items()]}

    def answer(
        self,
        url: str = TEA,
        status: int = 200,
        headers: Mapping[str, str] = HTML,
        *,
        method: str = "GET",
        asked: Mapping[str, str] = PAGE,
        site: str = "shop",
    ) -> "Served":
        scheme, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "wsgi.url_scheme": scheme,
            "HTTP_HOST": host,
            "REQUEST_URI": slash + path,
            "QUERY_STRING": path.partition("?")[2],
            **asked,
        }
        sent: list[str] = []

        def start_response(line: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
            sent.append(line)

        self._answers.noting(environ, site, start_response)(f"{status} Said", list(headers.items()))
        assert sent == [f"{status} Said"]
        return self

    def answered(self, url: str = TEA) -> Answered:
        def finds(site: str, path: str) -> bool:
            return bool(jsonpath_rfc9535.find(path, self.states[site]))

        return self._answers.answered(url, self._routes, finds)


@pytest.mark.parametrize(
    ("url", "asked_for"),
    [
        (TEA, TEA),
        (f"{TEA}#reviews", TEA),
        ("https://someone:secret@SHOP.example:443/tea?size=2", TEA),
        ("https://shop.example/", "https://shop.example/"),
        ("https://shop.example/tea?", "https://shop.example/tea"),
        ("https://shop.example//tea", "https://shop.example//tea"),
        ("http://localhost:7770/x", "http://localhost:7770/x"),
        ("https://shop.example/caf%C3%A9", "https://shop.example/caf%C3%A9"),
    ],
)
def test_an_address_that_was_answered_with_a_document_counts(url: str, asked_for: str) -> None:
    assert Served().answered(url) == "no"
    assert Served().answer(asked_for).answered(url) == "whole"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/tea",
        "https://shop.example/tea?size=3",
        "http://shop.example/tea?size=2",
        "https://shop.example:8443/tea?size=2",
        "https://other.example/tea?size=2",
        "https://shop.example/tea%3Fsize=2",
        "data:text/html,x",
        "about:blank",
        "",
    ],
)
def test_no_other_address_counts(url: str) -> None:
    assert Served().answer().answered(url) == "no"


@pytest.mark.parametrize(
    ("answer", "answered"),
    [
        ({"status": 404}, "no"),
        ({"status": 403}, "no"),
        ({"status": 500}, "no"),
        ({"status": 302}, "no"),
        ({"status": 304}, "no"),
        ({"status": 204}, "no"),
        ({"status": 201}, "whole"),
        ({"status": 206, "headers": {"Content-Type": "video/mp4"}}, "whole"),
        ({"method": "POST"}, "whole"),
        ({"method": "HEAD"}, "no"),
        ({"method": "PUT"}, "no"),
        ({"headers": {"Content-Type": "application/pdf"}}, "whole"),
        ({"headers": {"Content-Type": "application/zip"}}, "no"),
        ({"headers": {"content-type": "text/csv", "content-disposition": 'Attachment; filename="a"'}}, "no"),
        ({"headers": {}}, "whole"),
        ({"asked": {"HTTP_SEC_FETCH_DEST": "iframe"}}, "no"),
        ({"asked": {"HTTP_SEC_FETCH_DEST": "empty", "HTTP_ACCEPT": "text/html"}}, "no"),
        ({"asked": {"HTTP_ACCEPT": "text/html,*/*;q=0.8"}}, "whole"),
        ({"asked": {"HTTP_ACCEPT": "*/*"}}, "no"),
        ({"asked": {}}, "no"),
        ({"asked": {"HTTP_SEC_FETCH_DEST": "empty", "HTTP_SEC_PURPOSE": "prefetch"}}, "whole"),
        ({"site": ""}, "whole"),
    ],
)
def test_only_a_document_that_a_page_shows_counts(answer: dict[str, Any], answered: Answered) -> None:
    assert Served().answer(**answer).answered() == answered


def test_the_last_answer_decides_and_what_shows_nothing_new_changes_nothing() -> None:
    served = Served().answer().answer(status=304).answer(status=303, method="POST").answer(status=204)
    assert served.answered() == "whole"
    assert served.answer(status=404).answered() == "no"
    assert served.answer().answered() == "whole"


ASKED = {"HTTP_SEC_FETCH_DEST": "empty"}


def test_a_route_counts_when_the_site_was_asked_for_what_it_shows() -> None:
    served = Served().answer("https://shop.example/").answer("https://shop.example/api/products/7", asked=ASKED)
    assert served.answered("https://shop.example/products/7") == "whole"
    assert served.answered("https://shop.example/products/7#reviews") == "whole"
    assert served.answered("https://shop.example/products/8") == "no"
    assert served.answered("https://shop.example/products/7?x=eventbrite+vienna") == "no", "it names no parameter"
    assert served.answered("https://shop.example/other/7") == "no"
    served.answer("https://shop.example/api/find?page=1&q=green+tea", asked=ASKED)
    assert served.answered("https://shop.example/find?sort=price&q=green%20tea") == "whole"
    assert served.answered("https://shop.example/find?sort=name&q=green%20tea") == "no"
    assert served.answered("https://shop.example/find?sort=price&q=tea") == "no"


def test_a_route_counts_when_the_state_of_the_site_shows_it() -> None:
    served = Served().answer("https://shop.example/")
    assert served.answered("https://shop.example/offers/7") == "no"
    served.states["shop"]["viewed"].append("7")
    assert served.answered("https://shop.example/offers/7") == "whole"
    assert served.answered("https://shop.example/offers/8") == "no"
    assert served.answered('https://shop.example/offers/8" || @ == "7') == "no", "a value stays a text"


@pytest.mark.parametrize("answer", [{"status": 404}, {"status": 302}, {"method": "OPTIONS"}, {"site": "another"}])
def test_a_route_does_not_count_if_the_site_had_no_answer(answer: dict[str, Any]) -> None:
    served = Served().answer("https://shop.example/api/products/7", asked=ASKED, **answer)
    assert served.answered("https://shop.example/products/7") == "no"


def test_a_route_in_the_fragment_counts_like_one_in_the_path() -> None:
    viewer = "https://shop.example/viewer"
    served = Served().answer("https://shop.example/content/wiki/A/Kyoto_Tower", asked=ASKED)
    assert served.answered(f"{viewer}#wiki/A/Kyoto_Tower") == "no", "the viewer itself was not opened"
    served.answer(viewer)
    assert served.answered(f"{viewer}#wiki/A/Kyoto_Tower") == "whole"
    assert served.answered(f"{viewer}#wiki%2FA%2FKyoto_Tower") == "whole"
    assert served.answered(viewer) == "whole"
    assert served.answered(f"{viewer}#wiki/A/Rome") == "document"
    assert served.answered(f"{viewer}#rome") == "document", "here, a fragment is always a route"
    assert served.answered(f"{viewer}#search?q=rome") == "document"
    served.answer("https://shop.example/search?q=rome", asked=ASKED)
    served.answer("https://shop.example/content/wiki/A/AC/DC", asked=ASKED)
    assert served.answered(f"{viewer}#search?q=rome") == "whole"
    assert served.answered(f"{viewer}#search?q=rome&x=tokyo") == "document"
    assert served.answered(f"{viewer}#wiki/A/AC/DC") == "whole"


@pytest.mark.parametrize(
    ("address", "asked", "problem"),
    [
        ("/a/{id}/{slug}", "/api/{id}", "the placeholder 'slug' has to be in '/a/{id}/{slug}' and in '/api/{id}'"),
        ("/a", "/api/{id}", "the placeholder 'id' has to be in"),
        ("/a/{id", "/api", "a brace without its other half"),
        ("/a#x", "/api#x", "is not a path"),
        ("/a/{id}", "$.viewed[*]", "the placeholder 'id' has to be in"),
        ("/a/{id}", "$.viewed[?{id}", "is not a JSONPath"),
    ],
)
def test_a_route_that_could_be_set_to_anything_is_refused(address: str, asked: str, problem: str) -> None:
    with pytest.raises(SiteError, match="client_routes: ") as caught:
        Site(name="a", hosts=("a.example",), home="", create_app=lambda: NotImplemented, client_routes={address: asked})
    assert problem in str(caught.value)
