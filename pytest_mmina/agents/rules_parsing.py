"""The parsing of the agent `rules`: sites and names in an intent, results and facts in an observation."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from pytest_mmina.core.language.outline import Element

_REFERENCE = re.compile(r"([A-Z][A-Za-z ]*?)\s*:\s*(https?://[^\s,;]+)")
_NAME = re.compile(r"\b[A-ZÀ-Þ0-9][\w'’-]*(?: (?:of|de|do|da|der) (?=[A-ZÀ-Þ])| (?=[A-ZÀ-Þ0-9])|[A-ZÀ-Þ0-9][\w'’-]*)*")
_DATE = re.compile(r"\b(?:\d{4}-\d{2}-\d{2}|\d{1,2} [A-Z][a-z]+ \d{4})\b")
_DATES = re.compile(r"\bfrom (\d{1,2})(?: ([A-Z][a-z]+))? to (\d{1,2}) ([A-Z][a-z]+) (\d{4})\b")
_ORIGIN = re.compile(r"\bfrom ([A-ZÀ-Þ]\w*(?: [A-ZÀ-Þ]\w*)*)(?= to\b)")
_GOING = re.compile(r"\bgoing (?:from [A-ZÀ-Þ]\w*(?: [A-ZÀ-Þ]\w*)* )?to ([A-ZÀ-Þ]\w*(?: [A-ZÀ-Þ]\w*)*)")
_AMOUNT = re.compile(r"\b(\d[\d,.]*) (?:US )?dollars\b")
_ADDRESS_WANTED = re.compile(r"\b(answer with|return) the (final )?(address|url)\b", re.IGNORECASE)
_CLAUSE_START = re.compile(r"(?:[.?!:,;]\s+(?:and\s+)?(?:then\s+)?|\band\s+(?:then\s+)?)")
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
# Words in a question that need a site, by a word of the site's label.
_CALLS = {
    "wiki": r"which|find out|find (?:the|that) city|articles?|look up the|the city (?:that|whose|where|with)",
    "flight": r"flights?|fly",
    "event": r"events?|festivals?|concerts?|tickets",
    "shop": r"shops?|cart|buy|store",
    "car": r"cars?",
    "hotel": r"hotels?",
    "train": r"trains?",
    "twitter": r"twitter|tourist board",
    "youtube": r"youtube|videos?|walking tour",
    "food": r"restaurants?",
    "exchange": r"dollars|convert|money",
    "guide": r"travel guides?|the guide",
    "marketplace": r"marketplace|pocket guide",
    "recipe": r"recipes?",
}
# Words that name an action or a site, but not the thing that the question is about.
_DOING = frozenset(
    """
    search look see open list put save follow play like write page pages product profile people say city town country
    cooked name there their video videos twitter youtube restaurant restaurants recipe recipes marketplace travel
    guides hotel hotels event events car cars rent favourites wish shop shopping cart its it among reads article order
    free total nothing else no other nobody later watch own last one
    """.split()  # noqa: SIM905
)
# Words of questions, and the names of the matching rows in tables.
_ROW_NAMES = {
    "tall": "height", "taller": "height", "tallest": "height", "high": "height", "higher": "height", "old": "opened",
    "older": "opened", "oldest": "opened", "year": "opened", "when": "opened", "people": "population",
    "inhabitants": "population", "populous": "population", "long": "length", "longer": "length", "longest": "length",
    "weighs": "weight", "weigh": "weight", "heavy": "weight", "lighter": "weight", "color": "colour", "large": "area",
    "hold": "capacity", "holds": "capacity", "maker": "brand", "made": "material", "wrote": "author",
}  # fmt: skip


class Visit(NamedTuple):
    """One visit to a site: its kind and address, and the part of the question that is about it."""

    kind: str
    address: str
    words: str


class ParsedIntent(NamedTuple):
    """An intent, as far as the rules understand it."""

    question: str
    visits: tuple[Visit, ...]
    place: str
    wants_address: bool


def read_intent(intent: str) -> ParsedIntent:
    """Parse an intent: the question, the visits that it needs in its order, and the place that it names."""
    head, _, question = intent.rpartition("Question:")
    question = question.strip()
    references = [(site_kind(label), address) for label, address in _REFERENCE.findall(head or intent)]
    sites = {kind: address for kind, address in references if kind}
    names = names_in(question)
    visits = tuple(_visits(question, sites))
    return ParsedIntent(
        question=question,
        visits=visits or tuple(Visit(kind, address, question) for kind, address in references[:1]),
        place="".join(_GOING.findall(question)[:1] or names[: "wiki" not in sites]),
        wants_address=_ADDRESS_WANTED.search(intent) is not None,
    )


def site_kind(label: str) -> str:
    """Return the kind of site that a label names; an empty text if it is unknown."""
    return next((kind for kind in sorted(_CALLS, key=len, reverse=True) if re.search(rf"\b{kind}", label.lower())), "")


def _visits(question: str, sites: dict[str, str]) -> Iterator[Visit]:
    calls = sorted(
        (match.start(), kind, match.group().lower())
        for kind in sites
        for match in re.finditer(rf"\b(?:{_CALLS[kind]})\b", question, re.IGNORECASE)
    )
    chosen: list[tuple[int, str]] = []
    for position, kind, call in calls:
        seen = [earlier for _, earlier in chosen]
        if kind in seen and (kind != "wiki" or seen[-1] == kind or not call.startswith("article")):
            continue
        starts = [match.end() for match in _CLAUSE_START.finditer(question, 0, position) if match.end() <= position]
        chosen.append((max(starts, default=0) if chosen else 0, kind))
    ends = [*(start for start, _ in chosen), len(question)][1:]
    for (start, kind), end in zip(chosen, ends, strict=False):
        yield Visit(kind, sites[kind], question[start:end].strip(" ,;"))


def read_days(words: str) -> tuple[str, str]:
    """Return the first and the last day in a text, as YYYY-MM-DD; the last one is empty if there is only one day."""
    if both := _DATES.search(words):
        first, first_month, last, month, year = both.groups()
        return _iso(f"{first} {first_month or month} {year}"), _iso(f"{last} {month} {year}")
    return _iso("".join(_DATE.findall(words)[:1])), ""


def _iso(day: str) -> str:
    with suppress(ValueError):
        return datetime.strptime(day, "%d %B %Y").date().isoformat()  # noqa: DTZ007
    return day


def read_origin(words: str) -> str:
    """Return the place that a journey starts from; an empty text if there is none."""
    return "".join(_ORIGIN.findall(words)[:1])


def read_amount(words: str) -> str:
    """Return the amount of dollars in a text; an empty text if there is none."""
    return "".join(_AMOUNT.findall(words)[:1])


def things_named(words: str) -> str:
    """Return the words for the thing that a text is about, without the words for actions and sites."""
    return " ".join(word for word in content_words(re.sub(r"\([^)]*\)|'s\b", "", words)) if word not in _DOING)


def names_in(question: str) -> tuple[str, ...]:
    """Return the proper names in a question, each once, without dates and the origin of a journey."""
    origin = read_origin(question)
    return tuple(name for name in dict.fromkeys(_names(_DATE.sub("", question))) if name != origin)


def _names(question: str) -> Iterator[str]:
    for match in _NAME.finditer(question):
        words = match.group().removesuffix("'s").removesuffix("’s").split()
        while words and words[0].lower() in _COMMON:
            words.pop(0)
        if words and not words[0].isdigit():
            yield " ".join(words)


def content_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without common words and single characters."""
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if word not in _COMMON and len(word) > 1]


def best_result(elements: Sequence[Element], wanted: str) -> Element | None:
    """Return the result (a link in a heading) whose title shares most words with the text, or else the first one."""
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
    """Return the tables of a page as facts: the first text of each row, by its row header."""
    found: dict[str, str] = {}
    header = ""
    for element in elements:
        if element.role in ("rowheader", "row"):
            header = element.name if element.role == "rowheader" else ""
        elif header and (element.name or element.text) and not element.role.startswith("/"):
            found.setdefault(header, element.name or element.text)
    return found


def linked_answer(elements: Sequence[Element], question: str, *, known: str) -> Element | None:
    """Return the first unknown link in the paragraph that shares most words with a question."""
    asked = set(content_words(question))
    found: dict[int, Element] = {}
    paragraph: list[Element] = []
    for element in elements:
        if paragraph and element.depth > paragraph[0].depth:
            paragraph.append(element)
        else:
            paragraph = [element] if element.role in ("paragraph", "listitem") else []
        links = [part for part in paragraph if part.role == "link" and part.ref and part.name not in known]
        if links and links[0].name[:1].isupper():
            shared = len(asked & set(content_words(" ".join(part.name or part.text for part in paragraph))))
            found.setdefault(shared, links[0])
    return found[max(found)] if found else None


def asked_fact(sentence: str, elements: Sequence[Element]) -> str:
    """Return the fact that a sentence asks for, from a page's tables, prices or texts; an empty text if none fits."""
    if re.search(r"\b(price|cost|much|cheap\w*)\b", sentence, re.IGNORECASE):
        return next((element.text for element in elements if re.fullmatch(r"\$[\d,.]+", element.text)), "")
    words = [_ROW_NAMES.get(word, word) for word in re.findall(r"[a-z]+", sentence.lower())]
    for header, fact in facts(elements).items():
        if any(name in words for name in header.lower().split()):
            return fact
    if counted := re.search(r"\bhow many (\w+)", sentence, re.IGNORECASE):
        for element in elements:
            if number := re.search(rf"\b(\d[\d,]*) (?:\w+ )?{counted.group(1)}\b", element.text):
                return number.group(1)
    return ""


def preferred(sentence: str, values: dict[str, str]) -> str:
    """Return the name whose value wins the comparison in a sentence; the first name if no value is a number."""
    numbers = {
        name: float(match.group().replace(",", ""))
        for name, value in values.items()
        if (match := _NUMBER.search(value))
    }
    if not numbers:
        return next(iter(values))
    return (min if _LEAST.search(sentence) else max)(numbers, key=lambda name: numbers[name])
