"""When the judge is asked, what it is asked, and what becomes of what it says."""

from collections.abc import Callable

import pytest

from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Judge, Question
from pytest_mmina.core.errors import JudgeError
from pytest_mmina.core.language.trajectory import Judgement, PageState, State
from pytest_mmina.core.tasks.checks import (
    AllOf,
    AnswerJudged,
    AnswerMatch,
    AnyOf,
    Check,
    Not,
    PageJudged,
    PictureJudged,
    SiteWord,
)
from pytest_mmina.core.tasks.hops import judge_task
from pytest_mmina.core.tasks.judging import judge, open_question
from pytest_mmina.core.tasks.task import Hop, Task, needs_judge
from tests.core.fakes import FakeBrowser

RED = AnswerJudged(question="Which colour?", reference="red")
BIG = AnswerJudged(question="Which size?", reference="big")
SAYS_RED = AnswerMatch(contains=("red",))
SAYS_BLUE = AnswerMatch(contains=("blue",))
ANSWERED = State(pages=(PageState(url="https://a.example/"),), answer="a red one")
HELD = SiteWord(word="a.example")


class FakeJudge:
    """Passes the answers with the reference in them, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def ask(self, question: Question) -> Judgement:
        self.asked.append(question)
        passed = question.reference in question.answer
        return Judgement(passed=passed, reason="it says so" if passed else "it does not say so")


def told(check: AnswerJudged, *, passed: bool) -> dict[str, Judgement]:
    return {check.judgement_key: Judgement(passed=passed, reason="so\n it is")}


@pytest.mark.parametrize("passed", [True, False])
def test_a_verdict_in_the_state_is_the_checks_own(passed: bool) -> None:
    state = ANSWERED.model_copy(update={"judgements": told(RED, passed=passed)})
    verdict = judge(RED, state)
    assert (verdict.passed, verdict.reason) == (passed, "the judge: so it is")
    assert open_question(RED, state) is None


@pytest.mark.parametrize(
    ("check", "question"),
    [
        (RED, RED),
        (AllOf(checks=(SAYS_RED, RED)), RED),
        (AllOf(checks=(SAYS_BLUE, RED)), None),
        (AllOf(checks=(RED, SAYS_BLUE)), None),
        (AnyOf(checks=(SAYS_RED, RED)), None),
        (AnyOf(checks=(RED, SAYS_RED)), None),
        (AnyOf(checks=(SAYS_BLUE, RED)), RED),
        (AllOf(checks=(BIG, RED)), BIG),
        (Not(check=RED), RED),
        (AnyOf(checks=(Not(check=SAYS_BLUE), RED)), None),
        (AllOf(checks=(Not(check=AllOf(checks=(SAYS_BLUE, RED))), BIG)), BIG),
        (HELD, None),
    ],
)
def test_only_what_decides_is_a_question(check: Check, question: AnswerJudged | None) -> None:
    assert open_question(check, ANSWERED) == question
    if question is not None:
        assert not judge(check, ANSWERED).passed, "what waits for the judge does not hold, Not included"


@pytest.mark.parametrize(("answer", "reason"), [(None, "the agent has not answered"), (" \n", "the answer is empty")])
def test_there_is_nothing_to_ask_without_an_answer(answer: str | None, reason: str) -> None:
    state = ANSWERED.model_copy(update={"answer": answer})
    assert open_question(RED, state) is None
    assert judge(RED, state).reason == reason


def test_a_page_that_has_decided_leaves_no_question() -> None:
    check = AnyOf(checks=(AllOf(checks=(SiteWord(word="b.example"), SAYS_RED)), AllOf(checks=(HELD, RED))))
    pages = (PageState(url="https://a.example/"), PageState(url="https://b.example/"))
    assert open_question(check, ANSWERED.model_copy(update={"pages": pages})) is None
    assert open_question(check, ANSWERED) == RED


def task_of(*checks: Check) -> Task:
    hops = tuple(Hop(name=f"hop {number}", check=check) for number, check in enumerate(checks, start=1))
    return Task(id="normal/1", subset="normal", intent="Go.", start_urls=("https://a.example/",), hops=hops)


def episode_of(task: Task, judge: Judge | None, answer: str = "red and big") -> Episode:
    lines = iter(["goto [https://b.example/]", f"stop [{answer}]"])
    return run_episode(task, agent=Plays(lambda: next(lines)), browser=FakeBrowser(), judge=judge)


class Plays:
    def __init__(self, line: Callable[[], str]) -> None:
        self._line = line

    def reset(self, intent: str) -> None: ...

    def act(self, observation: object) -> str:
        return self._line()


def test_the_judge_is_asked_once_the_agent_has_answered() -> None:
    asked = FakeJudge()
    episode = episode_of(task_of(HELD, RED, BIG), asked)
    assert episode.solved
    assert asked.asked == [
        Question(mode="fuzzy", question="Which colour?", reference="red", answer="red and big"),
        Question(mode="fuzzy", question="Which size?", reference="big", answer="red and big"),
    ]
    assert episode.hops[1].reason == "the judge: it says so"


def test_a_hop_that_is_not_reached_costs_nothing() -> None:
    asked = FakeJudge()
    assert episode_of(task_of(SiteWord(word="nowhere"), RED), asked).outcome == "unsolved"
    assert episode_of(task_of(RED, BIG), asked, answer="blue and big").outcome == "unsolved"
    assert [question.reference for question in asked.asked] == ["red"]


def test_a_stored_trajectory_is_judged_again_without_the_judge() -> None:
    task = task_of(HELD, RED, BIG)
    for answer in ("red and big", "red"):
        episode = episode_of(task, FakeJudge(), answer=answer)
        stored = Episode.model_validate_json(episode.model_dump_json())
        states = [state for step in stored.trajectory.steps for state in step.states]
        again = judge_task(task, states)
        assert [(hop.passed, hop.reason) for hop in again] == [(hop.passed, hop.reason) for hop in episode.hops]


@pytest.mark.parametrize("failing", [True, False])
def test_no_verdict_is_not_the_agents_failure(failing: bool) -> None:
    class Broken:
        def ask(self, question: Question) -> Judgement:
            raise JudgeError("the judge is away")

    episode = episode_of(task_of(HELD, RED), Broken() if failing else None)
    assert (episode.outcome, episode.ending, episode.credit) == ("errored", "errored", 0.0)
    assert len(episode.trajectory.steps) == episode.steps == 2
    assert episode.reason == ("the judge is away" if failing else "this task needs a judge, but no judge is set")


def test_which_tasks_need_a_judge() -> None:
    assert needs_judge(task_of(HELD, AllOf(checks=(HELD, Not(check=RED)))).hops)
    assert not needs_judge(task_of(HELD, SAYS_RED).hops)


def test_pages_and_pictures_are_put_to_the_judge_as_they_were_read() -> None:
    page = PageJudged(read="document.title", question="Say that it is late.", reference="at https://b.example/")
    picture = PictureJudged(selector=".photos", question="What is it?", reference="a kettle")
    task, asked = task_of(HELD, AllOf(checks=(page, Not(check=picture)))), FakeJudge()
    episode = episode_of(task, asked)
    assert asked.asked == [
        Question(mode="page", question=page.question, reference=page.reference, answer="read at https://b.example/"),
        Question(mode="visual", question="What is it?", reference="a kettle", images=(b"\x89PNG\r\n",)),
    ]
    assert episode.solved
    stored = Episode.model_validate_json(episode.model_dump_json())
    states = [state for step in stored.trajectory.steps for state in step.states]
    assert [result.passed for result in judge_task(task, states)] == [True, True]


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (PageJudged(read="document.title", question="?", reference="r"), "'document.title' finds nothing on the page"),
        (PictureJudged(question="?", reference="r"), "no picture that a judge can be shown is in 'img'"),
    ],
)
def test_where_nothing_is_read_nobody_is_asked(check: PageJudged | PictureJudged, reason: str) -> None:
    state = ANSWERED.model_copy(update={"readings": {check.reading.key: " "}})
    assert (open_question(check, state), judge(check, state).reason) == (None, reason)
    assert (open_question(check, ANSWERED), judge(check, ANSWERED).passed) == (None, False)


def test_the_same_question_about_two_places_is_two_questions() -> None:
    one, other = (PictureJudged(selector=selector, question="?", reference="r") for selector in (".a", ".b"))
    readings = {check.reading.key: "1f" for check in (one, other)}
    told_one = {one.judgement_key: Judgement(passed=True, reason="yes")}
    state = ANSWERED.model_copy(update={"readings": readings, "judgements": told_one})
    assert open_question(AllOf(checks=(one, other)), state) == other
