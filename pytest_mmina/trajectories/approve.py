"""`mmina approve`: what was recorded becomes the snapshots, without another run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from pytest_mmina.core.errors import TrajectoryError
from pytest_mmina.core.record.canonical import canonical_text
from pytest_mmina.trajectories.keywords import Matches
from pytest_mmina.trajectories.reading import SNAPSHOTS, Recorded, read_recording, recordings_in
from pytest_mmina.trajectories.show_and_diff import account_of_recording


class Approved(NamedTuple):
    """What became of a snapshot, or of a trajectory that gives none; `line` says it in words."""

    became: Literal["written", "same", "left", "refused"]
    line: str


class _Wanted(NamedTuple):
    text: str
    recorded: Recorded


def approve(folder: Path, *, wanted: Matches, here: Path) -> Iterator[Approved]:
    """Write the snapshots below `here` that belong to the wanted trajectories of a folder.

    What cannot be trusted or written is refused, and the rest written all the same. Raises TrajectoryError where there
    is no trajectory, or none that is wanted.
    """
    texts: dict[str, list[_Wanted]] = {}
    found = False
    for file in recordings_in(folder).values():
        try:
            recorded = read_recording(file)
        except TrajectoryError as error:
            # What it is about is not known for sure, so it cannot be said that nobody wanted it.
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
                text = canonical_text(account_of_recording(recorded), level=snapshot.level)
            texts.setdefault(snapshot.file, []).append(_Wanted(text, recorded))
    if not found:
        raise TrajectoryError("holds no trajectory that -k asks for", file=folder)
    for name, candidates in sorted(texts.items()):
        yield _written(name, candidates, here)


def _not_taken(recorded: Recorded) -> str:
    end = recorded.end
    assert end is not None, "one that was cut off is not read"
    if end.ending in ("errored", "failed"):
        return f"not taken for the new behaviour: {end.reason}"
    return "" if recorded.snapshots else "it belongs to no snapshot: its test compares none"


def _written(name: str, candidates: list[_Wanted], here: Path) -> Approved:
    """Write one snapshot; trials and browsers share it, and as in a session the last one counts."""
    last = max(candidates, key=lambda each: (each.recorded.head.trial, str(each.recorded.file)))
    file = here / name
    source = last.recorded.file
    if file.parent.parent.name != SNAPSHOTS or file.suffix != ".txt":
        return Approved("refused", f"{source}: {name} is no place of a snapshot")
    try:
        if not file.resolve().is_relative_to(here.resolve()):
            return Approved("refused", f"{source}: {name} leads out of {here}")
        if file.exists() and file.read_text(encoding="utf-8", errors="replace") == last.text:
            return Approved("same", f"{name}: as it was")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(last.text, encoding="utf-8")
    except OSError as error:
        return Approved("refused", f"{name}: cannot be written: {error.strerror or error}")
    differ = any(each.text != last.text for each in candidates)
    which = f" (trials differ: this is trial {last.recorded.head.trial})" if differ else ""
    return Approved("written", f"{name}: written{which}")
