"""What `mmina validate` is about to try, as a session that only collects has counted it."""

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.validation.attempts import Found
from pytest_mmina.validation.kinds import SECONDS, Kind


class PlannedTask(Model):
    """A task, and how many attempts of each kind there are at it; of mutants, this is the most that there can be."""

    id: str
    intent: Text
    hops: tuple[Text, ...]
    oracle: tuple[str, ...]
    attempts: dict[Kind, int]


class Plan(Model):
    """The tasks that are tried, those that cannot run with the reason, and what all solutions type."""

    file_name: ClassVar[str] = "plan.json"

    tasks: tuple[PlannedTask, ...]
    skipped: dict[str, Text] = Field(default_factory=dict)
    found: Found = Found()

    def counts(self) -> dict[Kind, int]:
        """Return how many attempts of each kind there are."""
        counts: dict[Kind, int] = {}
        for task in self.tasks:
            for kind, number in task.attempts.items():
                counts[kind] = counts.get(kind, 0) + number
        return counts

    @property
    def episodes(self) -> int:
        """How many episodes all attempts take."""
        return sum(self.counts().values())

    def minutes(self, workers: int) -> float:
        """Return how long all attempts take, roughly."""
        return sum(SECONDS[kind] * number for kind, number in self.counts().items()) / 60 / workers


def typed_texts(tasks: Iterable[Task], *, most: int) -> dict[str, tuple[str, ...]]:
    """Return what the solutions of all tasks type, by field: other values of the same kind for each of them."""
    found: dict[str, dict[str, None]] = {}
    for task in tasks:
        for line in task.oracle:
            action = parse_action(line)
            if action.kind == "type" and action.target is not None and action.target.role and action.text.strip():
                found.setdefault(str(action.target), {}).setdefault(action.text)
    return {field: tuple(texts)[:most] for field, texts in found.items()}
