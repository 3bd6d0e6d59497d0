"""Sites that the user has deployed: what is passed on to them, and that nothing else is."""

import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask, Response, request
from werkzeug.serving import make_server

from pytest_mmina.core.errors import SiteError
from pytest_mmina.sites.web import HermeticWeb


def create_app() -> Flask:
    app = Flask("deployed")

    @app.route("/echo/<path:rest>", methods=["GET", "POST", "PUT", "OPTIONS"])
    def echo(rest: str) -> dict[str, object]:
        return {
            "method": request.method, "uri": request.environ["REQUEST_URI"], "host": request.host,
            "headers": dict(request.headers), "body": request.get_data(as_text=True),
        }  # fmt: skip

    @app.get("/away")
    def away() -> Response:
        return Response(status=302, headers={"Location": "http://elsewhere.example/", "Set-Cookie": "a=1"})

    @app.get("/chunks")
    def chunks() -> Response:
        return Response(iter([b"one ", b"two"]), headers={"Keep-Alive": "timeout=5"})

    return app


@pytest.fixture
def deployed() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def web(deployed: str) -> Iterator[HermeticWeb]:
    web = HermeticWeb([])
    web.deployments = frozenset({deployed})
    web.begin_episode()
    yield web
    web.close()


@pytest.fixture
def client(web: HermeticWeb) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"http": web.proxy_address}
        yield session


def test_a_request_arrives_as_the_browser_made_it(client: requests.Session, deployed: str) -> None:
    headers = {"X-Own": "yes", "Cookie": "customer=emma", "Accept-Encoding": "br", "Proxy-Authorization": "secret"}
    got = client.post(f"http://{deployed}/echo/a%2Fb?q=%20x&q=2", data="körper".encode(), headers=headers).json()
    assert (got["method"], got["uri"], got["host"], got["body"]) == (
        "POST", "/echo/a%2Fb?q=%20x&q=2", deployed, "körper",
    )  # fmt: skip
    seen = got["headers"]
    assert (seen["X-Own"], seen["Cookie"], seen["Accept-Encoding"]) == ("yes", "customer=emma", "br")
    assert "Proxy-Authorization" not in seen
    assert client.put(f"http://{deployed}/echo/x").json()["body"] == ""


def test_its_documents_are_noted(client: requests.Session, web: HermeticWeb, deployed: str) -> None:
    urls = [f"http://{deployed}/{path}" for path in ("chunks", "away", "missing")]
    for url in urls:
        client.get(url, headers={"Accept": "text/html"}, allow_redirects=False)
    assert [web.answered(url) for url in urls] == ["whole", "no", "no"]


def test_an_answer_comes_back_as_it_is(client: requests.Session, deployed: str) -> None:
    away = client.get(f"http://{deployed}/away", allow_redirects=False)
    assert (away.status_code, away.headers["Location"]) == (302, "http://elsewhere.example/")
    assert away.headers["Set-Cookie"] == "a=1"
    assert client.get(f"http://{deployed}/chunks").text == "one two"
    assert client.get(f"http://{deployed}/nothing").status_code == 404
    assert client.head(f"http://{deployed}/chunks").text == ""


def test_nothing_but_the_deployments_is_passed_on(client: requests.Session, web: HermeticWeb, deployed: str) -> None:
    port = deployed.partition(":")[2]
    for host in (f"localhost:{port}", "127.0.0.1:1", "example.com", f"evil.example:{port}"):
        assert client.get(f"http://{host}/echo/x").status_code == 403
    assert len(web.refused) == 4
    assert web.serves(f"http://{deployed}/any")
    assert not web.serves(f"https://{deployed.partition(':')[0]}/")


def test_the_host_in_a_header_is_not_believed(client: requests.Session, deployed: str) -> None:
    assert client.get(f"http://{deployed}/echo/x", headers={"Host": "evil.example"}).json()["host"] == deployed
    assert client.get("http://evil.example/echo/x", headers={"Host": deployed}).status_code == 403


def test_the_next_task_may_have_other_deployments(client: requests.Session, web: HermeticWeb, deployed: str) -> None:
    web.deployments = frozenset()
    web.begin_episode()
    assert client.get(f"http://{deployed}/echo/x").status_code == 403


def test_a_deployment_that_does_not_answer_is_no_failure_of_the_agent(
    client: requests.Session, web: HermeticWeb
) -> None:
    web.deployments = frozenset({"127.0.0.1:9"})
    web.begin_episode()
    assert client.get("http://127.0.0.1:9/").status_code == 500
    with pytest.raises(SiteError, match=r"the site at 127\.0\.0\.1:9 does not answer: "):
        web.raise_for_sites()
