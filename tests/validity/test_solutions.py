"""Other ways to do the bundled tasks, which solve them, and wrong ways, which do not."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_mmina.core.tasks.task import Task
from tests.validity.conftest import FULL, TASKS, Laboratory

PLAYS = '''
import pytest

class Plays:
    """Plays lines to the end, whatever the page shows."""

    def __init__(self, lines):
        self._lines = iter(lines)

    def act(self, observation):
        return next(self._lines, "stop []")

@pytest.fixture
def mmina_agent(mmina_task):
    return Plays(mmina_task.oracle)
'''
BY_ID = {task.id: task for task in TASKS}


class Solution(NamedTuple):
    """A solution of a task, and whether it solves it."""

    task: Task
    name: str
    accepted: bool
    lines: tuple[str, ...]


def solutions() -> list[Solution]:
    """Return the solutions in the folder `solutions`; a line `...` stands for the oracle without its last line."""
    found = []
    for file in sorted((Path(__file__).parent / "solutions").glob("*.json")):
        for task_id, by_verdict in json.loads(file.read_text(encoding="utf-8")).items():
            task = BY_ID[task_id]
            for verdict in ("accepted", "refused"):
                for name, lines in by_verdict[verdict].items():
                    whole = [own for line in lines for own in (task.oracle[:-1] if line == "..." else [line])]
                    found.append(Solution(task, name, verdict == "accepted", tuple(whole)))
    return found


SOLUTIONS = solutions()


def test_there_are_many_solutions_and_one_at_least_for_each_task() -> None:
    accepted = [solution for solution in SOLUTIONS if solution.accepted]
    refused = [solution for solution in SOLUTIONS if not solution.accepted]
    assert {solution.task.id for solution in accepted} == set(BY_ID)
    assert len({(solution.task.id, solution.lines) for solution in accepted}) >= 150
    assert len({(solution.task.id, solution.lines) for solution in refused}) >= 150
    assert all(solution.lines != solution.task.oracle for solution in SOLUTIONS)


@pytest.mark.browser
@pytest.mark.long
def test_every_solution_is_judged_by_what_was_done(laboratory: Laboratory) -> None:
    short = [solution for solution in SOLUTIONS if len(solution.lines) <= 12]
    tried = SOLUTIONS if FULL else short[:: max(1, len(short) // 16)]
    by_id: dict[str, Solution] = {}
    for subset in sorted({solution.task.subset for solution in tried}):
        those = [solution for solution in tried if solution.task.subset == subset]
        by_id |= {f"{subset}/{number}": solution for number, solution in enumerate(those, 1)}
        laboratory.documents(subset, [{**one.task.document, "oracle": list(one.lines)} for one in those])
    laboratory.conftest(PLAYS)
    # Some wrong ways break a constraint, and the gate would close on those.
    records = laboratory.run(f"--mmina-max-violations={len(tried)}")
    assert len(records) == len(tried)
    wrong = {}
    for record in records:
        solution = by_id[record.task]
        if (record.outcome == "solved") is not solution.accepted:
            missed = [f"{hop.name}: {hop.reason}" for hop in record.hops if not hop.passed]
            wrong[f"{solution.task.id}: {solution.name}"] = missed or "it solves the task"
    assert wrong == {}
