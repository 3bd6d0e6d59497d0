"""Tasks of WebArena and VisualWebArena: placeholders, logins, pictures, and the reasons why a task cannot run here.

Sources: WebArena (arXiv 2307.13854), VisualWebArena (arXiv 2401.13649).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import JsonValue

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.skips import SkipCause, SkipReason
from pytest_mmina.core.tasks.checks import walk_checks
from pytest_mmina.core.tasks.end_readings import SamePicture
from pytest_mmina.core.tasks.task import Constraint, Hop, Setting, Task
from pytest_mmina.datasets.evaluation import Dialect
from pytest_mmina.datasets.extras import missing_extras
from pytest_mmina.datasets.fields import Document, file_inside, sites_of, start_urls_of, text_of
from pytest_mmina.datasets.hosts import NOWHERE, Filled, Hosts, has_placeholder, host_of, how_to_set
from pytest_mmina.datasets.logins import login_of
from pytest_mmina.datasets.mmina import constraints_of, explicit_hops, hops_of_eval, oracle_of, oracles_of

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
    `Task.skip_reasons` says what.
    """
    filled = hosts.filled_in(document)
    content = filled.document
    deployments, no_sites = _deployments(content, hosts, of_placeholders=filled)
    storage_state, no_login = login_of(content, folder)
    images, no_images = _images(content, folder)
    hops, not_judged = (explicit_hops(content), "") if "hops" in content else hops_of_eval(content, dialect)
    constraints = constraints_of(content)
    unreachable = _unreachable_pictures((*hops, *constraints), deployments)
    missing = missing_extras([*(hop.check for hop in hops), *(one.check for one in constraints)])
    not_judged = "; ".join(filter(None, [not_judged, *missing, *unreachable]))
    reasons = (*no_sites, no_login, _reason("picture", no_images), _reason("evaluation", not_judged))
    return Task(
        id=f"{subset}/{number}",
        subset=subset,
        intent=text_of(content, "intent"),
        start_urls=start_urls_of(content),
        hops=hops,
        constraints=constraints,
        oracle=oracle_of(content),
        oracles=oracles_of(content),
        images=images,
        setting=Setting(
            deployments=deployments,
            storage_state=storage_state,
            geolocation=_geolocation(content),
            viewport=_viewport(content),
        ),
        skip_reasons=tuple(filter(None, reasons)),
        source=source,
        document=document,
    )


def _reason(cause: SkipCause, problem: str) -> SkipReason | None:
    return SkipReason(cause=cause, reason=problem) if problem else None


def _deployments(
    content: Document, hosts: Hosts, *, of_placeholders: Filled
) -> tuple[tuple[str, ...], tuple[SkipReason | None, ...]]:
    """Return the user's own hosts that the task can reach, and the reasons to skip it if one has no address."""
    reached, not_deployed = set(of_placeholders.hosts), list(of_placeholders.not_deployed)
    missing: list[str] = []
    for site in sites_of(content):
        name = site.upper()
        address = hosts.address_of(name) if name.replace("_", "").isalnum() and name.isascii() else ""
        if address and address != NOWHERE:
            reached.add(host_of(address))
        elif f"__{name}__" not in (*of_placeholders.without_value, *of_placeholders.not_deployed):
            (not_deployed if address else missing).append(name)
    problems = [how_to_set(of_placeholders.without_value)] if of_placeholders.without_value else []
    if not (of_placeholders.hosts or of_placeholders.without_value or of_placeholders.not_deployed):
        # A file without placeholders contains the addresses of its sites already.
        missing, not_deployed = [], []
    if missing:
        problems.append(
            f"no address is set for its site {', '.join(missing)}: set it in mmina_hosts or in the environment, as for "
            "a placeholder"
        )
    needs = f"it needs {', '.join(not_deployed)}, which is not deployed" if not_deployed else ""
    reasons = (_reason("address", "; ".join(problems)), _reason("not deployed", needs))
    return tuple(sorted(reached)), reasons


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


def _unreachable_pictures(asked: Iterable[Hop | Constraint], deployments: tuple[str, ...]) -> Iterator[str]:
    for each in asked:
        for check in walk_checks(each.check):
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
