"""The data about all episodes that the page loads at once: columns of short values."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Any, NamedTuple
from urllib.parse import quote

from pytest_mmina.core.choices import Arm
from pytest_mmina.core.episode.episode import Outcome
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.gate.intervals import TaskResult

_LONGEST_INTENT = 300
_LONGEST_NAME = 120
_HOPS_COLUMN = 2
_DEFAULT_NAME = 1


class SharedValues:
    """Values that many rows share: each value is stored once, and rows refer to it by number."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        """Return the number of a value, counted from 0; a new value is stored."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        """Return all values, in the order of their numbers."""
        return list(self._numbers)


def hop_letters(outcome: str, hops: Iterable[HopRecord]) -> str:
    """Return one letter for each hop: p for passed, f for failed, n for not reached, e for errored."""
    return "".join("p" if hop.passed else "e" if outcome == "errored" else "f" if hop.reached else "n" for hop in hops)


class ListedEpisode(NamedTuple):
    """An episode that the overview lists, with the address of its view; with `at_least`, its cost is a lower bound."""

    task: str
    trial: int
    outcome: Outcome
    steps: int
    seconds: float
    tokens: int | None
    cost: float | None
    at_least: bool
    address: str


class _Row(NamedTuple):
    task: int
    trial: int
    arm: Arm
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
    at_least: int
    violated: int


class Rows:
    """Tasks and episodes in columns, in the order of the journal."""

    def __init__(self) -> None:
        self._tasks: dict[str, int] = {}
        self._ids: list[str] = []
        self._subsets, self._sites, self._names = SharedValues(), SharedValues(), SharedValues()
        self._agents, self._browsers = SharedValues(), SharedValues()
        self._task_rows: list[list[Any]] = []
        self._rows: list[_Row] = []
        self._tested: dict[str, None] = {}
        self._passed: dict[tuple[int, int], list[int]] = {}

    def add(self, record: EpisodeRecord, *, chunk: int, recording: str, traced: bool) -> None:
        """Add an episode whose record is in this chunk; `recording` is the name of its trajectory, if it has one.

        `traced` is whether pytest-playwright kept a trace of it.
        """
        at = self._tasks.setdefault(record.task, len(self._task_rows))
        if at == len(self._task_rows):
            self._ids.append(record.task)
            sites = [self._sites.number(site) for site in record.sites]
            self._task_rows.append([self._subsets.number(record.subset), sites, [], record.asked[:_LONGEST_INTENT]])
        # Hops that a test adds are only in the episodes that ran far enough.
        if len(record.hops) > len(self._task_rows[at][_HOPS_COLUMN]):
            self._task_rows[at][_HOPS_COLUMN] = [self._names.number(hop.name[:_LONGEST_NAME]) for hop in record.hops]
        letters, usage = hop_letters(record.outcome, record.hops), record.usage
        if not record.arm:
            passed = self._passed.setdefault((at, len(letters)), [0, 0, 0, 0])
            passed[0] += letters.count("p")
            passed[1] += len(letters)
            passed[2] += record.outcome == "solved"
            passed[3] += 1
            self._tested.setdefault(record.agent)
        self._rows.append(
            _Row(
                task=at,
                trial=record.trial,
                arm=record.arm,
                outcome=record.outcome,
                hops=letters,
                steps=record.steps,
                seconds=round(record.seconds, 1),
                tokens=usage.tokens if usage is not None else None,
                cost=usage.cost if usage is not None else None,
                agent=self._agents.number(record.agent),
                browser=self._browsers.number(record.browser),
                chunk=chunk,
                recording=_DEFAULT_NAME if recording == f"{record.task}/{record.trial}" else recording,
                trace=int(traced),
                at_least=int(usage is not None and not usage.complete),
                violated=len(record.violations),
            )
        )

    @property
    def agents(self) -> list[str]:
        """The agents that were tested, sorted; the control is none of them."""
        return sorted(self._tested)

    def results_by_subset(self) -> dict[str, list[TaskResult]]:
        """Return the result of each task, by subset."""
        subsets = self._subsets.values()
        return self._results_by(lambda task, hops: str(subsets[self._task_rows[task][0]]))

    def results_by_count(self) -> dict[str, list[TaskResult]]:
        """Return the result of each task, by the number of hops of its episodes."""
        return self._results_by(lambda task, hops: str(hops))

    def _results_by(self, key: Callable[[int, int], str]) -> dict[str, list[TaskResult]]:
        found: dict[str, list[TaskResult]] = {}
        for (task, hops), numbers in self._passed.items():
            found.setdefault(key(task, hops), []).append(TaskResult(*numbers))
        return found

    def slowest(self, most: int) -> list[ListedEpisode]:
        """Return the episodes that took longest, at most `most`; none of the control."""
        tested = [at for at, ran in enumerate(self._rows) if not ran.arm]
        return [self._listed(at) for at in nlargest(most, tested, key=lambda at: self._rows[at].seconds)]

    def costliest(self, most: int) -> list[ListedEpisode]:
        """Return the episodes that cost most, at most `most`: in dollars if the price is known, else in tokens."""
        with_usage = [at for at, ran in enumerate(self._rows) if ran.tokens and not ran.arm]
        found = nlargest(most, with_usage, key=lambda at: (self._rows[at].cost or 0.0, self._rows[at].tokens or 0))
        return [self._listed(at) for at in found]

    def _listed(self, at: int) -> ListedEpisode:
        ran = self._rows[at]
        task = self._ids[ran.task]
        occurrence = sum(
            (other.task, other.trial, other.arm) == (ran.task, ran.trial, ran.arm) for other in self._rows[: at + 1]
        )
        address = address_of(task, ran.trial, occurrence=occurrence)
        return ListedEpisode(
            task, ran.trial, ran.outcome, ran.steps, ran.seconds, ran.tokens, ran.cost, bool(ran.at_least), address
        )

    def _recording(self, row: _Row, recorded: Collection[str]) -> str | int:
        """Return the name of an episode's trajectory: 1 for the default name, 0 if there is no trajectory."""
        name = f"{self._ids[row.task]}/{row.trial}" if row.recording == _DEFAULT_NAME else str(row.recording)
        return row.recording if name in recorded else 0

    def as_columns(self, recorded: Collection[str]) -> Mapping[str, Any]:
        """Return all data as the scripts of the page read it; `recorded` are the names of the existing trajectories."""
        subsets, sites, hops, intents = _columns(self._task_rows, 4)
        ran = dict(zip(_Row._fields, _columns(self._rows, len(_Row._fields)), strict=True))
        ran["recording"] = [self._recording(row, recorded) for row in self._rows]
        for name in ("tokens", "cost"):
            ran[name] = ran[name] if any(value is not None for value in ran[name]) else []
        for name in ("at_least", "violated"):
            ran[name] = ran[name] if any(ran[name]) else []
        return {
            "names": {
                "subsets": self._subsets.values(),
                "sites": self._sites.values(),
                "hops": self._names.values(),
                "agents": self._agents.values(),
                "browsers": self._browsers.values(),
            },
            "tasks": {
                "id": self._ids,
                "subset": subsets,
                "sites": sites,
                "hops": hops,
                "intent": intents,
            },
            "episodes": {
                **ran,
                "arm": ran["arm"] if any(ran["arm"]) else [],
                "outcome": "".join(outcome[0] for outcome in ran["outcome"]),
            },
        }


def address_of(task: str, trial: int, *, occurrence: int = 1) -> str:
    """Return the fragment of an episode's address; `occurrence` counts from 1 among equal tasks and trials."""
    return f"#/task/{quote(task.encode('utf-8', 'replace'))}/trial{trial}{'' if occurrence == 1 else f'-{occurrence}'}"


def _columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]
