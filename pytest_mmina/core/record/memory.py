"""What is remembered of a finished episode, and which of them an agent is reminded of."""

from collections.abc import Sequence

from pytest_mmina.core.language.trajectory import Remembered, Step, Trajectory
from pytest_mmina.core.tasks.task import Task

_MOST_SEEN = 300
"""How many characters of a page are kept with each step."""


def remembered(task: Task, trajectory: Trajectory, *, limit: int) -> Remembered:
    """Keep of an episode what was asked, seen and done, `limit` characters of it; how it was judged is left out.

    Where it is too long, the steps in the middle are.
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
    """Those that are of another task, and not of one made from the same template."""
    apart = [each for each in pool if each.task != task.id and each.intent != task.intent]
    return [each for each in apart if not each.template or each.template != task.template]


def _line(step: Step) -> str:
    seen = " ".join(step.observation.text.split())[:_MOST_SEEN]
    done = str(step.action) if step.action is not None else step.said
    return f"On {step.observation.url} ({step.observation.title}), which showed {seen!r}: {done}"
