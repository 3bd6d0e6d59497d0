"""`rules`: a deterministic agent that reads only the intent and the observations, and thinks in fixed rules.

It is a baseline and a smoke test: it goes to the sites that an intent calls for, each once and in the order in which
the intent speaks of them, compares what it finds in tables, takes the likeliest result for the right one, and fails
where a person would plan, filter or read prose.
"""

import re
from collections.abc import Generator

from pytest_mmina.agents.reading import (
    Errand,
    Reference,
    asked_fact,
    best_result,
    content_words,
    facts,
    preferred,
    read_intent,
)
from pytest_mmina.core.outline import Element, read_outline
from pytest_mmina.core.trajectory import Observation

_TYPED_INTO = ("searchbox", "combobox", "textbox")
_PLACE = re.compile(r"\b(location|where|city|to|destination|place)\b", re.IGNORECASE)
_ORIGIN = re.compile(r"\b(from|origin)\b", re.IGNORECASE)
_DAY = re.compile(r"\b(depart|date|check-in|pick-up)", re.IGNORECASE)
_GOODS = re.compile(r"\b(buy|cart|product|shop|store|price|cost|colour|order)\b", re.IGNORECASE)
_MOST_COMPARED = 4

Course = Generator[str, Observation, None]
Part = Generator[str, Observation, Observation]


class RulesAgent:
    """Goes to each site that the intent calls for, searches it, and answers with what it read."""

    def __init__(self) -> None:
        self._course: Course = _Errands(read_intent("")).run()

    def reset(self, intent: str) -> None:
        """Take up a new intent."""
        self._course = _Errands(read_intent(intent)).run()
        next(self._course)

    def act(self, observation: Observation) -> str:
        """Give the next action of the course."""
        return self._course.send(observation)


class _Errands:
    """One intent on its way: the place found so far, and the fact read so far."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand
        self._place = errand.names[0] if errand.names else ""
        self._fact = ""

    def run(self) -> Course:
        """Yield actions; each is answered by the observation after it."""
        observation = yield ""
        for site in self._errand.sites:
            label = site.label.lower()
            if "wiki" in label or "shop" in label:
                if observation.url != site.address:
                    observation = yield f"goto [{site.address}]"
                observation = yield from self._find_out(observation, is_shop="shop" in label)
            else:
                observation = yield from self._search_place(site)
        fact = "" if self._errand.wants_address else self._fact
        yield f"stop [{fact or observation.url}]"

    def _find_out(self, observation: Observation, *, is_shop: bool) -> Part:
        """Open the page of what the question is about, comparing where it names several, and read the fact off it."""
        names = self._errand.names[:_MOST_COMPARED]
        if is_shop:
            sentence = next((part for part in self._errand.sentences if _GOODS.search(part)), self._errand.sentences[0])
            names = tuple(name for name in names if name in sentence)
        else:
            sentence = next(
                (part for part in self._errand.sentences if names and names[0] in part), self._errand.sentences[0]
            )
        if len(names) > 1:
            values = {}
            for name in names:
                observation = yield from self._open(observation, name)
                values[name] = asked_fact(sentence, _elements(observation))
            winner = preferred(sentence, values)
            if winner != names[-1]:
                observation = yield from self._open(observation, winner)
        else:
            observation = yield from self._open(observation, " ".join(names) or " ".join(content_words(sentence)))
        elements = _elements(observation)
        if is_shop:
            button = next((element for element in elements if _is_button(element, "Add to cart")), None)
            if button is not None and re.search(r"\b(cart|buy)\b", sentence):
                observation = yield f"click [{button.ref}]"
        else:
            title = next((element.name for element in elements if element.role == "heading"), "")
            self._place = facts(elements).get("Location", title) or self._place
        last_question = next((part for part in reversed(self._errand.sentences) if part.endswith("?")), sentence)
        self._fact = asked_fact(last_question, elements)
        return observation

    def _open(self, observation: Observation, name: str) -> Part:
        """Search a name, and open the result that is most like it."""
        box = next((element for element in _elements(observation) if element.role == "searchbox"), None)
        if box is None or not name:
            return observation
        observation = yield f"type [{box.ref}] [{name}] [1]"
        result = best_result(_elements(observation), name)
        if result is not None:
            observation = yield f"click [{result.ref}]"
        return observation

    def _search_place(self, site: Reference) -> Part:
        """Fill the site's search form with the place found so far, and send it off."""
        observation = yield f"goto [{site.address}]"
        for field in [element for element in _elements(observation) if element.role in _TYPED_INTO and element.ref]:
            if text := self._text_for(field):
                observation = yield f"type [{field.role} '{field.name}'] [{text}] [0]"
        button = next((element for element in _elements(observation) if _is_button(element, "Search")), None)
        if button is not None:
            observation = yield f"click [{button.ref}]"
        return observation

    def _text_for(self, field: Element) -> str:
        if _ORIGIN.search(field.name):
            return self._errand.origin
        if _DAY.search(field.name):
            return self._errand.date
        return self._place if _PLACE.search(field.name) else ""


def _elements(observation: Observation) -> list[Element]:
    return list(read_outline(observation.text))


def _is_button(element: Element, name: str) -> bool:
    return element.role == "button" and (element.name == name or element.name.startswith(f"{name} "))
