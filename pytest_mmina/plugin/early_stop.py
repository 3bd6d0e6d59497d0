"""Early stopping at work: the process that began the session asks before each trial whether the gate still needs it."""

from collections.abc import Collection, Mapping
from time import monotonic, process_time

import pytest

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.early_stop import EarlyStopped, terms_of, undecided_tasks
from pytest_mmina.gate.rules import Rules
from pytest_mmina.results.journal import Journal, Plan

# Asking about tens of thousands of episodes takes a while. An answer of a moment ago costs a few trials at most.
_SHARE_OF_TIME = 0.1


class EarlyStop:
    """Knows which cases were left out.

    `records` are those of the session so far, by identity, `skipped` its skipped cases; both grow meanwhile.
    """

    def __init__(
        self,
        *,
        rules: Rules,
        baseline: Baseline | None,
        records: Mapping[tuple[str, int, str], EpisodeRecord],
        skipped: Collection[str],
        journal: Journal,
    ) -> None:
        self._rules, self._baseline, self._journal = rules, baseline, journal
        self._records, self._skipped = records, skipped
        self._plan: Plan | None = None
        self._stoppable: dict[str, EpisodeRecord] = {}
        self._left_out: set[str] = set()
        self._undecided: frozenset[str] = frozenset()
        self._is_open = True
        self._asked_with = -1
        self._ask_after = 0.0

    @property
    def left_out(self) -> frozenset[str]:
        """The cases that were not run because nothing depended on them."""
        return frozenset(self._left_out)

    @property
    def stopped(self) -> EarlyStopped:
        """How many those are, and for which rules."""
        return EarlyStopped(
            trials=len(self._left_out), terms=terms_of(self._rules, self._baseline) if self._left_out else ""
        )

    def leaves_out(self, case: str) -> bool:
        """Say whether a case that has not begun is not to be run, and remember it if so."""
        plan = self._planned()
        if plan is None or case not in self._stoppable or (case not in self._left_out and self._needs(case, plan)):
            return False
        self._left_out.add(case)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Pass over an item of this process; with xdist the scheduler asks before it sends one."""
        return True if self.leaves_out(item.nodeid) else None

    def _planned(self) -> Plan | None:
        if self._plan is None and (plan := self._journal.planned()) is not None:
            self._plan = plan
            # A test of the user's own asks for more than a gate does, and the first trial shows that the task is there.
            self._stoppable = {
                record.case: record for record in plan.planned if record.trial > 1 and record.case not in plan.own
            }
        return self._plan

    def _needs(self, case: str, plan: Plan) -> bool:
        if self._asked_with != len(self._records) and monotonic() >= self._ask_after:
            begun = process_time()
            self._asked_with = len(self._records)
            known = {*plan.skipped, *self._skipped, *(record.case for record in self._records.values())}
            outstanding = [record for record in plan.planned if record.case not in known]
            # What may turn out to be skipped counts or does not: nothing is certain before it is known which.
            self._is_open = any(record.case in plan.may_skip for record in outstanding)
            self._undecided = undecided_tasks(
                self._records.values(), outstanding, self._rules, self._baseline, hops_may_vary=plan.own
            )
            self._ask_after = monotonic() + (process_time() - begun) / _SHARE_OF_TIME
        return self._is_open or self._stoppable[case].task in self._undecided
