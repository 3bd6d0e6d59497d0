"""The web of one worker: a proxy and the sites behind it, with fresh apps and a list of refusals for each episode."""

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from html import escape
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

import jsonpath_rfc9535
from pydantic import JsonValue

from pytest_mmina.core.errors import SiteError, did_you_mean
from pytest_mmina.core.language.trajectory import Answered
from pytest_mmina.sites.answers import Answers
from pytest_mmina.sites.deployment import forward
from pytest_mmina.sites.proxy import Proxy, without_default_port
from pytest_mmina.sites.registry import Site
from pytest_mmina.sites.site_app import SiteApp, answer, last_line, out_of_order

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NOW = datetime(2025, 3, 3, 9, tzinfo=UTC)
"""The fixed time of the bundled sites and of the clock in their pages."""

_REFUSAL = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Blocked</title>
<h1>Blocked</h1><p>The host <b>{host}</b> is not part of this web, so the request was refused.</p>
<p>These are: {known}.</p></html>"""
_NO_ROOT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Page not found</title>
<h1>Page not found</h1><p>There is nothing at this address of <b>{host}</b>. Its sites are:</p>
<ul>{sites}</ul></html>"""

_Hosts = dict[str, dict[str, Site]]


class HermeticWeb:
    """Serves the sites to one browser, which can reach nothing else.

    The proxy listens on `port` of loopback; 0 means any free port. The only exception are `deployments`: hosts of the
    user that the next episode may reach on the network, because its task names them.
    """

    def __init__(self, sites: Iterable[Site], *, port: int = 0) -> None:
        self._hosts: _Hosts = {}
        for site in sites:
            for host in site.hosts:
                self._hosts.setdefault(host, {}).update(dict.fromkeys(site.paths, site))
        self.deployments: frozenset[str] = frozenset()
        self._episode = _EpisodeWeb(self._hosts, self.deployments)
        self._proxy = Proxy(lambda _host: self._episode, port=port)

    @property
    def proxy_address(self) -> str:
        """The address of the proxy, for the browser."""
        return self._proxy.address

    def begin_episode(self) -> None:
        """Reset all state: every site gets a fresh app, and the list of refusals is empty."""
        self._episode = _EpisodeWeb(self._hosts, self.deployments)

    @property
    def refused(self) -> tuple[str, ...]:
        """The addresses that this episode requested and that were refused, in order."""
        return tuple(self._episode.refused)

    def serves(self, url: str) -> bool:
        """Return whether the host of an address is part of this web, whatever its path is."""
        host = _authority(url)
        return host in self.deployments or host in self._hosts

    def answered(self, url: str) -> Answered:
        """Return how much of an address was answered in this episode, as a document and with success."""
        return self._episode.answered(url)

    def served(self, url: str) -> bool:
        """Return whether an address was answered with success in this episode, as a document or as anything else."""
        return self._episode.served(url)

    @property
    def now(self) -> datetime:
        """The fixed time of this web."""
        return NOW

    def site_values(self, site: str, path: str) -> tuple[JsonValue, ...]:
        """Return what a JSONPath (RFC 9535) finds in the state that a site of this episode exports.

        Raises SiteError if there is no such site, or if it exports no state.
        """
        return self._episode.values_of(site, path)

    def exported_states(self) -> dict[str, JsonValue]:
        """Return what each site exports that was opened in this episode, by name, if it exports anything."""
        return self._episode.exported_states()

    def raise_for_sites(self, *, timed_out: bool = False) -> None:
        """Raise SiteError if a site of this episode failed, because that is not a failure of the agent.

        A site has failed if it raised, refused, did not answer, or answered a document with 5xx. With `timed_out`, a
        document that is still waited for counts too.
        """
        failures = [*self._episode.failures, *(self._episode.waited_for.values() if timed_out else ())]
        if failures:
            raise SiteError(failures[0])

    def close(self) -> None:
        """Stop serving."""
        self._proxy.close()


class _EpisodeWeb:
    def __init__(self, hosts: _Hosts, deployments: frozenset[str]) -> None:
        self._hosts, self._deployments = hosts, deployments
        self._apps: dict[str, SiteApp] = {}
        self._lock = threading.Lock()
        self._answers = Answers()
        self.refused: list[str] = []
        self.failures: list[str] = []
        self.waited_for: dict[int, str] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        claims = self._hosts.get(environ["HTTP_HOST"])
        is_passed_on = environ["HTTP_HOST"] in self._deployments
        site = None
        if claims is not None and not is_passed_on:
            site = next((claims[path] for path in _prefixes(environ["PATH_INFO"]) if path in claims), None)
        start_response = self._answers.noting(environ, site.name if site is not None else "", start_response)
        if is_passed_on:
            return self._forward(environ, start_response)
        if claims is None:
            return self._refuse(environ, start_response)
        if site is None:
            return self._list_sites(environ, start_response)
        app = self._app_for(site)
        if app is None:
            return out_of_order(environ, start_response)
        return self._waited_for(f"the site {site.name!r}", app, environ, start_response)

    def served(self, url: str) -> bool:
        return self._answers.served(url)

    def answered(self, url: str) -> Answered:
        sites = self._hosts.get(_authority(url), {}).values()
        routes = {site.name: site.routes for site in sites}
        return self._answers.answered(url, routes, lambda site, path: bool(self.values_of(site, path)))

    def values_of(self, site: str, path: str) -> tuple[JsonValue, ...]:
        found: list[Any] = jsonpath_rfc9535.find(path, self.state_of(site)).values()
        return tuple(found)

    def exported_states(self) -> dict[str, JsonValue]:
        with self._lock:
            apps = dict(self._apps)
        found = {}
        for name, app in apps.items():
            with suppress(SiteError):
                found[name] = app.exported_state()
        return found

    def state_of(self, name: str) -> JsonValue:
        sites = {site.name: site for claims in self._hosts.values() for site in claims.values()}
        if name not in sites:
            raise SiteError(f"there is no site {name!r}.{did_you_mean(name, sites)} Sites: {', '.join(sorted(sites))}")
        app = self._app_for(sites[name])
        if app is None:
            raise SiteError(self.failures[-1])
        return app.exported_state()

    def _forward(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            named = f"the site at {environ['HTTP_HOST']}"
            answer = self._waited_for(named, forward, environ, start_response)
        except (OSError, HTTPException) as error:
            self._note_deployment_failure(environ, error)
            return out_of_order(environ, start_response)
        return self._stream(environ, answer)

    def _waited_for(
        self, named: str, app: "WSGIApplication", environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Let an app answer; note a document that it answers with 5xx, and until then that it is waited for."""
        place = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        is_document = "text/html" in environ.get("HTTP_ACCEPT", "")

        def noted(status: str, *arguments: Any) -> Any:
            if is_document and status.startswith("5"):
                self.failures.append(f"{named} answered {place} with {status}")
            return start_response(status, *arguments)

        if is_document:
            self.waited_for[threading.get_ident()] = f"{named} did not answer {place} in time"
        try:
            return app(environ, noted)
        finally:
            self.waited_for.pop(threading.get_ident(), None)

    def _stream(self, environ: "WSGIEnvironment", answer: Iterable[bytes]) -> Iterator[bytes]:
        try:
            yield from answer
        except (OSError, HTTPException) as error:
            self._note_deployment_failure(environ, error)

    def _note_deployment_failure(self, environ: "WSGIEnvironment", error: Exception) -> None:
        self.failures.append(f"the site at {environ['HTTP_HOST']} does not answer: {error or type(error).__name__}")

    def _app_for(self, site: Site) -> "SiteApp | None":
        with self._lock:
            if site.name not in self._apps:
                try:
                    self._apps[site.name] = SiteApp(site, self.failures)
                except Exception:
                    self.failures.append(f"the site {site.name!r} cannot be created: {last_line()}")
                    return None
            return self._apps[site.name]

    def _refuse(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host = environ["HTTP_HOST"]
        query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
        self.refused.append(f"{environ['wsgi.url_scheme']}://{host}{environ['PATH_INFO']}{query}")
        page = _REFUSAL.format(host=escape(host), known=escape(", ".join(sorted(self._hosts))))
        return answer(page, "403 Forbidden", start_response)

    def _list_sites(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host = environ["HTTP_HOST"]
        links = [f'<li><a href="{path}/">{escape(site.name)}</a></li>' for path, site in self._hosts[host].items()]
        return answer(_NO_ROOT.format(host=escape(host), sites="".join(links)), "404 Not Found", start_response)


def _authority(url: str) -> str:
    """Return host and port of an http(s) address, without the default port; an empty text for any other address."""
    parts = re.match(r"(https?)://(?:[^/?#@]*@)?([^/?#]*)", url, re.IGNORECASE)
    return without_default_port(parts[2].lower(), parts[1].lower()) if parts is not None else ""


def _prefixes(path: str) -> Iterator[str]:
    while path.strip("/"):
        yield path
        path = path.rpartition("/")[0]
    yield "/"
