"""What an action was about, in words that outlive its page: role, name, and which one of several."""

import re
from typing import NamedTuple

from pydantic import Field

from pytest_mmina.core.actions import Target
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.outline import read_outline
from pytest_mmina.core.trajectory import Observation

# A line of the formats `webarena` and `marks`: [12] link 'Tokyo Tower' ...
_NUMBERED = re.compile(r"\s*\[(?P<number>\d+)\] (?P<role>[a-zA-Z]+) (?P<name>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
_ESCAPED = re.compile(r"\\(.)")


class Named(Model):
    """An element by role and accessible name; `position` counts from 1 among those that share both."""

    role: Text = Field(max_length=200)
    name: Text
    position: int = Field(default=1, ge=1, le=1_000_000)


class _Addressed(NamedTuple):
    ref: str
    role: str
    name: str


def named(target: Target | None, observation: Observation) -> Named | None:
    """The element that a target stands for, as the observation describes it; None for a point and for what is unknown.

    A reference is looked up in every text that the agent was given.
    """
    if target is None or target.point is not None:
        return None
    if target.role:
        return Named(role=target.role, name=target.name)
    for text in (observation.text, *observation.texts.values()):
        # Most texts are of some hundred lines, and only a few steps name a reference that is not in them.
        if target.ref.removeprefix("e") not in text:
            continue
        elements = list(_addressed(text))
        wanted = next((element for element in elements if _same(element.ref, target.ref)), None)
        if wanted is not None:
            alike = [element for element in elements if element[1:] == wanted[1:]]
            return Named(role=wanted.role, name=wanted.name, position=alike.index(wanted) + 1)
    return None


def _same(one: str, other: str) -> bool:
    return one.removeprefix("e") == other.removeprefix("e")


def _addressed(text: str) -> "list[_Addressed]":
    outline = [_Addressed(element.ref, element.role, element.name) for element in read_outline(text) if element.ref]
    if outline:
        return outline
    lines = (_NUMBERED.match(line) for line in text.split("\n"))
    return [
        _Addressed(match["number"], match["role"], _ESCAPED.sub(r"\1", match["name"][1:-1])) for match in lines if match
    ]
