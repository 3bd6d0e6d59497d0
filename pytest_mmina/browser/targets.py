"""Finds the element that the target of an action means, or the reason why there is none."""

from collections.abc import Sequence
from difflib import get_close_matches

from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Target
from pytest_mmina.core.language.outline import Element, find_elements


def reference_of(target: Target, elements: Sequence[Element]) -> str:
    """Return the reference of the one element of the last observation with the role and name of a target.

    Raises ActionFailed with the nearest names if there is none, and with their references if there are several.
    """
    found = find_elements(elements, role=target.role, name=target.name)
    if len(found) == 1:
        return found[0].ref
    if found:
        references = ", ".join(element.ref for element in found)
        raise ActionFailed(f"{len(found)} elements are {target}: name one by its reference ({references})")
    raise ActionFailed(f"no element is {target}{_nearest(target, elements)}")


def nearest_references(reference: str, elements: Sequence[Element]) -> str:
    """Return a hint with similar references of the last observation; an empty string if it contains the reference."""
    known = {element.ref: element for element in elements if element.ref}
    near = [] if reference in known else get_close_matches(reference, list(known), n=3, cutoff=0.5)
    described = ", ".join(f"{ref} ({known[ref].role} {known[ref].name!r})" for ref in near)
    return f"; the nearest are {described}" if near else ""


def described(reference: str, elements: Sequence[Element]) -> str:
    """Return the role and name that an element has in the last observation, or its reference if it is not there."""
    return next((f"{element.role} {element.name!r}" for element in elements if element.ref == reference), reference)


def _nearest(target: Target, elements: Sequence[Element]) -> str:
    addressed = [element for element in elements if element.ref and element.name]
    if other := [f"{element.role} {element.name!r}" for element in addressed if element.name == target.name]:
        return f"; there is {', '.join(other[:3])}"
    names = [element.name for element in addressed if element.role == target.role]
    close = get_close_matches(target.name, names, n=3, cutoff=0.4)
    return f"; the nearest are {', '.join(map(repr, close))}" if close else ""
