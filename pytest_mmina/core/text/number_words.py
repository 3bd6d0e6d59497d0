"""English number words: `thirty-five`, `two hundred and five`, `two and a half million`, `three quarters`."""

import re
from collections.abc import Sequence
from fractions import Fraction

_CARDINALS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
"""
_SMALL = {word: value for value, word in enumerate(_CARDINALS.split())}
_FIRST_ORDINALS = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
ORDINALS = {
    word: value
    for value, word in enumerate(
        _FIRST_ORDINALS.split(),
        start=1,
    )
}
ORDINALS |= {
    f"{tens}-{word}": 10 * count + value
    for count, tens in enumerate(("twenty", "thirty", "forty", "fifty"), 2)
    for word, value in list(ORDINALS.items())[:9]
} | {"thirtieth": 30, "fortieth": 40, "fiftieth": 50}
ORDINAL_WORDS = "|".join(sorted(ORDINALS, key=len, reverse=True))
"""The alternatives of a pattern, the longest first."""
_TENS_WORDS = """
    twenty thirty forty fifty sixty seventy eighty ninety
"""
_TENS = {word: 10 * value for value, word in enumerate(_TENS_WORDS.split(), 2)}
SCALE_WORDS = {
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "quadrillion": 10**15, "lakh": 10**5,
    "crore": 10**7, "dozen": 12,
}  # fmt: skip
_PARTS = {
    "half": Fraction(1, 2), "halves": Fraction(1, 2), "quarter": Fraction(1, 4), "quarters": Fraction(1, 4),
    "third": Fraction(1, 3), "thirds": Fraction(1, 3),
}  # fmt: skip
_CARDINAL = "|".join((*_SMALL, *_TENS, "hundred", *SCALE_WORDS))
_STARTING_ARTICLE = r"an?(?=[ ](?:hundred|thousand|million|billion|trillion|dozen|half|quarter)\b)"
_WORD = rf"(?:{_CARDINAL}|point|half|halves|quarters?|thirds?|{_STARTING_ARTICLE})\b"
# `third` and `point` alone are no numbers, and `half` stands for one only with what is halved.
NUMBER_WORDS = (
    rf"(?:(?<!\w)(?:{_CARDINAL}|half|quarter|{_STARTING_ARTICLE})\b(?:(?:-|[ ]and[ ]|,?[ ])(?:{_WORD})){{0,24}}+)"
)

_LEAST_PLACE = Fraction(1, 10**20)
_TOKEN = re.compile(r"[a-z]+")


def word_values(text: str) -> list[Fraction]:
    """Return the numbers that a match of `NUMBER_WORDS` names: two for `twenty twenty-two`, which is no number."""
    tokens = _TOKEN.findall(text.lower())
    values: list[Fraction] = []
    position = 0
    while position < len(tokens):
        value, after = _value_at(tokens, position)
        if value is not None:
            values.append(value)
        position = after if value is not None else position + 1
    return values


def _value_at(tokens: Sequence[str], start: int) -> tuple[Fraction | None, int]:
    article = start < len(tokens) and tokens[start] in ("a", "an")
    at = start + article
    whole, at = (None, at) if article and _word(tokens, at) in _PARTS else _whole_at(tokens, at, implied_one=article)
    if whole is None:
        part = _PARTS.get(_word(tokens, at))
        if part is None:
            return None, start + 1
        return _scaled(part, tokens, at + 1)
    if _word(tokens, at) == "point" and _word(tokens, at + 1) in _SMALL:
        at += 1
        place = Fraction(1, 10)
        while (digit := _SMALL.get(_word(tokens, at), 10)) < 10 and place > _LEAST_PLACE:
            whole, place, at = whole + digit * place, place / 10, at + 1
        return _scaled(whole, tokens, at)
    if _word(tokens, at) in _PARTS and whole < 1000:
        return whole * _PARTS[tokens[at]], at + 1
    if _word(tokens, at) == "and":
        count = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}.get(_word(tokens, at + 1))
        part = _PARTS.get(_word(tokens, at + 2))
        if count and part is not None:
            return _scaled(whole + count * part, tokens, at + 3)
    return whole, at


def _whole_at(tokens: Sequence[str], at: int, *, implied_one: bool) -> tuple[Fraction | None, int]:
    total, limit = 0, 10**18
    found = False
    while True:
        group, after = _below_thousand(tokens, at, implied_one=not found)
        if group is None and not found and (implied_one or _word(tokens, at) in SCALE_WORDS):
            group, after = 1, at
        if group is None:
            break
        scale = SCALE_WORDS.get(_word(tokens, after), 1)
        if found and group * scale >= limit:
            break
        found, at = True, after + (scale > 1)
        total += group * scale
        limit = scale
        if scale == 1:
            break
        if _word(tokens, at) == "and" and _below_thousand(tokens, at + 1)[0] is not None:
            after_part = _PARTS.get(_word(tokens, at + 2))
            at += after_part is None
    return (Fraction(total), at) if found else (None, at)


def _below_thousand(tokens: Sequence[str], at: int, *, implied_one: bool = False) -> tuple[int | None, int]:
    value, after = _below_hundred(tokens, at)
    if value is None and implied_one and _word(tokens, at) == "hundred":
        value, after = 1, at
    if value is None or not value or _word(tokens, after) != "hundred":
        return value, after
    after += 1
    more = after + (_word(tokens, after) == "and")
    rest, end = _below_hundred(tokens, more)
    if rest is None or _word(tokens, end) in _PARTS:
        return value * 100, after
    return value * 100 + rest, end


def _below_hundred(tokens: Sequence[str], at: int) -> tuple[int | None, int]:
    word = _word(tokens, at)
    if word in _TENS:
        digit = _SMALL.get(_word(tokens, at + 1), 0)
        return (_TENS[word] + digit, at + 2) if 0 < digit < 10 else (_TENS[word], at + 1)
    return (_SMALL[word], at + 1) if word in _SMALL else (None, at)


def _scaled(value: Fraction, tokens: Sequence[str], at: int) -> tuple[Fraction, int]:
    # `half a million`, `two and a half million`
    scale_at = at + (_word(tokens, at) in ("a", "an"))
    scale = SCALE_WORDS.get(_word(tokens, scale_at))
    return (value * scale, scale_at + 1) if scale else (value, at)


def _word(tokens: Sequence[str], at: int) -> str:
    return tokens[at] if at < len(tokens) else ""
