"""`mmina show` and `mmina diff`: print a recorded trajectory as text, or the differences between two."""

import re
from collections.abc import Iterator, Set
from html import escape
from pathlib import Path
from typing import NamedTuple

from pytest_mmina.core.record.canonical import (
    CanonicalEpisode,
    CanonicalStep,
    Level,
    canonical_lines,
    canonical_text,
    plain,
)
from pytest_mmina.core.record.differences import DifferenceKind, Tolerable, difference, difference_lines
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.trajectories.reading import Recorded, read_recording, recordings_in


def canonical_recording(recorded: Recorded) -> CanonicalEpisode:
    """Return the canonical form of a recorded episode; if it was cut off, of the steps that it has."""
    steps = [
        CanonicalStep(step, kept.element, kept.to) for step, kept in zip(recorded.steps, recorded.stored, strict=True)
    ]
    end = recorded.end
    if end is not None:
        return CanonicalEpisode(steps, end.hops, end.ending, end.reason, end.answer, end.violations)
    return CanonicalEpisode(steps, _hops_so_far(recorded), "errored", "cut off")


def _hops_so_far(recorded: Recorded) -> list[HopResult]:
    hops: list[HopResult] = []
    for number, name in enumerate(recorded.head.hops, start=1):
        step = next((kept.number for kept in recorded.stored if number in kept.passed_numbers), None)
        # Which hops were open is not recorded; in a queue, that is the first one that did not pass.
        reached = all(hop.passed for hop in hops)
        hops.append(HopResult(name=name, passed=step is not None, step=step, reason="cut off", reached=reached))
    return hops


def shown(file: Path, *, level: Level) -> Iterator[str]:
    """Yield the lines of a trajectory, also of one that was cut off; raises TrajectoryError."""
    recorded = read_recording(file, cut_off=True)
    head, end = recorded.head, recorded.end
    browser = f", {head.browser}" if head.browser else ""
    yield plain(f"{head.task}, trial {head.trial}, {head.arm or 'agent'} {head.agent}{browser}")
    yield plain(head.intent)
    yield ""
    yield from (line.text for line in canonical_lines(canonical_recording(recorded), level=level))
    yield ""
    if end is None:
        yield f"cut off after step {len(recorded.stored)}: its session was interrupted"
    else:
        yield plain(f"{end.outcome} after {end.steps} steps: {end.reason}")


class Compared(NamedTuple):
    """How one trajectory differs between two recordings; `lines` describe it."""

    name: str
    kind: DifferenceKind
    lines: list[str]


def compared(one: Path, other: Path, *, level: Level, tolerate: Set[Tolerable] = frozenset()) -> Iterator[Compared]:
    """Compare two files, or those of the same name in two folders; raises TrajectoryError."""
    if one.is_file() and other.is_file():
        yield _compared(other.stem, one, other, level, tolerate)
        return
    before, after = recordings_in(one), recordings_in(other)
    for name in sorted({*before, *after}):
        if name in before and name in after:
            yield _compared(name, before[name], after[name], level, tolerate)
        else:
            yield Compared(name, "significant", [f"only in {one if name in before else other}"])


def _compared(name: str, one: Path, other: Path, level: Level, tolerate: Set[Tolerable]) -> Compared:
    before, after = (canonical_recording(read_recording(file)) for file in (one, other))
    lines = canonical_lines(after, level=level)
    texts = (canonical_text(episode, level=level) for episode in (before, after))
    found = difference(*texts, tolerate=tolerate)
    step = next((line.step for line in lines[found.line :] if line.step), 0)
    seen = after.steps[step - 1].step.observation if 0 < step <= len(after.steps) else None
    page = plain(f"{seen.url}  {seen.title!r}") if seen is not None else ""
    return Compared(name, found.kind, difference_lines(found, seen=page))


def in_words(results: list[Compared], *, markdown: bool) -> Iterator[str]:
    """Return the lines of a report on a comparison, the significant differences first."""
    for kind in ("significant", "informational"):
        for each in results:
            if each.kind == kind:
                yield from _in_markdown(each) if markdown else [each.name, *(f"    {line}" for line in each.lines)]
    kinds = ("significant", "informational", "tolerated")
    differ, inform, tolerated = (sum(each.kind == kind for each in results) for kind in kinds)
    more = f", {tolerated} only in tolerated lines" if tolerated else ""
    yield f"{len(results)} compared: {differ} differ, {inform} only in informative lines{more}"


def _in_markdown(each: Compared) -> list[str]:
    longest = max((len(run) for line in each.lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    # In Markdown's diff highlighting, the sign has to be the first character of a line.
    lines = [line.removeprefix("    ") for line in each.lines]
    return [f"### {escape(each.name.replace('`', ''))}", "", f"{fence}diff", *lines, fence, ""]
