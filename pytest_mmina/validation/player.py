"""Plays a solution that was changed, as far as it goes: what the page no longer offers is done with what is nearest."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.outline import Element, find_elements, read_outline
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.validation.ignorant import options_of

_ALIKE = 0.5


class Line(NamedTuple):
    """A line of a solution; `other` asks for another element, or another option, than the one that it names."""

    text: str
    other: bool = False


class Plays:
    """Plays lines. A target that is not there is replaced by the most similar one of its role.

    `changed` are the positions of the lines that were changed; after the episode, `done` says whether each of them was
    done as it was meant. What cannot be done at all is passed over.
    """

    def __init__(self, lines: Sequence[Line], changed: Sequence[int] = ()) -> None:
        self._lines, self._changed = tuple(lines), frozenset(changed)
        self.reset("")

    def reset(self, intent: str) -> None:
        """Begin with the first line."""
        self._next = 0
        self._failed: set[int] = set()
        self._pressed: list[str] = []

    @property
    def done(self) -> bool:
        """Whether every changed line was done as it was meant."""
        return self._next == len(self._lines) and not self._changed & self._failed

    def act(self, observation: Observation) -> Action | str:
        """Return the next line that can be done."""
        if observation.error and self._next:
            self._failed.add(self._next - 1)
        elements = list(read_outline(observation.text))
        while self._next < len(self._lines):
            line = self._lines[self._next]
            self._next += 1
            action = parse_action(line.text)
            if action.target is None or not action.target.role:
                return action
            if (fitting := _fitting(action, elements, other=line.other)) is not None:
                return fitting
            self._failed.add(self._next - 1)
        return "stop []"


def _fitting(action: Action, elements: Sequence[Element], *, other: bool) -> Action | None:
    """Return an action as the page allows it; None if there is nothing like it."""
    target = action.target
    assert target is not None
    exact = find_elements(elements, role=target.role, name=target.name)
    if other and action.kind in ("type", "select"):
        return _other_option(action, options_of(exact[0], elements)) if exact else None
    if exact and not other:
        return action
    wanted = target.name.lower()
    alike = [
        (SequenceMatcher(None, wanted, element.name.lower()).ratio(), element.ref)
        for element in elements
        if element.ref and element.role == target.role and element.name and element not in exact
        if not (other and _leads_alike(element, exact, elements))
    ]
    nearest = max(alike, key=lambda pair: pair[0], default=(0.0, ""))
    if nearest[0] < _ALIKE:
        return None
    return action.model_copy(update={"target": Target(ref=nearest[1])})


def _other_option(action: Action, options: Sequence[str]) -> Action | None:
    chosen = [action.text, *action.values]
    others = [option for option in options if option.strip() and not any(_is_same(option, one) for one in chosen)]
    if not others:
        return None
    # The first option often means no choice at all.
    other = others[-1]
    return action.model_copy(update={"text": other} if action.kind == "type" else {"values": (other,)})


def _is_same(one: str, other: str) -> bool:
    return " ".join(one.lower().split()) == " ".join(other.lower().split())


def _leads_alike(element: Element, exact: Sequence[Element], elements: Sequence[Element]) -> bool:
    """Return whether an element has the same address as the one that was meant: it is no other choice."""
    addresses = {_address_of(each, elements) for each in exact} - {""}
    return _address_of(element, elements) in addresses


def _address_of(element: Element, elements: Sequence[Element]) -> str:
    position = next(place for place, each in enumerate(elements) if each is element)
    for each in elements[position + 1 :]:
        if each.depth <= element.depth:
            break
        if each.role == "/url":
            return each.text
    return ""
