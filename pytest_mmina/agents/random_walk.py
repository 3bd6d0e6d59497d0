"""`random:SEED`: an agent that chooses random actions. It shows how much credit chance alone gets."""

import random

from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.core.language.trajectory import Observation

_TYPED_INTO = ("searchbox", "combobox", "textbox", "spinbutton")
_CLICKED = ("link", "button", "checkbox", "radio", "tab", "menuitem", "switch", "option")
_STOPS_IN = 20
"""The agent stops at a step with a probability of one in this number."""


class RandomAgent:
    """Clicks, types words of the task, scrolls, goes back or stops, in the same order for the same seed and task."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.reset("")

    def reset(self, intent: str) -> None:
        """Start the random numbers again, from the seed and the intent."""
        # Seeded with a text, the numbers are the same in every process.
        self._random = random.Random(f"{self._seed} {intent}")  # noqa: S311 - no secret
        self._words = [word.strip(".,:;?!'\"") for word in intent.split()] or ["word"]

    def act(self, observation: Observation) -> Action:
        """Return a random action."""
        elements = [element for element in read_outline(observation.text) if element.ref]
        usable = [element for element in elements if element.role in (*_TYPED_INTO, *_CLICKED)]
        if self._random.randrange(_STOPS_IN) == 0:
            return Action(kind="stop", text=self._random.choice([*self._words, observation.url]))
        kinds = ["element"] * 8 * bool(usable) + ["scroll", "go_back"]
        match self._random.choice(kinds):
            case "element":
                return self._use(self._random.choice(usable))
            case "scroll":
                return Action(kind="scroll", direction=self._random.choice(("up", "down")))
            case _:
                return Action(kind="go_back")

    def _use(self, element: Element) -> Action:
        target = Target(ref=element.ref)
        if element.role in _TYPED_INTO:
            return Action(kind="type", target=target, text=self._random.choice(self._words), enter=True)
        return Action(kind="click", target=target)
