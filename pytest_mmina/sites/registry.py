"""The sites of the hermetic web: host names, paths, home page, and a factory for the app of each."""

import importlib.util
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_mmina.core.errors import SiteError
from pytest_mmina.sites.client_routes import ClientRoute, read_client_route

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

AppFactory = Callable[[], "WSGIApplication"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site: its hosts (with the port if it is not the default) and a factory of WSGI apps with fresh state.

    A site owns all paths of its hosts, unless `paths` limits it to some of them. `client_routes` are the addresses that
    its pages set themselves, each with what the site is asked for then; see `client_routes.read_client_route`. Raises
    SiteError if one of them cannot be read.
    """

    name: str
    hosts: tuple[str, ...]
    home: str
    create_app: AppFactory
    paths: tuple[str, ...] = ("/",)
    client_routes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        _ = self.routes

    @property
    def routes(self) -> tuple[ClientRoute, ...]:
        """The client routes."""
        try:
            return tuple(read_client_route(address, asked) for address, asked in self.client_routes.items())
        except ValueError as error:
            raise SiteError(f"client_routes: {error}") from None


def load_sites(folders: Iterable[Path]) -> tuple[Site, ...]:
    """Load the site in each folder, and those in its subfolders: `site.toml` with `site.py`.

    The code of a site is not imported here, but when its first page is requested. Raises SiteError with the file and
    the remedy if a site cannot be loaded.
    """
    files = [file for folder in folders for file in _site_files(folder)]
    return tuple(require_apart([_load_site(file) for file in files]))


def require_apart(sites: Iterable[Site]) -> list[Site]:
    """Return the sites as a list; raises SiteError if two have the same name, or the same path of a host."""
    sites = list(sites)
    names = [site.name for site in sites]
    for name in names:
        if names.count(name) > 1:
            raise SiteError(f"two sites are called {name!r}: give one of them another name")
    owners: dict[tuple[str, str], str] = {}
    for site in sites:
        for claim in product(site.hosts, site.paths):
            if claim in owners:
                host, path = claim
                claimed = f"the host {host!r}" if path == "/" else f"the path {path!r} of the host {host!r}"
                raise SiteError(f"{claimed} belongs to two sites: {owners[claim]!r} and {site.name!r}")
            owners[claim] = site.name
    return sites


def _site_files(folder: Path) -> list[Path]:
    files = [file for file in (folder / "site.toml", *sorted(folder.glob("*/site.toml"))) if file.is_file()]
    if not files:
        raise SiteError(f"{folder}: contains no site: a site is a folder with site.toml and site.py")
    return files


def _load_site(file: Path) -> Site:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SiteError(f"{file}: is not TOML: {error}") from None
    hosts = content.get("hosts")
    if not isinstance(hosts, list) or not hosts or not all(isinstance(host, str) and host for host in hosts):
        raise SiteError(f"{file}: hosts: must be a list of host names, e.g. hosts = ['www.example.com']")
    if not file.with_name("site.py").is_file():
        raise SiteError(f"{file.parent}: has no site.py with create_app()")
    fields: dict[str, Any] = {
        "name": _text(content, "name", file) or file.parent.name,
        "hosts": tuple(host.lower() for host in hosts),
        "home": _text(content, "home", file) or f"https://{hosts[0]}/",
        "create_app": _factory(file.with_name("site.py"), file.parent.name),
        "paths": _paths(content, file),
        "client_routes": _client_routes(content, file),
    }
    try:
        return Site(**fields)
    except SiteError as error:
        raise SiteError(f"{file}: {error}") from None


def _text(content: Mapping[str, Any], key: str, file: Path) -> str:
    value = content.get(key, "")
    if not isinstance(value, str):
        raise SiteError(f"{file}: {key}: must be a text")
    return value


def _paths(content: Mapping[str, Any], file: Path) -> tuple[str, ...]:
    paths = content.get("paths", ["/"])
    if not isinstance(paths, list) or not paths or not all(map(_is_path, paths)):
        raise SiteError(f"{file}: paths: must be a list of paths, e.g. paths = ['/carhire']")
    return tuple(paths)


def _client_routes(content: Mapping[str, Any], file: Path) -> Mapping[str, str]:
    routes = content.get("client_routes", {})
    if not isinstance(routes, dict) or not all(isinstance(asked, str) for asked in routes.values()):
        raise SiteError(
            f"{file}: client_routes: must be a table of addresses and what the site is asked for, "
            "e.g. '/products/{id}' = '/api/products/{id}'"
        )
    return routes


def _is_path(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"/|(/[\w.~-]+)+", value, re.ASCII) is not None


def _factory(file: Path, name: str) -> AppFactory:
    loaded: list[AppFactory] = []

    def create_app() -> "WSGIApplication":
        if not loaded:
            loaded.append(_import_factory(file, name))
        return loaded[0]()

    return create_app


def _import_factory(file: Path, name: str) -> AppFactory:
    spec = importlib.util.spec_from_file_location(f"pytest_mmina_site_{name}", file)
    if spec is None or spec.loader is None:
        raise SiteError(f"{file}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    factory = getattr(module, "create_app", None)
    if not callable(factory):
        raise SiteError(f"{file}: has no create_app(), which returns a WSGI app")
    create_app: AppFactory = factory
    return create_app
