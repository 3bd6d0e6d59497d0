"""What the page has to know of every episode at once: columns of short values, read as each line is read."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Any, NamedTuple
from urllib.parse import quote

from pytest_mmina.core.episode.episode import Outcome
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord

_LONGEST_INTENT = 300
_LONGEST_NAME = 120
_HOPS = 2


class Numbered:
    """Texts that many rows share, each of them once, under a number."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value, counted from 0."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        """All values, each at its number."""
        return list(self._numbers)


def hop_letters(outcome: str, hops: Iterable[HopRecord]) -> str:
    """A letter a hop: passed, failed, not reached, errored."""
    return "".join("p" if hop.passed else "e" if outcome == "errored" else "f" if hop.reached else "n" for hop in hops)


class Notable(NamedTuple):
    """An episode that the overview names, with the address of its view."""

    task: str
    trial: int
    outcome: Outcome
    steps: int
    seconds: float
    tokens: int | None
    cost: float | None
    address: str


class _Ran(NamedTuple):
    task: int
    trial: int
    outcome: Outcome
    hops: str
    steps: int
    seconds: float
    tokens: int | None
    cost: float | None
    agent: int
    browser: int
    chunk: int
    recording: str | int
    trace: int


class Rows:
    """Tasks and episodes in columns, in the order of the journal."""

    def __init__(self) -> None:
        self._tasks: dict[str, int] = {}
        self._subsets, self._sites, self._names = Numbered(), Numbered(), Numbered()
        self._agents, self._browsers = Numbered(), Numbered()
        self._told: list[list[Any]] = []
        self._ran: list[_Ran] = []
        self._passed: dict[tuple[int, int], list[int]] = {}

    def add(self, record: EpisodeRecord, *, chunk: int, recording: str | None, traced: bool) -> None:
        """Take up an episode whose record is in this chunk; `recording` is its trajectory's name, None without one.

        `traced` says that pytest-playwright has kept a trace of it.
        """
        at = self._tasks.setdefault(record.task, len(self._told))
        if at == len(self._told):
            sites = [self._sites.number(site) for site in record.sites]
            self._told.append([self._subsets.number(record.subset), sites, [], record.asked[:_LONGEST_INTENT]])
        # A test's own hops come only with an episode that ran as far.
        if len(record.hops) > len(self._told[at][_HOPS]):
            self._told[at][_HOPS] = [self._names.number(hop.name[:_LONGEST_NAME]) for hop in record.hops]
        letters, usage = hop_letters(record.outcome, record.hops), record.usage
        passed = self._passed.setdefault((at, len(letters)), [0, 0])
        passed[0] += letters.count("p")
        passed[1] += len(letters)
        self._ran.append(
            _Ran(
                task=at,
                trial=record.trial,
                outcome=record.outcome,
                hops=letters,
                steps=record.steps,
                seconds=round(record.seconds, 1),
                tokens=usage.tokens if usage is not None else None,
                cost=usage.cost if usage is not None else None,
                agent=self._agents.number(record.agent),
                browser=self._browsers.number(record.browser),
                chunk=chunk,
                recording=1 if recording == f"{record.task}/{record.trial}" else recording or 0,
                trace=int(traced),
            )
        )

    @property
    def agents(self) -> list[str]:
        """The agents that were tested."""
        return sorted(self._agents.values())

    def hops_by_subset(self) -> dict[str, list[tuple[int, int]]]:
        """Hops passed and all hops of each task, by subset."""
        subsets = self._subsets.values()
        return self._hops_by(lambda task, hops: str(subsets[self._told[task][0]]))

    def hops_by_count(self) -> dict[str, list[tuple[int, int]]]:
        """Hops passed and all hops of each task, by how many its episodes had."""
        return self._hops_by(lambda task, hops: str(hops))

    def _hops_by(self, key: Callable[[int, int], str]) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for (task, hops), (passed, total) in self._passed.items():
            found.setdefault(key(task, hops), []).append((passed, total))
        return found

    def slowest(self, most: int) -> list[Notable]:
        """The episodes that took longest."""
        return [self._notable(at) for at in nlargest(most, range(len(self._ran)), key=lambda at: self._ran[at].seconds)]

    def costliest(self, most: int) -> list[Notable]:
        """The episodes that cost most, in dollars where the price is known, else in tokens."""
        told = [at for at, ran in enumerate(self._ran) if ran.tokens]
        found = nlargest(most, told, key=lambda at: (self._ran[at].cost or 0.0, self._ran[at].tokens or 0))
        return [self._notable(at) for at in found]

    def _notable(self, at: int) -> Notable:
        ran = self._ran[at]
        task = list(self._tasks)[ran.task]
        among = sum(other.task == ran.task and other.trial == ran.trial for other in self._ran[: at + 1])
        address = address_of(task, ran.trial, among=among)
        return Notable(task, ran.trial, ran.outcome, ran.steps, ran.seconds, ran.tokens, ran.cost, address)

    def as_columns(self) -> Mapping[str, Any]:
        """All of it, as the page's scripts read it."""
        subsets, sites, hops, intents = _columns(self._told, 4)
        ran = dict(zip(_Ran._fields, _columns(self._ran, len(_Ran._fields)), strict=True))
        for name in ("tokens", "cost"):
            ran[name] = ran[name] if any(value is not None for value in ran[name]) else []
        return {
            "names": {
                "subsets": self._subsets.values(),
                "sites": self._sites.values(),
                "hops": self._names.values(),
                "agents": self._agents.values(),
                "browsers": self._browsers.values(),
            },
            "tasks": {
                "id": list(self._tasks),
                "subset": subsets,
                "sites": sites,
                "hops": hops,
                "intent": intents,
            },
            "episodes": {**ran, "outcome": "".join(outcome[0] for outcome in ran["outcome"])},
        }


def address_of(task: str, trial: int, *, among: int = 1) -> str:
    """The part of the page's address that leads to an episode: the how-manieth of those with this task and trial."""
    return f"#/task/{quote(task.encode('utf-8', 'replace'))}/trial{trial}{'' if among == 1 else f'-{among}'}"


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
