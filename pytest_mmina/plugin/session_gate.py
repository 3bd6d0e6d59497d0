"""The gate of a session: read its rules before anything runs, decide at the end, and save the baseline."""

from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_mmina.gate.baseline import BaselineError
from pytest_mmina.gate.decidable import saved_warning
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.record import GateRecord, gate_record
from pytest_mmina.gate.saving import require_writable, save_baseline
from pytest_mmina.plugin.gate_options import baseline_of, exemptions_of, is_gated, rules_of, shown_baseline
from pytest_mmina.results.reading import Results


class GateConclusion(NamedTuple):
    """The record of the gate, and messages if a baseline was saved, cannot decide, or could not be saved."""

    record: GateRecord
    saved: str = ""
    saved_warning: str = ""
    not_saved: str = ""

    @property
    def passed(self) -> bool:
        """Whether the gate is not closed and no baseline failed to be saved."""
        return (self.record.decision is None or self.record.decision.passed) and not self.not_saved


class SessionGate:
    """Decides whether the gate is open; raises UsageError for options that cannot be used.

    It decides by `rules`, `baseline` and `exemptions`. The baseline is read once, and only by the main process.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.rules, self.baseline = rules_of(config), baseline_of(config)
        # The day is read once: a session that runs past midnight is judged as it began.
        self.exemptions = exemptions_of(config, self.baseline)
        named: Path | None = config.getoption("mmina_save_baseline")
        self._save_to = config.invocation_params.dir / named if named is not None else None
        if self._save_to is not None:
            try:
                require_writable(self._save_to)
            except BaselineError as error:
                raise pytest.UsageError(f"--mmina-save-baseline: {error}") from None

    @property
    def seconds(self) -> dict[str, float]:
        """The mean duration of a trial of each task in the baseline, in seconds; empty without a baseline."""
        return self.baseline.seconds if self.baseline is not None else {}

    def conclude(self, results: Results) -> GateConclusion:
        """Decide, and save a baseline if an option asks for it."""
        root = self._config.rootpath
        baseline, file = self.baseline, shown_baseline(self._config)
        if (control := results.control) is not None:
            baseline, file = control.baseline(results.facts), control.name
        session = Session.of(results.counts, results.facts, baseline, root=root, control=control)
        decision = decide(session, self.rules, baseline, self.exemptions) if is_gated(self._config) else None
        record = gate_record(session, decision=decision, baseline=baseline, file=file)
        if self._save_to is None:
            return GateConclusion(record)
        try:
            saved = save_baseline(self._save_to, results.counts, results.facts, root=root, compared=self.baseline)
        except BaselineError as error:
            return GateConclusion(record, not_saved=f"baseline: {error}")
        warning = saved_warning(saved.baseline.tasks, prefix="--mmina-")
        return GateConclusion(
            record,
            saved=saved.sentence(self._save_to),
            saved_warning=f"baseline: {warning}" if warning else "",
        )
