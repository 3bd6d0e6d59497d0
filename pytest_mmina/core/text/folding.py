"""The forms in which texts are compared: what is only another way of typing the same text is folded away."""

import re
from typing import Literal
from unicodedata import combining, normalize

_QUOTES = {**dict.fromkeys(map(ord, "‘’‚‛`´ʼʹ"), "'"), **dict.fromkeys(map(ord, "“”„‟«»"), '"')}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣"), "-")
_DEGREE = {ord("º"): "°"}
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_TYPED = {**_QUOTES, **_DASHES, **_INVISIBLE, **_DEGREE}
_PRIMES = {ord("′"): "'", ord("″"): '"'}
_POWER = re.compile("(?<=[0-9])([⁰¹²³⁴-⁹⁻]+)")
_FRACTION = re.compile("(?<=[0-9])(?=[¼-¾⅐-⅞])")
_WORD = re.compile(r"\w+(?:[.,:'’/_-]\w+)*")
_ACCENTS = re.compile("[\u0300-\u036f]")
# Letters that Unicode does not take apart, as people without them on their keyboard write them.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})
_BLANKS = re.compile(r"[ \t]{2,}|\t")
_PIECE, _LONGEST_PIECE = 64, 96


MOST_CHARACTERS = 500_000
"""How many characters of a text are searched for quantities, dates, names and places."""


def plain(text: str) -> str:
    """Return a text in lower case with single spaces, and nothing else changed: MMInA's and WebArena's comparison."""
    return " ".join(text.split()).lower()


def plain_words(text: str) -> list[str]:
    """Return the words of a text in lower case; `8.5`, `3:03`, `n/a` and `well-known` are one word each."""
    return _WORD.findall(text.lower())


def folded(text: str) -> str:
    """Return a text without differences of typing: Unicode (NFKC), quotes, dashes, case and white space."""
    return " ".join(compatible(text.translate(_PRIMES)).split()).casefold()


def words(text: str) -> list[str]:
    """Return the words of a folded text; `8.5`, `3:03`, `n/a` and `well-known` are one word each."""
    return _WORD.findall(folded(text))


def without_accents(text: str) -> str:
    """Return a folded text without accents: `sao paulo` for `São Paulo`."""
    bare = folded(text)
    return bare if bare.isascii() else _ACCENTS.sub("", _normalized("NFKD", bare)).translate(_LETTERS)


def compatible(text: str) -> str:
    """Return a text in Unicode's form NFKC, with plain quotes, dashes and blanks, without invisible characters.

    `10²` becomes `10^2` and `1½` becomes `1 1/2` (with another slash); NFKC alone would make `102` and `11/2` of them.
    """
    if text.isascii():
        return _BLANKS.sub(" ", text.replace("`", "'"))
    text = _FRACTION.sub(" ", _POWER.sub(lambda power: "^" + power[1], text))
    return _BLANKS.sub(" ", _normalized("NFKC", text.translate(_TYPED)).translate(_TYPED))


def searchable(text: str) -> str:
    """Return the beginning of a text, up to `MOST_CHARACTERS`, as `compatible` returns it."""
    return compatible(text[:MOST_CHARACTERS])


def _normalized(form: Literal["NFKC", "NFKD"], text: str) -> str:
    # unicodedata takes quadratic time for a long run of combining marks (minutes for 200 kB), so a text is normalized
    # in pieces. A piece ends before a character that does not combine with the one before it, or after 96 characters.
    pieces = []
    start, length = 0, len(text)
    while start < length:
        end = min(start + _PIECE, length)
        while end < length and end - start < _LONGEST_PIECE and _combines(text[end]):
            end += 1
        pieces.append(normalize(form, text[start:end]))
        start = end
    return "".join(pieces)


def _combines(character: str) -> bool:
    return combining(character) != 0 or "\u1160" <= character <= "\u11ff"
