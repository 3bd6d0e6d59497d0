"""MMInA's hop protocol `queue`, that of the paper: its tasks as hops, each of which comes after the one above it.

Source: MMInA (arXiv 2404.09992), section 3: hop conditions form an ordered queue, and only the front one is tested.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.tasks.checks import AllOf, AnyOf, Check, Entity, Not, SiteWord, UrlMatch
from pytest_mmina.core.tasks.task import Hop

END = "end"
SINGLE_HOP_SUBSETS = ("shopping", "wikipedia")


def queue_hops(document: Mapping[str, JsonValue], *, subset: str) -> tuple[Hop, ...]:
    """Return the hops of an MMInA task, by the protocol `queue`.

    Raises TaskError if the task has no hop.
    """
    if subset == "normal":
        return _normal_hops(must_include_of(document))
    words = [word for word in procedure_of(document) if word.lower() != END]
    if not words:
        raise TaskError("has no hop: it names no site but 'end'", place="procedure")
    own = [_own_condition(word, document) for word in words]
    hops = []
    for position, (word, check) in enumerate(zip(words, own, strict=True)):
        if word == "kiwix" and position + 1 < len(own):
            # An agent that does the right thing on the next site has evidently found what it looked for here.
            check = AnyOf(checks=(check, own[position + 1]))
        hops.append(Hop(name=" ".join([word, *_entities(word, document)[:1]]), check=check))
    return tuple(hops)


def _own_condition(word: str, document: Mapping[str, JsonValue]) -> Check:
    names = _entities(word, document)
    site = SiteWord(word=word)
    return AllOf(checks=(site, Entity(any_of=tuple(names)))) if names else site


def _entities(word: str, document: Mapping[str, JsonValue]) -> list[str]:
    fields = {"momondo": ("flight", "city"), "7770": ("shop", "city")}.get(word, ("city",))
    values = (document.get(field) for field in fields)
    return [value for value in values if isinstance(value, str) and value.strip()]


def _normal_hops(parts: Sequence[str]) -> tuple[Hop, ...]:
    reached = AllOf(checks=(Not(check=SiteWord(word="kiwix")), UrlMatch(contains=(parts[0],))))
    complete = AllOf(checks=(*reached.checks, UrlMatch(contains=tuple(parts))))
    return (Hop(name=parts[0], check=reached), Hop(name=" ".join(parts), check=complete))


def must_include_of(document: Mapping[str, JsonValue]) -> list[str]:
    """Return the words that the URL must contain, for a task of the subset `normal`; raises TaskError."""
    place = "eval.reference_answers.must_include"
    value: JsonValue = dict(document)
    for key in place.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, list) or not value or not all(isinstance(part, str) and part for part in value):
        raise TaskError("a task of the subset 'normal' needs a list of non-empty texts here", place=place)
    return [str(part) for part in value]


def procedure_of(document: Mapping[str, JsonValue]) -> list[str]:
    """Return the URL words of a task, including `end`; raises TaskError."""
    value = document.get("procedure")
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise TaskError("must be a list of URL words, one for each hop, then 'end'", place="procedure")
    return [str(word) for word in value]
