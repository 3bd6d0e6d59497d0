"""The gate of a session: reads its rules before anything runs, decides at the end, and keeps the baseline."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina import __version__
from pytest_mmina.core.metrics import EpisodeRecord, Summary
from pytest_mmina.gate.baseline import Baseline, BaselineError, count_tasks, read_baseline, write_baseline
from pytest_mmina.gate.decision import Decision, Session, decide
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.plugin.gate_options import baseline_of, is_gated, rules_of


class Gate:
    """Decides whether a merge may go through; raises UsageError for options that cannot be followed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._rules, self._baseline = rules_of(config), baseline_of(config)
        named: Path | None = config.getoption("mmina_save_baseline")
        self._save_to = config.invocation_params.dir / named if named is not None else None
        if self._save_to is not None:
            _require_writable(self._save_to)
        self._decision: Decision | None = None
        self._saved = ""
        self._refused = ""

    def conclude(self, records: Sequence[EpisodeRecord], summary: Summary, facts: SessionFacts) -> bool:
        """Decide, and save a baseline where one was asked for; says whether both went well."""
        if is_gated(self._config):
            session = Session.of(records, facts, self._baseline, root=self._config.rootpath)
            self._decision = decide(session, self._rules, self._baseline)
        if self._save_to is not None:
            self._save(self._save_to, records, summary, facts=facts)
        return (self._decision is None or self._decision.passed) and not self._refused

    def tell(self, terminalreporter: Any) -> None:
        """Say what was decided and why, and what became of the baseline."""
        if self._saved:
            terminalreporter.line(self._saved)
        if self._refused:
            terminalreporter.line(self._refused, red=True)
        if self._decision is not None:
            word, colour = ("open", "green") if self._decision.passed else ("CLOSED", "red")
            terminalreporter.line(f"gate: {word}: {'; '.join(self._decision.reasons)}", **{colour: True})
            for note in self._decision.notes:
                terminalreporter.line(f"      {note}")

    def _save(
        self,
        file: Path,
        records: Sequence[EpisodeRecord],
        summary: Summary,
        *,
        facts: SessionFacts,
    ) -> None:
        """Write what this session counted; a task that its selection leaves out keeps the counts it had."""
        lacking = {"errored": summary.errored, "without an episode": summary.not_run}
        told = [f"{number} {name}" for name, number in lacking.items() if number] if records else ["no episode"]
        if told:
            self._refused = f"baseline: not saved, because the session is not complete: {', '.join(told)}"
            return
        kept = {}
        if file.exists():
            last = read_baseline(file)
            away = facts.selection.left_out(last, root=self._config.rootpath)
            kept = {task: counts for task, counts in last.tasks.items() if task in away}
        tasks = {**kept, **count_tasks(records)}
        agents, browsers = ({getattr(record, name) for record in records} for name in ("agent", "browser"))
        written = Baseline(
            agent=", ".join(sorted(agents)),
            plugin=__version__,
            browser=", ".join(sorted(browsers)),
            fixtures=facts.fixtures,
            tasks=tasks,
        )
        try:
            write_baseline(file, written)
        except OSError as error:
            self._refused = f"baseline: not saved: {error}"
        else:
            self._saved = f"baseline: {len(tasks)} tasks saved to {file}"


def _require_writable(file: Path) -> None:
    if file.is_dir() or (file.parent.exists() and not file.parent.is_dir()):
        raise pytest.UsageError(f"--mmina-save-baseline: {file} cannot be a file")
    if file.exists():
        try:
            read_baseline(file)
        except BaselineError as error:
            raise pytest.UsageError(f"--mmina-save-baseline would overwrite {error}") from None
