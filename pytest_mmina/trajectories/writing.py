"""Write trajectories to disk while their episodes run; `trajectories.reading` says where, and reads them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.core.episode.episode import Episode
from pytest_mmina.core.language.trajectory import Step
from pytest_mmina.core.models import Model
from pytest_mmina.core.record.stored_trajectory import (
    LINE,
    End,
    Head,
    StoredSnapshot,
    StoredStep,
    StoredText,
    digest_of,
    stored_step,
)
from pytest_mmina.core.secrets import Secrets
from pytest_mmina.trajectories.reading import TRAJECTORIES


class Recording:
    """Writes the `file` of one episode, line by line. It never raises: `problem` says why a line was not written."""

    def __init__(self, file: Path, *, results: Path, head: Head, here: Path) -> None:
        self.file, self._results, self._head, self._here = file, results.resolve(), head, here
        self._opened: BinaryIO | None = None
        self._known: set[str] = set()
        self._steps = 0
        self._secrets: Secrets | None = None
        self.problem = ""

    def step(self, step: Step, *, seconds: float, passed: Sequence[int], secrets: Secrets) -> None:
        """Write a step and the texts that are new in it; see `Recorder.step`."""
        step = secrets.removed_from_all(step)
        self._steps += 1
        line = stored_step(step, number=self._steps, seconds=seconds, passed=passed, detail=self._head.detail)
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

    def snapshot(self, snapshot: StoredSnapshot) -> None:
        """Write which snapshot belongs to the episode, after its end."""
        self._write([snapshot], self._secrets or Secrets())

    def close(self) -> None:
        """Close the file; if the end is missing, the trajectory counts as cut off."""
        if self._opened is not None:
            with suppress(OSError):
                self._opened.close()

    def _write(self, lines: Iterable[Model], secrets: Secrets) -> None:
        if self.problem:
            return
        try:
            if self._opened is None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                # A worker of a session that was killed may still write to the last file of this name.
                self.file.unlink(missing_ok=True)
                self._opened = self.file.open("wb")
                lines = [secrets.removed_from_all(self._head), *lines]
            elif self._secrets is not None and secrets != self._secrets:
                # A password that was typed in this step may appear in an earlier line, for example in the intent.
                self._clean(secrets)
            self._secrets = secrets
            for line in lines:
                self._opened.write(line.model_dump_json().encode() + b"\n")
            self._opened.flush()
        except OSError as error:
            self.problem = f"the trajectory could not be written to {self.file}: {error}"

    def _clean(self, secrets: Secrets) -> None:
        """Take secrets out of all that was written, a line at a time."""
        assert self._opened is not None
        self._opened.close()
        digests: dict[str, str] = {}
        with self.file.open("rb") as old, atomic_write(self.file) as new:
            for content in old:
                line = secrets.removed_from_all(LINE.validate_json(content))
                if isinstance(line, StoredText):
                    digests[line.digest] = digest_of(line.text)
                    line = line.model_copy(update={"digest": digests[line.digest]})
                if isinstance(line, StoredStep):
                    texts = {name: digests[digest] for name, digest in line.texts.items()}
                    line = line.model_copy(update={"texts": texts, "text": digests.get(line.text or "")})
                new.write(line.model_dump_json().encode() + b"\n")
        self._known = set(digests.values())
        self._opened = self.file.open("ab")

    def _inside(self, path: str) -> str:
        # Agents see paths relative to where pytest was called; a trajectory needs them relative to its results.
        whole = (self._here / path).resolve()
        return whole.relative_to(self._results).as_posix() if whole.is_relative_to(self._results) else ""


def forget_others(results: Path, kept: Iterable[Path]) -> None:
    """Remove the trajectories of earlier sessions: all that are not in `kept`."""
    wanted = set(kept)
    for file in (results / TRAJECTORIES).rglob("*.jsonl"):
        if file not in wanted:
            file.unlink(missing_ok=True)
            # The copy for the page is removed too.
            file.with_suffix(".js").unlink(missing_ok=True)
    for folder in sorted((results / TRAJECTORIES).rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
