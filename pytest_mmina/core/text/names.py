"""Names of people, places and things in an answer: with or without accents, articles, titles and a sentence around."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.folding import compatible, searchable, without_accents
from pytest_mmina.core.text.hedging import VALUE, denied, doubt_in
from pytest_mmina.core.text.statements import MOST_WORDS, problem_of_length

# `C++` and `C#` are words; accents that NFKC leaves apart belong to the letter before them.
_WORD = re.compile(r"[^\W_]+(?:['\u0300-\u036f]+[^\W_]+)*[\u0300-\u036f]*[+#]*")
_INITIAL_GAP = re.compile(r"\.[ ]?")
_NUMBERING = re.compile(r"\s*(?:[-*•]|\(?\d{1,2}[.)])\s+(?!.*\s\(?\d{1,2}[.)]\s)", re.DOTALL)
_OTHERS_DENIED = re.compile(
    r"\b(?:not|rather than|instead of|unlike)\s+(?:(?:the|in|at|by|to|from|a|an)\s+)?[A-Z][\w'-]*(?:\s[A-Z][\w'-]*)*"
)
_NOT_SURE = r"sure|certain|known|really|quite|exactly|clear|found|yet|confident|verified|confirmed|true|right|correct"
# `purple, not red`
_OTHER_DENIED_LAST = re.compile(rf",?\s+not\s+(?:(?:the|in|a|an)\s+)?(?!(?:{_NOT_SURE})\b)[^\W\d_]+(?=[\s.!)\"'*]*$)")
_ARTICLES = frozenset({"the", "a", "an"})
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "professor", "sir", "dame", "lady", "lord", "mx"})
# Words that may stand around a name without being part of one, or of a list of names.
_AROUND_TEXT = """
    answer answers final is are was were be been being it its it's that that's this this's he he's she she's
    they they're his her their our my i i'm we you there here who which whose what when where why how of in
    on at to by from for with as into than about after before during because since so and yes correct right
    exactly name named called known title titled city town country person place author artist page according
    based found find says said shows shown show states stated listed has have had does did do can will would
    question result response please thank thanks ok okay well located one most colour color pattern month
"""
_AROUND = _ARTICLES | _TITLES | frozenset(_AROUND_TEXT.split())
# What has a number for a name, such as `RF-6001`.
_NUMBERED = frozenset({"number", "no", "order", "booking", "ticket", "reservation", "alert", "reference"})
_PLACED = frozenset({"of", "in", "from", "at", "on", "near", "for", "by"})
_BESIDE_THE_NAME = frozenset({"near", "than", "like", "beyond", "outside", "opposite", "before", "after"})
_STATING = frozenset({"is", "was", "are", "were", "called", "named", "it's", "that's", "answer", "by"})
_MOST_PLACED = 2
_MOST_INITIALS = 9
_LIST = re.compile(r"[,;\n/|&•*]|\band\b|\bor\b")
_BESIDE = re.compile(r"[\s,;/|&•*\"'()-]*(?:(?:and|or|plus)\s)?[\s\"'(]*(?:(?:the|an?)\s)?", re.IGNORECASE)
_AFTER_FIRST = re.compile(r"\s*[,;/|&\n]")
_SENTENCE_END = (".", "!", "?", ":", "\n")


class _Word(NamedTuple):
    """A word of an answer, without accents, and its place."""

    bare: str
    start: int
    end: int
    is_capital: bool


def name_words(text: str) -> list[str]:
    """Return the words of a name: folded, without accents, and without an article or title in front."""
    found = [word.bare for word in _words(compatible(text))]
    while len(found) > 1 and found[0] in _ARTICLES | _TITLES:
        found = found[1:]
    return found


def problem_of_name(reference: str, text: str) -> str | None:
    """Return why a text does not state the name in the reference, and no other; None if it does."""
    if problem := problem_of_length(text):
        return problem
    wanted = name_words(reference)
    seen = compatible(text)
    if numbering := _NUMBERING.match(seen):
        seen = seen[numbering.end() :]
    starts = _starts(wanted, _words(seen))
    if not starts:
        return f"is {shortened(text)!r}, not {reference!r}"
    if all(_is_denied(seen, _words(seen), at) for at in starts):
        return f"denies {reference!r}: {shortened(text)!r}"
    if all(_before(_words(seen), at) in _BESIDE_THE_NAME for at in starts):
        return f"names what is beside {reference!r}: {shortened(text)!r}"
    seen = _without_other_denials(seen, wanted)
    words = _words(seen)
    starts = _starts(wanted, words)
    spans = [(words[at].start, words[at + len(wanted) - 1].end) for at in starts]
    if doubt := doubt_in(_blanked(seen, spans).lower(), repeated=len(spans) > 1, has_limits=False):
        return f"does not commit itself to {reference!r} ({doubt!r}): {shortened(text)!r}"
    taken = {at + offset for at in starts for offset in range(len(wanted))}
    around = _AROUND | _NUMBERED if any(word.isdecimal() for word in wanted) else _AROUND
    if other := _other_name(seen, words, spans, taken, around):
        return f"names more than {reference!r}: {other!r}"
    count = len(words) - len(taken)
    return f"has {count} words beside {reference!r}: an answer has at most {MOST_WORDS}" if count > MOST_WORDS else None


def has_name(reference: str, text: str) -> bool:
    """Return whether a text of any length has the name as whole words, and does not deny it."""
    seen = searchable(text)
    words = _words(seen)
    return any(not denied(seen, words[at].start) for at in _starts(name_words(reference), words))


def _words(seen: str) -> list[_Word]:
    """Return the words of a compatible text; initials are one word: `J. K.`, `U.S.A.`."""
    words: list[_Word] = []
    initials = False
    for match in _WORD.finditer(seen):
        bare = match[0].casefold() if match[0].isascii() else without_accents(match[0])
        single = len(bare) == 1 and bare.isalpha()
        if (
            initials
            and single
            and len(words[-1].bare) < _MOST_INITIALS
            and _INITIAL_GAP.fullmatch(seen, words[-1].end, match.start())
        ):
            words[-1] = words[-1]._replace(bare=words[-1].bare + bare, end=match.end())
        else:
            words.append(_Word(bare, *match.span(), match[0][0].isupper()))
        initials = single
    return words


def _starts(wanted: Sequence[str], words: Sequence[_Word]) -> list[int]:
    count = len(wanted)
    return [
        at
        for at in range(len(words) - count + 1 if wanted else 0)
        if words[at].bare == wanted[0] and all(words[at + index].bare == wanted[index] for index in range(count))
    ]


def _without_other_denials(seen: str, wanted: Sequence[str]) -> str:
    # `Paris, not London` says nothing against Paris.
    for pattern in (_OTHERS_DENIED, _OTHER_DENIED_LAST):
        seen = pattern.sub(lambda match: match[0] if _starts(wanted, _words(match[0])) else " " * len(match[0]), seen)
    return seen


def _is_denied(seen: str, words: Sequence[_Word], at: int) -> bool:
    # `No Paris` denies Paris; `No, Paris` and `No. Paris` do not.
    said_no = at > 0 and words[at - 1].bare == "no" and not seen[words[at - 1].end : words[at].start].strip()
    return said_no or denied(seen, words[at].start)


def _other_name(
    seen: str, words: Sequence[_Word], spans: Sequence[tuple[int, int]], taken: set[int], around: frozenset[str]
) -> str:
    """Return a word that belongs to another name, or to a longer one; empty if there is none.

    Other names begin with a capital letter, or stand beside the name, joined as in a list. Two may say where
    something is (`the capital of France is Paris`).
    """
    has_capitals = any(seen[start : start + 1].isupper() for start, _ in spans)
    stated = any(at - 1 >= 0 and _before(words, at) in _STATING for at in taken if at - 1 not in taken)
    placed = 0
    for index, word in enumerate(words):
        if index in taken or word.bare in around:
            continue
        between = _between(seen, word, spans)
        beside = _BESIDE.fullmatch(between) is not None
        joined = beside and not between.strip(" '\"")
        if between == "-":
            return seen[word.start : word.end]
        text = seen[word.start : word.end]
        if beside and _LIST.search(between):
            return text
        if word.bare[0].isdigit():
            if joined:
                return text
            continue
        first = index == 0 or seen[: word.start].rstrip(" \"'(").endswith(_SENTENCE_END)
        if first and _AFTER_FIRST.match(seen, word.end):
            return text
        if word.is_capital and not (first and not beside):
            placed += 1
            if not (stated and _before(words, index) in _PLACED and placed <= _MOST_PLACED and not beside):
                return text
        elif joined and not has_capitals:
            return text
    return ""


def _before(words: Sequence[_Word], index: int) -> str:
    at = index - 1
    while at > 0 and words[at].bare in _ARTICLES | _TITLES:
        at -= 1
    return words[at].bare if at >= 0 else ""


def _between(seen: str, word: _Word, spans: Sequence[tuple[int, int]]) -> str:
    gaps = [seen[word.end : start] if word.end <= start else seen[end : word.start] for start, end in spans]
    return min(gaps, key=len)


def _blanked(seen: str, spans: Sequence[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in spans:
        if start >= at:
            parts += [seen[at:start], VALUE]
            at = end
    return "".join((*parts, seen[at:]))
