"""The memory of agents: the form of a finished episode in it, and which episodes an agent may remember."""

from collections.abc import Sequence

from pytest_mmina.core.language.trajectory import Remembered, Step, Trajectory
from pytest_mmina.core.tasks.task import Task

_PAGE_EXCERPT = 300
"""How many characters of the page are remembered with each step."""


def remembered(task: Task, trajectory: Trajectory, *, limit: int) -> Remembered:
    """Return what an agent may remember of an episode: intent, pages and actions, but not the judgement.

    If the steps are longer than `limit` characters together, steps in the middle are left out.
    """
    lines = [_line(step) for step in trajectory.steps if step.action is not None or step.said]
    left_out = 0
    while sum(map(len, lines)) > limit and len(lines) > 1:
        del lines[len(lines) // 2]
        left_out += 1
    if left_out:
        lines.insert((len(lines) + 1) // 2, f"({left_out} steps left out)")
    lines = [line[:limit] for line in lines]
    return Remembered(task=task.id, template=task.template, intent=task.intent[:limit], steps=tuple(lines))


def of_other_tasks(task: Task, pool: Sequence[Remembered]) -> list[Remembered]:
    """Return the episodes of other tasks, without tasks that have the same intent or the same template."""
    apart = [each for each in pool if each.task != task.id and each.intent != task.intent]
    return [each for each in apart if not each.template or each.template != task.template]


def _line(step: Step) -> str:
    seen = " ".join(step.observation.text.split())[:_PAGE_EXCERPT]
    done = str(step.action) if step.action is not None else step.said
    return f"On {step.observation.url} ({step.observation.title}), which showed {seen!r}: {done}"
