"""The forward proxy in front of the browser: it terminates TLS itself and serves WSGI apps by host.

A browser sends it `GET http://host/...` for plain HTTP and `CONNECT host:port` for everything else. The proxy is itself
the server behind a CONNECT, with or without TLS: it forwards no connection to the network.
"""

import socket
import socketserver
import ssl
import sys
import threading
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit
from wsgiref.handlers import SimpleHandler
from wsgiref.headers import Headers

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

TLS_HANDSHAKE = b"\x16"
DEFAULT_PORTS = {"http": 80, "https": 443}


class Proxy:
    """A forward proxy on loopback; `app_for(authority)` returns the app that answers for a host (and port).

    With `port` 0, it listens on any free port. Raises OSError if the port is in use.
    """

    def __init__(self, app_for: Callable[[str], "WSGIApplication"], *, port: int = 0) -> None:
        self._server = _Server(app_for, _identity().context, port)
        # The interval bounds how long close() takes.
        arguments = {"poll_interval": 0.05}
        threading.Thread(target=self._server.serve_forever, kwargs=arguments, name="mmina-proxy", daemon=True).start()

    @property
    def address(self) -> str:
        """The address of the proxy, in the form that browsers expect."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def close(self) -> None:
        """Stop accepting connections."""
        self._server.shutdown()
        self._server.server_close()


def public_key_hash() -> str:
    """Return the SHA-256 of the proxy's public key in Base64: browsers that are told it trust the certificate."""
    return _identity().key_hash


class _Identity(NamedTuple):
    context: ssl.SSLContext
    key_hash: str


@cache
def _identity() -> _Identity:
    # One certificate serves all hosts, and one is enough for a process. The browser's context ignores certificate
    # errors, and it has no other server.
    certificate = trustme.CA().issue_cert("hermetic.invalid")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    key = load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes()).public_key()
    encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _Identity(context, b64encode(sha256(encoded).digest()).decode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app_for: Callable[[str], "WSGIApplication"], tls: ssl.SSLContext, port: int) -> None:
        self.app_for, self.tls = app_for, tls
        super().__init__(("127.0.0.1", port), _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A browser may drop connections at any time. That is not an error.
        if not isinstance(sys.exception(), (ConnectionError, ssl.SSLError, TimeoutError)):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    """One connection of the browser, which a CONNECT turns into a tunnel."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server
    tunnel = ""
    scheme = "http"

    def do_CONNECT(self) -> None:
        """Become the server that the browser wants to reach; the first byte shows whether the browser uses TLS."""
        self.tunnel = self.path.lower()
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()
        if self.connection.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
            self.scheme = "https"
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = self.connection.makefile("wb", -1)
        self.close_connection = False

    def finish(self) -> None:
        """Close the connection, and the TLS socket that a tunnel may have opened."""
        try:
            super().finish()
        finally:
            self.connection.close()

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: Any, **__: Any) -> None:
        """Write no access log, because it would fill the output of the tests."""

    def _serve(self) -> None:
        target = urlsplit(self.path)
        authority = self.tunnel or target.netloc.lower()
        if not authority:
            self.send_error(400, "This is a proxy: ask it for an absolute address")
            return
        if "Transfer-Encoding" in self.headers:
            # No browser sends a body in chunks, and an unread body would be read as the next request.
            self.send_error(411)
            return
        # Behind a CONNECT, `//a/b` is a path: as an address, `a` would be its host.
        path, _, query = self.path.partition("?") if self.tunnel else (target.path, "", target.query)
        environ = self._environ(without_default_port(authority, self.scheme), path, query)
        body: Any = environ["wsgi.input"]
        output: Any = self.wfile
        response = _Response(body, output, sys.stderr, environ)
        response.run(self.server.app_for(environ["HTTP_HOST"]))
        self.wfile.flush()
        # If the app did not read the whole body, the rest would be read as the next request.
        while body.read(65536):
            pass
        if response.ends_with_connection:
            self.close_connection = True

    def _environ(self, host: str, path: str, query: str) -> "WSGIEnvironment":
        name, _, port = host.partition(":")
        headers = {f"HTTP_{key.upper().replace('-', '_')}": value for key, value in self.headers.items()}
        content_type, length = headers.pop("HTTP_CONTENT_TYPE", ""), headers.pop("HTTP_CONTENT_LENGTH", "0")
        return {
            **headers,
            "HTTP_HOST": host,
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path or "/").decode("latin-1"),
            "QUERY_STRING": query,
            # The original path: a decoded path does not show which of its characters were encoded.
            "REQUEST_URI": f"{path or '/'}{'?' if query else ''}{query}",
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": length,
            "SERVER_NAME": name,
            "SERVER_PORT": port or str(DEFAULT_PORTS[self.scheme]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.input": _Body(self.rfile, int(length) if length.isdigit() else 0),
            "wsgi.url_scheme": self.scheme,
        }


def without_default_port(authority: str, scheme: str) -> str:
    """Return an authority in the form that sites use: without the port if it is the default of the scheme."""
    return authority.removesuffix(f":{DEFAULT_PORTS[scheme]}")


class _Body:
    """The body of one request: reading stops at its end, although the connection stays open."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream, self._left = stream, length

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data: bytes = self._stream.read(wanted) if wanted else b""
        self._left = self._left - len(data) if data else 0
        return data

    def readline(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        line: bytes = self._stream.readline(wanted) if wanted else b""
        self._left -= len(line)
        return line

    def readlines(self, hint: int = -1) -> list[bytes]:
        return list(self)

    def __iter__(self) -> "_Body":
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line


class _Response(SimpleHandler):
    """Runs an app and writes its response; if the response has no length, the connection is closed at its end."""

    http_version = "1.1"
    wsgi_file_wrapper = None
    ends_with_connection = False
    # SimpleHandler sets these while it runs.
    headers: Headers
    environ: dict[str, Any]
    status: str

    def log_exception(self, exc_info: Any) -> None:
        # A browser that needs no more of a response may drop the connection in the middle of it.
        if not isinstance(exc_info[1], (ConnectionError, ssl.SSLError, TimeoutError)):
            super().log_exception(exc_info)

    def get_scheme(self) -> str:
        scheme: str = self.base_env["wsgi.url_scheme"]
        return scheme

    def cleanup_headers(self) -> None:
        super().cleanup_headers()
        bodiless = self.environ["REQUEST_METHOD"] == "HEAD" or self.status[:3] in ("204", "304")
        if "Content-Length" not in self.headers and not bodiless:
            self.headers["Connection"] = "close"
            self.ends_with_connection = True
