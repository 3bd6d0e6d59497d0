"""Early stopping in a session: before each trial, the main process checks whether the gate still needs it."""

from collections.abc import Collection, Mapping
from time import monotonic, process_time

import pytest

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.early_stop import EarlyStopped, undecided_tasks
from pytest_mmina.gate.exemptions import Exemptions
from pytest_mmina.gate.rules import Rules
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.plan import Plan

# The check of tens of thousands of episodes takes a while. An older answer costs at most a few unnecessary trials.
_SHARE_OF_TIME = 0.1


class EarlyStop:
    """Decides which cases are left out, and remembers them.

    `records` are those of the session so far, by identity, `skipped` its skipped cases; both grow during the session.
    """

    def __init__(
        self,
        *,
        rules: Rules,
        baseline: Baseline | None,
        exemptions: Exemptions,
        records: Mapping[tuple[str, int, str], EpisodeRecord],
        skipped: Collection[str],
        journal: Journal,
    ) -> None:
        self._rules, self._baseline, self._exemptions, self._journal = rules, baseline, exemptions, journal
        self._records, self._skipped = records, skipped
        self._plan: Plan | None = None
        self._stoppable: dict[str, EpisodeRecord] = {}
        self._left_out: set[str] = set()
        self._undecided: frozenset[str] = frozenset()
        self._may_skip = True
        self._checked_records = -1
        self._next_check = 0.0

    @property
    def left_out(self) -> frozenset[str]:
        """The cases that did not run because the decision does not depend on them."""
        return frozenset(self._left_out)

    @property
    def stopped(self) -> EarlyStopped:
        """What the gate has to know about these cases."""
        left_out = [self._stoppable[case] for case in self._left_out]
        return EarlyStopped.of(left_out, self._records.values(), self._rules, self._baseline, self._exemptions)

    def leaves_out(self, case: str) -> bool:
        """Return whether a case that has not started is left out, and remember it if so."""
        plan = self._planned()
        if plan is None or case not in self._stoppable or (case not in self._left_out and self._needs(case, plan)):
            return False
        self._left_out.add(case)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Leave out an item of this process; with xdist, the scheduler calls `leaves_out` before it sends one."""
        return True if self.leaves_out(item.nodeid) else None

    def _planned(self) -> Plan | None:
        if self._plan is None and (plan := self._journal.planned()) is not None:
            self._plan = plan
            # The user's own tests always run, because they check more than the gate. So does the first trial of a task,
            # because otherwise the task would be missing in the results.
            self._stoppable = {
                record.case: record for record in plan.planned if record.trial > 1 and record.case not in plan.own
            }
        return self._plan

    def _needs(self, case: str, plan: Plan) -> bool:
        if self._checked_records != len(self._records) and monotonic() >= self._next_check:
            begun = process_time()
            self._checked_records = len(self._records)
            known = {*plan.skipped, *self._skipped, *(record.case for record in self._records.values())}
            outstanding = [record for record in plan.planned if record.case not in known]
            # While a case may still be skipped, it is not known whether it counts, so nothing is certain.
            self._may_skip = any(record.case in plan.may_skip for record in outstanding)
            self._undecided = undecided_tasks(
                self._records.values(),
                outstanding,
                self._rules,
                self._baseline,
                hops_may_vary=plan.own,
                exemptions=self._exemptions,
            )
            self._next_check = monotonic() + (process_time() - begun) / _SHARE_OF_TIME
        return self._may_skip or self._stoppable[case].task in self._undecided
