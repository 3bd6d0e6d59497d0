"""The trials of one task, counted together if they ended alike."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pytest_mmina.core.episode.episode import Outcome
from pytest_mmina.core.record.metrics import EpisodeRecord

_Shape = tuple[str, tuple[str, ...], str, tuple[str, ...]]
"""What trials of a task share: the subset, the sites, the template and the names of the hops."""

_Ended = tuple[Outcome, tuple[bool, ...]]
"""How a trial ended: its outcome, and whether each hop passed."""

KindKey = tuple[str, tuple[str, ...], str, Outcome, tuple[bool, ...]]
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

    def add_kinds(self, kinds: "dict[KindKey, int]") -> None:
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
