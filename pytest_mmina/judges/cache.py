"""Verdicts on disk, by the content of the question: a rerun costs nothing."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.core.episode.ports import Question
from pytest_mmina.core.language.trajectory import Judgement
from pytest_mmina.judges.prompt import PROMPT_VERSION


class VerdictCache:
    """A folder with a file a verdict; several processes may use it at once. Without a folder it keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, question: Question, *, model: str) -> Judgement | None:
        """The verdict that was kept for this question, or None; a file that cannot be read is none."""
        if self._folder is None:
            return None
        try:
            return Judgement.model_validate_json(self._file(question, model).read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, question: Question, judgement: Judgement, *, model: str) -> None:
        """Keep a verdict; where that cannot be done, the next session asks again."""
        if self._folder is None:
            return
        with suppress(OSError), atomic_write(self._file(question, model)) as file:
            file.write(judgement.model_dump_json().encode() + b"\n")

    def _file(self, question: Question, model: str) -> Path:
        assert self._folder is not None
        images = [hashlib.sha256(image).hexdigest() for image in question.images]
        content = [PROMPT_VERSION, model, question.mode, question.question, question.reference, question.answer, images]
        return self._folder / f"{hashlib.sha256(json.dumps(content).encode()).hexdigest()}.json"
