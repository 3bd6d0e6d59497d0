"""Describe the element of an action by role, name and position, which stay valid when its reference does not."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import Field

from pytest_mmina.core.language.actions import Target
from pytest_mmina.core.language.outline import read_outline
from pytest_mmina.core.language.trajectory import Box, Observation
from pytest_mmina.core.models import Model, Text

# A line of the formats `webarena` and `marks`: [12] link 'Tokyo Tower' ...
_NUMBERED = re.compile(r"\s*\[(?P<number>\d+)\] (?P<role>[a-zA-Z]+) (?P<name>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
_ESCAPED = re.compile(r"\\(.)")
_UNESCAPED_PART = re.compile(r"""[^'"\\\x00-\x1f\x7f-\x9f\u2028\u2029]+""")


class NamedElement(Model):
    """An element by role and accessible name; `position` counts from 1 among those that share both."""

    role: Text = Field(max_length=200)
    name: Text
    position: int = Field(default=1, ge=1, le=1_000_000)


class _ElementLine(NamedTuple):
    ref: str
    role: str
    name: str


def describe_element(target: Target | None, observation: Observation) -> NamedElement | None:
    """Return the element of a target, as the observation describes it; None for a point or an unknown reference.

    A reference is looked up in every text that the agent was given.
    """
    if target is None or target.point is not None:
        return None
    if target.role:
        return NamedElement(role=target.role, name=target.name)
    for text in (observation.text, *observation.texts.values()):
        read = _read_outline_line if f"[ref={target.ref}]" in text else _read_list_line
        # Only lines with the reference are parsed: parsing a whole page takes longer than recording the rest of a step.
        lines = [line for line in text.split("\n") if target.ref.removeprefix("e") in line]
        wanted = next((found for line in lines if (found := read(line)) and _is_same_ref(found.ref, target.ref)), None)
        if wanted is not None:
            part = max(_UNESCAPED_PART.findall(wanted.name), key=len, default=wanted.role)
            others = (read(line) for line in text.split("\n") if part in line)
            alike = [found.ref for found in others if found is not None and found[1:] == wanted[1:]]
            return NamedElement(role=wanted.role, name=wanted.name, position=alike.index(wanted.ref) + 1)
    return None


def box_of(target: Target | None, observation: Observation, boxes: Mapping[str, Box]) -> Box | None:
    """Return the box of a target's element in the viewport; None for a point and for an element without a box."""
    if target is None or target.point is not None or not boxes:
        return None
    alike = NamedElement(role=target.role[:200], name=target.name) if target.role else None
    references = [target.ref] if alike is None else references_of(alike, observation) or []
    return next((boxes[number] for ref in references if (number := ref.removeprefix("e")) in boxes), None)


def references_of(element: NamedElement, observation: Observation) -> list[str] | None:
    """Return the references of all elements with this role and name, in order; None if no text contains elements."""
    read_any = False
    for text in (observation.text, *observation.texts.values()):
        read = _read_outline_line if "[ref=" in text else _read_list_line
        found = [found for line in text.split("\n") if (found := read(line)) is not None]
        if alike := [each.ref for each in found if (each.role, each.name) == (element.role, element.name)]:
            return alike
        read_any = read_any or bool(found)
    return [] if read_any else None


def _is_same_ref(one: str, other: str) -> bool:
    return one.removeprefix("e") == other.removeprefix("e")


def _read_outline_line(line: str) -> _ElementLine | None:
    return next((_ElementLine(found.ref, found.role, found.name) for found in read_outline(line) if found.ref), None)


def _read_list_line(line: str) -> _ElementLine | None:
    match = _NUMBERED.match(line)
    return _ElementLine(match["number"], match["role"], _ESCAPED.sub(r"\1", match["name"][1:-1])) if match else None
