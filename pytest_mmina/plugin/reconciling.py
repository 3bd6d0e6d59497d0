"""Which of the selected cases ran, and the facts of a session that its results keep."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest

from pytest_mmina import __version__
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.skips import grouped
from pytest_mmina.gate.early_stop import EarlyStopped
from pytest_mmina.gate.selection import ControlFacts, Selection, SessionFacts
from pytest_mmina.plugin.agent_setup import secrets_of
from pytest_mmina.plugin.early_stop import EarlyStop
from pytest_mmina.plugin.environment import environment_of
from pytest_mmina.plugin.gate_options import selected_paths, skips_files
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.run_identity import SITES_SETTING, run_of
from pytest_mmina.plugin.session_records import SessionRecords
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.plan import Plan
from pytest_mmina.results.resuming import of_other_agents


class Reconciled(NamedTuple):
    """The selected cases and their records. A crashed case has a record.

    A skipped case is in `skipped` instead, and one that did not run in `not_run`. `unplanned` counts lost cases that
    are not in the plan. `by_others` are cases whose episode is of another agent than the resumed run, with that agent.
    """

    plan: Plan | None
    records: list[EpisodeRecord]
    skipped: list[EpisodeRecord]
    not_run: list[EpisodeRecord]
    unplanned: int = 0
    plan_missing: bool = False
    by_others: Mapping[str, str] = MappingProxyType({})


NOTHING_RAN = Reconciled(plan=None, records=[], skipped=[], not_run=[])


def reconcile(journal: Journal, session_records: SessionRecords, stopping: EarlyStop | None) -> Reconciled:
    """Compare the selected cases with the episodes of all processes."""
    plan = journal.planned()
    records = journal.gather(session_records.records.values())
    by_others = of_other_agents(session_records.resumed, records)
    records = [record for record in records if record.case not in by_others]
    known = {record.identity for record in records}
    missing = [record for record in plan.planned if record.identity not in known] if plan is not None else []
    crashed = [record for record in missing if record.case in session_records.crashed]
    left_out = stopping.left_out if stopping is not None else frozenset()
    not_lost = {*session_records.crashed, *session_records.skipped, *left_out}
    # What the workers found and nobody planned, because their plan lies on another disk.
    unplanned = {*session_records.collected} - session_records.reported if plan is None else ()
    return Reconciled(
        plan=plan,
        records=sorted([*records, *crashed], key=lambda record: record.identity),
        skipped=[record for record in missing if record.case in session_records.skipped],
        not_run=[record for record in missing if record.case not in not_lost],
        unplanned=len(unplanned),
        # Without workers, an episode shows that there was a plan: something has removed it since.
        plan_missing=plan is None and bool(session_records.collected or records),
        by_others=by_others,
    )


def facts_of(
    config: pytest.Config, found: Reconciled, session_records: SessionRecords, stopping: EarlyStop | None
) -> SessionFacts:
    """Return the facts of a session that are not in its episodes."""
    deselected = found.plan.deselected if found.plan is not None else frozenset()
    skipped = [record for record in found.skipped if not record.arm]
    run = run_of(config)
    return SessionFacts(
        runs=(run,),
        episodes=len(found.records),
        plan_missing=found.plan_missing,
        plugin=__version__,
        shard="/".join(map(str, config.getoption("mmina_shard") or ())),
        split=found.plan.split if found.plan is not None else "",
        selection=Selection(
            # A resumed session deselects the tasks that finished before the interruption, but they did run.
            deselected=deselected - {record.task for record in found.records},
            paths=selected_paths(config),
            unopened=skips_files(config),
        ),
        skipped=frozenset(record.task for record in skipped),
        skipped_cases=len(skipped),
        skips=grouped((record.task, session_records.skipped[record.case]) for record in skipped),
        skipped_modules=found.plan.skipped_modules if found.plan is not None else frozenset(),
        not_run=sum(not record.arm for record in found.not_run) + found.unplanned,
        fixtures=run.settings.get(SITES_SETTING, ""),
        stopped=stopping.stopped if stopping is not None else EarlyStopped(),
        ran=environment_of(config, found.records),
        control=_control_facts(config, found),
    )


def _control_facts(config: pytest.Config, found: Reconciled) -> ControlFacts | None:
    if (control := Options.of(config).control) is None:
        return None
    return ControlFacts(
        agent=secrets_of(config).removed_from(control),
        not_run=sum(record.arm == "control" for record in found.not_run),
        skipped=frozenset(record.task for record in found.skipped if record.arm == "control"),
    )
