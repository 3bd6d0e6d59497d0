"""Words that deny a value or leave it open: `not 285`, `about 285`, `maybe 285`, `285?`, `I do not know`.

In the texts here, `VALUE` stands for the value, and `OTHER` for one that is beside the point.
"""

import re

VALUE, OTHER = "\x00", "\x01"

_NOT = (
    "not|never|neither|nor|rather than|instead of|except|without|excluding|unlike|isn't|wasn't|aren't|weren't|ain't|"
    "doesn't|don't|didn't|isnt|wasnt|other than|apart from|besides|beside|(?:anything|everything|any number|all) but"
)
_BETWEEN = (
    "the|a|an|be|is|are|was|were|in|on|at|of|to|by|for|equal|exactly|about|called|named|mean|have|cost|take|it|just|"
    "even|yet"
)
DENIED = re.compile(rf"(?:\b(?:{_NOT})|≠|!=|<>)\s*(?:(?:{_BETWEEN})\s+){{0,3}}[\"'(#]*[{VALUE}{OTHER}]")
"""A value with what denies it."""

# What is denied here is not the value.
HARMLESS = re.compile(
    r"\bnot (?:only|just|including|counting|incl)\b|\b(?:do|does|did)(?:n't| not) (?:include|count|contain|have to)\b"
    rf"|^\W*no[,.;:!]|\bno(?:\.|:|#)|\bno(?= ?#?{VALUE})|\bno later\b|\bif (?:required|needed)\b"
    r"|\bwithout (?:tax|shipping|a doubt|doubt|discount|any)\b|\bno (?:stops?|extra|additional|tax|fees?|doubt)\b"
)
_NEGATION = re.compile(
    r"\b(?:not|never|neither|nor|cannot|cant|dont|doesnt|isnt|wasnt|wrong|incorrect|false|untrue|mistaken|deny|nobody|"
    rf"none|nothing)\b|\w+n't\b|≠|!=|\bno\b(?! ?[.#{VALUE}])"
)
_IGNORANCE = re.compile(
    r"\bn/a\b|\bi (?:do not|don't|dont) know\b|\b(?:unknown|unsure|uncertain|unclear|unavailable|undetermined|unable|"
    r"no idea|no answer|no results?|no information|no data|no clue|idk|impossible|failed|error|sorry|couldn't|"
    r"could not|not sure|not available|not found)\b"
)
_HEDGE = re.compile(
    r"\b(?:or|either|maybe|perhaps|possibly|probably|presumably|supposedly|apparently|allegedly|likely|might|"
    r"could be|could have|may be|may have|may cost|i think|i believe|i guess|i suppose|i assume|i'd say|i would say|"
    r"i'm guessing|guess|guessing|assume|assuming|seems?|appears? to|suspect|estimated?|estimates?|estimation|ranges?|"
    r"ranging|unless|depends|depending|somewhere|otherwise|alternatively|whether|if|versus|vs|vary|varies|more or less|"
    rf"give or take|ballpark|in doubt|unverified|as far as i|"
    rf"to my knowledge|afaik|iirc|and/or)\b|{VALUE}[^.!\n]*\?|±|{VALUE}\s*\.{{3}}|\+/-"
)
_LIMIT_BEFORE = (
    "hardly|barely|scarcely|"
    "about|around|approximately|approx|roughly|nearly|almost|circa|ca|some|close to|near|more than|less than|"
    "fewer than|greater than|higher than|lower than|over|under|above|below|at least|at most|up to|as much as|"
    "as many as|no more than|no less than|no fewer than|not less than|not more than|twice|double|triple|half|"
    "used to be|formerly|previously|minimum|maximum|min|max|exceeding|exceeds|upwards of|"
    "starting at|starting from|between"
)
_LIMIT_AFTER = (
    r"\+|plus\b|or (?:so|more|less|thereabouts)|-?ish\b|approximately\b|approx\b|roughly\b|at (?:least|most)\b|"
    r"minimum\b|maximum\b|and (?:more|up|above)\b"
)
_LIMIT = re.compile(
    rf"(?:\b(?:{_LIMIT_BEFORE})\.?|\bc\.|[~≈<>≥≤∼≃])\s*(?:(?:the|a|an|of|in|on)\s+)?[\"'(]*{VALUE}"
    rf"|{VALUE}\s*(?:{_LIMIT_AFTER})"
)


def doubt_in(lowered: str, *, repeated: bool = False, has_limits: bool = True) -> str:
    """Return the words of a text in lower case that deny its value (`VALUE`) or leave it open; empty if there are none.

    With `repeated`, the value is named more than once: `1.5 km or 1500 m` leaves nothing open. Without `has_limits`,
    `about` and `over` make it no limit, as before a name.
    """
    for pattern in (_IGNORANCE, _LIMIT) if has_limits else (_IGNORANCE,):
        if match := pattern.search(lowered):
            return words_of(match[0])
    rest = HARMLESS.sub(" ", lowered)
    for match in _HEDGE.finditer(rest):
        if not (repeated and match[0] == "or"):
            return words_of(match[0])
    negation = _NEGATION.search(rest)
    return words_of(negation[0]) if negation else ""


def denied(text: str, start: int) -> bool:
    """Return whether the words right before a place in a text deny what begins there: `not 285`."""
    return DENIED.search(text[max(0, start - 40) : start].lower() + VALUE) is not None


def words_of(found: str) -> str:
    """Return what was found as messages quote it: without the place of the value."""
    return found.replace(VALUE, "").strip(" \"'(") or found
