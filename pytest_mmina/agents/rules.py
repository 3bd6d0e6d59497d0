"""`rules`: a deterministic agent that reads only the intent and the observations, and thinks in fixed rules.

It is a baseline and a smoke test: it finds its way to the sites that an intent names and searches them, takes the
first plausible result for the right one, visits each site once, and fails where a person would compare or plan.
"""

import re
from collections.abc import Generator, Sequence

from pytest_mmina.agents.reading import Errand, Reference, asked_fact, best_link, content_words, read_intent
from pytest_mmina.core.outline import Element, read_outline
from pytest_mmina.core.trajectory import Observation

_TYPED_INTO = ("searchbox", "combobox", "textbox")
_PLACE = re.compile(r"\b(location|where|city|to|destination|place)\b", re.IGNORECASE)
_ORIGIN = re.compile(r"\b(from|origin)\b", re.IGNORECASE)
_DAY = re.compile(r"\b(depart|date|check-in|pick-up)", re.IGNORECASE)

Course = Generator[str, Observation, None]
Part = Generator[str, Observation, Observation]


class RulesAgent:
    """Goes to each site that the intent calls for, searches it, and answers with what it read."""

    def __init__(self) -> None:
        self._course: Course = _finished()

    def reset(self, intent: str) -> None:
        """Take up a new intent."""
        self._course = _Errands(read_intent(intent)).run()
        next(self._course)

    def act(self, observation: Observation) -> str:
        """Give the next action of the course."""
        try:
            return self._course.send(observation)
        except StopIteration:
            return "stop []"


def _finished() -> Course:
    return
    yield


class _Errands:
    """One intent on its way: the name found so far, and the fact read so far."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._name = errand.names[0] if errand.names else ""
        self._fact = ""

    def run(self) -> Course:
        """Yield actions; each is answered by the observation after it."""
        observation = yield ""
        for site in self._errand.sites:
            if "wiki" in site.label.lower():
                observation = yield from self._look_up(site, observation)
            elif "shop" in site.label.lower():
                observation = yield from self._find_product(site)
            else:
                observation = yield from self._search_place(site)
        yield f"stop [{self._fact or self._name or observation.url}]"

    def _look_up(self, site: Reference, observation: Observation) -> Part:
        """Search the question's own words, believe the name that the results speak of most, open its article."""
        if observation.url != site.address:
            observation = yield f"goto [{site.address}]"
        first_question = re.split(r"[?.]", self._errand.question)[0]
        named = content_words(" ".join(self._errand.names))
        topic = [word for word in content_words(first_question) if word not in named]
        if len(self._errand.names) > 1 and topic:
            observation = yield from self._search(observation, " ".join(topic))
            results = _text_of(_elements(observation)[:60])
            self._name = max(self._errand.names, key=lambda name: results.count(name.lower()))
        observation = yield from self._search(observation, self._name or " ".join(topic))
        link = best_link(_elements(observation), self._name or first_question)
        if link is None:
            return observation
        observation = yield f"click [{link.ref}]"
        self._name = self._name or link.name
        self._fact = asked_fact(first_question, _elements(observation))
        return observation

    def _find_product(self, site: Reference) -> Part:
        """Search the words of the question in the shop, open the likeliest product, read the fact, fill the cart."""
        observation = yield f"goto [{site.address}]"
        sentence = next((part for part in re.split(r"[?.]", self._errand.question) if _is_about_goods(part)), "")
        wanted = " ".join(content_words(sentence or self._errand.question))
        observation = yield from self._search(observation, " ".join(self._errand.names[-1:]) or wanted)
        link = best_link(_elements(observation), f"{wanted} {self._errand.names[-1:]}")
        if link is None:
            return observation
        observation = yield f"click [{link.ref}]"
        self._fact = asked_fact(self._errand.question, _elements(observation)) or self._fact
        button = next((e for e in _elements(observation) if e.role == "button" and e.name == "Add to cart"), None)
        if button is not None and re.search(r"\b(cart|buy|order)\b", self._errand.question, re.IGNORECASE):
            observation = yield f"click [{button.ref}]"
        return observation

    def _search_place(self, site: Reference) -> Part:
        """Fill the site's search form with the name found so far, and send it off."""
        observation = yield f"goto [{site.address}]"
        fields = [element for element in _elements(observation) if element.role in _TYPED_INTO and element.ref]
        if not any(_PLACE.search(field.name) for field in fields):
            return (yield from self._search(observation, self._name))
        for field in fields:
            text = self._text_for(field)
            if text:
                observation = yield f"type [{field.role} '{field.name}'] [{text}] [0]"
        button = next((e for e in _elements(observation) if e.role == "button" and e.name.startswith("Search")), None)
        if button is not None:
            observation = yield f"click [{button.ref}]"
        return observation

    def _text_for(self, field: Element) -> str:
        if _ORIGIN.search(field.name):
            return self._errand.origin
        if _DAY.search(field.name):
            return self._errand.date
        return self._name if _PLACE.search(field.name) else ""

    def _search(self, observation: Observation, query: str) -> Part:
        box = next((element for element in _elements(observation) if element.role == "searchbox"), None)
        if box is None or not query:
            return observation
        return (yield f"type [{box.ref}] [{query}] [1]")


def _elements(observation: Observation) -> list[Element]:
    return list(read_outline(observation.text))


def _text_of(elements: Sequence[Element]) -> str:
    return " ".join(f"{element.name} {element.text}" for element in elements).lower()


def _is_about_goods(sentence: str) -> bool:
    return re.search(r"\b(buy|cart|product|shop|store|price|cost|colour|order)\b", sentence, re.IGNORECASE) is not None
