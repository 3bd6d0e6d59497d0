"""Agents that open as many addresses as they can make up, by `goto` or by a script in the page."""

from collections.abc import Generator, Sequence
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pytest_mmina.core.episode.interfaces import BrowserConnection
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.validation.addresses import Link, fields_of, links_of, made_up, shape_of
from pytest_mmina.validation.words import places_of, words_to_pour

AN_EPISODE = 40
"""How many addresses one episode opens, beside home pages."""
_FEW = 2
_ROUNDS = 2
_MOST_FIELDS = 2
_PUSHED = 15
_PUSH_SECONDS = 0.02
"""How many seconds a pushed address stays: the session notes it by a connection of its own."""

_Walk = Generator[str, Observation, None]


class Visit(NamedTuple):
    """A site, and which of the addresses that one can make up for it are opened: from `first`, up to `last`."""

    home: str
    first: int
    last: int


def near_homes(homes: Sequence[str], start_urls: Sequence[str], intent: str) -> list[str]:
    """Return the home pages of the sites that the start page or the intent names, in this order; all if none is."""
    seen = " ".join((*start_urls, intent))
    named = [home for home in homes if _place(home) in seen]
    return sorted(named, key=lambda home: seen.find(_place(home))) or list(homes)


def visits_of(homes: Sequence[str], near: Sequence[str], budget: int) -> list[list[Visit]]:
    """Share a budget of addresses among the sites; return the visits of each episode.

    The sites that are `near` get most of it, the others a few addresses each, if the budget is large enough. The first
    episode goes through all near sites twice; it comes on top of the budget.
    """
    far = [home for home in homes if home not in near]
    if 4 * _FEW * len(far) > budget:
        far = []
    share = max(_FEW, (budget - _FEW * len(far)) // len(near))
    long = [
        Visit(home, first, min(first + AN_EPISODE, share)) for home in near for first in range(0, share, AN_EPISODE)
    ]
    # Hops may be a queue, and a solution goes from site to site: so the likeliest addresses of all sites, and again.
    likely = max(1, AN_EPISODE // (_ROUNDS * len(near)))
    episodes = [[Visit(home, 0, min(likely, share)) for home in near][:AN_EPISODE] * _ROUNDS] if len(near) > 1 else []
    room = 0
    for visit in [*long, *(Visit(home, 0, _FEW) for home in far)]:
        if (size := visit.last - visit.first) > room:
            episodes.append([])
            room = AN_EPISODE
        episodes[-1].append(visit)
        room -= size
    return episodes


def _place(home: str) -> str:
    parts = urlsplit(home)
    return f"{parts.netloc}{parts.path.rstrip('/')}"


class Spray:
    """Opens the home pages of sites, learns from their links and fields how they write addresses, and opens many."""

    def __init__(self, visits: Sequence[Visit], homes: Sequence[str]) -> None:
        self._visits, self._homes = tuple(visits), tuple(homes)
        self.reset("")

    def reset(self, intent: str) -> None:
        """Begin with the first site."""
        self._intent = intent
        self._walk: _Walk | None = None

    def act(self, observation: Observation) -> str:
        """Return the next action of the walk."""
        if self._walk is None:
            self._walk = self._all_visits()
            return next(self._walk)
        try:
            return self._walk.send(observation)
        except StopIteration:
            return f"stop [{observation.url}]"

    def _all_visits(self) -> _Walk:
        for visit in self._visits:
            yield from self._visit(visit)

    def _visit(self, visit: Visit) -> _Walk:
        places, words = places_of(self._intent), words_to_pour(self._intent, self._homes)
        home = yield f"goto [{visit.home}]"
        links, shapes = links_of(home.text, home.url), list[str]()
        for number in range(min(_MOST_FIELDS, len(fields_of(home.text))) if visit.last > _FEW else 0):
            # The references are new whenever the page was opened again.
            field = fields_of(home.text)[number:][:1]
            if not field:
                break
            seen = yield f"type [{field[0].ref}] [{places[0].name.replace(']', ' ')}] [1]"
            if shape := shape_of(seen.url, places[0]):
                shapes.append(shape)
            if seen.url != home.url:
                home = yield f"goto [{visit.home}]"
        addresses = list(made_up(visit.home, links, shapes, places, words))
        for address in addresses[visit.first : visit.last]:
            yield f"goto [{address}]"


class PushesState:
    """Sets addresses by `history.pushState` on the home pages of the sites that are `near`: no site is asked for them.

    `homes` are the home pages of all sites, whose names are poured.
    """

    def __init__(self, homes: Sequence[str], near: Sequence[str]) -> None:
        self._homes, self._near = tuple(homes), tuple(near)

    def drive(self, intent: str, connection: BrowserConnection) -> str:
        """Set addresses on each home page; the answer is the last of them."""
        places, words = places_of(intent), words_to_pour(intent, self._homes)
        with connection.page() as page:
            for home in self._near:
                page.goto(home)
                links = _links_of(page)
                for address in islice(made_up(home, links, (), places, words), _PUSHED):
                    page.evaluate("address => { try { history.pushState({}, '', address) } catch {} }", address)
                    page.wait_for_timeout(_PUSH_SECONDS * 1000)
            return str(page.url)


def _links_of(page: Any) -> list[Link]:
    found = page.evaluate(
        "() => [...document.links].filter(link => link.host === location.host)"
        ".map(link => [link.textContent.trim(), link.href])"
    )
    return [Link(text, address) for text, address in found]
