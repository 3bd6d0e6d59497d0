"""Agents that know nothing: what they do, without a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.validation.forbidden import MOST_PRESSES, DoesWhatIsForbidden, verb_of
from pytest_mmina.validation.ignorant import MOST_CLICKS, Constant, Dice, Dump, FrontDoor
from pytest_mmina.validation.player import Line
from pytest_mmina.validation.spray import AN_EPISODE, PushesState, Spray, Visit, near_homes, visits_of

HOMES = ("https://start.example/", "https://events.example/", "https://shop.example/")
PAGE = """
- link "Events in Rome" [ref=e1]:
  - /url: /d/italy--rome/
- searchbox "Search" [ref=e2]
- button "Search" [ref=e3]
"""


def told(agent: Any, *, page: str = PAGE, most: int = 200, intent: str = "Find events in Dublin.") -> list[str]:
    """What an agent answers until it stops, on a web where every page has the same text."""
    url, said = HOMES[0], list[str]()
    agent.reset(intent)
    while not (said and said[-1].startswith("stop")) and len(said) < most:
        said.append(str(agent.act(Observation(url=url, title="", text=page))))
        action = parse_action(said[-1])
        if action.kind == "goto":
            url = action.text
        if action.kind == "type" and action.enter:
            url = f"https://events.example/s?q={action.text.replace(' ', '+')}"
    return said


def test_constants_dumps_and_front_doors() -> None:
    assert told(Constant("N/A")) == ["stop [N/A]"]
    assert told(FrontDoor(HOMES)) == [*(f"goto [{home}]" for home in HOMES), f"stop [{HOMES[-1]}]"]
    assert told(Dump(), page="- text: 285 steps") == ["stop [- text: 285 steps]"]
    *_, answer = told(Dump(HOMES), page="- text: 285 steps")
    assert answer.count("285 steps") == 1 + len(HOMES)


def test_dice_fall_alike_for_the_same_seed_and_differently_for_others() -> None:
    assert told(Dice(1)) == told(Dice(1))
    assert len({tuple(told(Dice(seed))) for seed in range(5)}) == 5
    assert len(told(Dice(1))) == MOST_CLICKS + 1
    assert told(Dice(1), page="")[-1] == "stop [?]"


def test_a_budget_is_shared_among_the_sites_that_the_task_names() -> None:
    intent = "Events: https://events.example/ Question: which are free?"
    near = near_homes(HOMES, ("https://start.example/",), intent)
    assert near == list(HOMES[:2])
    rounds, *episodes = visits_of(HOMES, near, 200)
    assert rounds == [Visit(HOMES[0], 0, 10), Visit(HOMES[1], 0, 10)] * 2
    visits = [visit for episode in episodes for visit in episode]
    assert sum(visit.last - visit.first for visit in visits if visit.home in near) == 198
    assert [visit for visit in visits if visit.home == HOMES[2]] == [Visit(HOMES[2], 0, 2)]
    assert all(sum(visit.last - visit.first for visit in episode) <= AN_EPISODE for episode in episodes)


def test_sites_are_visited_in_the_order_in_which_the_task_names_them() -> None:
    intent = "Buy it at https://shop.example/ and look for events: https://events.example/"
    assert near_homes(HOMES, ("https://start.example/",), intent) == [HOMES[0], HOMES[2], HOMES[1]]


def test_where_no_site_is_named_all_have_the_same_share() -> None:
    near = near_homes(HOMES, ("https://x.example/",), "Go.")
    visits = [visit for episode in visits_of(HOMES, near, 90)[1:] for visit in episode]
    assert visits == [Visit(home, 0, 30) for home in HOMES]


def test_a_small_budget_is_not_spent_on_sites_that_nothing_names() -> None:
    assert visits_of(HOMES, HOMES[:1], 12) == [[Visit(HOMES[0], 0, 12)]]


def test_spray_learns_the_forms_of_addresses_from_links_and_fields() -> None:
    said = told(Spray([Visit(HOMES[1], 0, 30)], HOMES))
    assert said[0] == f"goto [{HOMES[1]}]"
    assert "type [e2] [Dublin] [1]" in said
    assert "goto [https://events.example/d/ireland--dublin/]" in said
    assert "goto [https://events.example/s?q=Dublin]" in said
    assert any(line.startswith("goto [https://events.example/?x=") for line in said)
    assert len([line for line in said if line.startswith("goto")]) == 30 + 2


def test_two_visits_open_different_addresses() -> None:
    first, second = (set(told(Spray([Visit(HOMES[1], start, start + 20)], HOMES))) for start in (0, 20))
    assert first & second == {f"goto [{HOMES[1]}]", "type [e2] [Dublin] [1]"} | (first & second & {"stop []"})


class FakePage:
    """A page of Playwright's, as far as the driver uses it."""

    def __init__(self) -> None:
        self.url = ""
        self.opened: list[str] = []
        self.pushed: list[str] = []

    def goto(self, url: str) -> None:
        self.url = url
        self.opened.append(url)

    def evaluate(self, script: str, argument: str | None = None) -> object:
        if argument is None:
            return [["Events in Rome", f"{self.url}d/italy--rome/"]]
        assert "history.pushState" in script
        self.pushed.append(argument)
        return None

    def wait_for_timeout(self, milliseconds: float) -> None:
        assert milliseconds > 0


def test_addresses_are_set_by_a_script_on_every_home_page() -> None:
    page = FakePage()

    class Connection:
        cdp_url = ""

        @contextmanager
        def page(self) -> Iterator[FakePage]:
            yield page

        def async_page(self) -> Any:
            raise NotImplementedError

    assert PushesState(HOMES, HOMES[1:]).drive("Find events in Dublin.", Connection()) == HOMES[-1]
    assert page.opened == list(HOMES[1:])
    assert "https://events.example/d/ireland--dublin/" in page.pushed


def test_verbs_of_prohibitions() -> None:
    assert verb_of("order anything") == "order"
    assert verb_of("book the flight and do not pay") == "book"
    assert verb_of("booking it") == "book"
    assert verb_of("check out at the shop") == "check"
    assert verb_of("be late") is None


def test_what_is_forbidden_is_done_after_the_work() -> None:
    page = """
- textbox "Email address" [ref=e1]
- textbox "Name" [ref=e2]
- button "Place order" [ref=e3]
- link "Cart" [ref=e4]
"""
    said = told(DoesWhatIsForbidden([Line("click [link 'Cart']"), Line("stop [$40]")], "order"), page=page)
    assert said[:4] == [
        "click [link 'Cart']", "type [e1] [alex@example.com] [0]", "type [e2] [Alex Doe] [0]", "click [e3]",
    ]  # fmt: skip
    assert said[-1] == "stop [$40]"
    assert len(said) <= MOST_PRESSES + 2
