"""`mmina validate` on the bundled tasks; `make validity` runs it on all of them, these tests on a sample."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import AllOf, AnswerMatch, AnyOf, Not, walk_checks
from pytest_mmina.core.tasks.hops import judge_task
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.validation.answers import wrong_answers
from pytest_mmina.validation.ignorant import CONSTANTS
from tests.validity.conftest import KEEPS, TASKS, Laboratory

SAMPLE = ("compare/3", "wikipedia/3")
"""Tasks with a prohibition, an amount and a unit."""
MOST_HOPS = 0.02
AGENT = """
import pytest
from pytest_mmina.bundled import bundled
from pytest_mmina.sites.registry import load_sites
from pytest_mmina.validation.ignorant import FrontDoor

@pytest.fixture
def mmina_agent():
    return FrontDoor([site.home for site in load_sites([bundled("fixtures") / "sites"])])
"""
each_task = pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])


@pytest.mark.browser
@pytest.mark.long
def test_a_sample_of_the_tasks_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    files = [task.source for task in TASKS if task.id in SAMPLE]
    kinds = "dump,dice,spray,oracles,date,amount,forbidden,answers"
    status = main(["validate", "--json", "--only", kinds, "--seeds", "1", "--addresses", "12", *files])
    outcome = json.loads(capsys.readouterr().out)
    assert [verdict for verdict in outcome["verdicts"] if verdict["meaning"] in ("fault", "errored")] == []
    assert outcome["hops_earned"] == 0
    assert status == 0


@pytest.mark.browser
@pytest.mark.long
def test_no_home_page_is_an_answer(laboratory: Laboratory) -> None:
    """Home pages are the same for every task, so one walk is judged for all; a walk has no site's state for most."""
    laboratory.conftest(KEEPS + AGENT)
    laboratory.tasks(TASKS[:1])
    laboratory.run()
    (walk,) = laboratory.trajectories().values()
    seen = [state for step in walk.steps for state in step.states]
    texts = [step.observation.text for step in walk.steps]
    ends = [seen[-1].model_copy(update={"answer": text}) for text in (*CONSTANTS, *texts, "\n".join(texts))]
    passed = set()
    for task in TASKS:
        for end in ends:
            hops = judge_task(task, [*seen, end])
            assert not all(hop.passed for hop in hops), task.id
            passed |= {(task.id, hop.name) for hop in hops if hop.passed}
    assert len(passed) <= MOST_HOPS * sum(len(task.hops) for task in TASKS), passed


def hops_decided_by_the_answer(task: Task) -> list[Hop]:
    """The hops that read the answer alone; those that read what a site knows as well need its states."""
    composite = AllOf | AnyOf | Not
    return [
        hop for hop in task.hops if all(isinstance(check, AnswerMatch | composite) for check in walk_checks(hop.check))
    ]


def accepted(hop: Hop, answers: Iterable[str]) -> list[str]:
    page = PageState(url="about:blank")
    return [answer for answer in answers if judge(hop.check, State(pages=(page,), answer=answer)).passed]


@each_task
def test_wrong_answers_of_the_same_kind_are_wrong(task: Task) -> None:
    answer = parse_action(task.oracle[-1]).text
    for hop in hops_decided_by_the_answer(task):
        assert accepted(hop, [answer]) == [answer]
        found = [wrong.answer for wrong in wrong_answers(task, answer)]
        assert len(found) >= 3
        assert accepted(hop, found) == []


@each_task
def test_another_answer_of_the_subset_is_wrong(task: Task) -> None:
    answer = parse_action(task.oracle[-1]).text
    others = {parse_action(other.oracle[-1]).text for other in TASKS if other.subset == task.subset} - {answer}
    for hop in hops_decided_by_the_answer(task):
        assert accepted(hop, others) == []


def test_many_tasks_ask_for_an_answer() -> None:
    assert len([task for task in TASKS if hops_decided_by_the_answer(task)]) > 30
