"""Find and read recorded trajectories, and say what is wrong with one that cannot be trusted."""

import json
import re
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, assert_never

from pydantic import JsonValue, ValidationError

from pytest_mmina.core.choices import Arm
from pytest_mmina.core.errors import TrajectoryError
from pytest_mmina.core.language.trajectory import Step
from pytest_mmina.core.record.stored_trajectory import (
    LINE,
    SCHEMA,
    AnyLine,
    End,
    Head,
    StoredSnapshot,
    StoredStep,
    StoredText,
    digest_of,
    restored_step,
)

TRAJECTORIES = "trajectories"
SNAPSHOTS = "__trajectories__"
"""The name of the folder with snapshots; each test file has a folder in it."""

_LONGEST_LINE = 64 * 1024 * 1024
_PLAIN_BROWSERS = ("", "chromium")


def recording_file(results: Path, *, task: str, trial: int, case: str, browser: str, arm: Arm = "") -> Path:
    """Return the path of a case's trajectory."""
    name = recording_name(task=task, trial=trial, case=case, browser=browser, arm=arm)
    return results / TRAJECTORIES / f"{name}.jsonl"


def recording_name(*, task: str, trial: int, case: str, browser: str, arm: Arm = "") -> str:
    """Return the name of a case's trajectory, as `recordings_in` lists it.

    It is `<task>/<trial>` for a task's own case in Chromium, and `<task>/<trial>-control` for the control's; `browser`
    is a name, with or without a version. The name of any other case with the same task ends with a digest of its node
    id.
    """
    module, _, test = case.partition("::")
    own = test.startswith("test_task[") and not module.endswith(".py") and browser.partition(" ")[0] in _PLAIN_BROWSERS
    suffix = "" if own or not case else f"-{sha256(case.encode()).hexdigest()[:8]}"
    return "/".join([*map(_as_name, task.split("/")), f"{trial}{'-' if arm else ''}{arm}{suffix}"])


def _as_name(part: str) -> str:
    name = re.sub(r"[^\w.-]+", "-", part)[:80].strip(".") or "-"
    return name if name == part else f"{name}-{sha256(part.encode()).hexdigest()[:8]}"


class Recorded(NamedTuple):
    """A trajectory with its steps, both as they were and as they are stored.

    `end` is None if the trajectory was cut off. `snapshots` are those that belong to the episode.
    """

    file: Path
    head: Head
    stored: tuple[StoredStep, ...]
    steps: tuple[Step, ...]
    end: End | None
    snapshots: tuple[StoredSnapshot, ...] = ()


def read_recording(file: Path, *, cut_off: bool = False) -> Recorded:
    """Read a trajectory; with `cut_off`, also one that a crash left without its end.

    Raises TrajectoryError with file and line if it is cut off, damaged, of a newer version, or names a file outside its
    folder.
    """
    lines = _lines(file, cut_off=cut_off)
    head = next(lines, None)
    if head is None:
        raise TrajectoryError("is empty; a trajectory begins with a head line", file=file, line=1)
    if not isinstance(head.line, Head):
        raise TrajectoryError(
            f"a trajectory begins with a head line, not with a {head.line.line} line", file=file, line=1
        )
    texts: dict[str, str] = {}
    kept: list[StoredStep] = []
    steps: list[Step] = []
    end: End | None = None
    snapshots: list[StoredSnapshot] = []
    number = 1
    for number, line in lines:
        fail = partial(TrajectoryError, file=file, line=number)
        if end is not None and not isinstance(line, StoredSnapshot):
            raise fail("a line follows the end of the episode")
        match line:
            case Head():
                raise fail("a second head line: two trajectories were written into one file")
            case StoredText():
                if digest_of(line.text) != line.digest:
                    raise fail("damaged: the text does not fit its digest")
                texts[line.digest] = line.text
            case StoredStep():
                if line.number != len(kept) + 1:
                    raise fail(f"step {line.number} follows step {len(kept)}: a line is missing or repeated")
                try:
                    steps.append(restored_step(line, intent=head.line.intent, texts=texts))
                except KeyError as missing:
                    raise fail(f"the text {missing} is not stored before this step") from None
                kept.append(line)
            case End():
                end = line
            case StoredSnapshot():
                if end is None:
                    raise fail("a snapshot line stands before the end of the episode")
                snapshots.append(line)
            case _:
                assert_never(line)
    if end is None and not cut_off:
        raise TrajectoryError(
            "cut off: the end of the episode is missing (`mmina show` prints the steps that are there)",
            file=file,
            line=number,
        )
    return Recorded(file, head.line, tuple(kept), tuple(steps), end, tuple(snapshots))


class _Numbered(NamedTuple):
    number: int
    line: AnyLine


def _lines(file: Path, *, cut_off: bool) -> Iterator[_Numbered]:
    try:
        with file.open("rb") as opened:
            number = 0
            while content := opened.readline(_LONGEST_LINE):
                number += 1
                if not content.endswith(b"\n"):
                    if len(content) == _LONGEST_LINE:
                        raise TrajectoryError(f"a line of more than {_LONGEST_LINE} bytes", file=file, line=number)
                    if cut_off:
                        return
                    raise TrajectoryError("cut off in the middle of a line", file=file, line=number)
                yield _Numbered(number, _read(content, file=file, number=number))
    except OSError as error:
        raise TrajectoryError(f"cannot be read: {error.strerror or error}", file=file) from None


def _read(content: bytes, *, file: Path, number: int) -> AnyLine:
    try:
        return LINE.validate_json(content)
    except ValidationError as error:
        version = _version_of(content) if number == 1 else None
        if isinstance(version, int) and version > SCHEMA:
            problem = f"schema version {version} is newer than {SCHEMA}: read it with a newer pytest-mmina"
            raise TrajectoryError(problem, file=file, line=number) from None
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:120]
        problem = ": ".join(part for part in (place, str(first["msg"]).removeprefix("Value error, ")[:200]) if part)
        raise TrajectoryError(f"is not a line of a trajectory: {problem}", file=file, line=number) from None


def _version_of(content: bytes) -> JsonValue:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document.get("schema_version") if isinstance(document, dict) else None


def recordings_in(path: Path) -> dict[str, Path]:
    """Return the trajectories of a results folder, or below any folder, by name.

    Raises TrajectoryError if there are none.
    """
    folder = path / TRAJECTORIES if (path / TRAJECTORIES).is_dir() else path
    if path.is_file():
        return {path.stem: path}
    files = {file.relative_to(folder).with_suffix("").as_posix(): file for file in sorted(folder.rglob("*.jsonl"))}
    if not files:
        raise TrajectoryError("holds no trajectory; run pytest --mmina without --mmina-record=none", file=path)
    return files
