"""What is kept of each earlier session of the main branch, and of each task in it."""

from datetime import date

from pydantic import Field, model_validator

from pytest_mmina.core.models import Model, Text


class Score(Model):
    """How far a session lies above the reference of its tasks: solved tasks per task, passed hops per hop."""

    tasks: float = Field(allow_inf_nan=False)
    hops: float = Field(allow_inf_nan=False)


class PastTask(Model):
    """The counts of a task in one session; `task` is its fingerprint, `passed` how many trials passed 0, 1, ... hops.

    `hops` is how many trials passed each hop, in the order of the names that the history knows. It is left out if each
    hop was passed only after the ones before it, as in a queue.
    """

    task: str = ""
    solved: int = Field(ge=0)
    passed: tuple[int, ...] = Field(min_length=1)
    hops: tuple[int, ...] | None = None
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _counts_fit(self) -> "PastTask":
        if min(self.passed) < 0 or not self.trials or self.solved > self.trials:
            raise ValueError(f"counts {self.solved} solved of {self.trials} trials")
        if self.hops is not None and (
            sum(self.hops) != self.units or not all(0 <= n <= self.trials for n in self.hops)
        ):
            raise ValueError(f"'hops' does not fit {self.trials} trials that passed {self.units} hops")
        return self

    @property
    def trials(self) -> int:
        """The number of trials."""
        return sum(self.passed)

    @property
    def units(self) -> int:
        """The number of passed hops, over all trials."""
        return sum(hops * trials for hops, trials in enumerate(self.passed))

    @property
    def by_hop(self) -> tuple[int, ...]:
        """How many trials passed each hop."""
        return self.hops if self.hops is not None else queued(self.passed)


class PastSession(Model):
    """One session: the ids of its runs (several if it was merged), its day and tools, its score, and its tasks.

    `score` is None as long as there is no reference. A session that is older than the history keeps has no `tasks`.
    """

    runs: tuple[str, ...] = Field(min_length=1)
    saved: date
    agent: Text = ""
    plugin: str = ""
    browser: str = ""
    fixtures: str = ""
    score: Score | None = None
    tasks: dict[str, PastTask] = Field(default_factory=dict)


def queued(passed: tuple[int, ...]) -> tuple[int, ...]:
    """Return how many trials passed each hop if each is passed only after the ones before it."""
    return tuple(sum(passed[hop:]) for hop in range(1, len(passed)))
