"""Answers to questions that are answered with yes or no."""

import re

from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.folding import folded
from pytest_mmina.core.text.statements import MOST_WORDS, problem_of_length

_YES = r"yes|yeah|yep|yup|true|correct|right|affirmative|indeed|certainly|definitely|sure|of course|absolutely"
_NO = r"no|nope|nah|false|incorrect|negative|untrue|wrong|not at all|never|certainly not|of course not|definitely not"
_TURNED = re.compile(
    r"\b(?:not|isn't|wasn't|aren't|is not)\s+(?:(?:the|a|entirely|quite|at)\s+)?(?P<word>true|correct|right|the case)\b"
)
_PHRASE = re.compile(
    r"(?:it|that|there|he|she)'s(?P<short>\s+not)?|(?:it|they|he|she|there|this|that|we|you|i)\s+(?:is|does|has|can|will|was|did|are|do|have|were|had)(?P<not>\s+not|n't)?(?:\s+(?:one|any|so))?[.!]?"
)
_WORD = re.compile(rf"\b(?:(?P<no>{_NO})|(?P<yes>{_YES}))\b")
_OPEN = re.compile(
    r"\bn/a\b|\bno (?:one|way|idea|answer|clue|results?|information|data|problem)\b"
    r"|\b(?:do not|don't|dont|cannot|can't|couldn't|could not) (?:know|tell|say|find|determine|decide|answer|see)\b"
    r"|\b(?:maybe|perhaps|possibly|probably|likely|might|could be|may be|i think|i believe|i guess|i suppose|"
    r"unsure|uncertain|unclear|unknown|not sure|seems?|appears?|depends|either|or|sometimes|partly|unless|yes and no|"
    r"in doubt)\b|\?"
)
_DETERMINER = re.compile(r"\bno (?!it\b|they\b|he\b|she\b|there\b|i\b|we\b|that\b|this\b|you\b|not\b|no\b|is\b)(?=\w)")
_CONTRADICTED = re.compile(r"yes,? (?:it|they|he|she|there|this|that|you|i) \w+(?: not|n't)\b")
_LETTERS = {"y": "yes", "n": "no"}


def stated_yes_no(text: str) -> str:
    """Return `yes` or `no` if a text states one of them and not the other; empty otherwise."""
    seen = folded(text).strip(" .!\"'()")
    if seen in _LETTERS:
        return _LETTERS[seen]
    if _OPEN.search(seen):
        return ""
    if phrase := _PHRASE.fullmatch(seen):
        return "no" if phrase["not"] or phrase["short"] else "yes"
    turned = _TURNED.sub(" no ", seen)
    if _DETERMINER.search(turned) and _WORD.match(turned):
        # `Yes; no fee`: the second word is no answer.
        turned = turned[:4] + _DETERMINER.sub(" ", turned[4:])
    if _CONTRADICTED.match(turned):
        return ""
    words = {"yes" if match["yes"] else "no" for match in _WORD.finditer(turned)}
    if re.search(r"\b(?:not|never)\s+(?:yes|no|false|incorrect|wrong)\b", turned):
        return ""
    return words.pop() if len(words) == 1 else ""


def problem_of_yes_no(reference: str, text: str) -> str | None:
    """Return why a text does not state the same of yes and no as the reference; None if it does."""
    if problem := problem_of_length(text):
        return problem
    stated, wanted = stated_yes_no(text), stated_yes_no(reference)
    if not stated:
        return f"states neither yes nor no: {shortened(text)!r}"
    if stated != wanted:
        return f"is {shortened(text)!r}, not {reference!r}"
    count = len(text.split())
    return f"has {count} words: an answer has at most {MOST_WORDS}" if count > MOST_WORDS else None
