"""Download a baseline: bounded in time and size, and without a secret in any message."""

import threading
import time
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from pytest_mmina.gate.baseline import BaselineError

SECONDS = 60.0
_PATIENCE = 15.0
_MOST_BYTES = 64 * 1024 * 1024
_MOST_REDIRECTS = 5
_PIECE_BYTES = 64 * 1024
_VARIABLE = "MMINA_BASELINE_TOKEN"


class _Refused(Exception):
    """A download that failed, with its cause in words."""


class _Bearer(AuthBase):
    """Adds the token. As `auth`, it also keeps requests from reading a password from a .netrc file."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def download(url: str, *, shown: str, environment: Mapping[str, str], within: float = SECONDS) -> bytes:
    """Return the content of an http(s) address; `within` is in seconds, `shown` is the address without secrets.

    The token in the environment variable MMINA_BASELINE_TOKEN is sent to the host of the URL only, and not over a
    connection that others can read. Redirects lead to other http(s) addresses, at most five times. Raises
    BaselineError.
    """
    token = environment.get(_VARIABLE, "").strip()
    outcome: list[bytes | _Refused] = []

    def run() -> None:
        try:
            outcome.append(_content(url, token, until=time.monotonic() + within))
        except _Refused as refused:
            outcome.append(refused)

    # A server that sends its headers one byte at a time never exceeds the time limits of a socket.
    thread = threading.Thread(target=run, name="mmina-baseline", daemon=True)
    thread.start()
    thread.join(within)
    found = outcome[0] if outcome else _Refused(f"it did not arrive within {within:g} seconds")
    if isinstance(found, _Refused):
        raise BaselineError(f"{shown} cannot be downloaded: {found}")
    return found


def _content(url: str, token: str, *, until: float) -> bytes:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise _Refused("it is not a valid address") from None
    if not host:
        raise _Refused("it names no host")
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise _Refused(f"the environment variable {_VARIABLE} is not a valid token")
    if token and "@" in parts.netloc:
        raise _Refused(f"the address contains a user or password, and {_VARIABLE} is set: use one of both")
    if token and parts.scheme.lower() != "https" and not _is_loopback(host):
        raise _Refused(f"{_VARIABLE} is sent over https only: use https, or unset the variable")
    try:
        with requests.Session() as session:
            session.trust_env = not _is_loopback(host)
            session.max_redirects = _MOST_REDIRECTS
            auth = _Bearer(token) if token else None
            with session.get(url, auth=auth, stream=True, timeout=_PATIENCE) as response:
                return _body(response, until=until)
    except requests.Timeout:
        raise _Refused(f"no answer within {_PATIENCE:g} seconds") from None
    except requests.TooManyRedirects:
        raise _Refused(f"more than {_MOST_REDIRECTS} redirects") from None
    except requests.exceptions.InvalidSchema:
        raise _Refused("it redirects to an address that is not http(s)") from None
    except (requests.RequestException, ValueError, OSError) as error:
        # The text of these errors may contain the address, or the header with the token.
        raise _Refused(type(error).__name__) from None


def _body(response: requests.Response, *, until: float) -> bytes:
    if response.status_code != 200:
        remedy = f"; set {_VARIABLE} to a token that it accepts" if response.status_code in (401, 403, 404) else ""
        raise _Refused(f"HTTP status {response.status_code}{remedy}")
    pieces, size = [], 0
    for piece in response.iter_content(_PIECE_BYTES):
        size += len(piece)
        if size > _MOST_BYTES:
            raise _Refused(f"it has more than {_MOST_BYTES >> 20} MiB, so it is not a baseline")
        if time.monotonic() > until:
            raise _Refused("it arrives too slowly")
        pieces.append(piece)
    return b"".join(pieces)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
