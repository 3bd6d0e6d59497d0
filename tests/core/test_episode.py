import asyncio
import os
import signal
import threading
import time
from collections import UserDict
from contextlib import nullcontext
from typing import NoReturn

import pytest

from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import BrowserError, NotSolved
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.core.tasks.checks import AnswerMatch, PageText
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.task import Hop, Probes
from tests.core.fakes import FakeBrowser, task_of


class Script:
    """An agent that says its lines, and keeps what it was shown."""

    def __init__(self, *lines: str | Action | object) -> None:
        self.lines = list(lines)
        self.seen: list[Observation] = []
        self.intent = ""

    def reset(self, intent: str) -> None:
        self.intent = intent

    def act(self, observation: Observation) -> str:
        self.seen.append(observation)
        return self.lines[len(self.seen) - 1]  # type: ignore[return-value]


def go(word: str) -> str:
    return f"goto [https://{word}.example/]"


def test_an_episode_gives_credit_hop_by_hop() -> None:
    agent = Script(go("one"), go("two"), "stop [here]")
    episode = run_episode(task_of("one", "two", "three"), agent=agent, browser=FakeBrowser(), agent_name="script")
    assert agent.intent == "Go there."
    assert [(hop.name, hop.passed, hop.step) for hop in episode.hops] == [
        ("one", True, 1),
        ("two", True, 2),
        ("three", False, 3),
    ]
    assert (episode.outcome, episode.ending, episode.credit) == ("partial", "terminated", 2 / 3)
    assert (episode.steps, episode.answer, episode.reason) == (3, "here", "the agent stopped")
    assert episode.trajectory.urls == ("https://start.example/", "https://one.example/", "https://two.example/")


def test_the_state_after_reset_counts() -> None:
    episode = run_episode(task_of("start"), agent=Script("stop"), browser=FakeBrowser())
    assert [hop.step for hop in episode.hops] == [0]


def test_states_that_are_only_passed_through_count() -> None:
    browser = FakeBrowser(redirects=["https://one.example/"])
    episode = run_episode(task_of("one", "two"), agent=Script(go("two"), "stop"), browser=browser)
    assert episode.solved


def test_an_answer_is_judged_on_the_page_where_it_is_given() -> None:
    task = task_of("one").model_copy(update={"hops": (Hop(name="says", check=AnswerMatch(contains=("nine",))),)})
    assert run_episode(task, agent=Script("stop [Nine of them]"), browser=FakeBrowser()).solved
    assert not run_episode(task, agent=Script("stop [19]"), browser=FakeBrowser()).solved


def test_only_the_probes_of_the_task_are_captured() -> None:
    check = PageText(contains=("text of https://one",))
    task = task_of("one").model_copy(update={"hops": (Hop(name="reads", check=check),)})
    episode = run_episode(task, agent=Script(go("one"), "stop"), browser=FakeBrowser())
    assert episode.solved
    assert set(episode.trajectory.steps[0].states[0].pages[0].texts) == {"body"}


def test_the_agent_is_shown_the_intent_and_why_its_action_failed() -> None:
    agent = Script("click [e1]", "clack [e1]", Action(kind="goto", text="https://one.example/"), 7, "stop")
    task = task_of("one").model_copy(update={"images": ("map.png",)})
    run_episode(task, agent=agent, browser=FakeBrowser())
    assert all(observation.intent == "Go there." for observation in agent.seen)
    assert all(observation.images == ("map.png",) for observation in agent.seen)
    errors = [observation.error for observation in agent.seen]
    assert errors[0] == errors[3] == ""
    assert errors[1] == "click [e1]: nothing here can be used"
    assert "Did you mean 'click'?" in errors[2]
    assert errors[4] == "an answer must be an Action, a text or a mapping, not int"


def test_a_mapping_is_an_answer() -> None:
    agent = Script({"kind": "goto", "text": "https://one.example/"}, {"kind": "goto"}, "stop")
    episode = run_episode(task_of("one"), agent=agent, browser=FakeBrowser())
    assert (episode.solved, episode.steps) == (True, 3)
    assert episode.trajectory.steps[1].said == "{'kind': 'goto'}"
    assert "goto needs text" in agent.seen[2].error


def test_a_mapping_that_cannot_be_read_is_the_agents_failure() -> None:
    class Sly(UserDict[str, object]):
        def keys(self) -> NoReturn:
            raise ValueError("not today")

    episode = run_episode(task_of("one"), agent=Script(Sly(kind="stop")), browser=FakeBrowser())
    assert (episode.ending, episode.reason) == ("failed", "the agent raised ValueError: not today")


def test_several_calls_in_one_answer_are_a_step_each() -> None:
    agent = Script("goto('https://one.example/')\ngoto('https://two.example/')\nclick('1')\nnoop()", "stop")
    browser = FakeBrowser()
    episode = run_episode(task_of("one", "two"), agent=agent, browser=browser)
    assert (episode.solved, episode.steps) == (True, 4), "a noop after what failed was left out"
    assert [hop.step for hop in episode.hops] == [1, 2]
    assert len(agent.seen) == 2
    assert agent.seen[1].error == "click [1]: nothing here can be used"
    assert [step.said[:4] for step in episode.trajectory.steps] == ["goto", "", "", "stop"]


def test_the_limit_of_steps_holds_within_an_answer() -> None:
    agent = Script("goto('https://one.example/')\n" * 3)
    episode = run_episode(task_of("two"), agent=agent, browser=FakeBrowser(), limits=Limits(max_steps=2))
    assert (episode.ending, episode.steps) == ("truncated", 2)


def test_what_happened_between_two_calls_is_told() -> None:
    class Tells(FakeBrowser):
        def observe(self, *, probes: Probes) -> Capture:
            capture = super().observe(probes=probes)
            told = capture.observation.model_copy(update={"events": (f"saw {self.url}",)})
            return capture.model_copy(update={"observation": told})

    agent = Script("goto('https://one.example/')\ngoto('https://two.example/')", "stop")
    run_episode(task_of("one"), agent=agent, browser=Tells())
    assert agent.seen[0].events == ("saw https://start.example/",)
    assert agent.seen[1].events == ("saw https://one.example/", "saw https://two.example/")


class Endless:
    """An agent that never stops; it cycles through its lines."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        self.turn = -1

    def act(self, observation: Observation) -> str:
        self.turn += 1
        return self.lines[self.turn % len(self.lines)]

    def reset(self, intent: str) -> None:
        self.turn = -1


@pytest.mark.parametrize(
    ("lines", "steps", "reason"),
    [
        ([go("one"), go("two")], 30, "limit of 30 steps reached"),
        (["nonsense"], 3, "early stop: 3 unparsable actions in a row"),
        (["nonsense", "nonsense", "scroll [up]"], 30, "limit of 30 steps reached"),
        (["scroll [up]"], 3, "early stop: 3 identical actions in a row"),
        (["type [e1] [x]", "scroll [up]"], 5, "early stop: typed the same 3 times"),
        (["type [e1] [x]", "type [e1] [y]"], 5, "early stop: typed the same 3 times"),
    ],
)
def test_limits_and_early_stop(lines: list[str], steps: int, reason: str) -> None:
    episode = run_episode(task_of("nowhere"), agent=Endless(*lines), browser=FakeBrowser())
    assert (episode.ending, episode.outcome, episode.steps) == ("truncated", "unsolved", steps)
    assert episode.reason == reason
    assert episode.answer is None


def test_the_last_allowed_step_still_counts() -> None:
    episode = run_episode(
        task_of("two"), agent=Endless(go("one"), go("two")), browser=FakeBrowser(), limits=Limits(max_steps=2)
    )
    assert (episode.solved, episode.steps, episode.ending) == (True, 2, "truncated")


def test_an_agent_that_raises_has_failed_and_keeps_its_credit() -> None:
    class Raises(Script):
        def act(self, observation: Observation) -> str:
            if len(self.seen) == 1:
                raise ValueError("the model is away")
            return super().act(observation)

    episode = run_episode(task_of("one", "two"), agent=Raises(go("one")), browser=FakeBrowser())
    assert (episode.outcome, episode.ending) == ("partial", "failed")
    assert episode.reason == "the agent raised ValueError: the model is away"
    assert "in act" in episode.agent_traceback
    assert "core/turns.py" not in episode.agent_traceback


def test_an_agent_that_exits_has_failed() -> None:
    def leave(observation: Observation) -> str:
        raise SystemExit(3)

    agent = Script()
    agent.act = leave  # type: ignore[method-assign]
    assert run_episode(task_of("one"), agent=agent, browser=FakeBrowser()).reason == "the agent raised SystemExit: 3"


def test_an_agent_that_hangs_is_left_behind() -> None:
    class Hangs(Script):
        def act(self, observation: Observation) -> str:
            time.sleep(30)
            return "stop"

    begun = time.monotonic()
    episode = run_episode(task_of("one"), agent=Hangs(), browser=FakeBrowser(), limits=Limits(step_timeout=0.05))
    assert time.monotonic() - begun < 10
    assert (episode.outcome, episode.ending) == ("unsolved", "failed")
    assert episode.reason == "the agent did not answer within 0.05 seconds (step timeout)"
    assert episode.agent_traceback.startswith("It could not be interrupted, and was left behind.\nIt was here:\n")
    assert "time.sleep(30)" in episode.agent_traceback


class Interrupts:
    """Waits until it is interrupted, after it has sent a signal to the session's thread."""

    def __init__(self) -> None:
        self.interrupted = threading.Event()
        self.ended = False

    def reset(self, intent: str) -> None:
        pass

    def act(self, observation: Observation) -> str:
        # A signal that arrives just before the session's thread begins to wait does not wake it, but the next one does.
        while not self.interrupted.wait(0.2):
            os.kill(os.getpid(), signal.SIGUSR1)
        return "stop"

    def interrupt(self) -> None:
        self.interrupted.set()

    def end(self) -> None:
        self.ended = True


class TimeIsUp(BaseException):
    pass


@pytest.mark.parametrize("error", [TimeIsUp("4 s"), KeyboardInterrupt()], ids=["limit", "ctrl-c"])
def test_what_ends_a_case_from_outside_is_not_what_the_agent_raised(error: BaseException) -> None:
    """pytest-timeout raises in the session's thread, which waits for the agent; the agent is stopped at once."""

    raised: list[BaseException] = []

    def handle(number: int, frame: object) -> None:
        if not raised:
            raised.append(error)
            raise error

    agent, before = Interrupts(), signal.signal(signal.SIGUSR1, handle)
    try:
        with pytest.raises(KeyboardInterrupt) if isinstance(error, KeyboardInterrupt) else nullcontext():
            episode = run_episode(task_of("tokyo"), agent=agent, browser=FakeBrowser())
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert agent.interrupted.is_set()
    if not isinstance(error, KeyboardInterrupt):
        assert (episode.ending, episode.reason) == (
            "failed",
            "the agent had not answered when its case ended: TimeIsUp: 4 s",
        )
        assert "self.interrupted.wait(0.2)" in episode.agent_traceback
        assert agent.ended, "it has returned, so its end is called"


def test_the_episode_timeout_ends_an_episode_between_steps() -> None:
    ticks = iter(range(1000))
    episode = run_episode(
        task_of("nowhere"),
        agent=Endless(go("one"), go("two")),
        browser=FakeBrowser(),
        limits=Limits(episode_timeout=20),
        clock=lambda: float(next(ticks)),
    )
    assert episode.ending == "truncated"
    assert episode.reason == "limit of 20 seconds reached"
    assert 0 < episode.steps < 30


def test_a_broken_browser_is_not_the_agents_failure() -> None:
    def broken() -> None:
        raise BrowserError("the browser died in mid-episode")

    episode = run_episode(task_of("start", "two"), agent=Script(go("two")), browser=FakeBrowser(broken=broken))
    assert (episode.outcome, episode.credit, episode.reason) == ("errored", 0.0, "the browser died in mid-episode")
    assert [(hop.passed, hop.step) for hop in episode.hops] == [(False, None), (False, 0)]


def test_what_is_no_exception_of_the_agents_is_passed_on() -> None:
    def skips(observation: Observation) -> str:
        pytest.skip("no key for the model")

    agent = Script()
    agent.act = skips  # type: ignore[method-assign]
    with pytest.raises(pytest.skip.Exception, match="no key"):
        run_episode(task_of("one"), agent=agent, browser=FakeBrowser(), propagate=(pytest.skip.Exception,))


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (asyncio.CancelledError(), "the agent raised CancelledError"),
        (GeneratorExit(), "the agent raised GeneratorExit"),
        (Unspeakable(), "the agent raised Unspeakable: <exception str() failed>"),
        (ValueError("cut off \ud83d"), "the agent raised ValueError: cut off ?"),
        (ValueError("one\ntwo"), "the agent raised ValueError: one"),
    ],
)
def test_whatever_an_agent_raises_it_has_failed(error: BaseException, reason: str) -> None:
    def breaks(observation: Observation) -> str:
        raise error

    agent = Script()
    agent.act = breaks  # type: ignore[method-assign]
    episode = run_episode(task_of("one"), agent=agent, browser=FakeBrowser())
    assert (episode.outcome, episode.ending, episode.reason) == ("unsolved", "failed", reason)
    assert Episode.model_validate_json(episode.model_dump_json()) == episode


def test_a_cut_off_emoji_is_an_answer_like_any_other() -> None:
    task = task_of("one")
    for said in ("stop [x\ud83d]", Action(kind="stop", text="x\ud83d")):
        episode = run_episode(task, agent=Script(said), browser=FakeBrowser())
        assert episode.answer == "x?"
        assert Episode.model_validate_json(episode.model_dump_json()) == episode


@pytest.fixture
def half() -> Episode:
    return run_episode(task_of("one", "two"), agent=Script(go("one"), "stop"), browser=FakeBrowser())


def test_require_solved_says_what_is_missing(half: Episode) -> None:
    with pytest.raises(NotSolved, match="compare/1: partial, 1 of 2 hops: the agent stopped"):
        half.require_solved()


def test_further_hops_change_outcome_and_credit(half: Episode) -> None:
    more = half.with_hops([HopResult(name="mine", passed=True, reason="asserted", weight=2)])
    assert (more.outcome, more.credit, len(more.hops)) == ("partial", 0.75, 3)
    assert half.with_hops([]).credit == 0.5


def test_an_episode_survives_a_round_trip(half: Episode) -> None:
    assert Episode.model_validate_json(half.model_dump_json()) == half
