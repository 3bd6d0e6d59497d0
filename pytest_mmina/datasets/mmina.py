"""MMInA's task format, with two fields of ours: `oracle` (action lines) and `hops` (explicit conditions)."""

from collections.abc import Mapping, Sequence
from typing import Any

import jsonpath_rfc9535
from pydantic import JsonValue, TypeAdapter, ValidationError

from pytest_mmina.core.errors import ActionError, TaskError, did_you_mean
from pytest_mmina.core.grammar import parse_action
from pytest_mmina.core.hops import SINGLE_HOP_SUBSETS, queue_hops
from pytest_mmina.core.tasks import (
    CHECK_KINDS,
    AllOf,
    AnswerMatch,
    Check,
    Hop,
    SiteState,
    Stopped,
    Task,
    UrlMatch,
    walk_checks,
)
from pytest_mmina.core.tasks import AnyOf as AnyCheck

_HOPS = TypeAdapter(tuple[Hop, ...])
_SEPARATOR = " |AND| "
_OR = " |OR| "


def task_from_document(document: Mapping[str, JsonValue], *, subset: str, number: str, source: str = "") -> Task:
    """Read one task as MMInA writes it; raises TaskError naming the place and the remedy.

    Fields that MMInA may leave out may be missing here, fields that nobody knows are kept in `Task.document`.
    """
    cannot_run = _what_is_missing(document)
    return Task(
        id=f"{subset}/{number}",
        subset=subset,
        intent=_text(document, "intent"),
        start_urls=_start_urls(document),
        hops=() if cannot_run else _hops(document, subset),
        oracle=_oracle(document),
        cannot_run=cannot_run,
        source=source,
        document=dict(document),
    )


def _hops(document: Mapping[str, JsonValue], subset: str) -> tuple[Hop, ...]:
    if "hops" in document:
        return _explicit_hops(document["hops"])
    procedure = document.get("procedure")
    single = subset in SINGLE_HOP_SUBSETS or not (procedure or subset == "normal")
    if single:
        if "eval" not in document and procedure is None:
            raise TaskError("has no hop: give 'hops', 'procedure' or 'eval'")
        return (Hop(name="answer", check=_eval_check(document)),)
    return queue_hops(document, subset=subset)


def _explicit_hops(value: JsonValue) -> tuple[Hop, ...]:
    if not isinstance(value, list) or not value:
        raise TaskError("must be a list with at least one hop: {'name': ..., 'check': {...}}", place="hops")
    try:
        hops = _HOPS.validate_python(value)
    except ValidationError as error:
        place, problem = _first_problem(error.errors()[0])
        raise TaskError(problem, place=place) from None
    for position, hop in enumerate(hops):
        for check in walk_checks(hop.check):
            if isinstance(check, SiteState):
                _require_json_path(check.path, place=f"hops[{position}].check.path")
    return hops


def _require_json_path(path: str, *, place: str) -> None:
    try:
        jsonpath_rfc9535.compile(path)
    except jsonpath_rfc9535.JSONPathError as error:
        problem = str(error).splitlines()[0]
        raise TaskError(f"{path!r} is not a JSONPath (RFC 9535): {problem}", place=place) from None


def _first_problem(detail: Any) -> tuple[str, str]:
    """Say a validation error in the words of a task file: the place as its author would point to it."""
    kinds = set(CHECK_KINDS)
    # Pydantic puts the tag of a union into the path; a file has no such level.
    parts = [part for part in detail["loc"] if part not in kinds]
    place = "hops" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
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
            return place, "is not a field that is known here"
        case "value_error":
            return place, str(detail["ctx"]["error"])
        case _:
            return place, str(detail["msg"][:1].lower() + detail["msg"][1:])


def _eval_check(document: Mapping[str, JsonValue]) -> Check:
    """Translate `eval` into one check: every evaluator it names must score 1 (a product, as in WebArena)."""
    evaluation = _mapping(document, "eval", "eval")
    kinds = _texts(evaluation, "eval_types", "eval.eval_types")
    checks: list[Check] = []
    for position, kind in enumerate(kinds):
        match kind:
            case "string_match":
                checks.extend(_answer_checks(_mapping(evaluation, "reference_answers", "eval.reference_answers")))
            case "url_match":
                checks.append(_url_check(evaluation))
            case _:
                known = ("string_match", "url_match", "program_html")
                problem = f"unknown evaluator {kind!r}.{did_you_mean(kind, known)}"
                raise TaskError(problem, place=f"eval.eval_types[{position}]")
    if not checks:
        raise TaskError("has no condition: name an evaluator, e.g. 'string_match'", place="eval.eval_types")
    return checks[0] if len(checks) == 1 else AllOf(checks=tuple(checks))


def _answer_checks(references: Mapping[str, JsonValue]) -> list[Check]:
    place = "eval.reference_answers"
    checks: list[Check] = []
    for key in references:
        if key == "exact_match":
            checks.append(AnswerMatch(equals=_text(references, key, f"{place}.{key}")))
        elif key == "must_include":
            parts = _texts(references, key, f"{place}.{key}")
            if parts:
                checks.append(AnswerMatch(contains=tuple(parts)))
        elif key != "fuzzy_match":
            known = ("exact_match", "must_include", "fuzzy_match")
            raise TaskError(f"unknown comparison.{did_you_mean(key, known)}", place=f"{place}.{key}")
    if not checks:
        raise TaskError("has no condition: give 'exact_match' or 'must_include'", place=place)
    return checks


def _url_check(evaluation: Mapping[str, JsonValue]) -> Check:
    urls = _text(evaluation, "reference_url", "eval.reference_url").split(_OR)
    note = evaluation.get("url_note") or "EXACT"
    if note not in ("EXACT", "GOLD in PRED"):
        raise TaskError(f"must be 'EXACT' or 'GOLD in PRED', not {note!r}", place="eval.url_note")
    exact = note == "EXACT"
    matches = tuple(UrlMatch(equals=url) if exact else UrlMatch(contains=(url,)) for url in urls)
    return AllOf(checks=(Stopped(), AnyCheck(checks=matches)))


def _what_is_missing(document: Mapping[str, JsonValue]) -> str:
    """Say why a task cannot be judged by this version, in words; nothing if it can."""
    evaluation = document.get("eval")
    if "hops" in document or document.get("procedure") or not isinstance(evaluation, Mapping):
        return ""
    kinds = evaluation.get("eval_types")
    if isinstance(kinds, list) and "program_html" in kinds:
        return "its evaluator 'program_html' is not supported yet"
    references = evaluation.get("reference_answers")
    if isinstance(references, Mapping) and references.get("fuzzy_match"):
        return "its reference 'fuzzy_match' needs a judge, and none is set"
    return ""


def _start_urls(document: Mapping[str, JsonValue]) -> tuple[str, ...]:
    urls = tuple(part.strip() for part in _text(document, "start_url").split(_SEPARATOR.strip()))
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise TaskError(f"{url!r} is no http(s) address", place="start_url")
    return urls


def _oracle(document: Mapping[str, JsonValue]) -> tuple[str, ...]:
    lines = _texts(document, "oracle", "oracle") if "oracle" in document else []
    for position, line in enumerate(lines):
        try:
            parse_action(line)
        except ActionError as error:
            raise TaskError(str(error), place=f"oracle[{position}]") from None
    return tuple(lines)


def _text(mapping: Mapping[str, JsonValue], key: str, place: str = "") -> str:
    value = mapping.get(key)
    if not isinstance(value, str) or not value.strip():
        raise TaskError("is missing" if value is None else "must be a non-empty text", place=place or key)
    return value


def _texts(mapping: Mapping[str, JsonValue], key: str, place: str) -> Sequence[str]:
    value = mapping.get(key)
    if not isinstance(value, list) or not all(isinstance(part, str) and part for part in value):
        raise TaskError("must be a list of non-empty texts", place=place)
    return [str(part) for part in value]


def _mapping(mapping: Mapping[str, JsonValue], key: str, place: str) -> Mapping[str, JsonValue]:
    value = mapping.get(key)
    if not isinstance(value, Mapping):
        raise TaskError("is missing" if value is None else "must be an object", place=place)
    return value
