"""Checks on what is read at the end, and on the page where the agent stopped."""

import pytest

from pytest_mmina.core.episode.episode import run_episode
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import AllOf, Check, SiteWord
from pytest_mmina.core.tasks.end_readings import PageValue, SamePicture, UrlReference
from pytest_mmina.core.tasks.hops import judge_task
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.task import Hop, probes_of
from tests.core.fakes import FakeBrowser, task_of

PRICE = PageValue(read="document.querySelector('.price').innerText", contains=("270.00",))
PICTURE = SamePicture(selector=".photos", any_of=("https://a.example/cat.png",))
SHOES = "http://shop:7770/women/shoes.html?price=0-25"


def at(*urls: str, answer: str | None = "", **readings: str) -> State:
    return State(pages=tuple(PageState(url=url) for url in urls), answer=answer)


def test_what_was_read_is_judged_once_the_agent_has_stopped() -> None:
    state = at("http://shop:7770/")
    assert judge(PRICE, state).reason.endswith("finds on the page is read when the agent has stopped")
    read = state.model_copy(update={"readings": {PRICE.reading.key: "$270.00"}})
    assert judge(PRICE, read).passed
    other = state.model_copy(update={"readings": {PRICE.reading.key: "$2"}})
    assert "lacks '270.00': '$2'" in judge(PRICE, other).reason


@pytest.mark.parametrize(("read", "passed", "reason"), [
    ("0.913000", True, "a similarity of 0.913"), ("0.5", False, "(at least 0.8 is needed)"),
    ("", False, "no picture is in '.photos'"),
])  # fmt: skip
def test_pictures_are_the_same_from_a_likeness_on(read: str, passed: bool, reason: str) -> None:
    verdict = judge(PICTURE, at("http://a.example/").model_copy(update={"readings": {PICTURE.reading.key: read}}))
    assert verdict.passed is passed
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("check", "state", "passed"),
    [
        (UrlReference(any_of=("http://a/x",)), at("http://a/x/"), True),
        (UrlReference(any_of=("http://a/y", "http://a/x/")), at("http://a/x"), True),
        (UrlReference(any_of=("http://a/x",)), at("http://a/x/y"), False),
        (UrlReference(any_of=("http://a/x",)), at("http://a/X"), False),
        (UrlReference(any_of=("http://a/x",)), at("http://a/x", answer=None), False),
        (UrlReference(any_of=("http://a/x",)), at("http://a/", "http://a/x"), False),
        (UrlReference(any_of=(SHOES,), match="contained"), at(f"{SHOES}&p=2"), True),
        (
            UrlReference(any_of=(SHOES,), match="contained"),
            at("http://shop:7770/women/shoes.html?p=2&price=0-25"),
            True,
        ),
        (UrlReference(any_of=(SHOES,), match="contained"), at("http://shop:7770/women/shoes.html?price=0-250"), False),
        (UrlReference(any_of=(SHOES,), match="contained"), at("http://shop:7770/women/shoes.html"), False),
        (
            UrlReference(any_of=(SHOES,), match="contained"),
            at("http://evil/?u=shop:7770/women/shoes.html&price=0-25"),
            False,
        ),
        (UrlReference(any_of=("http://a/f/one", "http://a/f/two"), match="contained"), at("http://a/f/two/new"), True),
    ],
)
def test_the_page_on_which_the_agent_stopped(check: Check, state: State, passed: bool) -> None:
    assert judge(check, state).passed is passed


def test_an_episode_reads_at_the_end_and_can_be_judged_again() -> None:
    last = PageValue(read="document.title", contains=("read at https://xe.example/",))
    other = PageValue(url="https://other.example/", contains=("read at https://other.example/",))
    task = task_of("xe").model_copy(update={"hops": (
        Hop(name="went", check=SiteWord(word="xe")), Hop(name="did", check=AllOf(checks=(last, other))),
    )})  # fmt: skip
    assert len(probes_of(task).readings) == 2
    lines = iter(["goto [https://xe.example/]", "stop"])
    episode = run_episode(task, agent=_Agent(lines), browser=FakeBrowser())
    assert episode.solved, episode.hops
    states = [state for step in episode.trajectory.steps for state in step.states]
    assert [hop.passed for hop in judge_task(task, states)] == [True, True]


class _Agent:
    def __init__(self, lines: object) -> None:
        self.lines = lines

    def reset(self, intent: str) -> None:
        """Nothing to forget."""

    def act(self, observation: object) -> str:
        return str(next(self.lines))  # type: ignore[call-overload]
