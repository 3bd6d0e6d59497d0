"""Agents that know nothing about their task. If one earns a hop, the hop is too easy."""

import os
import random

from pytest_mmina.bundled import bundled
from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.sites.registry import load_sites

_PRESSED = ("link", "button", "checkbox", "radio", "tab", "menuitem")
_FILLED = ("textbox", "searchbox", "combobox", "spinbutton")
_MOST_STEPS = 30


class Ignorant:
    """Stops at once, without an answer."""

    def reset(self, intent: str) -> None:
        self.turn = 0

    def act(self, observation: Observation) -> str:
        self.turn += 1
        return self.choose(observation)

    def choose(self, observation: Observation) -> str:
        return "stop []"


class NotApplicable(Ignorant):
    """Gives the usual answer to a task that cannot be done."""

    def choose(self, observation: Observation) -> str:
        return "stop [N/A]"


class Yes(Ignorant):
    """Answers yes, which is often the right answer to a question."""

    def choose(self, observation: Observation) -> str:
        return "stop [yes]"


class WholePage(Ignorant):
    """Answers with the whole text of the start page, which may contain the right answer."""

    def choose(self, observation: Observation) -> str:
        return f"stop [{observation.text}]"


class HomePages(Ignorant):
    """Opens the home page of every site, and answers with the whole text of the last one."""

    homes = tuple(site.home for site in load_sites([bundled("fixtures") / "sites"]))

    def choose(self, observation: Observation) -> str:
        done = self.turn > len(self.homes)
        return f"stop [{observation.text}]" if done else f"goto [{self.homes[self.turn - 1]}]"


class RandomClicker(Ignorant):
    """Clicks, types words of the page and goes back at random; MMINA_SEED is the seed."""

    seed = int(os.environ.get("MMINA_SEED", "0"))

    def reset(self, intent: str) -> None:
        super().reset(intent)
        self.dice = random.Random(f"{self.seed} {intent}")

    def choose(self, observation: Observation) -> str:
        elements = list(read_outline(observation.text))
        words = [word for element in elements for word in f"{element.name} {element.text}".split()] or ["?"]
        words = [word.strip("[]") or "?" for word in words]
        pressed = [element for element in elements if element.ref and element.role in _PRESSED]
        filled = [element for element in elements if element.ref and element.role in _FILLED]
        if self.turn == _MOST_STEPS:
            return f"stop [{self.dice.choice(words)}]"
        throw = self.dice.random()
        if throw < 0.25 and filled:
            field = self.dice.choice(filled)
            text = self.dice.choice(_options(field, elements) or words)
            return f"type [{field.ref}] [{text}] [{self.dice.randint(0, 1)}]"
        if throw < 0.9 and pressed:
            return f"click [{self.dice.choice(pressed).ref}]"
        return "go_back"


def _options(field: Element, elements: list[Element]) -> list[str]:
    """Return the options of a field, or nothing if it has none."""
    found = []
    for element in elements[elements.index(field) + 1 :]:
        if element.depth <= field.depth:
            break
        if element.role == "option":
            found.append(element.name)
    return found
