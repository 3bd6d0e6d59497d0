"""What the page has to know of every episode at once: columns of short values, read as each line is read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_mmina.core.metrics import EpisodeRecord, HopRecord

_NOT_REACHED = "not reached"
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
    return "".join(
        "p" if hop.passed else "e" if outcome == "errored" else "n" if hop.reason.startswith(_NOT_REACHED) else "f"
        for hop in hops
    )


class Rows:
    """Tasks and episodes in columns; `recorded` are the trajectories there are, below `trajectories/`."""

    def __init__(self) -> None:
        self._tasks: dict[str, int] = {}
        self._subsets, self._sites, self._names = Numbered(), Numbered(), Numbered()
        self._agents, self._browsers = Numbered(), Numbered()
        self._told: list[list[Any]] = []
        self._ran: list[tuple[Any, ...]] = []

    def add(self, record: EpisodeRecord, *, chunk: int, recording: str | None) -> None:
        """Take up an episode whose record is in this chunk; `recording` is its trajectory's name, None without one."""
        at = self._tasks.setdefault(record.task, len(self._told))
        if at == len(self._told):
            sites = [self._sites.number(site) for site in record.sites]
            self._told.append([self._subsets.number(record.subset), sites, [], record.intent[:_LONGEST_INTENT]])
        # A test's own hops come only with an episode that ran as far.
        if len(record.hops) > len(self._told[at][_HOPS]):
            self._told[at][_HOPS] = [self._names.number(hop.name[:_LONGEST_NAME]) for hop in record.hops]
        usage = record.usage
        self._ran.append(
            (
                at,
                record.trial,
                record.outcome[0],
                hop_letters(record.outcome, record.hops),
                record.steps,
                round(record.seconds, 1),
                usage.tokens if usage is not None else None,
                usage.cost if usage is not None else None,
                self._agents.number(record.agent),
                self._browsers.number(record.browser),
                chunk,
                1 if recording == f"{record.task}/{record.trial}" else recording or 0,
            )
        )

    def as_columns(self) -> Mapping[str, Any]:
        """All of it, as the page's scripts read it."""
        subsets, sites, hops, intents = _columns(self._told, 4)
        task, trial, outcome, letters, steps, seconds, tokens, cost, agent, browser, chunk, recording = _columns(
            self._ran, 12
        )
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
            "episodes": {
                "task": task,
                "trial": trial,
                "outcome": "".join(outcome),
                "hops": letters,
                "steps": steps,
                "seconds": seconds,
                "tokens": tokens if any(value is not None for value in tokens) else None,
                "cost": cost if any(value is not None for value in cost) else None,
                "agent": agent,
                "browser": browser,
                "chunk": chunk,
                "recording": recording,
            },
        }


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
