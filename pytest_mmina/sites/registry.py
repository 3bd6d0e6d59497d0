"""Which sites there are: host names, home page, and the factory of a fresh app."""

import importlib.util
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_mmina.core.errors import SiteError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

AppFactory = Callable[[], "WSGIApplication"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """Host names (with the port where it is not the scheme's own) and a factory of WSGI apps with fresh state."""

    name: str
    hosts: tuple[str, ...]
    home: str
    create_app: AppFactory


def load_sites(folders: Iterable[Path]) -> tuple[Site, ...]:
    """Load every `<folder>/<name>/site.toml` with its `site.py`; raises SiteError naming file and remedy.

    The code of a site is imported when its first page is asked for, not here.
    """
    sites = tuple(
        _load_site(file) for folder in folders for file in sorted(folder.glob("*/site.toml")) if file.is_file()
    )
    owners: dict[str, str] = {}
    for site in sites:
        for host in site.hosts:
            if host in owners:
                raise SiteError(f"the host {host!r} belongs to two sites: {owners[host]!r} and {site.name!r}")
            owners[host] = site.name
    return sites


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
    return Site(
        name=_text(content, "name", file) or file.parent.name,
        hosts=tuple(host.lower() for host in hosts),
        home=_text(content, "home", file) or f"https://{hosts[0]}/",
        create_app=_factory(file.with_name("site.py"), file.parent.name),
    )


def _text(content: Mapping[str, Any], key: str, file: Path) -> str:
    value = content.get(key, "")
    if not isinstance(value, str):
        raise SiteError(f"{file}: {key}: must be a text")
    return value


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
