"""Tasks of WebArena and VisualWebArena: placeholders, logins, pictures, and the reasons why a task cannot run here.

Sources: WebArena (arXiv 2307.13854), VisualWebArena (arXiv 2401.13649).
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from pydantic import JsonValue

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.tasks.checks import walk_checks
from pytest_mmina.core.tasks.end_readings import SamePicture
from pytest_mmina.core.tasks.task import Hop, Setting, Task
from pytest_mmina.datasets.evaluation import Dialect
from pytest_mmina.datasets.fields import Document, file_inside, start_urls_of, text_of
from pytest_mmina.datasets.hosts import NOWHERE, Filled, Hosts, has_placeholder, host_of, how_to_set
from pytest_mmina.datasets.mmina import explicit_hops, hops_of_eval, oracle_of

_MMINA = ("shopping", "wikipedia", "normal", "compare", "multi567", "multipro")
_ONLY_VISUAL = ("image", "viewport_size", "visual_difficulty", "reasoning_difficulty")
_ONLY_WEBARENA = ("intent_template_id", "storage_state", "require_login", "geolocation")
_DEFAULT_HEIGHT, _DEFAULT_WIDTH = 720, 1280


def dialect_of(document: Document, *, subset: str) -> Dialect:
    """Return the dialect of a task. A task of MMInA has a `procedure`, or its subset is one of MMInA's."""
    if "procedure" in document or (subset in _MMINA and not has_placeholder(document.get("start_url"))):
        return "mmina"
    if any(field in document for field in _ONLY_VISUAL):
        return "visualwebarena"
    if any(field in document for field in _ONLY_WEBARENA) or has_placeholder(document.get("start_url")):
        return "webarena"
    return "mmina"


def webarena_task(
    document: dict[str, JsonValue],
    *,
    dialect: Dialect,
    subset: str,
    number: str,
    source: str = "",
    hosts: Hosts,
    folder: Path,
) -> Task:
    """Return the task in a document of WebArena's format. Raises TaskError with the place and the remedy.

    The files that it names must be in `folder`. If something that the task needs is missing, the task cannot run;
    `Task.cannot_run` is the reason.
    """
    filled = hosts.filled_in(document)
    content = filled.document
    reasons = []
    if filled.without_value:
        reasons.append(how_to_set(filled.without_value))
    if filled.not_deployed:
        reasons.append(f"it needs {', '.join(filled.not_deployed)}, which is not deployed")
    deployments, problem = _deployments(content, hosts, of_placeholders=filled)
    reasons.append(problem)
    storage_state, problem = _storage_state(content, folder)
    reasons.append(problem)
    images, problem = _images(content, folder)
    reasons.append(problem)
    hops, problem = (explicit_hops(content), "") if "hops" in content else hops_of_eval(content, dialect)
    reasons.append(problem)
    reasons.extend(_unreachable_pictures(hops, deployments))
    return Task(
        id=f"{subset}/{number}",
        subset=subset,
        intent=text_of(content, "intent"),
        start_urls=start_urls_of(content),
        hops=hops,
        oracle=oracle_of(content),
        images=images,
        setting=Setting(
            deployments=deployments,
            storage_state=storage_state,
            geolocation=_geolocation(content),
            viewport=_viewport(content),
        ),
        cannot_run="; ".join(filter(None, reasons)),
        source=source,
        document=document,
    )


def _deployments(content: Document, hosts: Hosts, *, of_placeholders: Filled) -> tuple[tuple[str, ...], str]:
    """Return the user's own hosts that the task can reach, and the problem if an address is missing."""
    reached, missing = set(of_placeholders.hosts), []
    sites = content.get("sites")
    for site in sites if isinstance(sites, list) else ():
        name = str(site).upper()
        address = hosts.address_of(name) if name.replace("_", "").isalnum() and name.isascii() else ""
        if address and address != NOWHERE:
            reached.add(host_of(address))
        elif f"__{name}__" not in (*of_placeholders.without_value, *of_placeholders.not_deployed):
            missing.append(name)
    # A file without placeholders contains the addresses of its sites already.
    if missing and (of_placeholders.hosts or of_placeholders.without_value or of_placeholders.not_deployed):
        names = ", ".join(missing)
        return tuple(
            sorted(reached)
        ), f"no address is set for its site {names}: set it in mmina_hosts or in the environment, as for a placeholder"
    return tuple(sorted(reached)), ""


def _storage_state(content: Document, folder: Path) -> tuple[str, str]:
    """Return the file of the task's login, and the problem if it is missing."""
    name = content.get("storage_state")
    if name is None or name == "":
        return "", ""
    if not isinstance(name, str):
        raise TaskError("must be the name of a file, or null", place="storage_state")
    file = file_inside(name, folder, place="storage_state")
    if not file.is_file():
        if not content.get("require_login"):
            return "", ""
        return (
            "",
            f"its login is missing: save {name} next to the task file, with Playwright's storage_state(path=...)",
        )
    if not _is_json_object(file, file.stat().st_mtime_ns):
        raise TaskError(f"{name!r} is not a storage state of Playwright: a JSON object", place="storage_state")
    return str(file), ""


@lru_cache(maxsize=64)
def _is_json_object(file: Path, _changed: int) -> bool:
    try:
        return isinstance(json.loads(file.read_text(encoding="utf-8")), dict)
    except (ValueError, OSError, RecursionError):
        return False


def _images(content: Document, folder: Path) -> tuple[tuple[str, ...], str]:
    """Return the pictures of the intent, as addresses or files, and the problem if a file is missing."""
    value = content.get("image")
    listed = [] if value is None else value if isinstance(value, list) else [value]
    names = [name for name in listed if isinstance(name, str) and name]
    if len(names) != len(listed):
        raise TaskError("must be an address, the name of a file, a list of them, or null", place="image")
    images, missing = [], []
    for name in names:
        if name.startswith(("http://", "https://")):
            images.append(name)
            continue
        file = file_inside(name, folder, place="image")
        images.append(str(file))
        if not file.is_file():
            missing.append(name)
    return tuple(
        images
    ), f"a picture of its intent is missing: put {', '.join(missing)} next to the task file" if missing else ""


def _unreachable_pictures(hops: tuple[Hop, ...], deployments: tuple[str, ...]) -> Iterator[str]:
    for hop in hops:
        for check in walk_checks(hop.check):
            if isinstance(check, SamePicture) and find_spec("skimage") is None:
                yield "comparing pictures needs scikit-image: pip install 'pytest-mmina[images]'"
            for picture in check.any_of if isinstance(check, SamePicture) else ():
                # A placeholder without an address has a host in `.invalid`, and is a reason of its own.
                if host_of(picture) not in deployments and not host_of(picture).endswith(".invalid"):
                    yield f"it compares with a picture that is not on its sites: {picture}"


def _geolocation(content: Document) -> tuple[float, float] | None:
    value = content.get("geolocation")
    if value is None:
        return None
    place = "geolocation"
    if not isinstance(value, dict):
        raise TaskError("must be an object such as {'latitude': 40.4, 'longitude': -79.9}, or null", place=place)
    latitude, longitude = (_number(value.get(key), f"{place}.{key}") for key in ("latitude", "longitude"))
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise TaskError(f"there is no place at {latitude}, {longitude}", place=place)
    return latitude, longitude


def _viewport(content: Document) -> tuple[int, int] | None:
    value = content.get("viewport_size")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TaskError("must be an object such as {'width': 1280, 'height': 720}, or null", place="viewport_size")
    width, height = value.get("width", _DEFAULT_WIDTH), value.get("height", _DEFAULT_HEIGHT)
    sizes = [_number(size, f"viewport_size.{key}") for key, size in (("width", width), ("height", height))]
    if not all(100 <= size <= 10_000 for size in sizes):
        raise TaskError("width and height must be from 100 to 10000 pixels", place="viewport_size")
    return int(sizes[0]), int(sizes[1])


def _number(value: JsonValue, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TaskError("must be a number", place=place)
    return value
