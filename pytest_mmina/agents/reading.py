"""What `rules` gets out of texts: sites and names from an intent, links, fields and facts from an observation."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pytest_mmina.core.outline import Element

_ASKING = re.compile(r"\b(which|what|who|when|where|how|whose)\b", re.IGNORECASE)
_REFERENCE = re.compile(r"([A-Z][A-Za-z ]*?)\s*:\s*(https?://[^\s,;]+)")
_NAME = re.compile(r"[A-ZÀ-Þ][\w'’.-]*(?:\s+(?:of|de|do|da|and the|the)?\s*[A-ZÀ-Þ0-9][\w'’.-]*)*")
_DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2}|\d{1,2} [A-Z][a-z]+ \d{4})\b")
_ROUTE = re.compile(r"\bfrom ([A-ZÀ-Þ]\w*(?: [A-ZÀ-Þ]\w*)*)")
_COMMON = frozenset(
    """a about all an and answer any are as at book buy by can check city did do does event events find flight flights
    for from give has have help here how i in into is it its look many me much my name of on one or out please price
    question search shop show some take tell than that the their then there these they this to up want was what when
    where which who whose will with would year you your""".split()  # noqa: SIM905
)
# Words of a question that call for a site, beside those of the site's own label.
_CALLS = {
    "wiki": ("which", "what", "who", "when", "where", "how"),
    "flight": ("flight", "fly"),
    "event": ("event", "concert", "ticket"),
    "shop": ("shop", "buy", "cart", "product", "store", "cost"),
}
# What a question asks with, and what tables call it.
_ROW_NAMES = {
    "tall": "height", "taller": "height", "tallest": "height", "high": "height", "higher": "height", "old": "opened",
    "older": "opened", "oldest": "opened", "year": "opened", "when": "opened", "people": "population",
    "inhabitants": "population", "long": "length", "longer": "length", "heavy": "weight", "color": "colour",
    "large": "area", "hold": "capacity", "holds": "capacity", "maker": "brand", "made": "material",
}  # fmt: skip


class Reference(NamedTuple):
    """A site that an intent names: its label there, and its address."""

    label: str
    address: str


class Errand(NamedTuple):
    """What an intent asks for, as far as rules can tell."""

    question: str
    sites: tuple[Reference, ...]
    names: tuple[str, ...]
    date: str
    origin: str


def read_intent(intent: str) -> Errand:
    """Take an intent apart: the question, the sites it calls for in that order, and the names in it."""
    question = intent.rpartition("Question:")[2].strip()
    calls = sorted(
        (position, reference)
        for reference in (Reference(*match) for match in _REFERENCE.findall(intent))
        if (position := _called_at(reference, question)) is not None
    )
    date, route = _DATE.search(question), _ROUTE.search(question)
    return Errand(
        question=question,
        sites=tuple(reference for _, reference in calls),
        names=tuple(dict.fromkeys(_names(question))),
        date=date.group(1) if date else "",
        origin=route.group(1) if route else "",
    )


def _called_at(reference: Reference, question: str) -> int | None:
    label = reference.label.lower()
    words = [word for key, words in _CALLS.items() if key in label for word in words]
    words += [word for word in content_words(label) if len(word) > 3]
    found = [match.start() for word in words if (match := re.search(rf"\b{word}", question, re.IGNORECASE))]
    return min(found) if found else None


def _names(question: str) -> Iterator[str]:
    for match in _NAME.finditer(question):
        name = match.group().rstrip(".'’")
        first, _, rest = name.partition(" ")
        if first.lower() in _COMMON or _ASKING.fullmatch(first):
            name = rest
        if name and name.lower() not in _COMMON and not _DATE.search(name):
            yield name


def content_words(text: str) -> list[str]:
    """The words of a text that carry meaning, lower-cased."""
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in _COMMON and len(word) > 1]


def best_link(elements: Iterable[Element], wanted: str) -> Element | None:
    """The link whose name shares most words with what is wanted; the earliest of equals, none if none shares any."""
    words = set(content_words(wanted))
    best, most = None, 0.0
    for element in elements:
        named = set(content_words(element.name))
        if element.role == "link" and element.ref and named:
            shared = len(words & named) / len(named | words)
            if shared > most:
                best, most = element, shared
    return best


def rows(elements: Sequence[Element]) -> dict[str, str]:
    """The tables of a page as facts: the text of each cell under its row header."""
    facts: dict[str, str] = {}
    header, depth = "", 0
    for element in elements:
        if element.role == "rowheader":
            header, depth = element.name, element.depth
        elif header and element.depth >= depth and element.role in ("cell", "link", "text"):
            facts.setdefault(header, element.name or element.text)
            if facts[header]:
                header = ""
            else:
                del facts[header]
    return facts


def asked_fact(question: str, elements: Sequence[Element]) -> str:
    """The fact that a question asks for, read off a page's tables or price; nothing if no row fits."""
    if re.search(r"\b(price|cost|much)\b", question, re.IGNORECASE):
        return next((element.text for element in elements if re.fullmatch(r"\$[\d,.]+", element.text)), "")
    words = [_ROW_NAMES.get(word, word) for word in re.findall(r"[a-z]+", question.lower())]
    for header, fact in rows(elements).items():
        if any(name in words for name in header.lower().split()):
            return fact
    return ""
