"""Search on the bundled sites: as kind as on real ones, and with a normal form of what was searched for.

Case, accents, the order of words, plurals and words such as `the` make no difference. A word that a site does not know
stands for the commonest word that it knows and that is one letter away.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Generic, TypeVar

from pytest_mmina.core.text.folding import folded, without_accents

Item = TypeVar("Item")
_COMMON_WORDS = frozenset(("a", "an", "and", "are", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the",
                           "to", "what", "which", "with"))  # fmt: skip
_IRREGULAR = {
    "children": "child", "feet": "foot", "geese": "goose", "men": "man", "mice": "mouse", "teeth": "tooth",
    "women": "woman", "calves": "calf", "halves": "half", "hooves": "hoof", "knives": "knife", "leaves": "leaf",
    "loaves": "loaf", "scarves": "scarf", "shelves": "shelf", "thieves": "thief", "wives": "wife", "wolves": "wolf",
    "emus": "emu", "toes": "toe", "gurus": "guru", "menus": "menu", "quizzes": "quiz", "waltzes": "waltz",
}  # fmt: skip
_ONE_ENDS_IN_S = frozenset((
    "aires", "alias", "angeles", "athens", "atlas", "bias", "buenos", "bus", "canvas", "charles", "christmas", "gas",
    "james", "lens", "naples", "netherlands", "news", "series", "species", "texas", "thames", "this", "wales",
))  # fmt: skip
_ONE_ENDS_IN_I = frozenset(("bikini", "chilli", "emoji", "kiwi", "roti", "safari", "ski", "taxi", "zucchini"))
_ONE_ENDS_IN_E = frozenset((
    "ache", "avalanche", "axe", "beanie", "bobotie", "brioche", "brownie", "cache", "calorie", "canoe", "cause",
    "ceviche", "clause", "collie", "cookie", "excuse", "foodie", "fuse", "genie", "headache", "hoodie", "moustache",
    "movie", "mouse", "muse", "niche", "oboe", "pause", "pixie", "quiche", "rookie", "selfie", "shoe", "smoothie",
    "toothache", "use", "veggie", "zombie",
))  # fmt: skip
_SHORTEST_MISTYPED = 5


class SearchIndex(Generic[Item]):
    """Ranks items for a query: rare words and fields with a high weight count most."""

    def __init__(self, items: Sequence[Item], fields: Callable[[Item], Iterable[tuple[float, str]]]) -> None:
        self._items = items
        self._weights: dict[str, dict[int, float]] = {}
        for position, item in enumerate(items):
            for weight, text in fields(item):
                for word in words(text):
                    found = self._weights.setdefault(word, {})
                    found[position] = found.get(position, 0.0) + weight

    def search(self, query: str) -> list[Item]:
        """Return the items that contain every word of the query, or else those that contain any of them, best first."""
        terms = self._terms(query)
        points: dict[int, float] = {}
        hits: dict[int, int] = {}
        for term in terms:
            found = self._weights.get(term, {})
            for position, weight in found.items():
                rarity = math.log(1 + len(self._items) / len(found))
                points[position] = points.get(position, 0.0) + rarity * math.log1p(weight)
                hits[position] = hits.get(position, 0) + 1
        wanted = len(terms) if len(terms) in hits.values() else 1
        chosen = [position for position, count in hits.items() if count >= wanted]
        return [self._items[position] for position in sorted(chosen, key=lambda at: (-hits[at], -points[at], at))]

    def understood(self, query: str) -> str:
        """Return the normal form of a query with mistyped words as the index knows them; see `normal_query`."""
        return " ".join(self._terms(query)) or normal_query(query)

    def _terms(self, query: str) -> list[str]:
        return sorted({self._known(term) for term in _content_words(query)})

    def _known(self, term: str) -> str:
        if term in self._weights or len(term) < _SHORTEST_MISTYPED or not term.isalpha():
            return term
        near = [word for word in self._weights if is_mistyped(word, term)]
        near.sort(key=lambda word: -len(self._weights[word]))
        is_clear = near and (len(near) == 1 or len(self._weights[near[0]]) > len(self._weights[near[1]]))
        return near[0] if is_clear else term


def normal_query(query: str) -> str:
    """Return the words of a query in their normal form and in alphabetical order, such as `blue teapot`."""
    return " ".join(sorted(set(_content_words(query)))) or folded(query)


def words(text: str) -> list[str]:
    """Return the words of a text for searching: without accents, in lower case, in one form for one and for many."""
    plain = re.sub(r"'s\b|'", "", without_accents(text))
    return [_singular(word) for word in re.findall("[a-z0-9]+", plain)]


def _content_words(query: str) -> list[str]:
    found = words(query)
    return [word for word in found if word not in _COMMON_WORDS] or found


@lru_cache(maxsize=20_000)
def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word[-2] in "su" or not word.isalpha() or word in _ONE_ENDS_IN_S:
        return word
    bare = word[:-1]
    if bare.endswith("i") and bare not in _ONE_ENDS_IN_I:
        return word
    if bare in _ONE_ENDS_IN_E or not bare.endswith("e"):
        return _IRREGULAR.get(bare, bare)
    if bare.endswith("ie") and len(bare) > 3:
        return bare[:-2] + "y"
    if bare[:-1] in _ONE_ENDS_IN_S or re.search("(?:ss|x|zz|[cs]h|[^aeiou]o|[^ao]us)e$", bare):
        return bare[:-1]
    return bare


def is_mistyped(word: str, typed: str) -> bool:
    """Return whether, in a word that is long enough, one letter is wrong, missing or too much, or two are swapped."""
    if min(len(word), len(typed)) < _SHORTEST_MISTYPED or word[0] != typed[0]:
        return False
    longer, shorter = (word, typed) if len(word) > len(typed) else (typed, word)
    if len(longer) - len(shorter) > 1:
        return False
    at = next((at for at, (one, other) in enumerate(zip(longer, shorter, strict=False)) if one != other), len(shorter))
    if len(longer) > len(shorter):
        return longer[at + 1 :] == shorter[at:]
    swapped = longer[at + 1 : at + 2] + longer[at : at + 1] + longer[at + 2 :]
    return longer[at + 1 :] == shorter[at + 1 :] or swapped == shorter[at:]
