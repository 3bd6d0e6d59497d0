"""The app of one site in one episode: what it fails at is recorded, and its state is read."""

import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pydantic import JsonValue

from pytest_mmina.core.errors import SiteError
from pytest_mmina.sites.registry import Site

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class SiteApp:
    """The app of a site; it records the exceptions that the app raises."""

    def __init__(self, site: Site, failures: list[str]) -> None:
        self._name, self._app, self._failures = site.name, site.create_app(), failures

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Let the app answer."""
        try:
            return self._stream(environ, self._app(environ, start_response))
        except Exception:
            self._note_failure(environ)
            return out_of_order(environ, start_response)

    def _stream(self, environ: "WSGIEnvironment", answer: Iterable[bytes]) -> Iterator[bytes]:
        # An app that streams its response may fail while the response is sent.
        try:
            yield from answer
        except Exception:
            self._note_failure(environ)
            raise
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()

    def _note_failure(self, environ: "WSGIEnvironment") -> None:
        address = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self._failures.append(f"the site {self._name!r} failed at {address}: {last_line()}")

    def exported_state(self) -> JsonValue:
        """Return the state from the callable `mmina_state` of the app, or of a Flask app's `extensions`.

        Raises SiteError if there is none, or if it raises.
        """
        extensions = getattr(self._app, "extensions", {})
        export = getattr(self._app, "mmina_state", None) or extensions.get("mmina_state")
        if export is None:
            raise SiteError(f"the site {self._name!r} exports no state: give its app a callable 'mmina_state'")
        # Playwright runs an event loop in the thread of the browser, where Django refuses to query a database.
        with ThreadPoolExecutor(max_workers=1) as another_thread:
            try:
                state: JsonValue = another_thread.submit(export).result()
            except Exception:
                raise SiteError(f"the site {self._name!r} failed to export its state: {last_line()}") from None
        return state


def answer(page: str, status: str, start_response: "StartResponse") -> Iterable[bytes]:
    """Answer with a page of our own."""
    body = page.encode()
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Content-Security-Policy", "default-src 'none'"),
    ]
    start_response(status, headers)
    return [body]


def out_of_order(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer for a site that failed."""
    page = b"This site is out of order."
    start_response("500 Internal Server Error", [("Content-Type", "text/plain"), ("Content-Length", str(len(page)))])
    return [page]


def last_line() -> str:
    """Return the last line of the traceback of the exception that is being handled."""
    return traceback.format_exc().strip().splitlines()[-1]
