"""The way to a site that the user has deployed: a request of the browser, sent on to the network as it is."""

from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

SECONDS = 60.0
"""How long a deployment may take to answer."""

# What belongs to one connection and not to the message (RFC 9110, 7.6.1).
_OF_THE_CONNECTION = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def pass_on(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
    """Answer a request with what the host that it names answers; raises OSError or HTTPException where that does not.

    It goes to that host and no other: redirects are the browser's to follow, and no proxy of the environment is asked.
    """
    host = environ["HTTP_HOST"]
    connect = HTTPSConnection if environ["wsgi.url_scheme"] == "https" else HTTPConnection
    connection = connect(host, timeout=SECONDS)
    try:
        method = environ["REQUEST_METHOD"]
        if method not in _METHODS:
            raise OSError(f"{method} is not passed on")
        # An `http.client` that makes its own headers would have the host say twice what it accepts.
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
    headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _OF_THE_CONNECTION]
    start_response(f"{response.status} {response.reason}", headers)
    return _chunks(connection, response)


def _request_headers(environ: "WSGIEnvironment") -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").title()
        if key.startswith("HTTP_") and name.lower() not in _OF_THE_CONNECTION:
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
