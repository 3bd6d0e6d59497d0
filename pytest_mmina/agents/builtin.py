"""Agents without a policy: `oracle` plays a task's own solution, `null` stops immediately."""

from collections.abc import Sequence

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import Observation


class NullAgent:
    """Stops immediately, without an answer. If it gets credit, the task gives credit for nothing."""

    def reset(self, intent: str) -> None:
        """Do nothing: this agent has no state."""

    def act(self, observation: Observation) -> Action:
        """Return the action `stop`."""
        return Action(kind="stop")


class ScriptedAgent:
    """Plays action lines in order, then stops. The agent `oracle` plays the lines of the task's field `oracle`."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = tuple(lines)
        self._next = 0

    def reset(self, intent: str) -> None:
        """Start again with the first line."""
        self._next = 0

    def act(self, observation: Observation) -> str:
        """Return the next line.

        Raises RuntimeError if the line before failed: the script is broken, and the lines after it would only hide
        which line it was.
        """
        if observation.error and self._next:
            raise RuntimeError(
                f"line {self._next}, {self._lines[self._next - 1]!r}, could not be done: {observation.error}"
            )
        if self._next == len(self._lines):
            return "stop []"
        self._next += 1
        return self._lines[self._next - 1]
