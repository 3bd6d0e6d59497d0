"""MMInA's task format, with fields of our own: `oracle` and `oracles`, `hops`, `never` and `finally`, and `locale`."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonpath_rfc9535
from pydantic import TypeAdapter, ValidationError

from pytest_mmina.core.errors import ActionError, TaskError, did_you_mean
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.skips import SkipReason
from pytest_mmina.core.tasks.checks import CHECK_KINDS, Check, SiteState, walk_checks
from pytest_mmina.core.tasks.order import predecessors
from pytest_mmina.core.tasks.queue_protocol import SINGLE_HOP_SUBSETS, queue_hops
from pytest_mmina.core.tasks.task import Constraint, ConstraintKind, Hop, NamedCheck, Setting, Task
from pytest_mmina.core.text.conditions import LOCALE_OF_TASK
from pytest_mmina.core.text.locales import DEFAULT_LOCALE, problem_of_locale
from pytest_mmina.datasets.evaluation import Dialect, eval_check
from pytest_mmina.datasets.extras import missing_extras
from pytest_mmina.datasets.fields import Document, mapping_of, sites_of, start_urls_of, text_of, texts_of
from pytest_mmina.datasets.logins import login_of

_HOPS = TypeAdapter(tuple[Hop, ...])
_NAMED_CHECKS = TypeAdapter(tuple[NamedCheck, ...])


OWN_LOGIN = "./.auth/shopping_state.json"
"""The login that MMInA's tasks name. Their shop needs none, so it is ignored."""


def mmina_task(document: Document, *, subset: str, number: str, folder: Path, source: str = "") -> Task:
    """Return the task in a document of MMInA's format or our own. Raises TaskError with the place and the remedy.

    `folder` contains the files that the task names. Fields that are optional in MMInA are optional here. Unknown fields
    are kept in `Task.document`.
    """
    intent, start_urls = text_of(document, "intent"), start_urls_of(document)
    hops, not_judged = hops_of(document, subset)
    constraints = constraints_of(document)
    missing = missing_extras([*(hop.check for hop in hops), *(one.check for one in constraints)])
    not_judged = "; ".join(filter(None, [not_judged, *missing]))
    sites_of(document)
    ignores_login = "hops" not in document and document.get("storage_state") == OWN_LOGIN
    storage_state, no_login = ("", None) if ignores_login else login_of(document, folder)
    reasons = (no_login, SkipReason(cause="evaluation", reason=not_judged) if not_judged else None)
    return Task(
        id=f"{subset}/{number}",
        subset=subset,
        intent=intent,
        start_urls=start_urls,
        hops=hops,
        constraints=constraints,
        oracle=oracle_of(document),
        oracles=oracles_of(document),
        setting=Setting(storage_state=storage_state),
        skip_reasons=tuple(filter(None, reasons)),
        source=source,
        document=dict(document),
    )


def hops_of(document: Document, subset: str) -> tuple[tuple[Hop, ...], str]:
    """Return the hops, and the reason why they cannot be judged here; the reason is empty if they can."""
    if "hops" in document:
        return explicit_hops(document), ""
    procedure = document.get("procedure")
    single = subset in SINGLE_HOP_SUBSETS or not (procedure or subset == "normal")
    if not single:
        return queue_hops(document, subset=subset), ""
    if "eval" not in document and procedure is None:
        raise TaskError("has no hop: give 'hops', 'procedure' or 'eval'")
    return hops_of_eval(document, "mmina")


def hops_of_eval(document: Document, dialect: Dialect) -> tuple[tuple[Hop, ...], str]:
    """Return the one hop of `eval`, and the reason why it cannot be judged here; the reason is empty if it can."""
    found = eval_check(document, dialect)
    hops = (Hop(name="answer", check=found.check),) if found.check is not None else ()
    return hops, "; ".join(found.cannot_run)


def explicit_hops(document: Document) -> tuple[Hop, ...]:
    """Return the hops in the field `hops`, with the task's `locale`. Raises TaskError if one cannot be used."""
    value = document["hops"]
    locale = _locale_of(document)
    if not isinstance(value, list) or not value:
        raise TaskError("must be a list with at least one hop: {'name': ..., 'check': {...}}", place="hops")
    try:
        hops = _HOPS.validate_python(value, context={LOCALE_OF_TASK: locale})
    except ValidationError as error:
        place, problem = _first_problem(error.errors()[0], field="hops")
        raise TaskError(problem, place=place) from None
    predecessors([hop.name for hop in hops], [hop.after for hop in hops])
    for position, hop in enumerate(hops):
        _require_json_paths(hop.check, place=f"hops[{position}]")
    return hops


def constraints_of(document: Document) -> tuple[Constraint, ...]:
    """Return the constraints in the fields `never` and `finally`. Raises TaskError if one cannot be used."""
    found: list[Constraint] = []
    kinds: tuple[ConstraintKind, ...] = ("never", "finally")
    for kind in kinds:
        if kind not in document:
            continue
        value = document[kind]
        if not isinstance(value, list) or not value:
            raise TaskError("must be a list with at least one check: {'name': ..., 'check': {...}}", place=kind)
        try:
            checks = _NAMED_CHECKS.validate_python(value, context={LOCALE_OF_TASK: _locale_of(document)})
        except ValidationError as error:
            place, problem = _first_problem(error.errors()[0], field=kind)
            raise TaskError(problem, place=place) from None
        for position, each in enumerate(checks):
            _require_json_paths(each.check, place=f"{kind}[{position}]")
        found += (Constraint(kind=kind, name=each.name, check=each.check) for each in checks)
    return tuple(found)


def _locale_of(document: Document) -> str:
    locale = text_of(document, "locale") if "locale" in document else DEFAULT_LOCALE
    if problem := problem_of_locale(locale):
        raise TaskError(problem, place="locale")
    return locale


def _require_json_paths(checks: Check, *, place: str) -> None:
    for check in walk_checks(checks):
        if isinstance(check, SiteState) and (problem := json_path_problem(check.path)):
            raise TaskError(f"{check.path!r} is not a JSONPath (RFC 9535): {problem}", place=f"{place}.check.path")


@lru_cache(maxsize=1024)
def json_path_problem(path: str) -> str:
    """Return the error in a JSONPath; an empty text if it is valid."""
    try:
        jsonpath_rfc9535.compile(path)
    except jsonpath_rfc9535.JSONPathError as error:
        return str(error).splitlines()[0] or "it cannot be read"
    return ""


def _first_problem(detail: Any, *, field: str) -> tuple[str, str]:
    """Return the place and the problem of a validation error, in the terms of a task file."""
    kinds = set(CHECK_KINDS)
    # Pydantic adds the tag of a union to the path, which is not a level in the file.
    parts = [part for part in detail["loc"] if part not in kinds]
    place = field + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    match detail["type"]:
        case "union_tag_invalid":
            kind = detail["ctx"]["tag"]
            return place, f"unknown check {kind!r}.{did_you_mean(kind, CHECK_KINDS)} Checks: {', '.join(CHECK_KINDS)}"
        case "union_tag_not_found":
            return place, f"names no kind of check. Give 'kind', one of: {', '.join(CHECK_KINDS)}"
        case "missing" if parts[-1] == "check":
            return place.removesuffix(
                ".check"
            ), "has no condition. Give 'check': {'kind': 'url_match', 'contains': ...}"
        case "missing":
            return place, "is missing"
        case "extra_forbidden":
            return place, "is an unknown field"
        case "value_error":
            return place, str(detail["ctx"]["error"])
        case _:
            return place, str(detail["msg"][:1].lower() + detail["msg"][1:])


def oracle_of(document: Document) -> tuple[str, ...]:
    """Return the lines of the field `oracle`. Raises TaskError for a line that is not an action."""
    return _action_lines(document, "oracle", "oracle") if "oracle" in document else ()


def oracles_of(document: Document) -> dict[str, tuple[str, ...]]:
    """Return the solutions in the field `oracles` by name. Raises TaskError for one that is empty or no solution."""
    if "oracles" not in document:
        return {}
    by_name = mapping_of(document, "oracles")
    for name in by_name:
        if not name.strip():
            raise TaskError("has a solution without a name", place="oracles")
        if not texts_of(by_name, name, place=f"oracles.{name}"):
            raise TaskError("is an empty list: it contains no action", place=f"oracles.{name}")
    return {name: _action_lines(by_name, name, f"oracles.{name}") for name in by_name}


def _action_lines(document: Document, key: str, place: str) -> tuple[str, ...]:
    lines = texts_of(document, key, place=place)
    for position, line in enumerate(lines):
        try:
            parse_action(line)
        except ActionError as error:
            raise TaskError(str(error), place=f"{place}[{position}]") from None
    return tuple(lines)
