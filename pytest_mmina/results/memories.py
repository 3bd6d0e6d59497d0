"""Finished episodes on disk, as agents are reminded of them: a file a process, read by all of them."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from pytest_mmina.core.language.trajectory import Remembered
from pytest_mmina.core.models import Model

_PATTERN = "memory*.jsonl"


class Kept(Model):
    """A line of the file; `finished` is when the episode was over, in seconds."""

    finished: float
    episode: Remembered


class Memories:
    """The remembered episodes of a results folder; `worker` is empty without xdist."""

    def __init__(self, folder: Path, *, worker: str = "") -> None:
        self._folder = folder
        self._file = folder / (f"memory.{worker}.jsonl" if worker else "memory.jsonl")
        self._lines = NewLines(folder, _PATTERN)
        self._known: list[Kept] = []

    def begin(self) -> None:
        """Forget what an earlier session remembered."""
        for file in self._folder.glob(_PATTERN):
            file.unlink(missing_ok=True)

    def keep(self, episode: Remembered) -> None:
        """Write an episode down; raises OSError."""
        line = Kept(finished=time.time(), episode=episode).model_dump_json().encode() + b"\n"
        with self._file.open("ab") as file:
            file.write(line)

    def pool(self) -> list[Remembered]:
        """All that were finished so far, in any process, the last one last."""
        for line in self._lines.take():
            try:
                self._known.append(Kept.model_validate_json(line))
            except ValidationError:
                # Cut short, by a full disk say.
                continue
        self._known.sort(key=lambda kept: kept.finished)
        return [kept.episode for kept in self._known]


class NewLines:
    """Reads the files of a folder that match a pattern, line by line, each line once; `but` is left out."""

    def __init__(self, folder: Path, pattern: str, *, but: str = "") -> None:
        self._folder, self._pattern, self._but = folder, pattern, but
        self._read: dict[Path, int] = {}

    def take(self) -> Iterable[bytes]:
        """The whole lines that were written since the last call."""
        for file in sorted(self._folder.glob(self._pattern)):
            if file.name == self._but:
                continue
            with file.open("rb") as opened:
                opened.seek(0, os.SEEK_END)
                start = self._read.get(file, 0)
                opened.seek(start if start <= opened.tell() else 0)
                content = opened.read()
            end = content.rfind(b"\n") + 1
            self._read[file] = start + end
            yield from content[:end].splitlines()
