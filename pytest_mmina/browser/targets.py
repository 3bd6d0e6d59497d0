"""From the target of an action to the element that is meant, or to the reason why none is."""

from collections.abc import Sequence
from difflib import get_close_matches

from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Target
from pytest_mmina.core.language.outline import Element, find_elements


def reference_of(target: Target, elements: Sequence[Element]) -> str:
    """The reference of the one element that has the role and the name of a target among those of the last observation.

    Raises ActionFailed where there is none or where there are several, with the nearest names.
    """
    found = find_elements(elements, role=target.role, name=target.name)
    if len(found) == 1:
        return found[0].ref
    if found:
        references = ", ".join(element.ref for element in found)
        raise ActionFailed(f"{len(found)} elements are {target}: name one by its reference ({references})")
    raise ActionFailed(f"no element is {target}{_nearest(target, elements)}")


def nearest_references(reference: str, elements: Sequence[Element]) -> str:
    """What the last observation has that comes near a reference it has not; nothing for one that it has."""
    known = {element.ref: element for element in elements if element.ref}
    near = [] if reference in known else get_close_matches(reference, list(known), n=3, cutoff=0.5)
    described = ", ".join(f"{ref} ({known[ref].role} {known[ref].name!r})" for ref in near)
    return f"; the nearest are {described}" if near else ""


def described(reference: str, elements: Sequence[Element]) -> str:
    """An element in the words of the last observation: role and name."""
    return next((f"{element.role} {element.name!r}" for element in elements if element.ref == reference), reference)


def _nearest(target: Target, elements: Sequence[Element]) -> str:
    addressed = [element for element in elements if element.ref and element.name]
    if other := [f"{element.role} {element.name!r}" for element in addressed if element.name == target.name]:
        return f"; there is {', '.join(other[:3])}"
    names = [element.name for element in addressed if element.role == target.role]
    close = get_close_matches(target.name, names, n=3, cutoff=0.4)
    return f"; the nearest are {', '.join(map(repr, close))}" if close else ""
