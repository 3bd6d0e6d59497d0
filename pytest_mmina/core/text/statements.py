"""Whether an answer states one thing: it neither denies it, nor leaves it open, nor names others beside it."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.hedging import DENIED, HARMLESS, OTHER, VALUE, doubt_in, words_of

LONGEST_ANSWER = 1000
"""How many characters an answer to a question may have: what is longer is a page, not an answer."""
MOST_WORDS = 30
"""How many words an answer may have beside the value that was asked for."""

_WORD = re.compile(r"\w+")


class Value(NamedTuple):
    """A value in an answer, from `start` to `end`.

    It is the `right` one, a wrong one, or (None) beside the point, as the price in a question for a length.
    """

    text: str
    start: int
    end: int
    right: bool | None


def problem_of_length(text: str) -> str | None:
    """Return why a text is too long to be an answer; None if it is not."""
    if len(text) > LONGEST_ANSWER:
        return f"has {len(text)} characters: an answer has at most {LONGEST_ANSWER}"
    return None


def problem_of_statement(
    text: str,
    values: Sequence[Value],
    *,
    kind: str,
    wanted: str,
    shown: str = "",
    same: Callable[[Value, Value], bool],
    limit: re.Pattern[str] | None = None,
) -> str | None:
    """Return why a text does not state the one value that was asked for, as words that follow `the answer`.

    `values` are all values of the kind in the text, in order; `same` says whether two wrong ones are the same. A value
    that is denied (`not 285`) is not stated, whichever it is. `shown` is the text as messages quote it. `limit` finds
    further words that make a limit of a value of this kind.
    """
    quoted = repr(shortened(shown or text))
    if all(value.right is None for value in values):
        return f"names no {kind}: {quoted}"
    blanked, kept = _blanked(text, values)
    lowered = blanked.lower()
    denied_at = {match.end() - 1 for match in DENIED.finditer(lowered) if not _is_limit(match[0])}
    places = [index for index, character in enumerate(lowered) if character in (VALUE, OTHER)]
    stated = [
        value for value, place in zip(kept, places, strict=True) if place not in denied_at and value.right is not None
    ]
    right = [value for value in stated if value.right]
    if not right and any(value.right for value in kept):
        return f"denies {wanted}: {quoted}"
    if not stated:
        return f"says only which {kind} it is not: {quoted}"
    wrong = [value for value in stated if not value.right]
    if wrong and not right:
        others = _distinct(wrong, same)
        if len(others) == 1:
            return f"is {quoted}, not {wanted}"
    if wrong:
        named = _distinct(stated, same)
        return f"names {_count(len(named))} {kind}s: {_listed(named)}"
    # What is denied beside the value has been dealt with.
    open_text = DENIED.sub(" ", lowered) if denied_at else lowered
    if limit is not None and (limited := limit.search(open_text)):
        return f"gives {wanted} as a limit ({words_of(limited[0])!r}): {quoted}"
    if doubt := doubt_in(open_text, repeated=len(right) > 1):
        return f"does not commit itself to {wanted} ({doubt!r}): {quoted}"
    count = len(_WORD.findall(blanked))
    if count > MOST_WORDS:
        return f"has {count} words beside {wanted}: an answer has at most {MOST_WORDS}"
    return None


def _blanked(text: str, values: Sequence[Value]) -> tuple[str, list[Value]]:
    parts, kept, at = [], [], 0
    for value in values:
        if value.start < at:
            continue
        parts.append(text[at : value.start].replace(VALUE, " ").replace(OTHER, " "))
        parts.append(OTHER if value.right is None else VALUE)
        kept.append(value)
        at = value.end
    parts.append(text[at:].replace(VALUE, " ").replace(OTHER, " "))
    return "".join(parts), kept


def _is_limit(denial: str) -> bool:
    return bool(HARMLESS.match(denial))


def _distinct(values: Sequence[Value], same: Callable[[Value, Value], bool]) -> list[Value]:
    named: list[Value] = []
    for value in values:
        if not any(same(value, other) for other in named):
            named.append(value)
    return named


def _count(count: int) -> str:
    return {2: "two", 3: "three", 4: "four"}.get(count, str(count))


def _listed(values: Sequence[Value]) -> str:
    texts = [value.text for value in values[:5]]
    if len(values) > 5:
        return f"{', '.join(texts)} and others"
    return " and ".join((", ".join(texts[:-1]), texts[-1])) if len(texts) > 1 else texts[0]
