"""The readable text of an episode."""

import pytest

from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.record.canonical import LEVELS, Level, canonical_episode, canonical_text
from pytest_mmina.core.tasks.checks import SiteWord
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.task import Constraint, Probes
from tests.core.fakes import FakeBrowser, task_of

PAGE = '- searchbox "Search" [ref=e{0}]\n- link "東京 Tower" [ref=e{1}]\n- link "東京 Tower" [ref=e{2}]\n'


class Browser(FakeBrowser):
    """A page whose references are others in each session; what is written there leads to another page."""

    def __init__(self, *, first: int) -> None:
        super().__init__()
        self._first = first

    def observe(self, *, probes: Probes) -> Capture:
        capture = super().observe(probes=probes)
        text = PAGE.format(self._first, self._first + 1, self._first + 2)
        return capture.model_copy(update={"observation": capture.observation.model_copy(update={"text": text})})

    def act(self, action: Action) -> None:
        if action.kind == "click":
            self.url = "http://localhost:7770/tower?a=1#top"
        elif action.kind not in ("type", "scroll", "drag"):
            super().act(action)


class Player:
    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)

    def reset(self, intent: str) -> None:
        pass

    def act(self, observation: object) -> str:
        return next(self._lines)


def episode(*lines: str, first: int = 1, hops: tuple[str, ...] = ("wiki", "tower"), steps: int = 30) -> Episode:
    task = task_of(*hops, start="https://start.example:4443/")
    return run_episode(task, agent=Player(*lines), browser=Browser(first=first), limits=Limits(max_steps=steps))


def solution(first: int = 1) -> Episode:
    return episode(
        "goto [https://wiki.example:8443/…/Landing]",
        f"type [e{first}] [Tokyo\nTower \x1b[31m] [1]",
        "scroll [down]",
        f"click [e{first + 2}]",
        'stop [see http://localhost:7770/"tower"]',
        first=first,
    )


ACTIONS = r"""hop 1  wiki                                 passed at step 1
  goto   wiki.example/…/Landing
hop 2  tower                                passed at step 4
  type   searchbox "Search" ← "Tokyo\nTower \u001b[31m" ⏎
  scroll down
  click  link "東京 Tower" #2
stop "see http://localhost/\"tower\""
"""


def test_a_line_an_action_grouped_by_hop() -> None:
    assert canonical_text(canonical_episode(solution())) == ACTIONS


@pytest.mark.parametrize("level", LEVELS)
def test_it_is_the_same_whatever_the_references_are(level: Level) -> None:
    one, other = (canonical_text(canonical_episode(solution(first)), level=level) for first in (1, 700))
    assert one == other


def test_hops_and_sites_alone() -> None:
    account = canonical_episode(solution())
    hops = ["hop 1  wiki                                 passed", "hop 2  tower                                passed"]
    assert canonical_text(account, level="hops").splitlines() == hops
    sites = [hops[0], "  start.example", "  wiki.example", hops[1], "  localhost"]
    assert canonical_text(account, level="sites").splitlines() == sites


def test_what_fails_and_what_is_no_action() -> None:
    told = canonical_text(
        canonical_episode(episode("press [e1] [Enter]", "what?", "goto [https://wiki.example/]", steps=3))
    )
    assert told.splitlines() == [
        "hop 1  wiki                                 passed at step 3",
        '  press  searchbox "Search" ← Enter  (failed)',
        "  (no action)  (failed)",
        "  goto   wiki.example/",
        "hop 2  tower                                not passed",
        "truncated",
    ]


def test_a_hop_behind_the_open_one_was_not_reached() -> None:
    told = canonical_text(canonical_episode(episode("stop", hops=("wiki", "tower"))), level="hops")
    assert told.splitlines() == [
        "hop 1  wiki                                 not passed",
        "hop 2  tower                                not reached",
    ]


def test_all_there_is_to_tell() -> None:
    account = canonical_episode(episode("press [e1] [Enter]", "goto [https://wiki.example/]", steps=2))
    assert canonical_text(account, level="full").splitlines() == [
        "hop 1  wiki                                 passed at step 2",
        '  on     start.example/  "a page"',
        '  press  searchbox "Search" ← Enter  (failed)',
        "    press … [Enter]: nothing here can be used",
        "  goto   wiki.example/",
        "hop 2  tower                                not passed",
        '  on     wiki.example/  "a page"',
        "truncated: limit of 2 steps reached",
    ]


def test_hops_that_pass_at_once_out_of_order_or_by_a_test() -> None:
    played = episode("goto [https://tower.wiki/]", "scroll [up]", "stop", hops=("start", "wiki", "tower"))
    told = canonical_text(canonical_episode(played))
    assert told.splitlines() == [
        "hop 1  start                                passed at the start",
        "hop 2  wiki                                 passed at step 1",
        "  goto   tower.wiki/",
        "hop 3  tower                                passed at step 1",
        "afterwards",
        "  scroll up",
        "stop",
    ]
    own = episode("goto [https://wiki.example/]", "stop", hops=("wiki", "tower")).with_hops(
        [HopResult(name="own", passed=True, step=2, reason="asserted by the test")]
    )
    assert canonical_text(canonical_episode(own)).splitlines() == [
        "hop 1  wiki                                 passed at step 1",
        "  goto   wiki.example/",
        "hop 2  tower                                not passed",
        "hop 3  own                                  passed at step 2",
        "stop",
    ]


def test_broken_constraints_are_told_without_their_steps() -> None:
    never = Constraint(kind="never", name="stays away\nfrom the tower", check=SiteWord(word="tower"))
    task = task_of("wiki").model_copy(update={"constraints": (never,)})
    for lines in (("goto [https://tower.example/]",), ("scroll [down]", "goto [https://tower.example/]")):
        played = run_episode(task, agent=Player(*lines, "stop"), browser=Browser(first=1))
        text = canonical_text(canonical_episode(played), level="hops")
        assert text.splitlines()[1:] == ["broken never  stays away from the tower"]


def test_a_hop_that_passes_before_the_one_above_it_does_not_hide_the_steps() -> None:
    task = task_of("wiki", "tower")
    free = tuple(hop.model_copy(update={"after": ()}) for hop in task.hops)
    lines = ("goto [https://tower.example/]", "goto [https://else.example/]", "stop")
    played = run_episode(
        task.model_copy(update={"hops": free}), agent=Player(*lines), browser=Browser(first=1), limits=Limits()
    )
    assert [line.partition("  ")[0] for line in canonical_text(canonical_episode(played)).splitlines()] == [
        "hop 1", "hop 2", "", "afterwards", "", "stop",
    ]  # fmt: skip
