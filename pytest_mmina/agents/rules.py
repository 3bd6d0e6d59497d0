"""`rules`: a deterministic agent that follows fixed rules and reads only the intent and the observations.

It is a baseline and a smoke test. It visits the sites that a question needs, in the order of the question. It looks
up unknown facts in the encyclopedia and searches every other site for the place found so far. It fails if a task needs
a plan, a filter or the reading of prose.
"""

import re
from collections.abc import Generator

from pytest_mmina.agents.rules_parsing import (
    ParsedIntent,
    Visit,
    asked_fact,
    best_result,
    content_words,
    facts,
    linked_answer,
    names_in,
    preferred,
    read_amount,
    read_days,
    read_intent,
    read_origin,
    things_named,
)
from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.core.language.trajectory import Observation

_TYPED_INTO = ("searchbox", "combobox", "textbox")
_PLACE = re.compile(r"\b(location|where|city|to|destination)\b", re.IGNORECASE)
_ORIGIN = re.compile(r"\b(from|origin)\b", re.IGNORECASE)
_FIRST_DAY = re.compile(r"\b(depart|date|check-in|pick-up date)", re.IGNORECASE)
_LAST_DAY = re.compile(r"\b(return|check-out)", re.IGNORECASE)
_DISMISSES = ("Reject", "Close", "No, thank", "Not now", "Essential", "Accept")
_COMPARED = re.compile(r"\bwhich\b.*\bor\b|\bof\b.*\btake the\b|\btake the\b.*\bof these\b|\bof these\b", re.IGNORECASE)
_CITY = re.compile(r"\b(city|town)\b", re.IGNORECASE)
_CITY_ITSELF = re.compile(r"\barticle on (?:it|that city|the city)\s*(?:[.,?]|$)")
_POINTS_BACK = re.compile(r"\b(it|its|there|that city|the city|city's)\b", re.IGNORECASE)
_ONLY_SEARCHED = re.compile(
    r"^(?:\W|then\b|and\b|at last\b|what\b)*(?:search|look|see|list|find|for|the)\b", re.IGNORECASE
)
_PLACE_FACTS = ("Location", "City", "Place", "Born", "Cities")
_MOST_COMPARED = 4
_MOST_ACTIONS = 30

Actions = Generator[str, Observation, None]
Part = Generator[str, Observation, Observation]


class RulesAgent:
    """Visits each site that the intent needs, searches it, and answers with the fact that it read."""

    def __init__(self) -> None:
        self.reset("")

    def reset(self, intent: str) -> None:
        """Make a plan for a new intent."""
        self._actions = _Plan(read_intent(intent)).actions()
        self._count = 0
        next(self._actions)

    def act(self, observation: Observation) -> str:
        """Return the next action of the plan, or `stop` after too many actions."""
        self._count += 1
        return self._actions.send(observation) if self._count < _MOST_ACTIONS else f"stop [{observation.url}]"


class _Plan:
    """The actions for one intent, with the place and the fact found so far."""

    def __init__(self, intent: ParsedIntent) -> None:
        self._intent = intent
        self._place = intent.place
        self._fact = ""

    def actions(self) -> Actions:
        """Yield actions, and receive the observation after each one."""
        observation = yield ""
        for visit in self._intent.visits:
            if observation.url != visit.address:
                observation = yield f"goto [{visit.address}]"
            observation = yield from self._without_dialog(observation)
            if visit.kind == "wiki":
                observation = yield from self._look_up(observation, visit.words)
            elif visit.kind == "shop":
                observation = yield from self._shop(observation, visit.words)
            elif visit.kind == "exchange":
                observation = yield from self._exchange(observation, visit.words)
            else:
                observation = yield from self._search(observation, visit)
        fact = "" if self._intent.wants_address else self._fact
        yield f"stop [{fact or observation.url}]"

    def _without_dialog(self, observation: Observation) -> Part:
        """Close a dialog that covers the page."""
        elements = _elements(observation)
        if any(element.role in ("dialog", "alertdialog") for element in elements):
            buttons = [element for word in _DISMISSES for element in elements if _is_button(element, word)]
            if buttons:
                observation = yield f"click [{buttons[0].ref}]"
        return observation

    def _look_up(self, observation: Observation, words: str) -> Part:
        """Open the article that the words are about, then the article of its city if the words ask for it."""
        names = names_in(words)[:_MOST_COMPARED]
        if _CITY_ITSELF.search(words) and self._place:
            observation = yield from self._open(observation, self._place)
        elif len(names) > 1 and _COMPARED.search(words):
            observation = yield from self._compare(observation, words, names)
        else:
            known = self._place if _POINTS_BACK.search(words) else ""
            observation = yield from self._open(observation, f"{_about(words)} {known}".strip(), by_title=False)
            for _ in range(2):
                if not _CITY.search(words) or "Population" in facts(_elements(observation)):
                    break
                observation = yield from self._go_to_city(observation, words)
        self._learn(observation, words)
        return observation

    def _go_to_city(self, observation: Observation, words: str) -> Part:
        elements = _elements(observation)
        place = _place_fact(elements)
        link = next(
            (element for element in elements if element.role == "link" and place and element.name == place), None
        )
        link = link or linked_answer(elements, words, known=f"{words} {_title(elements)}")
        if link is not None:
            observation = yield f"click [{link.ref}]"
        return observation

    def _learn(self, observation: Observation, words: str) -> None:
        elements = _elements(observation)
        self._place = _place_fact(elements) or _title(elements) or self._place
        questions = re.findall(r"[^.?!]*\?", words)
        self._fact = asked_fact(questions[-1] if questions else words, elements)

    def _compare(self, observation: Observation, words: str, names: tuple[str, ...]) -> Part:
        """Open the page of each name, then the page of the name that wins the comparison."""
        values = {}
        for name in names:
            observation = yield from self._open(observation, name)
            values[name] = asked_fact(words, _elements(observation))
        winner = preferred(words, values)
        if winner != names[-1]:
            observation = yield from self._open(observation, winner)
        return observation

    def _open(self, observation: Observation, name: str, *, by_title: bool = True) -> Part:
        """Search for a name, and open the result with the most similar title, or else the first one."""
        box = next((element for element in _elements(observation) if _is_search_box(element)), None)
        if box is None or not name:
            return observation
        observation = yield f"type [{box.ref}] [{name}] [1]"
        result = best_result(_elements(observation), name if by_title else "")
        if result is not None:
            observation = yield f"click [{result.ref}]"
        return observation

    def _shop(self, observation: Observation, words: str) -> Part:
        """Open the page of the product that the words name, and put it into the cart if they ask for it."""
        names = names_in(words)[:_MOST_COMPARED]
        if len(names) > 1 and _COMPARED.search(words):
            observation = yield from self._compare(observation, words, names)
        else:
            colour = self._fact if "that colour" in words else ""
            thing = " ".join(names) or things_named(words).replace("colour", colour)
            observation = yield from self._open(observation, thing.strip())
        elements = _elements(observation)
        button = next((element for element in elements if _is_button(element, "Add to cart")), None)
        if button is not None and re.search(r"\b(cart|buy)\b", words):
            observation = yield f"click [{button.ref}]"
        self._fact = asked_fact(words, elements)
        return observation

    def _exchange(self, observation: Observation, words: str) -> Part:
        """Follow the link that names the place, and set the amount."""
        link = next(
            (e for e in _elements(observation) if e.role == "link" and f" {self._place} " in f"{e.name} "), None
        )
        if link is None or not self._place:
            return observation
        observation = yield f"click [{link.ref}]"
        field = next((e for e in _elements(observation) if e.role in _TYPED_INTO and e.name == "Amount"), None)
        amount = read_amount(words)
        if field is not None and amount and amount != field.text:
            observation = yield f"type [{field.ref}] [{amount}] [1]"
        results = (re.fullmatch(r"([\d,.]+) [A-Z]{3}", element.text) for element in _elements(observation))
        self._fact = next((result.group(1) for result in results if result), "")
        return observation

    def _search(self, observation: Observation, visit: Visit) -> Part:
        """Fill in the site's search form with the place found so far, submit it, and open a result if the words ask."""
        thing = "" if _ONLY_SEARCHED.match(visit.words) and visit.kind != "marketplace" else things_named(visit.words)
        fields = [field for field in _elements(observation) if field.role in _TYPED_INTO and field.ref]
        has_place = any(_PLACE.search(field.name) and not _is_search_box(field) for field in fields)
        texts = [
            (field, text) for field in fields if (text := self._text_for(field, visit, thing, has_place=has_place))
        ]
        for field, text in texts:
            enter = int((field, text) == texts[-1])
            observation = yield f"type [{field.role} '{field.name}'] [{text}] [{enter}]"
        observation = yield from self._without_dialog(observation)
        if thing and re.search(r"\b(open|save|order|follow|play|put|add)\b", visit.words, re.IGNORECASE):
            result = best_result(_elements(observation), f"{thing} {self._place}")
            if result is not None:
                observation = yield f"click [{result.ref}]"
        return observation

    def _text_for(self, field: Element, visit: Visit, thing: str, *, has_place: bool) -> str:
        first, last = read_days(visit.words)
        if _is_search_box(field):
            about = self._place if _POINTS_BACK.search(visit.words) and self._place.lower() not in thing else ""
            return thing if has_place else f"{thing} {about}".strip() or self._place
        if _ORIGIN.search(field.name):
            return read_origin(visit.words) or read_origin(self._intent.question)
        if _LAST_DAY.search(field.name):
            return last
        if _FIRST_DAY.search(field.name):
            return first
        return self._place if _PLACE.search(field.name) or field.name == "Pick-up city" else ""


def _elements(observation: Observation) -> list[Element]:
    return list(read_outline(observation.text))


def _is_button(element: Element, name: str) -> bool:
    return element.role == "button" and bool(element.ref) and element.name.startswith(name)


def _is_search_box(element: Element) -> bool:
    named = element.role == "searchbox" or element.name.startswith("Search ")
    return element.role in _TYPED_INTO and named and bool(element.ref)


def _title(elements: list[Element]) -> str:
    return next((element.name for element in elements if element.role == "heading"), "")


def _place_fact(elements: list[Element]) -> str:
    found = facts(elements)
    return next((found[name] for name in _PLACE_FACTS if name in found), "")


def _about(words: str) -> str:
    left_out = ("city", "town", "country", "article", "thinking", "visit", "like", "see", "visitors", "want", "walk")
    return " ".join(word for word in content_words(words) if word not in left_out)
