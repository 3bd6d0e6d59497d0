"""Agents that know nothing of their task but its intent. What they earn, a task gives for nothing."""

import random
from collections.abc import Sequence

from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.core.language.trajectory import Observation

CONSTANTS = ("", "N/A", "yes", "no", "I do not know", *map(str, range(11)))
_PRESSED = ("link", "button", "checkbox", "radio", "tab", "menuitem", "switch")
_FILLED = ("textbox", "searchbox", "combobox", "spinbutton")
MOST_CLICKS = 15


class Constant:
    """Stops at once with an answer that does not depend on the task."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def reset(self, intent: str) -> None:
        """Do nothing: this agent has no state."""

    def act(self, observation: Observation) -> str:
        """Stop."""
        return f"stop [{self._answer}]"


class Dump:
    """Answers with the whole text of the start page and of the pages that it opens, one after the other."""

    def __init__(self, pages: Sequence[str] = ()) -> None:
        self._pages = tuple(pages)
        self.reset("")

    def reset(self, intent: str) -> None:
        """Begin with the first page."""
        self._opened, self._texts = 0, list[str]()

    def act(self, observation: Observation) -> str:
        """Open the next page, or answer with all texts."""
        self._texts.append(observation.text)
        if self._opened == len(self._pages):
            text = "\n".join(self._texts)
            return f"stop [{text}]"
        self._opened += 1
        return f"goto [{self._pages[self._opened - 1]}]"


class FrontDoor:
    """Opens the home page of every site, and answers with the address of the last one."""

    def __init__(self, homes: Sequence[str]) -> None:
        self._homes = tuple(homes)
        self.reset("")

    def reset(self, intent: str) -> None:
        """Begin with the first site."""
        self._opened = 0

    def act(self, observation: Observation) -> str:
        """Open the next home page."""
        if self._opened == len(self._homes):
            return f"stop [{observation.url}]"
        self._opened += 1
        return f"goto [{self._homes[self._opened - 1]}]"


class Dice:
    """Clicks, types words of the page and goes back at random: the same for the same seed and intent."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.reset("")

    def reset(self, intent: str) -> None:
        """Start the random numbers again."""
        self._random = random.Random(f"{self._seed} {intent}")  # noqa: S311 - no secret
        self._turn = 0

    def act(self, observation: Observation) -> str:
        """Return a random action; after some of them, stop with a word of the page."""
        self._turn += 1
        elements = list(read_outline(observation.text))
        words = [word.strip("[]") for element in elements for word in f"{element.name} {element.text}".split()]
        words = [word for word in words if word] or ["?"]
        pressed = [element for element in elements if element.ref and element.role in _PRESSED]
        filled = [element for element in elements if element.ref and element.role in _FILLED]
        if self._turn > MOST_CLICKS:
            return f"stop [{self._random.choice(words)}]"
        throw = self._random.random()
        if throw < 0.25 and filled:
            field = self._random.choice(filled)
            text = self._random.choice(options_of(field, elements) or words)
            return f"type [{field.ref}] [{text}] [{self._random.randint(0, 1)}]"
        if throw < 0.9 and pressed:
            return f"click [{self._random.choice(pressed).ref}]"
        return "go_back"


def options_of(field: Element, elements: Sequence[Element]) -> list[str]:
    """Return the options of a field, or nothing if it has none."""
    found = []
    position = next(place for place, element in enumerate(elements) if element is field)
    for element in elements[position + 1 :]:
        if element.depth <= field.depth:
            break
        if element.role == "option":
            found.append(element.name)
    return found
