"""What `rules` gets out of texts: sites and names from an intent, results and facts from an observation."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pytest_mmina.core.outline import Element

_REFERENCE = re.compile(r"([A-Z][A-Za-z ]*?)\s*:\s*(https?://[^\s,;]+)")
_NAME = re.compile(r"\b[A-ZÀ-Þ0-9][\w'’-]*(?: (?:of|de|do|da|der) (?=[A-ZÀ-Þ])| (?=[A-ZÀ-Þ0-9])|[A-ZÀ-Þ0-9][\w'’-]*)*")
_DATE = re.compile(r"\b(\d{4}-\d{2}-\d{2}|\d{1,2} [A-Z][a-z]+ \d{4})\b")
_ORIGIN = re.compile(r"\bfrom ([A-ZÀ-Þ]\w*(?: [A-ZÀ-Þ]\w*)*)(?= to\b)")
_ADDRESS_WANTED = re.compile(r"\b(answer with|return) the (final )?(address|url)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_LEAST = re.compile(
    r"\b(older|oldest|earlier|earliest|less|least|lighter|lightest|cheap|small|short|low|few)", re.IGNORECASE
)
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """
    a about add all an and answer any are article articles as at book buy by can check city compare day did do
    does each event events find flight flights for from give has have help here how i in into is it its last
    list look many me much my name now of on one open or order out please put question save search shop show
    some store take tell than that the their then there these they this three to two under up want was what when
    where which who whose will with would year you your january february march april may june july august
    september october november december
    """,
    )
)
# Words of a question that call for a site, beside those of the site's own label.
_CALLS = {
    "wiki": ("which", "what", "who", "when", "where", "how", "find out", "look up", "article", "encyclopedia"),
    "flight": ("flight", "fly"),
    "event": ("event", "concert", "ticket", "festival"),
    "shop": ("shop", "buy", "cart", "product", "store", "cost"),
}
# What a question asks with, and what tables call it.
_ROW_NAMES = {
    "tall": "height", "taller": "height", "tallest": "height", "high": "height", "higher": "height", "old": "opened",
    "older": "opened", "oldest": "opened", "year": "opened", "when": "opened", "people": "population",
    "inhabitants": "population", "populous": "population", "long": "length", "longer": "length", "longest": "length",
    "weighs": "weight", "weigh": "weight", "heavy": "weight", "lighter": "weight", "color": "colour", "large": "area",
    "hold": "capacity", "holds": "capacity", "maker": "brand", "made": "material", "wrote": "author",
}  # fmt: skip


class Reference(NamedTuple):
    """A site that an intent names: its label there, and its address."""

    label: str
    address: str


class Errand(NamedTuple):
    """What an intent asks for, as far as rules can tell."""

    sentences: tuple[str, ...]
    sites: tuple[Reference, ...]
    names: tuple[str, ...]
    date: str
    origin: str
    wants_address: bool


def read_intent(intent: str) -> Errand:
    """Take an intent apart: the question, the sites it calls for in that order, and the names in it."""
    question = intent.rpartition("Question:")[2].strip()
    references = [Reference(*match) for match in _REFERENCE.findall(intent)]
    calls = sorted((position, site) for site in references if (position := _called_at(site, question)) is not None)
    date, origin = _DATE.search(question), _ORIGIN.search(question)
    left_out = origin.group(1) if origin else ""
    return Errand(
        sentences=tuple(_SENTENCE_END.split(question)),
        sites=tuple(site for _, site in calls) or tuple(references[:1]),
        names=tuple(name for name in dict.fromkeys(_names(_DATE.sub("", question))) if name != left_out),
        date=date.group(1) if date else "",
        origin=left_out,
        wants_address=_ADDRESS_WANTED.search(intent) is not None,
    )


def _called_at(site: Reference, question: str) -> int | None:
    label = site.label.lower()
    words = [word for key, words in _CALLS.items() if key in label for word in words]
    words += [word for word in content_words(label) if len(word) > 3]
    found = [match.start() for word in words if (match := re.search(rf"\b{word}", question, re.IGNORECASE))]
    return min(found) if found else None


def _names(question: str) -> Iterator[str]:
    for match in _NAME.finditer(question):
        words = match.group().removesuffix("'s").removesuffix("’s").split()
        while words and words[0].lower() in _COMMON:
            words.pop(0)
        if words and not words[0].isdigit():
            yield " ".join(words)


def content_words(text: str) -> list[str]:
    """The words of a text that carry meaning, lower-cased."""
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in _COMMON and len(word) > 1]


def best_result(elements: Sequence[Element], wanted: str) -> Element | None:
    """The result whose title shares most words with what is wanted, the first one if none shares any.

    Results are links inside headings, as on most pages that list something.
    """
    titles = [
        link for heading, link in pairwise(elements)
        if heading.role == "heading" and link.role == "link" and link.ref
    ]  # fmt: skip
    words = set(content_words(wanted))

    def likeness(link: Element) -> float:
        named = set(content_words(link.name))
        return len(words & named) / len(words | named) if named else 0.0

    return max(titles, key=likeness, default=None)


def facts(elements: Sequence[Element]) -> dict[str, str]:
    """The tables of a page as facts: the first text of each row under its row header."""
    found: dict[str, str] = {}
    header = ""
    for element in elements:
        if element.role in ("rowheader", "row"):
            header = element.name if element.role == "rowheader" else ""
        elif header and (element.name or element.text) and not element.role.startswith("/"):
            found.setdefault(header, element.name or element.text)
    return found


def asked_fact(sentence: str, elements: Sequence[Element]) -> str:
    """The fact that a sentence asks for, read off a page's tables or price; nothing if no row fits."""
    if re.search(r"\b(price|cost|much|cheap\w*)\b", sentence, re.IGNORECASE):
        return next((element.text for element in elements if re.fullmatch(r"\$[\d,.]+", element.text)), "")
    words = [_ROW_NAMES.get(word, word) for word in re.findall(r"[a-z]+", sentence.lower())]
    for header, fact in facts(elements).items():
        if any(name in words for name in header.lower().split()):
            return fact
    return ""


def preferred(sentence: str, values: dict[str, str]) -> str:
    """The name whose value wins the comparison that a sentence makes; the first one if nothing can be compared."""
    numbers = {
        name: float(match.group().replace(",", ""))
        for name, value in values.items()
        if (match := _NUMBER.search(value))
    }
    if not numbers:
        return next(iter(values))
    return (min if _LEAST.search(sentence) else max)(numbers, key=lambda name: numbers[name])
