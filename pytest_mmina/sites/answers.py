"""What the sites answered in one episode: at which addresses there was a document, and what else they were asked for.

A page cannot say this: any script in it, and any agent that drives it, sets its address at will. The proxy can, because
whatever a browser shows of a site has come through it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_mmina.core.language.trajectory import Answered
from pytest_mmina.core.text.addresses import Address, document_address, split_address
from pytest_mmina.sites.client_routes import ClientRoute, Request, StateQuery

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Finds = Callable[[str, str], bool]

# These change nothing of the page that is shown: no content, the same content as before, and redirects, of which only
# the end is a document.
_NOT_SHOWN = frozenset({204, 205, *range(300, 400)})
_SHOWN_TYPES = ("text/", "image/", "audio/", "video/")
_SHOWN = frozenset({"", "application/pdf", "application/json", "application/xml", "application/javascript"})


class Answers:
    """Notes each answer before it is sent, so that it is known when the browser shows it."""

    def __init__(self) -> None:
        self._documents: dict[str, bool] = {}
        self._served: set[str] = set()
        self._asked: dict[tuple[str, str], dict[str, Mapping[str, tuple[str, ...]]]] = {}

    def noting(self, environ: "WSGIEnvironment", site: str, start_response: "StartResponse") -> "StartResponse":
        """Return a `start_response` that notes the answer to a request; `site` is empty for no site of this web."""

        def noted(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Callable[[bytes], object]:
            self._note(environ, site, int(status[:3]), headers)
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return noted

    def _note(self, environ: "WSGIEnvironment", site: str, status: int, headers: Sequence[tuple[str, str]]) -> None:
        method = environ["REQUEST_METHOD"]
        url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{environ['REQUEST_URI']}"
        if 200 <= status < 300 and method in ("GET", "POST"):
            self._served.add(document_address(url))
        if method in ("GET", "POST") and _is_for_a_page(environ):
            if status >= 400:
                self._documents[document_address(url)] = False
            elif status not in _NOT_SHOWN and _is_shown(headers):
                self._documents[document_address(url)] = True
        address = split_address(url)
        if site and address is not None and 200 <= status < 300 and method not in ("HEAD", "OPTIONS"):
            self._asked.setdefault((site, "/".join(address.path)), {})[environ["QUERY_STRING"]] = address.query

    def served(self, url: str) -> bool:
        """Return whether an address was answered with success, as a document or as anything else."""
        return document_address(url) in self._served

    def answered(self, url: str, routes: Mapping[str, Iterable[ClientRoute]], finds: Finds) -> Answered:
        """Return how much of an address was answered; `routes` are those of the sites of its host, by site.

        `finds` says whether a JSONPath finds anything in the state of a site.
        """
        address = split_address(url)
        if address is None:
            return "no"
        known = [(site, route) for site, declared in routes.items() for route in declared]
        whole = [(site, route) for site, route in known if route.fragment is None]
        is_document = self._documents.get(document_address(url), False)
        if not is_document and not any(self._is_known(*each, address, finds) for each in whole):
            return "no"
        inner = [(site, route) for site, route in known if route.is_at(address)]
        if not inner or not (address.fragment or address.fragment_query):
            return "whole"
        return "whole" if any(self._is_known(*each, address, finds) for each in inner) else "document"

    def _is_known(self, site: str, route: ClientRoute, address: Address, finds: Finds) -> bool:
        values = route.values(address)
        if values is None:
            return False
        match route.known_by:
            case StateQuery():
                return finds(site, route.known_by.filled(values))
            case Request():
                path, query = route.known_by.filled(values)
                asked = self._asked.get((site, path), {}).values()
                return any(all(seen.get(name) == (value,) for name, value in query.items()) for seen in asked)


def _is_for_a_page(environ: "WSGIEnvironment") -> bool:
    # No script can set headers that begin with Sec-. A page that was fetched in advance may be shown without another
    # request. Browsers leave out Sec-Fetch-Dest for hosts on plain HTTP that are not local.
    if environ.get("HTTP_SEC_PURPOSE", "").startswith("prefetch"):
        return True
    destination = environ.get("HTTP_SEC_FETCH_DEST")
    return destination == "document" if destination else "text/html" in environ.get("HTTP_ACCEPT", "")


def _is_shown(headers: Sequence[tuple[str, str]]) -> bool:
    """Return whether a browser shows an answer instead of downloading it."""
    by_name = {name.lower(): value.strip().lower() for name, value in headers}
    if by_name.get("content-disposition", "").startswith("attachment"):
        return False
    kind = by_name.get("content-type", "").partition(";")[0].strip()
    return kind in _SHOWN or kind.startswith(_SHOWN_TYPES) or kind.endswith(("+xml", "+json"))
