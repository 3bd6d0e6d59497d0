"""`random:SEED`: does what can be done on a page, drawn by dice whose seed is given. What it earns is luck."""

import random

from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.core.language.trajectory import Observation

_TYPED_INTO = ("searchbox", "combobox", "textbox", "spinbutton")
_CLICKED = ("link", "button", "checkbox", "radio", "tab", "menuitem", "switch", "option")
_STOPS_IN = 20
"""One action in so many is to stop."""


class RandomAgent:
    """Clicks, types words of the task, scrolls, goes back, and stops at some time; the same for a seed and a task."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.reset("")

    def reset(self, intent: str) -> None:
        """Throw the dice anew."""
        # Seeded by a text, the dice fall alike in every process.
        self._dice = random.Random(f"{self._seed} {intent}")  # noqa: S311 - no secret
        self._words = [word.strip(".,:;?!'\"") for word in intent.split()] or ["word"]

    def act(self, observation: Observation) -> Action:
        """Draw an action."""
        elements = [element for element in read_outline(observation.text) if element.ref]
        usable = [element for element in elements if element.role in (*_TYPED_INTO, *_CLICKED)]
        if self._dice.randrange(_STOPS_IN) == 0:
            return Action(kind="stop", text=self._dice.choice([*self._words, observation.url]))
        kinds = ["element"] * 8 * bool(usable) + ["scroll", "go_back"]
        match self._dice.choice(kinds):
            case "element":
                return self._use(self._dice.choice(usable))
            case "scroll":
                return Action(kind="scroll", direction=self._dice.choice(("up", "down")))
            case _:
                return Action(kind="go_back")

    def _use(self, element: Element) -> Action:
        target = Target(ref=element.ref)
        if element.role in _TYPED_INTO:
            return Action(kind="type", target=target, text=self._dice.choice(self._words), enter=True)
        return Action(kind="click", target=target)
