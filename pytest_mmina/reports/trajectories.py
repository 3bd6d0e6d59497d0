"""Trajectories on disk: `trajectories/<task>/<trial>.jsonl` in the results, written while the episode goes on."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pydantic import JsonValue, ValidationError

from pytest_mmina.core.episode import Episode
from pytest_mmina.core.errors import TrajectoryError
from pytest_mmina.core.models import Model
from pytest_mmina.core.recording import (
    LINE,
    SCHEMA,
    End,
    Head,
    StoredStep,
    StoredText,
    digest_of,
    restored,
    stored,
)
from pytest_mmina.core.secrets import Secrets
from pytest_mmina.core.trajectory import Step

TRAJECTORIES = "trajectories"
_LONGEST_LINE = 64 * 1024 * 1024
_PLAIN_BROWSERS = ("", "chromium")


def recording_file(results: Path, *, task: str, trial: int, case: str, browser: str) -> Path:
    """Where the trajectory of a case lies.

    `<task>/<trial>.jsonl` for a task's own case in Chromium. What else may try the same task has the digest of its node
    id in its name.
    """
    parts = [_as_name(part) for part in task.split("/")]
    module, _, test = case.partition("::")
    own = test.startswith("test_task[") and not module.endswith(".py") and browser in _PLAIN_BROWSERS
    suffix = "" if own or not case else f"-{sha256(case.encode()).hexdigest()[:8]}"
    return results.joinpath(TRAJECTORIES, *parts, f"{trial}{suffix}.jsonl")


def _as_name(part: str) -> str:
    name = re.sub(r"[^\w.-]+", "-", part)[:80].strip(".") or "-"
    return name if name == part else f"{name}-{sha256(part.encode()).hexdigest()[:8]}"


class Recording:
    """The file of one episode, as it grows; it never raises. `problem` says why it could not be written."""

    def __init__(self, file: Path, *, results: Path, head: Head, here: Path) -> None:
        self._file, self._results, self._head, self._here = file, results.resolve(), head, here
        self._opened: BinaryIO | None = None
        self._known: set[str] = set()
        self._steps = 0
        self._secrets: Secrets | None = None
        self.problem = ""

    def step(self, step: Step, *, seconds: float, passed: int, secrets: Secrets) -> None:
        """Write a step and the texts that are new in it; see `Recorder.step`."""
        step = secrets.removed_from_all(step)
        self._steps += 1
        line = stored(step, number=self._steps, seconds=seconds, passed=passed, detail=self._head.detail)
        pictures = {name: inside for name, path in step.observation.pictures.items() if (inside := self._inside(path))}
        lines: list[Model] = []
        for text in (step.observation.text, *step.observation.texts.values()):
            digest = digest_of(text)
            if digest in (line.text, *line.texts.values()) and digest not in self._known:
                self._known.add(digest)
                lines.append(StoredText(digest=digest, text=text))
        if self._head.detail == "full":
            line = line.model_copy(update={"pictures": pictures})
        self._write([*lines, line], secrets)

    def end(self, episode: Episode) -> None:
        """Write the last line; see `EpisodeRecorder.end`."""
        self._write([End.of(episode)], self._secrets or Secrets())

    def close(self) -> None:
        """Close the file; without its end, it is one that was cut off."""
        if self._opened is not None:
            with suppress(OSError):
                self._opened.close()

    def _write(self, lines: Iterable[Model], secrets: Secrets) -> None:
        if self.problem:
            return
        try:
            if self._opened is None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                self._opened = self._file.open("wb")
                lines = [secrets.removed_from_all(self._head), *lines]
            elif self._secrets is not None and secrets != self._secrets:
                # What was typed into a password field a moment ago may stand in an earlier line: in the task, say.
                self._clean(secrets)
            self._secrets = secrets
            for line in lines:
                self._opened.write(line.model_dump_json().encode() + b"\n")
            self._opened.flush()
        except OSError as error:
            self.problem = f"the trajectory could not be written to {self._file}: {error}"

    def _clean(self, secrets: Secrets) -> None:
        """Take secrets out of all that was written, a line at a time."""
        assert self._opened is not None
        self._opened.close()
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        digests: dict[str, str] = {}
        with self._file.open("rb") as old, draft.open("wb") as new:
            for content in old:
                line = secrets.removed_from_all(LINE.validate_json(content))
                if isinstance(line, StoredText):
                    digests[line.digest] = digest_of(line.text)
                    line = line.model_copy(update={"digest": digests[line.digest]})
                if isinstance(line, StoredStep):
                    texts = {name: digests[digest] for name, digest in line.texts.items()}
                    line = line.model_copy(update={"texts": texts, "text": digests.get(line.text or "")})
                new.write(line.model_dump_json().encode() + b"\n")
        draft.replace(self._file)
        self._known = set(digests.values())
        self._opened = self._file.open("ab")

    def _inside(self, path: str) -> str:
        # Agents are given paths from where pytest was called; a trajectory moves about with its results.
        whole = (self._here / path).resolve()
        return whole.relative_to(self._results).as_posix() if whole.is_relative_to(self._results) else ""


class Recorded(NamedTuple):
    """A trajectory read back: its steps as they were, and as they are stored; `end` is None where it was cut off."""

    file: Path
    head: Head
    stored: tuple[StoredStep, ...]
    steps: tuple[Step, ...]
    end: End | None


def read_recording(file: Path, *, cut_off: bool = False) -> Recorded:
    """Read a trajectory; with `cut_off`, one that a crash has left without its end, too.

    Raises TrajectoryError with file and line for one that is cut, garbled, from a newer version, or that points outside
    its folder.
    """
    lines = _lines(file, cut_off=cut_off)
    head = next(lines, None)
    if head is None:
        raise TrajectoryError("is empty: a trajectory begins with its head", file=file, line=1)
    if not isinstance(head.line, Head):
        raise TrajectoryError(f"a trajectory begins with its head, not with a {head.line.line}", file=file, line=1)
    texts: dict[str, str] = {}
    kept: list[StoredStep] = []
    steps: list[Step] = []
    end: End | None = None
    number = 1
    for number, line in lines:
        fail = partial(TrajectoryError, file=file, line=number)
        if end is not None:
            raise fail("something follows the end of the episode")
        match line:
            case Head():
                raise fail("a second head: two trajectories have run into one")
            case StoredText():
                if digest_of(line.text) != line.digest:
                    raise fail("garbled: the text is not the one that its digest names")
                texts[line.digest] = line.text
            case StoredStep():
                if line.number != len(kept) + 1:
                    raise fail(f"step {line.number} follows step {len(kept)}: a line is missing or stands twice")
                try:
                    steps.append(restored(line, intent=head.line.intent, texts=texts))
                except KeyError as missing:
                    raise fail(f"the text {missing} is nowhere before this step") from None
                kept.append(line)
            case End():
                end = line
    if end is None and not cut_off:
        raise TrajectoryError(
            "cut off: the end of the episode is missing (mmina show prints what is there)", file=file, line=number
        )
    return Recorded(file, head.line, tuple(kept), tuple(steps), end)


class _Numbered(NamedTuple):
    number: int
    line: Head | StoredText | StoredStep | End


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


def _read(content: bytes, *, file: Path, number: int) -> Head | StoredText | StoredStep | End:
    try:
        return LINE.validate_json(content)
    except ValidationError as error:
        version = _version_of(content) if number == 1 else None
        if isinstance(version, int) and version > SCHEMA:
            problem = f"schema version {version} is newer than {SCHEMA}: read it with a newer pytest-mmina"
            raise TrajectoryError(problem, file=file, line=number) from None
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:120]
        told = ": ".join(part for part in (place, str(first["msg"]).removeprefix("Value error, ")[:200]) if part)
        raise TrajectoryError(f"is no line of a trajectory: {told}", file=file, line=number) from None


def _version_of(content: bytes) -> JsonValue:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return document.get("schema_version") if isinstance(document, dict) else None


def recordings_in(path: Path) -> dict[str, Path]:
    """The trajectories of a results folder, or below any folder, by their names; raises TrajectoryError for none."""
    folder = path / TRAJECTORIES if (path / TRAJECTORIES).is_dir() else path
    if path.is_file():
        return {path.stem: path}
    files = {file.relative_to(folder).with_suffix("").as_posix(): file for file in sorted(folder.rglob("*.jsonl"))}
    if not files:
        raise TrajectoryError("holds no trajectory: run pytest --mmina without --mmina-record=none", file=path)
    return files


def forget_others(results: Path, kept: Iterable[Path]) -> None:
    """Remove the trajectories of earlier sessions: those that are not `kept`."""
    wanted = set(kept)
    for file in (results / TRAJECTORIES).rglob("*.jsonl"):
        if file not in wanted:
            file.unlink(missing_ok=True)
    for folder in sorted((results / TRAJECTORIES).rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
