"""The gate of a session: reads its rules before anything runs, decides at the end, and keeps the baseline."""

from pathlib import Path
from typing import NamedTuple

import pytest

from pytest_mmina.core.record.command_line import without_home
from pytest_mmina.gate.baseline import BaselineError
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.record import GateRecord, gate_record
from pytest_mmina.gate.saving import require_writable, save_baseline
from pytest_mmina.plugin.gate_options import baseline_of, is_gated, rules_of, seen_from
from pytest_mmina.results.reading import Results


class GateConclusion(NamedTuple):
    """What came of the gate: what is kept of it, and what became of the baseline that was to be saved."""

    record: GateRecord
    saved: str = ""
    not_saved: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against the session."""
        return (self.record.decision is None or self.record.decision.passed) and not self.not_saved


class SessionGate:
    """Decides whether a merge may go through; raises UsageError for options that cannot be followed.

    `rules` and `baseline` are what it decides by; the baseline is read once, and by this process alone.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.rules, self.baseline = rules_of(config), baseline_of(config)
        named: Path | None = config.getoption("mmina_save_baseline")
        self._save_to = config.invocation_params.dir / named if named is not None else None
        if self._save_to is not None:
            try:
                require_writable(self._save_to)
            except BaselineError as error:
                raise pytest.UsageError(f"--mmina-save-baseline: {error}") from None

    @property
    def seconds(self) -> dict[str, float]:
        """How long a trial of each task takes, as far as the baseline knows."""
        return self.baseline.seconds if self.baseline is not None else {}

    def conclude(self, results: Results) -> GateConclusion:
        """Decide, and save a baseline where one was asked for."""
        root = self._config.rootpath
        session = Session.of(results.counts, results.facts, self.baseline, root=root)
        decision = decide(session, self.rules, self.baseline) if is_gated(self._config) else None
        record = gate_record(session, decision=decision, baseline=self.baseline, file=self._shown_baseline())
        if self._save_to is None:
            return GateConclusion(record)
        try:
            number = save_baseline(self._save_to, results.counts, results.facts, root=root)
        except BaselineError as error:
            return GateConclusion(record, not_saved=f"baseline: {error}")
        return GateConclusion(record, saved=f"baseline: {number} tasks saved to {self._save_to}")

    def _shown_baseline(self) -> str:
        named: Path | None = self._config.getoption("mmina_baseline")
        if named is None:
            return ""
        place = (self._config.invocation_params.dir / named).resolve()
        return without_home(seen_from(place, self._config.rootpath), str(Path.home()))
