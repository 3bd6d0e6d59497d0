"""The field `eval` of MMInA, WebArena and VisualWebArena, translated into one check.

Sources: WebArena (arXiv 2307.13854), VisualWebArena (arXiv 2401.13649), MMInA (arXiv 2404.09992). They share the format
and differ in what a word is and in what `GOLD in PRED` means; `Dialect` chooses between them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, assert_never, get_args

from pydantic import JsonValue, ValidationError

from pytest_mmina.core.errors import TaskError, did_you_mean
from pytest_mmina.core.tasks.checks import AllOf, AnswerJudged, AnswerMatch, AnyOf, Check, Stopped, UrlMatch
from pytest_mmina.core.tasks.end_readings import UrlReference
from pytest_mmina.core.text.folding import plain_words
from pytest_mmina.datasets.fields import OR, Document, mapping_of, text_of, texts_of
from pytest_mmina.datasets.program_html import picture_checks, program_checks

Dialect = Literal["mmina", "webarena", "visualwebarena"]
Evaluator = Literal["string_match", "url_match", "program_html", "page_image_query"]
EVALUATORS: tuple[Evaluator, ...] = get_args(Evaluator)
_Reference = Literal["exact_match", "must_include", "must_exclude", "one_of", "required_values", "fuzzy_match"]
_REFERENCES: tuple[_Reference, ...] = get_args(_Reference)
NOT_ACHIEVABLE = "N/A"


class _Rules(NamedTuple):
    """How a dialect reads `eval`.

    `splits_alternatives`: a reference can contain alternatives. `one_word_alone`, `one_character_alone`: a reference of
    one word, or a single reference of one character, is compared word by word. `url_note`: the default if the task has
    none. `url_in_parts`: an address is compared by host, path and query.
    """

    splits_alternatives: bool
    one_word_alone: bool
    one_character_alone: bool
    url_note: Literal["EXACT", "GOLD in PRED"]
    url_in_parts: bool


def _rules_of(dialect: Dialect) -> _Rules:
    match dialect:
        case "mmina":
            return _Rules(False, False, False, "EXACT", False)
        case "webarena":
            return _Rules(True, False, True, "GOLD in PRED", True)
        case "visualwebarena":
            return _Rules(True, True, False, "EXACT", True)
        case _:
            assert_never(dialect)


class EvalCheck(NamedTuple):
    """The check of a task, and the reasons why it cannot be judged here; without reasons, it can be judged."""

    check: Check | None
    cannot_run: tuple[str, ...] = ()


class _Gathered:
    """The checks of a task so far, and the reasons why parts of its `eval` cannot be judged."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.reasons: list[str] = []


def eval_check(document: Document, dialect: Dialect) -> EvalCheck:
    """Translate `eval` into a check that passes if every evaluator scores 1 (a product, as in WebArena).

    Raises TaskError if the field cannot be used.
    """
    evaluation = mapping_of(document, "eval")
    kinds = texts_of(evaluation, "eval_types", "eval.eval_types")
    gathered = _Gathered()
    for position, kind in enumerate(kinds):
        if kind not in EVALUATORS:
            problem = f"unknown evaluator {kind!r}.{did_you_mean(kind, EVALUATORS)}"
            raise TaskError(problem, place=f"eval.eval_types[{position}]")
        match kind:
            case "string_match":
                _answer_checks(document, evaluation, dialect, gathered)
            case "url_match":
                gathered.checks.append(_url_check(evaluation, dialect))
            case "program_html":
                by_word = _rules_of(dialect).one_word_alone
                _gather(program_checks(evaluation, intent=text_of(document, "intent"), by_word=by_word), gathered)
            case "page_image_query":
                _gather(picture_checks(evaluation), gathered)
            case _:
                assert_never(kind)
    if not (gathered.checks or gathered.reasons):
        raise TaskError("has no condition: name an evaluator, e.g. 'string_match'", place="eval.eval_types")
    reasons = tuple(dict.fromkeys(gathered.reasons))
    if not gathered.checks:
        return EvalCheck(None, reasons)
    return EvalCheck(gathered.checks[0] if len(gathered.checks) == 1 else AllOf(checks=tuple(gathered.checks)), reasons)


def _gather(found: Iterator[Check | str], gathered: _Gathered) -> None:
    for check in found:
        if isinstance(check, str):
            gathered.reasons.append(check)
        else:
            gathered.checks.append(check)


def _answer_checks(document: Document, evaluation: Document, dialect: Dialect, gathered: _Gathered) -> None:
    place = "eval.reference_answers"
    references = mapping_of(evaluation, "reference_answers", place)
    before = len(gathered.checks), len(gathered.reasons)
    for key in references:
        if key not in _REFERENCES:
            raise TaskError(f"unknown comparison.{did_you_mean(key, _REFERENCES)}", place=f"{place}.{key}")
        try:
            match key:
                case "exact_match":
                    gathered.checks.append(
                        AnswerMatch(equals=text_of(references, key, f"{place}.{key}"), compare="literal")
                    )
                case "must_include":
                    listed = texts_of(references, key, f"{place}.{key}")
                    gathered.checks.extend(_including(listed, dialect))
                case "must_exclude":
                    for part in texts_of(references, key, f"{place}.{key}"):
                        compare = _comparison(part, 1, dialect)
                        gathered.checks.append(AnswerMatch(lacks=(part,), compare=compare))
                case "one_of":
                    listed = texts_of(references, key, f"{place}.{key}")
                    gathered.checks.append(
                        AnyOf(checks=tuple(AnswerMatch(contains=(part,), compare="literal") for part in listed))
                    )
                case "required_values":
                    listed = texts_of(references, key, f"{place}.{key}")
                    gathered.checks.append(AnswerMatch(values=tuple(listed)))
                case "fuzzy_match":
                    gathered.checks.extend(_fuzzy_checks(references[key], document, evaluation))
                case _:
                    assert_never(key)
        except ValidationError as error:
            raise TaskError(_first_message(error), place=f"{place}.{key}") from None
    if before == (len(gathered.checks), len(gathered.reasons)):
        raise TaskError("has no condition: give 'exact_match', 'must_include' or 'fuzzy_match'", place=place)


def _fuzzy_checks(value: JsonValue, document: Document, evaluation: Document) -> Iterator[Check]:
    """Translate `fuzzy_match`: a judge is asked about every reference. `N/A` is passed literally or in other words."""
    if not value:
        return
    question, place = text_of(document, "intent"), "eval.reference_answers.fuzzy_match"
    if value == NOT_ACHIEVABLE:
        note = evaluation.get("string_note")
        reason = note if isinstance(note, str) and note.strip() else NOT_ACHIEVABLE
        in_words = AnswerJudged(question=question, reference=reason, mode="unachievable")
        yield AnyOf(checks=(AnswerMatch(equals=NOT_ACHIEVABLE, compare="literal"), in_words))
        return
    for reference in texts_of({"": value if isinstance(value, list) else [value]}, "", place):
        yield AnswerJudged(question=question, reference=reference)


def _including(listed: Sequence[str], dialect: Dialect) -> Iterator[Check]:
    if not _rules_of(dialect).splits_alternatives:
        if listed:
            yield AnswerMatch(contains=tuple(listed), compare="literal")
        return
    for part in listed:
        checks = [
            AnswerMatch(contains=(alternative,), compare=_comparison(alternative, len(listed), dialect))
            for alternative in part.split(OR)
        ]
        yield checks[0] if len(checks) == 1 else AnyOf(checks=tuple(checks))


def _comparison(part: str, count: int, dialect: Dialect) -> Literal["literal", "literal_words"]:
    # WebArena compares word by word if the only reference is one character ("0"), VisualWebArena for any single word.
    if plain_words(part) != [part.lower()]:
        return "literal"
    rules = _rules_of(dialect)
    by_word = rules.one_word_alone or (rules.one_character_alone and count == 1 and len(part) == 1)
    return "literal_words" if by_word else "literal"


def _url_check(evaluation: Mapping[str, JsonValue], dialect: Dialect) -> Check:
    urls = tuple(text_of(evaluation, "reference_url", "eval.reference_url").split(OR))
    rules = _rules_of(dialect)
    note = evaluation.get("url_note") or rules.url_note
    if note not in ("EXACT", "GOLD in PRED"):
        raise TaskError(f"must be 'EXACT' or 'GOLD in PRED', not {note!r}", place="eval.url_note")
    if "" in urls:
        raise TaskError(
            "has an empty alternative, which would match every address, or none", place="eval.reference_url"
        )
    exact = note == "EXACT"
    if not rules.url_in_parts:
        matches = tuple(UrlMatch(equals=url) if exact else UrlMatch(contains=(url,)) for url in urls)
        return AllOf(checks=(Stopped(), AnyOf(checks=matches)))
    return UrlReference(any_of=urls, match="exact" if exact else "contained")


def _first_message(error: ValidationError) -> str:
    detail = error.errors()[0]
    return str(detail["ctx"]["error"]) if detail["type"] == "value_error" else str(detail["msg"])
