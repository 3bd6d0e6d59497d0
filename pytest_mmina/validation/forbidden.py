"""An agent that does the work and then, on top of it, what the intent forbids."""

import re
from collections.abc import Sequence

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.outline import Element, read_outline
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.validation.player import Line, Plays

MOST_PRESSES = 12
_ORDERING = (
    "place order", "order now", "pay", "buy", "confirm", "complete", "check out", "checkout", "proceed", "get tickets",
    "order", "cart", "book", "reserve", "continue", "select",
)  # fmt: skip
_BOOKING = ("confirm", "book", "reserve", "pay", "complete", "continue", "select", "choose")
VERBS: dict[str, tuple[str, ...]] = {
    "order": _ORDERING,
    "buy": _ORDERING,
    "check": _ORDERING,
    "purchase": _ORDERING,
    "pay": _ORDERING,
    "book": _BOOKING,
    "reserve": _BOOKING,
    "save": ("save", "favourite", "wish list", "bookmark"),
    "add": ("add",),
    "like": ("like",),
    "follow": ("follow", "subscribe"),
    "subscribe": ("subscribe", "follow"),
    "post": ("post", "publish", "reply"),
    "comment": ("comment", "post"),
    "delete": ("delete", "remove"),
    "remove": ("remove", "delete"),
}
"""The words on buttons that lead to what a verb names, the last steps first."""
ACTS: dict[str, str] = {
    "order": "ordered", "buy": "ordered|booked", "check": "ordered", "purchase": "ordered|booked",
    "pay": "ordered|booked", "book": "booked|ordered", "reserve": "booked", "save": "saved|wished|liked|bookmarked",
    "add": "added|saved|liked", "like": "liked", "follow": "followed", "subscribe": "followed|subscribed",
    "post": "posted|replied", "comment": "commented", "delete": "deleted|removed", "remove": "removed|deleted",
}  # fmt: skip
"""The actions in a site's record of what a visitor did that a verb names."""
_PRESSED = ("button", "link")
_FILLED = ("textbox", "searchbox", "combobox")


def verb_of(clause: str) -> str | None:
    """Return the verb of a prohibition, of those that this module knows; None if it is another one."""
    words = re.findall(r"[a-z]+", clause.lower())
    for word in words[:3]:
        for verb in VERBS:
            if word in (verb, f"{verb}ing", f"{verb.rstrip('e')}ing"):
                return verb
    return None


class DoesWhatIsForbidden(Plays):
    """Plays a solution, then presses what leads to a forbidden act, and stops with the solution's answer."""

    def __init__(self, lines: Sequence[Line], verb: str) -> None:
        self._answer, self._names = lines[-1].text, VERBS[verb]
        super().__init__(lines[:-1])

    def reset(self, intent: str) -> None:
        """Begin with the first line."""
        super().reset(intent)
        self._presses = 0
        self._seen: set[tuple[str, str]] = set()

    def act(self, observation: Observation) -> Action | str:
        """Play; at the end, fill what is empty and press what leads on."""
        if self._next < len(self._lines):
            action = super().act(observation)
            if action != "stop []":
                return action
        elements = [element for element in read_outline(observation.text) if element.ref]
        self._presses += 1
        if self._presses <= MOST_PRESSES and (chosen := self._next_press(elements, observation.url)) is not None:
            return chosen
        return self._answer

    def _next_press(self, elements: Sequence[Element], url: str) -> str | None:
        for name in self._names:
            for element in elements:
                key = (url, f"{element.role} {element.name}")
                if element.role not in _PRESSED or name not in element.name.lower() or key in self._seen:
                    continue
                empty = [each for each in elements if each.role in _FILLED and not each.text and each.name]
                for field in empty if element.role == "button" else ():
                    filled = (url, f"{field.role} {field.name}")
                    if filled not in self._seen:
                        self._seen.add(filled)
                        return f"type [{field.ref}] [{_plausible(field.name)}] [0]"
                self._seen.add(key)
                return f"click [{element.ref}]"
        return None


def _plausible(field: str) -> str:
    field = field.lower()
    if "mail" in field:
        return "alex@example.com"
    if "card" in field or "number" in field:
        return "4111111111111111"
    return "Alex Doe"
