"""`mmina approve`: turn recorded trajectories into snapshots without another run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from pytest_mmina.core.errors import TrajectoryError
from pytest_mmina.core.record.canonical import canonical_text
from pytest_mmina.trajectories.keywords import Matches
from pytest_mmina.trajectories.reading import SNAPSHOTS, Recorded, read_recording, recordings_in
from pytest_mmina.trajectories.show_and_diff import canonical_recording


class Approved(NamedTuple):
    """What happened to one snapshot, or to a trajectory that has none; `line` is the message for it."""

    became: Literal["written", "same", "left", "refused"]
    line: str


class _Wanted(NamedTuple):
    text: str
    recorded: Recorded


def approve(folder: Path, *, wanted: Matches, here: Path) -> Iterator[Approved]:
    """Write the snapshots below `here` that belong to the wanted trajectories of a folder.

    A trajectory that cannot be trusted and a file that cannot be written are refused; the others are still written.
    Raises TrajectoryError if the folder holds no trajectory, or none that is wanted.
    """
    texts: dict[str, list[_Wanted]] = {}
    found = False
    for file in recordings_in(folder).values():
        try:
            recorded = read_recording(file)
        except TrajectoryError as error:
            # Its task is unknown, so it may be one of those that -k asks for.
            found = True
            yield Approved("refused", str(error))
            continue
        if not wanted(f"{recorded.head.task} {recorded.head.case}"):
            continue
        found = True
        if reason := _not_taken(recorded):
            yield Approved("left", f"{file}: {reason}")
        for snapshot in recorded.snapshots if not reason else ():
            text = snapshot.text
            if text is None:
                text = canonical_text(canonical_recording(recorded), level=snapshot.level)
            texts.setdefault(snapshot.file, []).append(_Wanted(text, recorded))
    if not found:
        raise TrajectoryError("holds no trajectory that -k asks for", file=folder)
    for name, candidates in sorted(texts.items()):
        yield _written(name, candidates, here)


def _not_taken(recorded: Recorded) -> str:
    end = recorded.end
    assert end is not None, "read_recording refuses a trajectory that was cut off"
    if recorded.head.arm:
        return "not approved, because the episode is one of the control"
    if end.ending in ("errored", "failed"):
        return f"not approved, because the episode {end.ending}: {end.reason}"
    return "" if recorded.snapshots else "not approved, because its test compares no snapshot"


def _written(name: str, candidates: list[_Wanted], here: Path) -> Approved:
    """Write one snapshot. Trials and browsers share it; the last one wins, as in a session."""
    last = max(candidates, key=lambda each: (each.recorded.head.trial, str(each.recorded.file)))
    file = here / name
    source = last.recorded.file
    if file.parent.parent.name != SNAPSHOTS or file.suffix != ".txt":
        return Approved("refused", f"{source}: {name} is not the path of a snapshot")
    try:
        if not file.resolve().is_relative_to(here.resolve()):
            return Approved("refused", f"{source}: {name} lies outside {here}")
        if file.exists() and file.read_text(encoding="utf-8", errors="replace") == last.text:
            return Approved("same", f"{name}: unchanged")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(last.text, encoding="utf-8")
    except OSError as error:
        return Approved("refused", f"{name}: cannot be written: {error.strerror or error}")
    differ = any(each.text != last.text for each in candidates)
    which = f" (trials differ: this is trial {last.recorded.head.trial})" if differ else ""
    return Approved("written", f"{name}: written{which}")
