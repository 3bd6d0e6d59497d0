"""The gate of a session: reads its rules before anything runs, decides at the end, and keeps the baseline."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.core.record.command_line import without_home
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import BaselineError
from pytest_mmina.gate.decision import Decision, Session, decide
from pytest_mmina.gate.record import GateRecord, gate_record
from pytest_mmina.gate.saving import require_writable, save_baseline
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.plugin.gate_options import baseline_of, is_gated, rules_of, seen_from
from pytest_mmina.reports.columns import printable


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
        self._decision: Decision | None = None
        self.record = GateRecord()
        self._saved = ""
        self._refused = ""

    @property
    def seconds(self) -> dict[str, float]:
        """How long a trial of each task takes, as far as the baseline knows."""
        return self.baseline.seconds if self.baseline is not None else {}

    def conclude(self, records: Sequence[EpisodeRecord], facts: SessionFacts) -> bool:
        """Decide, and save a baseline where one was asked for; says whether both went well.

        Then `record` is what is kept of it.
        """
        session = Session.of(records, facts, self.baseline, root=self._config.rootpath)
        if is_gated(self._config):
            self._decision = decide(session, self.rules, self.baseline)
        self.record = gate_record(session, decision=self._decision, baseline=self.baseline, file=self._shown_baseline())
        if self._save_to is not None:
            try:
                number = save_baseline(self._save_to, records, facts, root=self._config.rootpath)
                self._saved = f"baseline: {number} tasks saved to {self._save_to}"
            except BaselineError as error:
                self._refused = f"baseline: {error}"
        return (self._decision is None or self._decision.passed) and not self._refused

    def _shown_baseline(self) -> str:
        named: Path | None = self._config.getoption("mmina_baseline")
        if named is None:
            return ""
        place = (self._config.invocation_params.dir / named).resolve()
        return without_home(seen_from(place, self._config.rootpath), str(Path.home()))

    def tell(self, terminalreporter: Any, *, with_notes: bool = True) -> None:
        """Say what was decided and why, and what became of the baseline."""
        if self._saved:
            terminalreporter.line(self._saved)
        if self._refused:
            terminalreporter.line(self._refused, red=True)
        if self._decision is not None:
            # Sentences name tasks, and a task's name comes from its file.
            verdict, *notes = map(printable, self._decision.lines())
            terminalreporter.line(verdict, green=self._decision.passed, red=not self._decision.passed)
            for note in notes if with_notes else ():
                terminalreporter.line(note)
