"""Agents that think nothing: `oracle` plays a task's own solution, `null` stops at once."""

from collections.abc import Sequence

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import Observation


class NullAgent:
    """Stops at once, without an answer: whatever it earns, a task gives away."""

    def reset(self, intent: str) -> None:
        """Forget nothing: there is nothing to forget."""

    def act(self, observation: Observation) -> Action:
        """Stop."""
        return Action(kind="stop")


class ScriptedAgent:
    """Plays action lines in order, then stops; as `oracle`, the lines are the task's own."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = tuple(lines)
        self._next = 0

    def reset(self, intent: str) -> None:
        """Begin with the first line again."""
        self._next = 0

    def act(self, observation: Observation) -> str:
        """Give the next line.

        A line that could not be done is a broken script: raises RuntimeError with the reason, since to go on would
        only hide which line it was.
        """
        if observation.error and self._next:
            raise RuntimeError(
                f"line {self._next}, {self._lines[self._next - 1]!r}, could not be done: {observation.error}"
            )
        if self._next == len(self._lines):
            return "stop []"
        self._next += 1
        return self._lines[self._next - 1]
