"""Who knows nothing solves nothing."""

from collections.abc import Sequence

import pytest

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.tasks.hops import judge_task
from pytest_mmina.core.tasks.task import Task
from tests.validity.conftest import FULL, KEEPS, TASKS, Laboratory

pytestmark = [pytest.mark.browser, pytest.mark.long]

ARRIVALS = {(task.id, task.hops[0].name) for task in TASKS if task.subset == "normal"}
"""The first hop of a `normal` task asks for no more than that its site is reached: MMInA's own protocol."""

AGENTS = """
import ignorant, pytest

@pytest.fixture(params={names})
def mmina_agent(request):
    name, _, seed = request.param.partition(":")
    agent = getattr(ignorant, name)()
    if seed:
        agent.seed = int(seed)
    return agent
"""


def episodes(laboratory: Laboratory, tasks: Sequence[Task], *names: str, most_steps: int = 30) -> list[EpisodeRecord]:
    laboratory.conftest(KEEPS + AGENTS.format(names=list(names)))
    laboratory.tasks(tasks)
    found = laboratory.run(f"--mmina-max-steps={most_steps}")
    assert len(found) == len(tasks) * len(names)
    return found


def earned(records: Sequence[EpisodeRecord]) -> list[tuple[str, str, str]]:
    return [(record.agent, record.task, hop.name) for record in records for hop in record.hops if hop.passed]


def solved(records: Sequence[EpisodeRecord]) -> list[tuple[str, str]]:
    return [(record.agent, record.task) for record in records if record.outcome == "solved"]


def test_who_answers_at_once_earns_nothing(laboratory: Laboratory) -> None:
    sample = TASKS if FULL else TASKS[::30]
    assert earned(episodes(laboratory, sample, "Ignorant", "NotApplicable", "Yes", "WholePage")) == []


@pytest.mark.skipif(not FULL, reason="the walk below covers it; MMINA_VALIDITY=full walks for every task")
def test_home_pages_earn_nothing_but_the_arrival(laboratory: Laboratory) -> None:
    records = episodes(laboratory, TASKS, "HomePages")
    assert solved(records) == []
    arrivals = [hop for hop in earned(records) if hop[1:] in ARRIVALS]
    assert earned(records) == arrivals


def test_no_home_page_is_an_answer(laboratory: Laboratory) -> None:
    """Home pages are the same for every task, so one walk is judged for all; a walk has no site's state for most."""
    episodes(laboratory, TASKS[:1], "HomePages")
    (walk,) = laboratory.trajectories().values()
    seen = [state for step in walk.steps for state in step.states]
    texts = [step.observation.text for step in walk.steps]
    ends = [seen[-1].model_copy(update={"answer": text}) for text in ("", "N/A", "yes", *texts, "\n".join(texts))]
    passed = set()
    for task in TASKS:
        for end in ends:
            hops = judge_task(task, [*seen, end])
            assert not all(hop.passed for hop in hops), task.id
            passed |= {(task.id, hop.name) for hop in hops if hop.passed}
    assert passed == ARRIVALS


def test_dice_solve_nothing(laboratory: Laboratory) -> None:
    seeds = range(5) if FULL else range(1)
    sample = TASKS if FULL else TASKS[-1:]
    names = [f"RandomClicker:{seed}" for seed in seeds]
    records = episodes(laboratory, sample, *names, most_steps=30 if FULL else 8)
    for record in records:
        for hop in record.hops:
            if hop.passed:
                print(f"{record.case}: {hop.name}: at step {hop.step}, {hop.url}")
    assert solved(records) == []
