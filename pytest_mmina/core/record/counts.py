"""Count the episodes of a session, one by one as they are read: by task and hop, and by kind.

Only counts stay in memory, so the memory grows with the number of tasks and not with the number of trials.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
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


_Shape = tuple[str, tuple[str, ...], str, tuple[str, ...]]
"""What trials of a task share: the subset, the sites, the template and the names of the hops."""

_Ended = tuple[Outcome, tuple[bool, ...]]
"""How a trial ended: its outcome, and whether each hop passed."""

_KindKey = tuple[str, tuple[str, ...], str, Outcome, tuple[bool, ...]]
"""The values of an `EpisodeKind`."""


class EpisodeKind(NamedTuple):
    """The values by which reports group episodes; `passed` is whether each hop passed."""

    subset: str
    sites: tuple[str, ...]
    template: str
    outcome: Outcome
    passed: tuple[bool, ...]


class TaskTally:
    """The trials of one task. `fingerprint` and `file` are those of the first trial, `seconds` is the time of all.

    Trials that ended alike are counted together: that is all that has to be done for each of them.
    """

    __slots__ = ("_ended", "_known_totals", "_shape", "_trials", "file", "fingerprint", "seconds")

    def __init__(self, first: EpisodeRecord) -> None:
        self.fingerprint, self.file, self.seconds = first.fingerprint, first.file, 0.0
        self._trials: dict[_Shape, dict[_Ended, int]] = {}
        self._shape: _Shape | None = None
        self._ended: dict[_Ended, int] = {}
        self._known_totals: _Totals | None = None

    def add(self, record: EpisodeRecord) -> None:
        """Count one more trial."""
        # This runs for every episode that is read: comprehensions are faster than generators.
        hops = record.hops
        shape = (record.subset, record.sites, record.template, tuple([hop.name for hop in hops]))
        # The trials of a task have the same hops, unless one of the user's own tests adds hops.
        if shape != self._shape:
            self._shape, self._ended = shape, self._trials.setdefault(shape, {})
        ended = (record.outcome, tuple([hop.passed for hop in hops]))
        self._ended[ended] = self._ended.get(ended, 0) + 1
        self.seconds += record.seconds
        self._known_totals = None

    @property
    def subset(self) -> str:
        """The subset of the last trial."""
        return self._shape[0] if self._shape is not None else ""

    @property
    def trials(self) -> int:
        """The number of trials."""
        return self._totals().trials

    @property
    def solved(self) -> int:
        """The number of trials that earned every hop."""
        return self._totals().solved

    @property
    def errored(self) -> int:
        """The number of errored trials, which count as trials without success."""
        return self._totals().errored

    @property
    def hops(self) -> Mapping[str, int]:
        """How many trials passed each hop; a name that several hops have is numbered."""
        return self._totals().hops

    def add_kinds(self, kinds: "dict[_KindKey, int]") -> None:
        """Add the numbers of the trials of each kind to `kinds`."""
        for (subset, sites, template, _), trials in self._trials.items():
            for (outcome, passed), number in trials.items():
                key = (subset, sites, template, outcome, passed)
                kinds[key] = kinds.get(key, 0) + number

    def _totals(self) -> "_Totals":
        if self._known_totals is None:
            trials = solved = errored = 0
            hops: dict[str, int] = {}
            for (_, _, _, names), ended in self._trials.items():
                keys = hop_keys(names)
                for key in keys:
                    hops.setdefault(key, 0)
                for (outcome, passed), number in ended.items():
                    trials += number
                    if outcome == "solved":
                        solved += number
                    elif outcome == "errored":
                        errored += number
                    for key, has_passed in zip(keys, passed, strict=True):
                        if has_passed:
                            hops[key] += number
            self._known_totals = _Totals(trials, solved, errored, hops)
        return self._known_totals


class _Totals(NamedTuple):
    trials: int
    solved: int
    errored: int
    hops: Mapping[str, int]


class EpisodeCounts:
    """The counts of a session's episodes; `add` updates them at once."""

    def __init__(self) -> None:
        self.tasks: dict[str, TaskTally] = {}
        self._tools: set[tuple[str, str, bool]] = set()
        self._last_tools: tuple[str, str, bool] | None = None
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
        if (task := self.tasks.get(record.task)) is None:
            task = self.tasks[record.task] = TaskTally(record)
        task.add(record)
        outcome = record.outcome
        tools = (record.agent, record.browser, outcome == "errored")
        if tools != self._last_tools:
            self._last_tools = tools
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
        # Plain tuples: making a named one for each task takes longer than counting it.
        kinds: dict[_KindKey, int] = {}
        for task in self.tasks.values():
            task.add_kinds(kinds)
        return {EpisodeKind(*key): number for key, number in kinds.items()}

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
            **rates(kinds.items()).model_dump(),
            by_subset=_grouped(kinds, lambda kind: [kind.subset]),
            by_hop_count={str(hops): group for hops, group in _grouped(kinds, lambda kind: [len(kind.passed)]).items()},
            by_hop_group=_grouped(kinds, lambda kind: [_hop_group(len(kind.passed))]),
            by_site=_grouped(kinds, lambda kind: set(kind.sites)),
            by_template=_grouped(kinds, lambda kind: [kind.template] if kind.template else []),
            by_position=_positions(kinds),
            # The trials that were left out are not a random sample, so the others give no estimate of pass@k.
            **({} if stopped else _by_trials(self.tasks.values())),
            steps_to_oracle=self._steps_to_oracle / compared if compared else None,
            blocked=self._blocked,
            usage=Usage(input_tokens=used[0], output_tokens=used[1], cost=self._cost) if used is not None else None,
            not_run=not_run,
            skipped=skipped,
            stopped=stopped,
        )


def hop_keys(names: Sequence[str]) -> list[str]:
    """Return unique names for the hops of a task: the second `kiwix lisbon` is `kiwix lisbon (2)`."""
    if len(set(names)) == len(names):
        return list(names)
    seen: Counter[str] = Counter()
    keys = []
    for name in names:
        seen[name] += 1
        keys.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return keys


def rates(kinds: Iterable[tuple[EpisodeKind, int]]) -> Rates:
    """Return the counts and rates of episodes; errored ones count in both denominators, without credit."""
    outcomes: Counter[Outcome] = Counter()
    hops_passed = hops_total = 0
    for kind, number in kinds:
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
    groups: dict[Key, list[tuple[EpisodeKind, int]]] = {}
    for member in kinds.items():
        for key in keys(member[0]):
            groups.setdefault(key, []).append(member)
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


def _by_trials(tasks: Iterable[TaskTally]) -> dict[str, dict[str, float]]:
    # Many tasks have the same counts.
    numbers = Counter((task.solved, task.trials) for task in tasks)
    most = max((trials for _, trials in numbers), default=0)
    measures = {"pass_at_k": pass_at_k, "pass_power_k": pass_power_k}
    found: dict[str, dict[str, float]] = {name: {} for name in measures}
    for k in range(1, most + 1 if most > 1 else 1):
        enough = {counts: number for counts, number in numbers.items() if counts[1] >= k}
        for name, measure in measures.items():
            total = sum(measure(solved, trials, k) * number for (solved, trials), number in enough.items())
            found[name][str(k)] = total / sum(enough.values())
    return found
