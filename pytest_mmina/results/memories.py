"""The memory of agents on disk: finished episodes, one file per process, which all processes read."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from pytest_mmina.core.choices import Arm
from pytest_mmina.core.language.trajectory import Remembered
from pytest_mmina.core.models import Model


class MemoryLine(Model):
    """A line of a memory file; `finished` is the time when the episode ended, in seconds since 1970.

    `run` is the identity of the run that the episode belongs to.
    """

    run: str = ""
    finished: float
    episode: Remembered


class Memories:
    """The remembered episodes of one arm in a results folder; `worker` is this process, empty without xdist.

    Only episodes of the run `run` are remembered: workers of a session that was killed may still write some. No agent
    remembers what the other arm did.
    """

    def __init__(self, folder: Path, *, worker: str = "", arm: Arm = "") -> None:
        self._folder = folder
        self.run = ""
        name = f"{arm}-memory" if arm else "memory"
        self._file = folder / (f"{name}.{worker}.jsonl" if worker else f"{name}.jsonl")
        self._pattern = f"{name}*.jsonl"
        self._lines = NewLines(folder, self._pattern)
        self._known: list[MemoryLine] = []

    def begin(self) -> None:
        """Remove the memory of earlier sessions."""
        for file in self._folder.glob(self._pattern):
            file.unlink(missing_ok=True)

    def keep(self, episode: Remembered) -> None:
        """Store an episode; raises OSError."""
        line = MemoryLine(run=self.run, finished=time.time(), episode=episode).model_dump_json().encode() + b"\n"
        with self._file.open("ab") as file:
            file.write(line)

    def pool(self) -> list[Remembered]:
        """Return the episodes that all processes have finished so far, the latest one last."""
        for line in self._lines.read():
            try:
                known = MemoryLine.model_validate_json(line)
            except ValidationError:
                # The line is incomplete, for example because the disk was full.
                continue
            if known.run == self.run:
                self._known.append(known)
        self._known.sort(key=lambda line: line.finished)
        return [line.episode for line in self._known]


class NewLines:
    """Reads each line of the files that match a pattern once; the file named `exclude` is not read."""

    def __init__(self, folder: Path, pattern: str, *, exclude: str = "") -> None:
        self._folder, self._pattern, self._exclude = folder, pattern, exclude
        self._offsets: dict[Path, int] = {}

    def read(self) -> Iterable[bytes]:
        """Yield the complete lines that were written since the last call."""
        for file in sorted(self._folder.glob(self._pattern)):
            if file.name == self._exclude:
                continue
            with file.open("rb") as opened:
                opened.seek(0, os.SEEK_END)
                start = self._offsets.get(file, 0)
                opened.seek(start if start <= opened.tell() else 0)
                content = opened.read()
            end = content.rfind(b"\n") + 1
            self._offsets[file] = start + end
            yield from content[:end].split(b"\n")[:-1]
