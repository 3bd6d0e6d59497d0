"""Verdicts on disk, by the content of the question, so that a rerun costs nothing."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.core.episode.interfaces import Question
from pytest_mmina.core.language.trajectory import Judgement
from pytest_mmina.judges.prompt import PROMPT_VERSION


class VerdictCache:
    """A folder with one file for each verdict, which several processes can use. Without a folder it stores nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def get(self, question: Question, *, model: str) -> Judgement | None:
        """Return the stored verdict for this question; None if there is none or its file cannot be read."""
        if self._folder is None:
            return None
        try:
            return Judgement.model_validate_json(self._file(question, model).read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, question: Question, judgement: Judgement, *, model: str) -> None:
        """Store a verdict. If its file cannot be written, the next session asks the judge again."""
        if self._folder is None:
            return
        with suppress(OSError), atomic_write(self._file(question, model)) as file:
            file.write(judgement.model_dump_json().encode() + b"\n")

    def _file(self, question: Question, model: str) -> Path:
        assert self._folder is not None
        images = [hashlib.sha256(image).hexdigest() for image in question.images]
        content = [PROMPT_VERSION, model, question.mode, question.question, question.reference, question.answer, images]
        return self._folder / f"{hashlib.sha256(json.dumps(content).encode()).hexdigest()}.json"
