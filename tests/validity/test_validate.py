"""`mmina validate` on the bundled tasks; `make validity` runs it on all of them, these tests on a sample."""

import json
import os
from pathlib import Path

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import AnswerMatch, walk_checks
from pytest_mmina.core.tasks.hops import judge_task
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.task import Task
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


@each_task
def test_wrong_answers_of_the_same_kind_are_wrong(task: Task) -> None:
    answer = parse_action(task.oracle[-1]).text
    page = PageState(url="about:blank")
    checks = [check for hop in task.hops for check in walk_checks(hop.check) if isinstance(check, AnswerMatch)]
    for check in checks:
        assert judge(check, State(pages=(page,), answer=answer)).passed
        found = wrong_answers(task, answer)
        assert len(found) >= 3
        accepted = [wrong.answer for wrong in found if judge(check, State(pages=(page,), answer=wrong.answer)).passed]
        assert accepted == []


@each_task
def test_another_answer_of_the_subset_is_wrong(task: Task) -> None:
    answer = parse_action(task.oracle[-1]).text
    others = {parse_action(other.oracle[-1]).text for other in TASKS if other.subset == task.subset} - {answer}
    page = PageState(url="about:blank")
    checks = [check for hop in task.hops for check in walk_checks(hop.check) if isinstance(check, AnswerMatch)]
    for check in checks:
        accepted = [other for other in others if judge(check, State(pages=(page,), answer=other)).passed]
        assert accepted == [], task.id
