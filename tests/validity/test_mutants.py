"""A spoiled solution solves nothing."""

from pathlib import Path

import pytest

from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import AnswerMatch, walk_checks
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.task import Task
from tests.validity.conftest import FULL, TASKS, Laboratory
from tests.validity.mutants import Mutant, is_implied, is_implied_by_protocol, longer_answer, mutants, other_answers

pytestmark = [pytest.mark.browser, pytest.mark.long]

PLAYS = """
import mutants, pytest

@pytest.fixture
def mmina_agent(mmina_task):
    return mutants.Plays(mmina_task.oracle)
"""
each_task = pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])
MUTANTS = [mutant for task in TASKS for mutant in mutants(task)]


def solving(laboratory: Laboratory, tried: list[Mutant]) -> list[Mutant]:
    """Which mutants solve their task all the same."""
    by_id: dict[str, Mutant] = {}
    for subset in sorted({mutant.task.subset for mutant in tried}):
        those = [mutant for mutant in tried if mutant.task.subset == subset]
        by_id |= {f"{subset}/{number}": mutant for number, mutant in enumerate(those, 1)}
        laboratory.documents(subset, [mutant.document for mutant in those])
    laboratory.conftest(PLAYS)
    records = laboratory.run()
    assert len(records) == len(tried)
    return [by_id[record.task] for record in records if record.outcome == "solved"]


def test_no_mutant_solves_its_task(laboratory: Laboratory) -> None:
    harmful = [mutant for mutant in MUTANTS if not is_implied_by_protocol(mutant)]
    short = [mutant for mutant in harmful if len(mutant.lines) <= 12]
    assert [mutant.name for mutant in solving(laboratory, harmful if FULL else short[:: len(short) // 5])] == []


def test_what_the_protocol_implies_is_listed() -> None:
    """docs/validity.md names every hop that may be left out, but for the subsets that ask for no hop on the way."""
    implied = {
        f"| `{task.id}` | {hops_in_words(task)} |"
        for task in TASKS
        if task.subset not in ("shopping", "wikipedia", "normal") and hops_in_words(task)
    }
    listed = {
        line
        for line in (Path(__file__).parents[2] / "docs" / "validity.md").read_text(encoding="utf-8").splitlines()
        if "/" in line[:20]
    }
    assert implied == {line for line in listed if line.startswith("| `")}


def hops_in_words(task: Task) -> str:
    return ", ".join(f"`{hop.name}`" for number, hop in enumerate(task.hops) if is_implied(task.hops, number))


def answer_checks(task: Task) -> list[AnswerMatch]:
    return [check for hop in task.hops for check in walk_checks(hop.check) if isinstance(check, AnswerMatch)]


def accepted(check: AnswerMatch, answers: list[str]) -> list[str]:
    page = PageState(url="about:blank")
    return [answer for answer in answers if judge(check, State(pages=(page,), answer=answer)).passed]


@each_task
def test_another_answer_is_wrong(task: Task) -> None:
    for check in answer_checks(task):
        assert accepted(check, other_answers(task, TASKS)) == []


@each_task
def test_longer_answer_is_wrong(task: Task) -> None:
    for check in answer_checks(task):
        assert accepted(check, [longer_answer(task)]) == []
