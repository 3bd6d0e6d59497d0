"""Count the episodes of a session, one by one as they are read: by task and hop, and by kind.

Only counts stay in memory, so the memory grows with the number of tasks and not with the number of trials.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, Self, TypeVar

from pytest_mmina.core.episode.episode import Outcome
from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.record.metrics import (
    EpisodeRecord,
    Position,
    Rates,
    Summary,
    pass_at_k,
    pass_power_k,
)

Key = TypeVar("Key", str, int)


class EpisodeKind(NamedTuple):
    """The values by which reports group episodes; `passed` is whether each hop passed."""

    subset: str
    sites: tuple[str, ...]
    template: str
    outcome: Outcome
    passed: tuple[bool, ...]


@dataclass(slots=True)
class TaskTally:
    """The trials of one task so far. `hops` is how many trials passed each hop, by the names that `hop_keys` returns.

    `errored` trials count as trials without success. `fingerprint` and `file` come from the first trial.
    """

    fingerprint: str
    file: str
    subset: str = ""
    trials: int = 0
    solved: int = 0
    errored: int = 0
    seconds: float = 0.0
    hops: dict[str, int] = field(default_factory=dict)
    _names: tuple[str, ...] = ()
    _keys: Sequence[str] = ()

    def add(self, record: EpisodeRecord, passed: Sequence[bool]) -> None:
        """Count one more trial; `passed` is whether each of its hops passed."""
        self.subset = record.subset
        self.trials += 1
        if record.outcome == "solved":
            self.solved += 1
        elif record.outcome == "errored":
            self.errored += 1
        self.seconds += record.seconds
        names = tuple([hop.name for hop in record.hops])
        # The trials of a task have the same hops, unless one of the user's own tests adds hops.
        if names != self._names:
            self._names, self._keys = names, hop_keys(names)
            for key in self._keys:
                self.hops.setdefault(key, 0)
        for key, has_passed in zip(self._keys, passed, strict=True):
            if has_passed:
                self.hops[key] += 1


class EpisodeCounts:
    """The counts of a session's episodes; `add` updates them at once."""

    def __init__(self) -> None:
        self.tasks: dict[str, TaskTally] = {}
        self._kinds: dict[tuple[str, tuple[str, ...], str, Outcome, tuple[bool, ...]], int] = {}
        self._tools: set[tuple[str, str, bool]] = set()
        self._blocked = 0
        self._used: tuple[int, int] | None = None
        self._cost: float | None = None
        self._compared_with_oracle, self._steps_to_oracle = 0, 0.0

    @classmethod
    def of(cls, records: Iterable[EpisodeRecord]) -> Self:
        """Return the counts of some episodes."""
        counts = cls()
        for record in records:
            counts.add(record)
        return counts

    def add(self, record: EpisodeRecord) -> None:
        """Count one more episode."""
        # This runs for every episode; a plain tuple takes a third of the time of a named one.
        outcome, passed = record.outcome, tuple([hop.passed for hop in record.hops])
        if (task := self.tasks.get(record.task)) is None:
            task = self.tasks[record.task] = TaskTally(record.fingerprint, record.file)
        task.add(record, passed)
        kind = (record.subset, record.sites, record.template, outcome, passed)
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        tools = (record.agent, record.browser, outcome == "errored")
        if tools not in self._tools:
            self._tools.add(tools)
        self._blocked += record.blocked
        if (usage := record.usage) is not None:
            sent, received = self._used or (0, 0)
            self._used = (sent + usage.input_tokens, received + usage.output_tokens)
            if usage.cost is not None:
                self._cost = (self._cost or 0.0) + usage.cost
        if record.oracle_steps and outcome == "solved":
            self._compared_with_oracle += 1
            self._steps_to_oracle += record.steps / record.oracle_steps

    @property
    def kinds(self) -> dict[EpisodeKind, int]:
        """How many episodes there are of each kind."""
        return {EpisodeKind(*kind): number for kind, number in self._kinds.items()}

    @property
    def episodes(self) -> int:
        """The number of episodes."""
        return sum(task.trials for task in self.tasks.values())

    @property
    def solved(self) -> int:
        """How many episodes passed every hop."""
        return sum(task.solved for task in self.tasks.values())

    @property
    def errored(self) -> int:
        """How many episodes errored; they show nothing about the agent."""
        return sum(task.errored for task in self.tasks.values())

    def agents(self, *, with_errored: bool = True) -> list[str]:
        """Return the agents that ran, sorted; without `with_errored`, only those of episodes that did not error."""
        return sorted({agent for agent, _, errored in self._tools if with_errored or not errored})

    def browsers(self, *, with_errored: bool = True) -> list[str]:
        """Return the browsers that episodes ran in, in the same way."""
        return sorted({browser for _, browser, errored in self._tools if with_errored or not errored})

    def summary(self, *, not_run: int = 0, skipped: int = 0, stopped: int = 0) -> Summary:
        """Return the rates of the session, as a whole and in parts."""
        kinds = self.kinds
        used, compared = self._used, self._compared_with_oracle
        return Summary(
            **rates(kinds).model_dump(),
            by_subset=_grouped(kinds, lambda kind: [kind.subset]),
            by_hop_count={str(hops): group for hops, group in _grouped(kinds, lambda kind: [len(kind.passed)]).items()},
            by_hop_group=_grouped(kinds, lambda kind: [_hop_group(len(kind.passed))]),
            by_site=_grouped(kinds, lambda kind: set(kind.sites)),
            by_template=_grouped(kinds, lambda kind: [kind.template] if kind.template else []),
            by_position=_positions(kinds),
            # The trials that were left out are not a random sample, so the others give no estimate of pass@k.
            **({} if stopped else _by_trials([self.tasks[task] for task in sorted(self.tasks)])),
            steps_to_oracle=self._steps_to_oracle / compared if compared else None,
            blocked=self._blocked,
            usage=Usage(input_tokens=used[0], output_tokens=used[1], cost=self._cost) if used is not None else None,
            not_run=not_run,
            skipped=skipped,
            stopped=stopped,
        )


def hop_keys(names: Sequence[str]) -> list[str]:
    """Return unique names for the hops of a task: the second `kiwix lisbon` is `kiwix lisbon (2)`."""
    seen: Counter[str] = Counter()
    keys = []
    for name in names:
        seen[name] += 1
        keys.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return keys


def rates(kinds: Mapping[EpisodeKind, int]) -> Rates:
    """Return the counts and rates of episodes; errored ones count in both denominators, without credit."""
    outcomes: Counter[Outcome] = Counter()
    hops_passed = hops_total = 0
    for kind, number in kinds.items():
        outcomes[kind.outcome] += number
        hops_passed += kind.passed.count(True) * number
        hops_total += len(kind.passed) * number
    episodes = outcomes.total()
    return Rates(
        episodes=episodes,
        solved=outcomes["solved"],
        partial=outcomes["partial"],
        unsolved=outcomes["unsolved"],
        errored=outcomes["errored"],
        hops_passed=hops_passed,
        hops_total=hops_total,
        hop_success_rate=hops_passed / hops_total if hops_total else None,
        task_success_rate=outcomes["solved"] / episodes if episodes else None,
    )


def _grouped(kinds: Mapping[EpisodeKind, int], keys: Callable[[EpisodeKind], Iterable[Key]]) -> dict[Key, Rates]:
    groups: dict[Key, dict[EpisodeKind, int]] = {}
    for kind, number in kinds.items():
        for key in keys(kind):
            groups.setdefault(key, {})[kind] = number
    return {name: rates(groups[name]) for name in sorted(groups)}


def _hop_group(hops: int) -> str:
    return "1" if hops == 1 else "2-4" if hops < 5 else "5+"


def _positions(kinds: Mapping[EpisodeKind, int]) -> dict[str, Position]:
    longest = max((len(kind.passed) for kind in kinds), default=0)
    hops, passed, broke_first = ([0] * longest for _ in range(3))
    for kind, number in kinds.items():
        for place, has_passed in enumerate(kind.passed):
            hops[place] += number
            passed[place] += number * has_passed
        if False in kind.passed:
            broke_first[kind.passed.index(False)] += number
    return {
        str(place + 1): Position(hops=hops[place], passed=passed[place], broke_first=broke_first[place])
        for place in range(longest)
    }


def _by_trials(tasks: Sequence[TaskTally]) -> dict[str, dict[str, float]]:
    most = max((task.trials for task in tasks), default=0)
    # The cache helps because many tasks have the same counts.
    measures = {"pass_at_k": cache(pass_at_k), "pass_power_k": cache(pass_power_k)}
    found: dict[str, dict[str, float]] = {name: {} for name in measures}
    for k in range(1, most + 1 if most > 1 else 1):
        enough = [task for task in tasks if task.trials >= k]
        for name, measure in measures.items():
            found[name][str(k)] = sum(measure(task.solved, task.trials, k) for task in enough) / len(enough)
    return found
