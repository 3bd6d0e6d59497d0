"""What the bundled Flask sites share: templates, styles, data, search, paging and a frozen date."""

import json
import math
import random
import re
import threading
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, render_template, request
from flask.templating import Environment
from jinja2 import FileSystemLoader, StrictUndefined
from werkzeug.exceptions import HTTPException

from pytest_mmina.core.text.folding import without_accents as without_accents
from pytest_mmina.sites.activity import activity_of, begin_activity
from pytest_mmina.sites.search import SearchIndex as SearchIndex
from pytest_mmina.sites.search import is_mistyped
from pytest_mmina.sites.search import normal_query as normal_query
from pytest_mmina.sites.search import words as words
from pytest_mmina.sites.web import NOW

TODAY = NOW.date()
Item = TypeVar("Item")
City = Mapping[str, Any]
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_FULL_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
                "november", "december")  # fmt: skip
_COMPILING = threading.Lock()


class VisitState(Protocol):
    """What one user has done on one site during one episode."""

    def as_json(self) -> dict[str, Any]:
        """Return the state in a form that a check can read."""


class Page(NamedTuple, Generic[Item]):
    """One page of a longer list."""

    items: Sequence[Item]
    number: int
    pages: int
    total: int


def create_site(site_file: str, pages: Blueprint, state: VisitState) -> Flask:
    """Return a fresh app with a site's routes; all apps of a site share its compiled templates and loaded data."""
    folder, root = Path(site_file).resolve().parent, site_root(site_file)
    app = Flask(f"mmina_{folder.name}", root_path=str(folder), static_folder="static",
                static_url_path=f"{root}/static", template_folder=None)  # fmt: skip
    app.jinja_env = _environment(folder)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    # The harness must see an exception of a site, because a broken page is not a failure of the agent.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    begin_activity(app)
    app.extensions.update(mmina_site_state=state, mmina_state=lambda: {**state.as_json(), "activity": activity_of(app)})
    app.register_blueprint(pages, url_prefix=root or None)
    shared = fixtures_folder(site_file) / "shared" / "static"
    app.register_blueprint(Blueprint("shared", __name__, static_folder=shared, static_url_path=f"{root}/shared"))
    app.register_error_handler(HTTPException, _error_page)
    return app


def site_root(site_file: str) -> str:
    """Return the prefix of all paths of a site: its first path, or an empty string if it owns the whole host."""
    path: str = settings(site_file).get("paths", ("/",))[0]
    return path.rstrip("/")


def site_pages(site_file: str) -> Blueprint:
    """Return the blueprint for the routes of a site; it is made once and used by every app of the site."""
    return Blueprint("pages", __name__, root_path=str(Path(site_file).resolve().parent))


def fixtures_folder(site_file: str) -> Path:
    """Return the folder that contains `data`, `shared` and `sites`."""
    return Path(site_file).resolve().parent.parent.parent


@cache
def read_json(path: Path) -> Any:
    """Return the content of a data file as tuples and read-only mappings; each file is read once."""
    return _frozen(json.loads(path.read_text(encoding="utf-8")))


def load_cities(site_file: str) -> tuple[City, ...]:
    """Return the cities that all sites share."""
    cities: tuple[City, ...] = read_json(fixtures_folder(site_file) / "data" / "cities.json")
    return cities


def find_city(cities: Sequence[City], text: str) -> City | None:
    """Find a city by name, slug, code or a usual combination, such as `Tokyo, Japan (TYO)` or `japan--tokyo`."""
    for city in cities:
        country, name, code = slugify(city["country"]), city["slug"], city["code"].lower()
        names = (name, code, f"{country}-{name}", f"{name}-{country}", f"{name}-city")
        if slugify(text) in (*names, *(f"{name}-{code}" for name in names)):
            return city
    return None


def typed_city(cities: Sequence[City], text: str) -> City | None:
    """Find a city that a visitor typed into a form, also with one wrong letter; an address has to be exact instead."""
    found = find_city(cities, text)
    near = [city for city in cities if is_mistyped(city["slug"], slugify(text))]
    return near[0] if found is None and len(near) == 1 else found


def paginate(items: Sequence[Item], number: int, size: int) -> Page[Item]:
    """Return one page of a list; a number outside the range returns the nearest page."""
    pages = max(1, math.ceil(len(items) / size))
    number = min(max(1, number), pages)
    return Page(items[(number - 1) * size : number * size], number, pages, len(items))


def whole_number(text: str | None, default: int, lowest: int = 1, highest: int = 10**6) -> int:
    """Return the number that a visitor typed, limited to a range, or the default if it is not a number."""
    return min(max(lowest, int(text)), highest) if text and re.fullmatch(r"\s*-?[0-9]{1,9}\s*", text) else default


def read_date(text: str | None) -> date | None:
    """Return the date that a visitor typed as `2025-04-10`, `10 April 2025`, `Thu 10 Apr 2025` or `April 10, 2025`.

    A text with anything else in it is no date, and neither is one that leaves open which number is the month.
    """
    plain = re.sub(r"(?<=[0-9])(st|nd|rd|th)\b|\bof\b|[-,./]", " ", (text or "").lower())
    parts = plain.split()
    if parts and re.fullmatch(rf"({'|'.join(_DAYS).lower()})[a-z]*", parts[0]):
        parts = parts[1:]
    if len(parts) != 3 or not all(re.fullmatch("[0-9]{1,2}|[0-9]{4}|[a-z]{3,}", part) for part in parts):
        return None
    named = [month for month, name in enumerate(_FULL_MONTHS, 1) for part in parts if name.startswith(part)]
    numbers = [int(part) for part in parts if part.isdecimal()]
    try:
        if len(numbers) == 2 and named and not parts[2].isalpha():
            found = date(numbers[1], named[0], numbers[0])
        elif len(numbers) == 3 and len(parts[0]) == 4:
            found = date(*numbers)
        else:
            return None
    except ValueError:
        return None
    return found if 2000 < found.year < 2100 else None


def kilometres(start: City, end: City) -> float:
    """Return the distance between two cities in a straight line."""
    first, second = math.radians(start["latitude"]), math.radians(end["latitude"])
    across = math.radians(end["longitude"] - start["longitude"])
    chord = math.sin((second - first) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(across / 2) ** 2
    return 12742 * math.asin(math.sqrt(chord))


def slugify(text: str) -> str:
    """Turn text into one URL segment."""
    return "-".join(re.findall(r"[a-z0-9]+", _plain(text)))


def seeded(*parts: object) -> random.Random:
    """Return a random generator that yields the same numbers on every machine and in every process."""
    return random.Random("/".join(map(str, parts)))


def day(value: date) -> str:
    """Return a date in English, in every locale."""
    return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]} {value.year}"


def local_path(target: str | None, default: str) -> str:
    """Return `target` if it is a path on this site, otherwise `default`."""
    return target if target and re.fullmatch(r"/(?![/\\])[^\s\\]*", target) else default


def with_query(**changes: object) -> str:
    """Return the current address with some parameters of its query changed; None removes a parameter."""
    query = {name: values for name, values in request.args.lists() if name not in changes}
    query.update({name: [str(value)] for name, value in changes.items() if value is not None})
    return quote(request.path) + ("?" + urlencode(query, doseq=True) if query else "")


@cache
def settings(site_file: str) -> Mapping[str, Any]:
    """Return the content of a site's `site.toml`, read once."""
    file = Path(site_file).resolve().with_name("site.toml")
    return MappingProxyType(tomllib.loads(file.read_text(encoding="utf-8")))


def difficulty(site_file: str, name: str) -> Any:
    """Return one setting of the table `difficulty` in a site's `site.toml`; False if it is not set."""
    return settings(site_file).get("difficulty", {}).get(name, False)


class _Templates(Environment):
    """Compiles one template at a time.

    The proxy serves requests in threads. Jinja's lexer uses `ast`, and CPython 3.11 may raise a SystemError when two
    threads do so at once (python/cpython issue 106905).
    """

    def compile(self, *arguments: Any, **options: Any) -> Any:
        """Compile a template; see Jinja's `Environment.compile`."""
        with _COMPILING:
            return super().compile(*arguments, **options)


@cache
def _environment(folder: Path) -> Environment:
    # The empty app is used instead of the first episode's, which the shared environment would keep alive.
    environment = _Templates(
        Flask("mmina_templates", static_folder=None),
        loader=FileSystemLoader([folder / "templates", folder.parent.parent / "shared" / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    site_file = str(folder / "site.py")
    site = settings(site_file)
    environment.globals.update(site=site, root=site_root(site_file), difficulty=site.get("difficulty", {}),
                               today=TODAY, with_query=with_query)  # fmt: skip
    environment.filters.update(day=day, slugify=slugify, thousands="{:,}".format)
    return environment


def _error_page(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    return render_template("shared/error.html", code=code, name=error.name, detail=error.description), code


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i").replace("'", ""))
    return "".join(character for character in decomposed if not unicodedata.combining(character))
