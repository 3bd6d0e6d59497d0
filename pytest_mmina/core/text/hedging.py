"""Words that deny a value or leave it open: `not 285`, `about 285`, `maybe 285`, `285?`, `I do not know`.

In the texts here, `VALUE` stands for the value, and `OTHER` for one that is beside the point.
"""

import re

VALUE, OTHER = "\x00", "\x01"


def _any_of(phrases: str) -> str:
    return f"(?:{'|'.join(' '.join(phrases.split()).split(' | '))})"


_NOT = _any_of(
    """
    not | never | neither | nor | rather than | instead of | except | without | excluding | unlike | isn't |
    wasn't | aren't | weren't | ain't | aint | doesn't | don't | didn't | isnt | wasnt | other than | apart from |
    besides | beside | (?:anything|everything|any number|all) but
    """
)
_BETWEEN = _any_of(
    """
    the | a | an | be | is | are | was | were | in | on | at | of | to | by | for | equal | exactly | about |
    called | named | mean | have | cost | take | it | just | even | yet
    """
)
DENIED = re.compile(rf"(?:\b{_NOT}|≠|!=|<>)\s*(?:{_BETWEEN}\s+){{0,3}}[\"'(#]*[{VALUE}{OTHER}]")
"""A value with what denies it."""

_NOTHING_OF_IT = _any_of(
    """
    not (?:only|just|including|counting|incl) | (?:do|does|did)(?:n't| not) (?:include|count|contain|have to) |
    no later | if (?:required|needed) | let me know if | if you (?:need|want|have|would like) |
    (?:and|but) nothing (?:else|more) | without (?:tax|shipping|a doubt|doubt|discount|any) |
    no (?:visitors?|stops?|extra|additional|tax|fees?|doubt)
    """
)
# What is denied here is not the value.
HARMLESS = re.compile(rf"\b{_NOTHING_OF_IT}\b|^\W*no[,.;:!]|\bno(?:\.|:|#)|\bno(?= ?#?{VALUE})")
_NEGATING = _any_of(
    """
    not | never | neither | nor | cannot | cant | dont | doesnt | isnt | wasnt | wrong | incorrect | false |
    untrue | mistaken | deny | nobody | none | nothing
    """
)
_NEGATION = re.compile(rf"\b{_NEGATING}\b|\w+n't\b|≠|!=|\bno\b(?! ?[.#{VALUE}])|\b(?:non|un)-{VALUE}")
_NOT_KNOWN = _any_of(
    """
    n/a | i (?:do not|don't|dont) know | unknown | unsure | uncertain | unclear | unavailable | undetermined |
    unable | no idea | no answer | no results? | no information | no data | no clue | idk | impossible | failed |
    error | sorry | couldn't | could not | not sure | not available | not found
    """
)
_IGNORANCE = re.compile(rf"\b{_NOT_KNOWN}\b")
_NOT_SURE = _any_of(
    """
    or | either | maybe | perhaps | possibly | probably | presumably | supposedly | apparently | allegedly |
    likely | might | could be | could have | may be | may have | may cost | i think | i believe | i guess |
    i suppose | i assume | i'd say | i would say | i'm guessing | guess | guessing | assume | assuming | seems? |
    appears? to | suspect | estimated? | estimates? | estimation | ranges? | ranging | unless | depends |
    depending | somewhere | otherwise | alternatively | whether | if | versus | vs | vary | varies | more or less |
    doubt | doubtful | believed to | reportedly | kidding | give or take | ballpark | in doubt | unverified |
    as far as i | to my knowledge | afaik | iirc | and/or
    """
)
_HEDGE = re.compile(rf"\b{_NOT_SURE}\b|{VALUE}[^.!\n]*\?|±|{VALUE}\s*\.{{3}}|\+/-")
_LIMIT_BEFORE = _any_of(
    """
    about | around | approximately | approx | roughly | nearly | almost | circa | ca | some | close to | near |
    far from | hardly | barely | scarcely | less | shy of | short of | within | let's say | more than | less than |
    fewer than | greater than | higher than | lower than | over | under | above | below | at least | at most |
    at the (?:least|most) | up to | as much as | as many as | as few as | as little as | no more than |
    no less than | no fewer than | not less than | not more than | twice | double | triple | half | used to be |
    formerly | previously | minimum | maximum | min | max | exceeding | exceeds | upwards of | starting at |
    starting from | between | (?:in|on) the (?:region|neighbou?rhood|order|vicinity) of
    """
)
_LIMIT_AFTER = _any_of(
    r"""
    \+ | (?:\w+ )?plus\b | and counting\b | or (?:so|more|less|thereabouts) | -?ish\b | approximately\b | approx\b |
    roughly\b | at (?:least|most)\b | minimum\b | maximum\b | and (?:more|up|above)\b
    """
)
_LIMIT = re.compile(
    rf"(?:\b{_LIMIT_BEFORE}\.?|\bc\.|[~≈<>≥≤∼≃]=?)\s*(?:(?:the|a|an|of|in|on)\s+)?[\"'(]*{VALUE}"
    rf"|{VALUE}\s*{_LIMIT_AFTER}"
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
