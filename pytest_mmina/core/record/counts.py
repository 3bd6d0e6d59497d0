"""Count the episodes of a session, one by one as they are read: by task and hop, and by kind.

Only counts stay in memory, and of each trial five numbers: what it took.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Self, TypeVar

from pytest_mmina.core.episode.episode import Outcome
from pytest_mmina.core.episode.spending import Spending
from pytest_mmina.core.record.metrics import (
    EpisodeRecord,
    Position,
    Rates,
    Summary,
    pass_at_k,
    pass_power_k,
)
from pytest_mmina.core.record.task_tally import EpisodeKind, KindKey, TaskTally
from pytest_mmina.core.skips import SkippedCases, cases_by_cause

Key = TypeVar("Key", str, int)


class EpisodeCounts:
    """The counts of a session's episodes; `add` updates them at once.

    `broken` is how many episodes the agent broke off by an exception before it passed a hop, `first_break` the reason
    of the first.
    """

    def __init__(self) -> None:
        self.tasks: dict[str, TaskTally] = {}
        self._tools: set[tuple[str, str, bool]] = set()
        self._last_tools: tuple[str, str, bool] | None = None
        self._blocked = 0
        self._spent, self._spent_by_judge = Spending(), Spending()
        self._errored_by: Counter[str] = Counter()
        self._retried = 0
        self._worked = False
        self.broken = 0
        self.first_break = ""
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
        if record.errored is not None:
            self._errored_by[record.errored] += 1
        self._retried += len(record.attempts)
        if record.ending == "failed" and not any(hop.passed for hop in record.hops):
            self.broken += 1
            self.first_break = self.first_break or f"{record.task}: {record.reason}"
        elif record.ending != "errored":
            self._worked = True
        self._spent.tell(record.all_usage)
        self._spent_by_judge.add(record.all_judge_usage)
        if record.oracle_steps and outcome == "solved":
            self._compared_with_oracle += 1
            self._steps_to_oracle += record.steps / record.oracle_steps

    @property
    def mixed(self) -> list[str]:
        """The ids that several different tasks have, so that their trials cannot be told apart."""
        return sorted(name for name, task in self.tasks.items() if task.is_mixed)

    @property
    def kinds(self) -> dict[EpisodeKind, int]:
        """How many episodes there are of each kind."""
        # Plain tuples: making a named one for each task takes longer than counting it.
        kinds: dict[KindKey, int] = {}
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
    def violated(self) -> int:
        """How many episodes broke a constraint."""
        return sum(task.violated for task in self.tasks.values())

    @property
    def all_broke(self) -> bool:
        """Whether the agent broke off every episode before it passed a hop, but for those that errored."""
        return self.broken > 0 and not self._worked

    @property
    def errored(self) -> int:
        """How many episodes errored; they show nothing about the agent."""
        return sum(task.errored for task in self.tasks.values())

    def only(self, is_kept: Callable[[str], bool]) -> "EpisodeCounts":
        """Return the counts of some tasks; only the tasks are counted."""
        kept = EpisodeCounts()
        kept.tasks = {name: task for name, task in self.tasks.items() if is_kept(name)}
        return kept

    def all_failed(self) -> "EpisodeCounts":
        """Return the counts of the same trials as if none had passed a hop; only the tasks are counted."""
        failed = EpisodeCounts()
        failed.tasks = {name: task.all_failed() for name, task in self.tasks.items()}
        return failed

    def agents(self, *, with_errored: bool = True) -> list[str]:
        """Return the agents that ran, sorted; without `with_errored`, only those of episodes that did not error."""
        return sorted({agent for agent, _, errored in self._tools if with_errored or not errored})

    def browsers(self, *, with_errored: bool = True) -> list[str]:
        """Return the browsers that episodes ran in, in the same way."""
        return sorted({browser for _, browser, errored in self._tools if with_errored or not errored})

    def summary(
        self, *, not_run: int = 0, skipped: int = 0, skips: Iterable[SkippedCases] = (), stopped: int = 0
    ) -> Summary:
        """Return the rates of the session, as a whole and in parts."""
        kinds = self.kinds
        compared, usage = self._compared_with_oracle, self._spent.usage
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
            errored_by=dict(sorted(self._errored_by.items())),
            retried=self._retried,
            usage=usage,
            judge_usage=self._spent_by_judge.usage,
            solved_per_dollar=self.solved / usage.cost if usage is not None and usage.cost else None,
            solved_per_million_tokens=1e6 * self.solved / usage.tokens if usage is not None and usage.tokens else None,
            not_run=not_run,
            skipped=skipped,
            skipped_by_cause=cases_by_cause(skips),
            stopped=stopped,
        )


def rates(kinds: Iterable[tuple[EpisodeKind, int]]) -> Rates:
    """Return the counts and rates of episodes; errored ones count in both denominators, without credit."""
    outcomes: Counter[Outcome] = Counter()
    hops_passed = hops_total = violated = 0
    for kind, number in kinds:
        violated += number * kind.violated
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
        violated=violated,
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
            passed[place] += number * bool(has_passed)
        broken = [place for place, has_passed in enumerate(kind.passed) if has_passed is False]
        # Several hops can be open at once. In an errored episode, the passed ones count as broken.
        for place in broken[:1] if kind.outcome == "errored" else broken:
            broke_first[place] += number
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
