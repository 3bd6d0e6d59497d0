"""What changed between two sets of episodes, in counts for each task and hop; the causes are not part of it."""

from collections.abc import Iterable
from typing import Literal, get_args

from pydantic import Field

from pytest_mmina.core.models import Model, Text

HopChanged = Literal["broke", "unreached", "less", "more", "mended", "gone", "new"]
TaskChanged = Literal["worse", "gone", "mixed", "better", "changed", "new"]

ORDER: tuple[TaskChanged, ...] = get_args(TaskChanged)
"""The order in which changes are reported: those that need attention come first."""


class Count(Model):
    """Successes out of trials."""

    passed: int = Field(ge=0)
    trials: int = Field(ge=1)

    def __str__(self) -> str:
        return f"{self.passed} of {self.trials}"

    @property
    def rate(self) -> float:
        """The share of successes, from 0 to 1."""
        return self.passed / self.trials

    def is_like(self, other: "Count") -> bool:
        """Return whether both have the same rate, even if the numbers of trials differ."""
        return self.passed * other.trials == other.passed * self.trials


class HopChange(Model):
    """A hop that passed more or less often than before.

    It `broke` if every trial passed it before and none does now, and is `mended` in the opposite case; otherwise it
    passed `less` or `more` often. It is `unreached`, instead of `broke`, if no trial gets as far now. One of the user's
    own hops may be `gone` or `new`. `position` counts from 1 in the current task; it is None if the hop is gone.
    """

    name: Text
    position: int | None
    became: HopChanged
    before: Count | None
    now: Count | None

    @classmethod
    def of(
        cls, name: str, *, position: int | None, before: Count | None, now: Count | None, reached: bool = True
    ) -> "HopChange | None":
        """Return the change between the counts of a hop; None if the rate is the same."""
        if before is not None and now is not None and before.is_like(now):
            return None
        became = _became(before, now)
        if became == "broke" and not reached:
            became = "unreached"
        return cls(name=name, position=position, became=became, before=before, now=now)

    def __str__(self) -> str:
        return f"{self.name}: {counts_in_words(self.before, self.now, 'passed')}"


class TaskChange(Model):
    """A task with a change; `solved_before` and `solved_now` count its trials.

    It is `worse` or `better` by its success rate or, if that is equal, by the sum of its hops; `mixed` if both are
    equal and yet its hops differ. A `changed` task asks for something else than before, a `new` one did not exist
    before, a `gone` one no longer exists: these three are not compared. `errored` is how many current trials errored:
    they count as not solved, but not as a failure of the agent.
    """

    task: str
    subset: str
    became: TaskChanged
    solved_before: Count | None = None
    solved_now: Count | None = None
    errored: int = 0
    hops: tuple[HopChange, ...] = ()

    @property
    def size(self) -> float:
        """The change of the task success rate; -1 means from always solved to never solved."""
        if self.solved_before is None or self.solved_now is None:
            return 0.0
        return self.solved_now.rate - self.solved_before.rate

    def __str__(self) -> str:
        if self.became == "changed":
            return f"{self.task}: asks for something else now, not compared"
        if self.became in ("new", "gone"):
            return f"{self.task}: {'not there before' if self.became == 'new' else 'neither run nor left out'}"
        errored = f", {self.errored} of them errored" if self.errored else ""
        return f"{self.task}: {counts_in_words(self.solved_before, self.solved_now, 'solved')}{errored}"


class RateComparison(Model):
    """Rates of the comparable tasks before and now, over one trial of each task; hop rates are None without hops."""

    tasks: int
    task_before: float
    task_now: float
    hop_before: float | None
    hop_now: float | None


class EqualCost(Model):
    """How many tasks are solved for one dollar or one million tokens, before and now, on the same tasks.

    It is the success rate over the cost, both over one trial of each task. With `at_most_before` or `at_most_now`, a
    part of the cost is not known, so the number is an upper bound.
    """

    unit: Literal["dollar", "million tokens"]
    tasks: int
    before: float
    now: float
    at_most_before: bool = False
    at_most_now: bool = False

    def __str__(self) -> str:
        now, before = (
            f"{'at most ' if at_most else ''}{number:.3g}"
            for number, at_most in ((self.now, self.at_most_now), (self.before, self.at_most_before))
        )
        return f"{now} solved per {self.unit} ({before} before)"


class Changes(Model):
    """All changes. `compared` is how many tasks ask the same as before; `whole` and the groups include only these."""

    compared: int = 0
    whole: RateComparison | None = None
    by_subset: dict[str, RateComparison] = Field(default_factory=dict)
    by_hop_count: dict[str, RateComparison] = Field(default_factory=dict)
    tasks: tuple[TaskChange, ...] = ()
    at_equal_cost: tuple[EqualCost, ...] = ()

    def counted(self) -> dict[TaskChanged, int]:
        """Return how many tasks changed in each way; ways without a task are left out."""
        found = {became: sum(task.became == became for task in self.tasks) for became in ORDER}
        return {became: number for became, number in found.items() if number}


def in_report_order(tasks: Iterable[TaskChange]) -> tuple[TaskChange, ...]:
    """Sort changes for a report: by kind, then the largest change first, then by name."""
    return tuple(sorted(tasks, key=lambda task: (ORDER.index(task.became), -abs(task.size), task.task)))


def counts_in_words(before: Count | None, now: Count | None, verb: str) -> str:
    """Return two counts in words: `passed 3 of 3 then, 1 of 3 now`."""
    then = f"{verb} {before} then" if before is not None else "not there then"
    return f"{then}, {now} now" if now is not None else f"{then}, not there now"


def _became(before: Count | None, now: Count | None) -> HopChanged:
    if before is None or now is None:
        return "new" if before is None else "gone"
    if now.rate < before.rate:
        return "broke" if before.passed == before.trials and now.passed == 0 else "less"
    return "mended" if now.passed == now.trials and before.passed == 0 else "more"
