"""What is in every report, whatever it looks like."""

from pydantic import Field

from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.changes import Changes
from pytest_mmina.core.record.environment import Environment
from pytest_mmina.core.record.metrics import Summary


class Report(Model):
    """The rates of results, what the gate said of them, and what they were compared with.

    `passed` is None where there was no gate, `sentences` are its decision and its notes. `before` names the baseline,
    or the results that these ones are compared with. `intervals` are those of the rates of "hop" and "task".
    """

    summary: Summary
    agents: tuple[Text, ...] = ()
    passed: bool | None = None
    sentences: tuple[Text, ...] = ()
    before: Text = ""
    changes: Changes | None = None
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)
    ran: Environment = Environment()
    fixtures: str = ""
