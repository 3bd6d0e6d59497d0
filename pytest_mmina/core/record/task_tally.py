"""The trials of one task, counted together if they ended alike."""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from typing import NamedTuple

from pytest_mmina.core.episode.episode import Outcome
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.core.record.trial_costs import CostTally, TrialCosts
from pytest_mmina.core.tasks.constraints import Violation

_Shape = tuple[str, tuple[str, ...], str, tuple[str, ...]]
"""What trials of a task share: the subset, the sites, the template and the names of the hops."""

_Passed = tuple[bool | None, ...]
"""Whether each hop passed; None for a hop that was not reached."""

_Ended = tuple[Outcome, _Passed, bool]
"""How a trial ended: its outcome, whether each hop passed, and whether a constraint was broken."""

KindKey = tuple[str, tuple[str, ...], str, Outcome, _Passed, bool]
"""The values of an `EpisodeKind`."""

CREDIT_UNITS = 12
"""How many units of credit a hop has: a small whole number, so that sums of credit are few."""


class EpisodeKind(NamedTuple):
    """The values by which reports group episodes.

    `passed` is whether each hop passed, None if it was not reached; `violated` whether a constraint was broken.
    """

    subset: str
    sites: tuple[str, ...]
    template: str
    outcome: Outcome
    passed: _Passed
    violated: bool = False


class TaskTally:
    """The trials of one task. `fingerprint` and `file` are those of the first trial, `seconds` is the time of all.

    `file` selects the task on a command line: its own file, or that of the user's test. `broken` are the hops that were
    open and did not pass, with their positions from 1, in the first trial that the agent did not solve. `violations`
    are the broken constraints, each as it broke first, with the number of trials that broke it. `constraints` is how
    many constraints the task has. `is_mixed` is whether other trials are of another task with the same id.

    Trials that ended alike are counted together: that, and to keep what each took, is all that has to be done for them.
    """

    __slots__ = (
        "_costs", "_credit", "_ended", "_known_totals", "_shape", "_trials", "broken", "constraints", "file",
        "fingerprint", "is_mixed", "seconds", "violations",
    )  # fmt: skip

    def __init__(self, first: EpisodeRecord) -> None:
        self.fingerprint, self.seconds, self.constraints = first.fingerprint, 0.0, first.constraints
        self.is_mixed = False
        test = first.case.partition("::")[0]
        self.file = first.file if test.endswith(".json") else test
        self.broken: tuple[tuple[int, HopRecord], ...] = ()
        self.violations: dict[tuple[str, str], tuple[Violation, int]] = {}
        self._costs = CostTally()
        self._trials: dict[_Shape, dict[_Ended, int]] = {}
        self._shape: _Shape | None = None
        self._ended: dict[_Ended, int] = {}
        self._credit: dict[int, int] = {}
        self._known_totals: _Totals | None = None

    def add(self, record: EpisodeRecord) -> None:
        """Count one more trial."""
        # This runs for every episode that is read: comprehensions are faster than generators.
        hops = record.hops
        shape = (record.subset, record.sites, record.template, tuple([hop.name for hop in hops]))
        # The trials of a task have the same hops, unless one of the user's own tests adds hops.
        if shape != self._shape:
            self._shape, self._ended = shape, self._trials.setdefault(shape, {})
        passed = tuple([hop.passed if hop.reached else None for hop in hops])
        ended = (record.outcome, passed, bool(record.violations))
        self._ended[ended] = self._ended.get(ended, 0) + 1
        units = round(CREDIT_UNITS * len(hops) * record.credit)
        self._credit[units] = self._credit.get(units, 0) + 1
        self.seconds += record.seconds
        if record.fingerprint != self.fingerprint:
            self.is_mixed = True
        self._costs.add(record)
        self._known_totals = None
        if not self.broken and record.outcome in ("partial", "unsolved"):
            self.broken = tuple((at, hop) for at, hop in enumerate(hops, start=1) if hop.reached and not hop.passed)
        for violation in record.violations:
            first, trials = self.violations.get((violation.kind, violation.name), (violation, 0))
            self.violations[violation.kind, violation.name] = first, trials + 1

    @property
    def costs(self) -> TrialCosts:
        """What each trial took, without errored ones."""
        return self._costs.costs

    @property
    def subset(self) -> str:
        """The subset of the last trial."""
        return self._shape[0] if self._shape is not None else ""

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites of the last trial."""
        return self._shape[1] if self._shape is not None else ()

    @property
    def template(self) -> str:
        """The template of the last trial."""
        return self._shape[2] if self._shape is not None else ""

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

    @property
    def reached(self) -> frozenset[str]:
        """The hops that at least one trial reached."""
        return self._totals().reached

    @property
    def passed(self) -> Sequence[int]:
        """How many trials passed exactly 0, 1, 2, ... hops: the hops of one trial are not independent."""
        return self._totals().passed

    @property
    def violated(self) -> int:
        """The number of trials that broke a constraint, errored ones too."""
        return self._totals().violated

    @property
    def credit(self) -> Mapping[int, int]:
        """How many trials earned how many units of credit; a hop has `CREDIT_UNITS` units.

        It is empty if each passed hop earned as much as any other, so that `passed` says the same.
        """
        by_hops = {number * CREDIT_UNITS: trials for number, trials in enumerate(self.passed) if trials}
        return {} if self._credit == by_hops else dict(sorted(self._credit.items()))

    def all_failed(self) -> "TaskTally":
        """Return the same trials as if none had passed a hop, and each had broken a constraint if there is one."""
        failed = copy(self)
        failed._trials, failed._known_totals, failed._credit = {}, None, {0: self.trials}
        for shape, ended in self._trials.items():
            kind: _Ended = ("unsolved", (False,) * len(shape[3]), bool(self.constraints))
            failed._trials[shape] = {kind: sum(ended.values())}
        return failed

    def add_kinds(self, kinds: "dict[KindKey, int]") -> None:
        """Add the numbers of the trials of each kind to `kinds`."""
        for (subset, sites, template, _), trials in self._trials.items():
            for (outcome, passed, violated), number in trials.items():
                key = (subset, sites, template, outcome, passed, violated)
                kinds[key] = kinds.get(key, 0) + number

    def _totals(self) -> "_Totals":
        if self._known_totals is None:
            trials = solved = errored = violated = 0
            hops: dict[str, int] = {}
            reached: set[str] = set()
            by_number = [0] * (1 + max((len(names) for _, _, _, names in self._trials), default=0))
            for (_, _, _, names), ended in self._trials.items():
                keys = hop_keys(names)
                for key in keys:
                    hops.setdefault(key, 0)
                for (outcome, passed, has_violated), number in ended.items():
                    trials += number
                    violated += number * has_violated
                    by_number[passed.count(True)] += number
                    if outcome == "solved":
                        solved += number
                    elif outcome == "errored":
                        errored += number
                    for key, has_passed in zip(keys, passed, strict=True):
                        if has_passed is not None:
                            reached.add(key)
                            hops[key] += number * has_passed
            self._known_totals = _Totals(trials, solved, errored, violated, hops, frozenset(reached), tuple(by_number))
        return self._known_totals


class _Totals(NamedTuple):
    trials: int
    solved: int
    errored: int
    violated: int
    hops: Mapping[str, int]
    reached: frozenset[str]
    passed: tuple[int, ...]


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
