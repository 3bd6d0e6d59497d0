"""What an episode cost: also what led to no answer, and "at least" where a part is not known."""

import threading
from typing import Any

import pytest
from pydantic import ValidationError

from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import BrowserConnection, Question, Reply
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import BrowserError, JudgeError
from pytest_mmina.core.language.trajectory import Judgement, Observation, Usage
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.tasks.checks import AnswerJudged
from tests.core.fakes import FakeBrowser, task_of

GO = "goto [https://one.example/]"


class Costly:
    """An agent that answers with its lines, and keeps what led to no answer for `unreported_usage`."""

    def __init__(self, *answers: object, unreported: object = None) -> None:
        self.answers, self.unreported = list(answers), unreported
        self.hangs = threading.Event()

    def reset(self, intent: str) -> None:
        pass

    def act(self, observation: Observation) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if answer == "hang":
            self.hangs.wait(30)
        return answer

    def interrupt(self) -> None:
        self.hangs.set()

    def unreported_usage(self) -> object:
        if isinstance(self.unreported, BaseException):
            raise self.unreported
        return self.unreported


def ran(agent: Any, **options: Any) -> Episode:
    limits = Limits(step_timeout=options.pop("step_timeout", 5))
    return run_episode(task_of("one"), agent=agent, browser=options.pop("browser", FakeBrowser()), limits=limits)


def tokens(number: int, *, complete: bool = True) -> Usage:
    return Usage(input_tokens=number, complete=complete)


@pytest.mark.parametrize(
    ("answers", "unreported", "usage"),
    [
        ([Reply(action=GO, usage=tokens(3)), Reply(action="stop", usage=tokens(4))], None, tokens(7)),
        ([Reply(action=GO, usage=tokens(3)), Reply(action="stop")], None, tokens(3, complete=False)),
        ([Reply(action="not an action", usage=tokens(3)), Reply(action="stop", usage=tokens(4))], None, tokens(7)),
        ([Reply(action=GO), Reply(action="stop")], None, None),
        (["stop"], None, None),
        ([Reply(action=GO, usage=tokens(3)), ValueError("away")], tokens(5), tokens(8)),
        ([Reply(action=GO, usage=tokens(3)), ValueError("away")], None, tokens(3, complete=False)),
        ([Reply(action=GO, usage=tokens(3)), ValueError("away")], SystemExit("no"), tokens(3, complete=False)),
        ([Reply(action=GO, usage=tokens(3)), ValueError("away")], "much", tokens(3, complete=False)),
        ([Reply(action=GO, usage=tokens(3)), "hang"], tokens(5, complete=False), tokens(8, complete=False)),
        ([ValueError("away")], tokens(5), tokens(5)),
        ([Reply(action="stop", usage=tokens(4))], tokens(2), tokens(6)),
    ],
)
def test_all_that_an_agent_used_counts(answers: list[object], unreported: object, usage: Usage | None) -> None:
    episode = ran(Costly(*answers, unreported=unreported), step_timeout=0.2 if "hang" in answers else 5)
    assert episode.usage == usage
    told = episode.trajectory.usage
    assert (told.tokens if told else 0) == (episode.usage.tokens if episode.usage else 0), "a step has it"


def test_several_actions_of_one_answer_cost_once() -> None:
    several = Reply(action='goto("https://one.example/")\ngoto("https://two.example/")', usage=tokens(3))
    episode = ran(Costly(several, Reply(action="stop", usage=tokens(4))))
    assert (episode.steps, episode.usage) == (3, tokens(7))


def test_an_episode_that_errors_keeps_what_it_cost() -> None:
    def breaks() -> None:
        raise BrowserError("the browser died")

    episode = ran(Costly(Reply(action=GO, usage=tokens(3))), browser=FakeBrowser(broken=breaks))
    assert (episode.outcome, episode.usage) == ("errored", tokens(3))


def test_a_driver_counts_too() -> None:
    class Driver:
        def drive(self, intent: str, connection: BrowserConnection) -> Reply:
            raise ValueError("away")

        def unreported_usage(self) -> Usage:
            return tokens(5)

    class Driven(FakeBrowser):
        connection: Any = None

        def watch(self, *, seconds: float) -> bool:
            return True

    episode = ran(Driver(), browser=Driven())
    assert (episode.ending, episode.usage) == ("failed", tokens(5))


class Judges:
    """A judge that costs something, also where it gives no verdict."""

    def __init__(self, used: Usage | None, *, fails: bool = False) -> None:
        self.used, self.fails = used, fails

    def ask(self, question: Question) -> Judgement:
        if self.fails:
            raise JudgeError("no verdict")
        return Judgement(passed=True, reason="so it is")

    def unreported_usage(self) -> Usage | None:
        return self.used


@pytest.mark.parametrize("fails", [False, True])
def test_the_judge_is_counted_apart(fails: bool) -> None:
    check = AnswerJudged(mode="fuzzy", question="Which?", reference="red")
    task = task_of("one")
    task = task.model_copy(update={"hops": (task.hops[0].model_copy(update={"check": check}),)})

    def used(judge: Judges) -> EpisodeRecord:
        agent = Costly(Reply(action="stop [red]", usage=tokens(3)))
        episode = run_episode(task, agent=agent, browser=FakeBrowser(), judge=judge)
        return EpisodeRecord.of(episode, task=task, case="a")

    known, unknown = used(Judges(tokens(50), fails=fails)), used(Judges(None, fails=fails))
    assert (known.outcome, known.usage, known.judge_usage) == ("errored" if fails else "solved", tokens(3), tokens(50))
    summary = EpisodeCounts.of([known, unknown]).summary()
    assert (summary.usage, summary.judge_usage) == (tokens(6), tokens(50, complete=False))


@pytest.mark.parametrize(
    "absurd", [{"input_tokens": -1}, {"input_tokens": 10**16}, {"cost": float("nan")}, {"cost": -1.0}, {"cost": "much"}]
)
def test_an_absurd_usage_is_refused_where_it_comes_in(absurd: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Reply(action="stop", usage=Usage.model_construct(**absurd))
    with pytest.raises(ValidationError):
        Reply(action="stop", usage=Usage().model_copy(update=absurd))


def test_a_sum_that_is_too_large_is_a_lower_bound() -> None:
    most = Usage(input_tokens=10**15, cost=1e12)
    assert most + most == Usage(input_tokens=10**15, cost=1e12, complete=False)
    episode = ran(Costly(Reply(action=GO, usage=most), Reply(action="stop", usage=most)))
    assert episode.usage == most + most
    record = EpisodeRecord.of(episode, task=task_of("one"), case="a")
    assert EpisodeCounts.of([record, record]).summary().usage == most + most


def test_a_cost_beside_an_answer_without_one_is_a_lower_bound() -> None:
    told = Usage(input_tokens=3, cost=0.5)
    assert told + tokens(4) == Usage(input_tokens=7, cost=0.5, complete=False)
    assert told + Usage() == Usage() + told == told
