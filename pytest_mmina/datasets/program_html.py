"""The evaluators that read pages after the agent has stopped: `program_html` and `page_image_query`."""

from collections.abc import Iterator
from typing import Literal, assert_never, get_args

from pydantic import JsonValue, ValidationError

from pytest_mmina.core.errors import TaskError, did_you_mean
from pytest_mmina.core.tasks.checks import AnyOf, Check, PageJudged, PictureJudged
from pytest_mmina.core.tasks.end_readings import LAST, PageValue, SamePicture
from pytest_mmina.core.tasks.page_functions import NEED_REST, PREFIX, FunctionError, parse_call
from pytest_mmina.core.text.folding import plain_words
from pytest_mmina.datasets.fields import OR, Document, mappings_of, text_of, texts_of

_Condition = Literal["exact_match", "must_include", "must_exclude", "required_values", "fuzzy_match"]
_CONDITIONS: tuple[_Condition, ...] = get_args(_Condition)


def program_checks(evaluation: Document, *, intent: str, by_word: bool) -> Iterator[Check | str]:
    """Yield the checks of `program_html`, or a reason for each part that cannot be judged. Raises TaskError.

    With `by_word`, a reference of one word is compared word by word. The intent is the question for a judge.
    """
    url = LAST
    for position, target in enumerate(mappings_of(evaluation, "program_html", "eval.program_html")):
        place = f"eval.program_html[{position}]"
        named = text_of(target, "url", f"{place}.url")
        # The original evaluators open a page in the agent's tab, so a later `last` means the page that they opened.
        url = url if named == LAST else named
        locator = target.get("locator", "")
        if not isinstance(locator, str):
            raise TaskError("must be a text", place=f"{place}.locator")
        before = tuple(texts_of(target, "prep_actions", f"{place}.prep_actions")) if "prep_actions" in target else ()
        if reason := _unsupported_function(url, f"{place}.url") or _unsupported_function(locator, f"{place}.locator"):
            yield reason
            continue
        required = target.get("required_contents")
        for condition in _conditions(required, f"{place}.required_contents", by_word=by_word):
            common = {"url": url, "read": locator, "before": before}
            try:
                checks: list[Check] = [
                    PageJudged.model_validate({**common, "question": intent, **alternative})
                    if "reference" in alternative
                    else PageValue.model_validate({**common, **alternative})
                    for alternative in condition
                ]
            except ValidationError as error:
                raise TaskError(_problem(error), place=place) from None
            yield checks[0] if len(checks) == 1 else AnyOf(checks=tuple(checks))


def picture_checks(evaluation: Document) -> Iterator[Check | str]:
    """Yield the checks of `page_image_query`, or a reason for each part that cannot be judged. Raises TaskError."""
    for position, query in enumerate(mappings_of(evaluation, "page_image_query", "eval.page_image_query")):
        place = f"eval.page_image_query[{position}]"
        url = text_of(query, "eval_image_url", f"{place}.eval_image_url")
        selector = query.get("eval_image_class") or "img"
        if reason := _unsupported_function(url, f"{place}.eval_image_url"):
            yield reason
            continue
        questions = mappings_of(query, "eval_vqa", f"{place}.eval_vqa") if query.get("eval_vqa") else ()
        if "eval_fuzzy_image_match" not in query and not questions:
            raise TaskError("has no condition: give 'eval_fuzzy_image_match' or 'eval_vqa'", place=place)
        common = {"url": url, "selector": selector}
        try:
            for number, entry in enumerate(questions):
                question_place = f"{place}.eval_vqa[{number}]"
                question = text_of(entry, "question", f"{question_place}.question")
                reference = text_of(entry, "answer", f"{question_place}.answer")
                yield PictureJudged.model_validate({**common, "question": question, "reference": reference})
            if "eval_fuzzy_image_match" in query:
                pictures = text_of(query, "eval_fuzzy_image_match", f"{place}.eval_fuzzy_image_match").split(OR)
                at_least = query.get("ssim_threshold", 0.8)
                yield SamePicture.model_validate({**common, "any_of": pictures, "at_least": at_least})
        except ValidationError as error:
            raise TaskError(_problem(error), place=place) from None


def _unsupported_function(text: str, place: str) -> str:
    if not text.startswith(PREFIX):
        return ""
    try:
        name = parse_call(text.removeprefix(PREFIX)).name
    except FunctionError as error:
        return str(error)
    except ValueError as error:
        raise TaskError(str(error), place=place) from None
    if name in NEED_REST:
        return f"its function {name!r} calls the shop's REST API as its administrator, which is not supported"
    return ""


def _conditions(required: JsonValue, place: str, *, by_word: bool) -> Iterator[list[dict[str, JsonValue]]]:
    """Yield the alternatives of each condition, as fields of `page_value`, or of `page_judged` (with `reference`)."""
    if isinstance(required, str):
        # MMInA's form: alternatives in one text.
        yield [{"contains": [part], "compare": "literal"} for part in required.split(OR)]
        return
    if not isinstance(required, dict) or not required:
        raise TaskError("must be an object such as {'must_include': [...]}, or a text", place=place)
    for key, value in required.items():
        if key not in _CONDITIONS or (key == "fuzzy_match" and not value):
            raise TaskError(f"unknown comparison.{did_you_mean(key, _CONDITIONS)}", place=f"{place}.{key}")
        match key:
            case "exact_match":
                yield [{"equals": text_of(required, key, f"{place}.{key}"), "compare": "literal"}]
            case "must_include":
                for part in texts_of(required, key, f"{place}.{key}"):
                    yield [
                        {"contains": [alternative], **_comparison(alternative, by_word=by_word)}
                        for alternative in part.split(OR)
                    ]
            case "must_exclude":
                for part in texts_of(required, key, f"{place}.{key}"):
                    yield [{"lacks": [part], **_comparison(part, by_word=by_word)}]
            case "required_values":
                yield [{"values": list(texts_of(required, key, f"{place}.{key}"))}]
            case "fuzzy_match":
                listed: dict[str, JsonValue] = {key: value if isinstance(value, list) else [value]}
                for part in texts_of(listed, key, f"{place}.{key}"):
                    yield [{"reference": alternative} for alternative in part.split(OR)]
            case _:
                assert_never(key)


def _comparison(part: str, *, by_word: bool) -> dict[str, JsonValue]:
    return {"compare": "literal_words" if by_word and plain_words(part) == [part.lower()] else "literal"}


def _problem(error: ValidationError) -> str:
    detail = error.errors()[0]
    return str(detail["ctx"]["error"]) if detail["type"] == "value_error" else str(detail["msg"])
