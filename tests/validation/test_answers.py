"""Wrong answers to the right pages are of the same kind as the right one, and none of them is right."""

from typing import Any

import pytest

from pytest_mmina.core.language.trajectory import Observation, PageState, State, Step
from pytest_mmina.core.tasks.checks import AnswerMatch, UrlMatch
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.validation.answers import judged_answers, wrong_answers

URL = "https://a.example/"


def task(**check: Any) -> Task:
    hop = Hop(name="answer", check=AnswerMatch(**check))
    return Task(id="a/1", subset="a", intent="How much is it?", start_urls=(URL,), hops=(hop,))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("777 km", {"778 km", "1777 km", "777 miles", "not 777 km", "777 km or 778 km"}),
        ("$80.95", {"€80.95", "$80.96", "$180.95"}),
        ("2025-05-03", {"2025-05-04"}),
        ("Istanbul", {"not Istanbul", "Istanbulish"}),
        ("orange", {"yellow"}),
        ("no", {"yes"}),
        ("row 3, column 6", {"row 4, column 6", "row 3, column 7"}),
    ],
)
def test_wrong_answers_are_of_the_same_kind(answer: str, expected: set[str]) -> None:
    found = {wrong.answer for wrong in wrong_answers(task(equals=answer), answer)}
    assert expected <= found
    assert {"", "I do not know"} <= found
    assert answer not in found


def test_a_task_that_judges_no_answer_has_no_wrong_one() -> None:
    hop = Hop(name="there", check=UrlMatch(contains=("x",)))
    assert wrong_answers(task(equals="5").model_copy(update={"hops": (hop,)}), "5") == []


def steps(answer: str) -> list[Step]:
    page = PageState(url=URL)
    seen = Observation(url=URL, title="")
    return [
        Step(observation=seen, states=(State(pages=(page,)),)),
        Step(observation=seen, states=(State(pages=(page,), answer=answer),)),
    ]


def test_answers_that_are_accepted_though_wrong_are_found() -> None:
    strict = judged_answers(task(equals="777 km", compare="number"), steps("777 km"), "777 km")
    assert len(strict) > 5
    assert [note.answer for note in strict if note.solved] == []
    loose = judged_answers(task(contains=("777",)), steps("777 km"), "777 km")
    assert {"not 777 km", "777 miles", "1777 km"} <= {note.answer for note in loose if note.solved}
    assert "778 km" not in {note.answer for note in loose if note.solved}


def test_an_episode_without_an_answer_is_not_judged_again() -> None:
    assert judged_answers(task(equals="5"), steps("5")[:1], "5") == ()
    assert judged_answers(task(equals="5"), [], "5") == ()
