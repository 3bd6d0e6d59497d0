"""Forwards requests of the browser, unchanged, to a site that the user has deployed on the network."""

from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TIMEOUT_SECONDS = 60.0
"""How many seconds a deployment may take to answer."""

# These headers belong to one connection and not to the message (RFC 9110, 7.6.1).
_HOP_BY_HOP_HEADERS = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def forward(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
    """Send a request to the host that it names, and answer with the response of that host.

    The request goes to no other host: the browser follows redirects itself, and the proxy settings of the environment
    are ignored. Raises OSError or HTTPException if the host does not answer.
    """
    host = environ["HTTP_HOST"]
    connect = HTTPSConnection if environ["wsgi.url_scheme"] == "https" else HTTPConnection
    connection = connect(host, timeout=TIMEOUT_SECONDS)
    try:
        method = environ["REQUEST_METHOD"]
        if method not in _METHODS:
            raise OSError(f"{method} requests are not forwarded")
        # The browser's headers are forwarded. If http.client added its own, there would be two of some.
        connection.putrequest(method, environ["REQUEST_URI"], skip_host=True, skip_accept_encoding=True)
        for name, value in _request_headers(environ):
            connection.putheader(name, value.encode("latin-1"))
        body = environ["wsgi.input"]
        connection.endheaders()
        while chunk := body.read(65536):
            connection.send(chunk)
        response = connection.getresponse()
    except BaseException:
        connection.close()
        raise
    headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP_BY_HOP_HEADERS]
    start_response(f"{response.status} {response.reason}", headers)
    return _chunks(connection, response)


def _request_headers(environ: "WSGIEnvironment") -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").title()
        if key.startswith("HTTP_") and name.lower() not in _HOP_BY_HOP_HEADERS:
            yield name, value
    if environ["CONTENT_TYPE"]:
        yield "Content-Type", environ["CONTENT_TYPE"]
    if environ["CONTENT_LENGTH"] != "0" or environ["REQUEST_METHOD"] in ("POST", "PUT", "PATCH"):
        yield "Content-Length", environ["CONTENT_LENGTH"]


def _chunks(connection: HTTPConnection, response: HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read(65536):
            yield chunk
    finally:
        connection.close()
