"""The ways in which a text is compared with a reference. These functions never raise, and never look at the clock.

Each is linear in the text: texts come from pages and agents, and may have any length.
"""

from typing import Literal, assert_never

from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.answers import has_date, has_number, problem_of_date, problem_of_number
from pytest_mmina.core.text.dates import days_in
from pytest_mmina.core.text.folding import compatible, folded, plain, plain_words, words
from pytest_mmina.core.text.grid import has_place, place_of, problem_of_grid
from pytest_mmina.core.text.lists import is_same_list, items
from pytest_mmina.core.text.locales import DEFAULT_LOCALE
from pytest_mmina.core.text.names import has_name, name_words, problem_of_name
from pytest_mmina.core.text.quantity_search import quantities
from pytest_mmina.core.text.times import has_time, problem_of_time, times_in
from pytest_mmina.core.text.yes_no import problem_of_yes_no, stated_yes_no

Comparison = Literal[
    "text", "words", "number", "date", "time", "list", "grid", "name", "yes_no", "literal", "literal_words"
]
"""How a text is compared; `literal` and `literal_words` are those of MMInA's and WebArena's files."""


def is_same(comparison: Comparison, reference: str, text: str, *, locale: str = DEFAULT_LOCALE) -> bool:
    """Return whether a text states the reference, and nothing else of its kind."""
    return problem_of_equality(comparison, reference, text, locale=locale) is None


def problem_of_equality(
    comparison: Comparison, reference: str, text: str, *, locale: str = DEFAULT_LOCALE
) -> str | None:
    """Return why a text does not state the reference, as words that follow the name of the text; None if it does."""
    if problem_of_reference(comparison, reference, whole=True, locale=locale):
        return f"is {shortened(text)!r}, not {reference!r}"
    match comparison:
        case "number":
            return problem_of_number(reference, text, locale)
        case "date":
            return problem_of_date(reference, text, locale)
        case "time":
            return problem_of_time(reference, text)
        case "grid":
            return problem_of_grid(reference, text)
        case "name":
            return problem_of_name(reference, text)
        case "yes_no":
            return problem_of_yes_no(reference, text)
        case "words":
            same = words(text) == words(reference)
        case "list":
            same = is_same_list(reference, text)
        case "text":
            same = folded(text) == folded(reference)
        case "literal":
            same = plain(text) == plain(reference)
        case "literal_words":
            same = plain_words(text) == plain_words(reference)
        case _:
            assert_never(comparison)
    return None if same else f"is {shortened(text)!r}, not {reference!r}"


def is_part(comparison: Comparison, reference: str, text: str, *, locale: str = DEFAULT_LOCALE) -> bool:
    """Return whether a text contains the reference, beside anything else."""
    match comparison:
        case "words":
            return _is_run(words(reference), words(text))
        case "literal_words":
            return _is_run(plain_words(reference), plain_words(text))
        case "number":
            return has_number(reference, text, locale)
        case "date":
            return has_date(reference, text, locale)
        case "time":
            return has_time(reference, text)
        case "grid":
            return has_place(reference, text)
        case "name":
            return has_name(reference, text)
        case "yes_no":
            return stated_yes_no(text) == stated_yes_no(reference) != ""
        case "list":
            return set(items(reference)) <= set(items(text))
        case "text":
            return folded(reference) in folded(text)
        case "literal":
            return plain(reference) in plain(text)
        case _:
            assert_never(comparison)


def problem_of_reference(
    comparison: Comparison, reference: str, *, whole: bool = False, locale: str = DEFAULT_LOCALE
) -> str:
    """Return why a reference cannot be compared in this way; the empty text if it can.

    With `whole`, an answer has to state it alone: a number, a date or a time has to be the only one.
    """
    alone = False
    match comparison:
        case "text" | "literal":
            return ""
        case "words":
            count, kind = len(words(reference)), "word"
        case "literal_words":
            count, kind = len(plain_words(reference)), "word"
        case "number":
            count, kind, alone = len(quantities(reference, locale=locale)), "number", whole
        case "date":
            count, kind, alone = len(days_in(compatible(reference), locale=locale)), "date", whole
        case "time":
            count, kind, alone = len(times_in(compatible(reference))), "time of day", whole
        case "list":
            count, kind = len(items(reference)), "list"
        case "grid":
            count, kind = int(place_of(reference) is not None), "row and column (e.g. 'row 3, column 6')"
        case "name":
            count, kind = len(name_words(reference)), "name"
        case "yes_no":
            count, kind = len(stated_yes_no(reference)), "'yes' or 'no'"
        case _:
            assert_never(comparison)
    if not count:
        return f"{reference!r} contains no {kind} to compare by"
    if alone and count > 1:
        return f"{reference!r} contains {count} {kind}s, and 'equals' compares with one: use 'contains'"
    return ""


def _is_run(part: list[str], whole: list[str]) -> bool:
    return (
        any(
            whole[start] == part[0] and whole[start : start + len(part)] == part
            for start in range(len(whole) - len(part) + 1)
        )
        if part
        else True
    )
