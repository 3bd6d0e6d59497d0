"""The content of a report, independent of its format."""

from pydantic import Field

from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.changes import Changes
from pytest_mmina.core.record.environment import Environment
from pytest_mmina.core.record.metrics import Summary
from pytest_mmina.core.skips import SkippedCases
from pytest_mmina.core.tasks.constraints import Violation


class BrokenHop(Model):
    """The hop at which a task broke in one trial: its position from 1, and where the agent came nearest to it."""

    task: str
    position: int
    name: Text
    step: int | None
    url: Text
    reason: Text


class BrokenConstraint(Model):
    """A constraint that trials of a task broke: how many, and how it broke first."""

    task: str
    trials: int
    violation: Violation


class Report(Model):
    """The rates of a session, the decision of its gate, and the comparison with a baseline or an earlier session.

    `passed` is None without a gate; `sentences` are its decision and notes. `warning` is the first line of every report
    if the gate could not have closed. `before` names the baseline, or the results of the earlier session. `skips` are
    the skipped cases by reason. `broken` are the hops at which tasks broke, `violations` the constraints that were
    broken. `intervals` has the intervals of the rates, by "hop" and "task".
    """

    summary: Summary
    agents: tuple[Text, ...] = ()
    passed: bool | None = None
    sentences: tuple[Text, ...] = ()
    warning: Text = ""
    before: Text = ""
    changes: Changes | None = None
    skips: tuple[SkippedCases, ...] = ()
    broken: tuple[BrokenHop, ...] = ()
    violations: tuple[BrokenConstraint, ...] = ()
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)
    ran: Environment = Environment()
    fixtures: str = ""
