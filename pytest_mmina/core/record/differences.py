"""Compare two episodes by their canonical texts (see `canonical`): a snapshot contains nothing else."""

import re
from collections.abc import Sequence, Set
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from pytest_mmina.core.choices import Tolerable as Tolerable
from pytest_mmina.core.episode.episode_run import Ending
from pytest_mmina.core.errors import did_you_mean
from pytest_mmina.core.record.canonical import FAILED, ending_word

DifferenceKind = Literal["none", "tolerated", "informational", "significant"]
_CONTEXT = 2
_HEADER = re.compile(
    r"hop (?P<number>\d+)  (?P<name>.*?) +(?P<state>passed|not passed|not reached)(?P<when> at (?:the start|step \d+))?"
)
_SCROLL = re.compile(r"  scroll\b.*")
_PAGE = re.compile(r"(?P<page>  on     \S+)  .*")
_DETAIL = re.compile(r"    .*")
_ENDING = re.compile(rf"(?P<ending>{'|'.join(map(ending_word, get_args(Ending)))})(?::? .*)?")


class Difference(NamedTuple):
    """The difference between two texts: its kind, the hops that the second text won or lost, and the first place.

    `context` contains the lines around the first difference, marked with ` `, `-` and `+`. `line` is the number of the
    line in the second text, counted from 0; `hop` is the header of its hop.
    """

    kind: DifferenceKind
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    line: int = 0
    hop: str = ""


def read_tolerances(names: str) -> frozenset[Tolerable]:
    """Return the tolerances in a text such as `extra-scrolls,retries`; raises ValueError for an unknown name."""
    known: tuple[Tolerable, ...] = get_args(Tolerable)
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise ValueError(f"{name!r} cannot be tolerated.{did_you_mean(name, known)} Known: {', '.join(known)}")
    return frozenset(name for name in known if name in wanted)


def difference(before: str, after: str, *, tolerate: Set[Tolerable] = frozenset()) -> Difference:
    """Compare two texts line by line.

    A difference is `tolerated` if it consists only of what is in `tolerate` and of the steps at which hops passed. It
    is `informational` if sites, hops and actions are the same: only the steps at which hops passed, scrolling, repeated
    failed actions, or the wording of answers, titles and errors differ. Any other difference is `significant`.
    """
    old, new = before.splitlines(), after.splitlines()
    if old == new:
        return Difference("none")
    left_old, left_new = _without(old, tolerate), _without(new, tolerate)
    if [line for _, line in left_old] == [line for _, line in left_new]:
        return Difference("tolerated")
    first, second = _significant(old), _significant(new)
    if [line for _, line in first] == [line for _, line in second]:
        kind: DifferenceKind = "informational"
        first, second = left_old, left_new
    else:
        kind = "significant"
        done_before, done_now = _significant(old, states=False), _significant(new, states=False)
        # Different actions are more interesting than their effect on the hops, which `won` and `lost` report.
        if [line for _, line in done_before] != [line for _, line in done_now]:
            first, second = done_before, done_now
    old_at, new_at = _first_difference(first, second, len(old), len(new))
    context = (
        *(f"  {line}" for line in new[max(0, new_at - _CONTEXT) : new_at]),
        *(f"- {line}" for line in old[old_at : old_at + 1]),
        *(f"+ {line}" for line in new[new_at : new_at + 1]),
        *(f"  {line}" for line in new[new_at + 1 : new_at + 1 + _CONTEXT]),
    )
    passed_before, passed_now = _passed(old), _passed(new)
    under = [line for line in new[: new_at + 1] if _HEADER.fullmatch(line)] or [""]
    return Difference(
        kind,
        won=tuple(hop for hop in passed_now if hop not in passed_before),
        lost=tuple(hop for hop in passed_before if hop not in passed_now),
        context=context,
        line=new_at,
        hop=under[-1],
    )


def difference_lines(found: Difference, *, seen: str = "") -> list[str]:
    """Return a difference in words: its kind, its first place, the page there, and the hops won or lost."""
    if found.kind in ("none", "tolerated"):
        return []
    header = _HEADER.fullmatch(found.hop)
    where = f" in hop {header['number']} ({header['name']})" if header else ""
    lines = [f"{found.kind} difference, first{where}:", *(f"    {line}" for line in found.context)]
    if seen:
        lines.append(f"seen there: {seen}")
    lines += [f"hop won: {hop}" for hop in found.won] + [f"hop lost: {hop}" for hop in found.lost]
    return lines


def _significant(lines: Sequence[str], *, states: bool = True) -> list[tuple[int, str]]:
    """Return the lines with sites, hops and actions, with their numbers; without `states`, not whether hops passed."""
    kept: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        if header := _HEADER.fullmatch(line):
            kept.append((number, f"hop {header['number']}  {header['name']} {header['state'] if states else ''}"))
        elif ending := _ENDING.fullmatch(line):
            kept.append((number, ending["ending"]))
        elif page := _PAGE.fullmatch(line):
            kept.append((number, page["page"]))
        elif not (_SCROLL.fullmatch(line) or _DETAIL.fullmatch(line)):
            kept.append((number, line))
    retried = _retried(kept)
    return [(number, line) for number, line in kept if number not in retried]


def _retried(kept: Sequence[tuple[int, str]]) -> set[int]:
    """Return the line numbers of the actions that failed and were repeated: the next line has the same action."""
    return {
        number for (number, line), (_, following) in pairwise(kept)
        if line.endswith(FAILED) and following in (line, line.removesuffix(FAILED))
    }  # fmt: skip


def _without(lines: Sequence[str], tolerate: Set[Tolerable]) -> list[tuple[int, str]]:
    """Return the lines with their numbers, without tolerated lines and their details, and without steps of hops."""
    kept = list(enumerate(lines))
    if not tolerate:
        return kept
    dropped = {at for at, line in kept if "extra-scrolls" in tolerate and _SCROLL.fullmatch(line)}
    if "retries" in tolerate:
        dropped |= _retried([(at, line) for at, line in kept if at not in dropped and not _DETAIL.fullmatch(line)])
    for at, line in kept:
        if at - 1 in dropped and _DETAIL.fullmatch(line):
            dropped.add(at)
    return [(at, _without_step(line)) for at, line in kept if at not in dropped]


def _without_step(line: str) -> str:
    header = _HEADER.fullmatch(line)
    return line.removesuffix(header["when"] or "") if header else line


def _first_difference(
    first: Sequence[tuple[int, str]], second: Sequence[tuple[int, str]], old_end: int, new_end: int
) -> tuple[int, int]:
    """Return the line numbers in both texts at which they first differ."""
    matcher = SequenceMatcher(a=[line for _, line in first], b=[line for _, line in second], autojunk=False)
    for tag, old_at, _, new_at, _ in matcher.get_opcodes():
        if tag != "equal":
            return (
                first[old_at][0] if tag != "insert" and old_at < len(first) else old_end,
                second[new_at][0] if new_at < len(second) else new_end,
            )
    return old_end, new_end


def _passed(lines: Sequence[str]) -> list[str]:
    headers = (_HEADER.fullmatch(line) for line in lines)
    return [header["name"] for header in headers if header and header["state"] == "passed"]
