"""The kinds of attempts of `mmina validate`, and the groups that `--only` names."""

from collections.abc import Iterable
from typing import Literal, get_args

from pytest_mmina.core.errors import MminaError, did_you_mean
from pytest_mmina.core.models import Model

IgnorantKind = Literal["constants", "front-door", "dump", "dice", "spray", "push-state"]
"""Agents that know nothing."""
MutantKind = Literal["left-out", "swapped", "date", "amount", "direction", "name", "choice", "again", "forbidden"]
"""Ways to spoil a recorded solution."""
Kind = Literal[IgnorantKind, "oracles", MutantKind, "answers"]

Rule = Literal["must fail", "must fail if needed", "must fail if it did harm", "may pass"]
"""When a mutant that solves its task is a fault.

What the intent asks for must be noticed. A value that the intent does not name is noticed at least where the lines that
were changed are needed. More work is a fault where the intent forbids it. Other mutants are only reported.
"""

IGNORANT: tuple[IgnorantKind, ...] = get_args(IgnorantKind)
MUTANTS: tuple[MutantKind, ...] = get_args(MutantKind)
KINDS: tuple[Kind, ...] = (*IGNORANT, "oracles", *MUTANTS, "answers")
GROUPS: dict[str, tuple[Kind, ...]] = {"know-nothing": IGNORANT, "mutants": (*MUTANTS, "answers")}

SECONDS: dict[Kind, float] = {
    "constants": 0.4,
    "front-door": 2,
    "dump": 1.2,
    "dice": 1.6,
    "spray": 5,
    "push-state": 5,
    "oracles": 2.5,
    "answers": 0,
    **dict.fromkeys(MUTANTS, 2.5),
}
"""How long an attempt takes on the bundled tasks, roughly, with one worker that has a core to itself."""


class UnknownKindError(MminaError):
    """`--only` names no kind and no group."""


def read_kinds(text: str) -> tuple[Kind, ...]:
    """Read kinds and groups that are separated by commas. Raises UnknownKindError."""
    wanted: set[str] = set()
    for name in filter(None, map(str.strip, text.split(","))):
        if name in GROUPS:
            wanted.update(GROUPS[name])
        elif name in KINDS:
            wanted.add(name)
        else:
            known = (*GROUPS, *KINDS)
            raise UnknownKindError(f"unknown kind {name!r}.{did_you_mean(name, known)} Kinds: {', '.join(known)}")
    if not wanted:
        raise UnknownKindError(f"names no kind. Kinds: {', '.join((*GROUPS, *KINDS))}")
    return tuple(kind for kind in KINDS if kind in wanted)


def needs_solution(kinds: Iterable[Kind]) -> bool:
    """Return whether any of these kinds begins with the recorded solution."""
    return any(kind in MUTANTS or kind == "answers" for kind in kinds)


class Settings(Model):
    """What one session of `mmina validate` tries; `folder` contains what the sessions before it left.

    The stage `plan` only counts. `first` tries agents that know nothing and the recorded solutions, `mutants` the
    spoiled solutions, and `needed` the solution without what a mutant changed that solved its task.
    """

    stage: Literal["plan", "first", "mutants", "needed"]
    kinds: tuple[Kind, ...]
    seeds: int = 20
    addresses: int = 240
    folder: str
