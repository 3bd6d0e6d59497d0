"""The order of the hops of a task: which hops have to pass before another one is judged."""

from collections.abc import Sequence

from pytest_mmina.core.errors import TaskError, did_you_mean

Reference = str | int
"""A hop as another one names it: its name, or its number from 1."""


def predecessors(names: Sequence[str], after: Sequence[Sequence[Reference] | None]) -> tuple[frozenset[int], ...]:
    """Return for each hop the positions, from 0, of the hops that it comes after.

    `after` is what each hop names; None means the hop above it. So hops that name nothing are a queue. Raises TaskError
    with the place for a hop that does not exist, for a name that several hops have, and for a circle.
    """
    found = []
    for at, references in enumerate(after):
        if references is None:
            found.append(frozenset({at - 1} if at else ()))
        else:
            places = (f"hops[{at}].after[{number}]" for number in range(len(references)))
            found.append(
                frozenset(
                    _position(reference, names, of=at, place=place)
                    for reference, place in zip(references, places, strict=True)
                )
            )
    if circle := _circle(found):
        words = " -> ".join(names[at] for at in (*circle, circle[0]))
        raise TaskError(f"no hop of a circle can ever be judged: {words}", place=f"hops[{circle[0]}].after")
    return tuple(found)


def all_before(hop: int, before: Sequence[frozenset[int]]) -> frozenset[int]:
    """Return the positions of all hops that have to pass before a hop is judged."""
    found: set[int] = set()
    waiting = list(before[hop])
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting.extend(before[at])
    return frozenset(found)


def _position(reference: Reference, names: Sequence[str], *, of: int, place: str) -> int:
    if isinstance(reference, int):
        if not 1 <= reference <= len(names):
            raise TaskError(f"there is no hop {reference}: the task has {len(names)}, numbered from 1", place=place)
        at = reference - 1
    else:
        named = [at for at, name in enumerate(names) if name == reference]
        if not named:
            raise TaskError(f"there is no hop {reference!r}.{did_you_mean(reference, names)}", place=place)
        if len(named) > 1:
            numbers = ", ".join(str(at + 1) for at in named)
            raise TaskError(f"several hops have the name {reference!r}: give a number, one of {numbers}", place=place)
        at = named[0]
    if at == of:
        raise TaskError("a hop cannot come after itself", place=place)
    return at


def _circle(before: Sequence[frozenset[int]]) -> list[int]:
    """Return the positions of hops that wait for each other, each one for the next; none if there is no circle."""
    settled: set[int] = set()
    while ready := [at for at, needed in enumerate(before) if at not in settled and needed <= settled]:
        settled.update(ready)
    path: list[int] = []
    at = next((at for at in range(len(before)) if at not in settled), None)
    while at is not None and at not in path:
        path.append(at)
        at = min(before[at] - settled)
    return path[path.index(at) :] if at is not None else []
