"""All files that were downloaded up to a state: a state itself has only the new ones."""

from collections.abc import Iterable

from pytest_mmina.core.language.files import DownloadedFile
from pytest_mmina.core.language.trajectory import State


class DownloadsSoFar:
    """Collects the files of the states of an episode, in order."""

    def __init__(self) -> None:
        self._files: dict[str, DownloadedFile] = {}

    def filled(self, states: Iterable[State], *, step: int) -> list[State]:
        """Return states of a step with all files so far; a file that was there before keeps its step."""
        found = []
        for state in states:
            if state.downloads is not None:
                for file in state.downloads:
                    self._files.setdefault(file.file, file.model_copy(update={"step": step}))
                state = state.model_copy(update={"downloads": tuple(self._files.values())})
            found.append(state)
        return found
