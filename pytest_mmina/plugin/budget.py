"""Count what the agents and the judge of a session cost, and start no more cases when the budget is spent."""

from typing import Any

import pytest
from pydantic import ValidationError

from pytest_mmina.core.episode.spending import Spending as Spent
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.plugin.agent_options import AgentOptions
from pytest_mmina.plugin.cases import RUN_ID, case_of
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.outcomes import RECORD
from pytest_mmina.results.memories import NewLines

_NOT_BEGUN = "mmina_not_begun"


class Spending:
    """Adds up the usage of all workers and runs no case beyond the budget; `worker` is empty without xdist."""

    def __init__(self, config: pytest.Config, *, worker: str) -> None:
        options = Options.of(config)
        self._budget, self._fail_on = AgentOptions.of(config).budget, options.fail_on
        self._run = config.stash[RUN_ID]
        self._spending = Spent()
        self._cost_elsewhere = 0.0
        self._worker, self._episodes, self._not_begun = worker, 0, 0
        # This process counts its own usage in memory: before its first episode, its file belongs to an older session.
        self._others = NewLines(options.results, "episodes.gw*.jsonl", exclude=f"episodes.{worker}.jsonl")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Report a case beyond the budget without running it: it has no record and counts as not run."""
        if self._budget is None or case_of(item) is None or self._spent() < self._budget:
            return None
        message = f"not run: the budget of {self._budget:g} US dollars is spent (--mmina-budget)"
        fails = self._fail_on == "task"
        report = pytest.TestReport(
            nodeid=item.nodeid,
            location=item.location,
            keywords={},
            outcome="failed" if fails else "skipped",
            longrepr=message if fails else (str(item.path), 0, f"Skipped: {message}"),
            when="call",
        )
        setattr(report, _NOT_BEGUN, True)
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the usage of an episode."""
        if content := getattr(report, RECORD, None):
            self._episodes += 1
            record = EpisodeRecord.model_validate(content)
            self._spending.tell(record.all_usage)
            self._spending.add(record.all_judge_usage)
        elif getattr(report, _NOT_BEGUN, False):
            self._not_begun += 1

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print what became of the budget."""
        used = self._spending.usage
        if self._not_begun:
            terminalreporter.line(
                f"budget: spent; {self._not_begun} of the cases did not begin and count as not run", red=True
            )
        elif self._budget is not None and self._episodes and (used is None or used.cost is None):
            terminalreporter.line("budget: no episode reported its cost, so no case was left out", yellow=True)
        elif self._budget is not None and used is not None and not used.complete:
            terminalreporter.line(
                "budget: not every reply told its usage, so more may have been spent than was counted", yellow=True
            )

    def _spent(self) -> float:
        """Return the US dollars spent by all processes."""
        for line in self._others.read() if self._worker else ():
            try:
                record = EpisodeRecord.model_validate_json(line)
            except ValidationError:
                # The line was cut short.
                continue
            if record.run != self._run:
                # Workers of a session that was killed may still write to these files.
                continue
            for usage in (record.all_usage, record.all_judge_usage):
                self._cost_elsewhere += (usage.cost if usage is not None else None) or 0.0
        return (self._spending.known.cost or 0.0) + self._cost_elsewhere
