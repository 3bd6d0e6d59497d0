"""All that people look at, made from results on disk: at the end of a session, and again whenever somebody asks."""

from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_mmina.core.record.metrics import EpisodeRecord, Summary, summarise
from pytest_mmina.gate.baseline import count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.gate.decision import Session
from pytest_mmina.gate.record import GateRecord, gate_record
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.reports.markdown import markdown
from pytest_mmina.reports.report import Report
from pytest_mmina.results.folder import ResultsError, read_gate, read_results
from pytest_mmina.results.journal import GATE, MARKDOWN, SUMMARY, Journal


def report_of(
    summary: Summary, records: Sequence[EpisodeRecord], facts: SessionFacts, gate: GateRecord, *, agent: str = ""
) -> Report:
    """What every report tells of results; `agent` is named where no episode names one."""
    return Report(
        summary=summary,
        agents=tuple(sorted({record.agent for record in records})) or tuple(filter(None, [agent])),
        passed=gate.decision.passed if gate.decision is not None else None,
        sentences=tuple(gate.decision.lines()) if gate.decision is not None else (),
        before=gate.baseline.file if gate.baseline is not None else "",
        changes=gate.changes,
        intervals=gate.intervals.model_dump() if gate.intervals is not None else {},
        ran=facts.ran,
        fixtures=facts.fixtures,
    )


def read_report(folder: Path) -> Report:
    """What is to be told of the results in a folder; raises ResultsError and GateRecordError."""
    records, facts = read_results(folder)
    return report_of(_summary(records, facts), records, facts, read_gate(folder))


def report(folder: Path) -> Report:
    """Make `summary.json`, `summary.md` and `gate.json` again; the decision stays as it was.

    Raises ResultsError, also for a folder that cannot be written to, and GateRecordError.
    """
    records, facts = read_results(folder)
    gate = read_gate(folder)
    if gate.intervals is None:
        made = gate_record(Session.of(records, facts, None, root=folder), decision=None, baseline=None, file="")
        gate = gate.model_copy(update={"intervals": made.intervals})
    told, journal = report_of(_summary(records, facts), records, facts, gate), Journal(folder)
    try:
        journal.keep(GATE, gate.model_dump_json(indent=2) + "\n")
        journal.keep(MARKDOWN, markdown(told))
        journal.keep(SUMMARY, told.summary.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise ResultsError(f"{folder} cannot be written to: {error.strerror}") from None
    return told


def comparison(before: Path, folder: Path) -> Report:
    """The results in a folder beside those of an earlier session, without what a gate said of them."""
    earlier, _ = read_results(before)
    records, facts = read_results(folder)
    excused = facts.selection.deselected | facts.skipped
    changes = changes_since(count_tasks(earlier), records, excused=excused)
    told = report_of(_summary(records, facts), records, facts, GateRecord(intervals=read_gate(folder).intervals))
    return told.model_copy(update={"before": str(before), "changes": changes})


def try_page(folder: Path, *, before: Path | None = None) -> tuple[str, str]:
    """Write the page of the results in a folder; returns its name, or why there is none, in one line.

    Results are worth more than their page: whatever goes wrong here is told, and nothing else.
    """
    try:
        write = _page_writer()
        page = write(folder, before=before) if before is not None else write(folder)
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return "", f"the page could not be written, the results are whole: {told}"
    return page.relative_to(folder).as_posix() if page.is_relative_to(folder) else str(page), ""


def _page_writer() -> Callable[..., Path]:
    # Only where a page is wanted are its templates loaded.
    from pytest_mmina.reports.page.writing import write_page

    return write_page


def _summary(records: Sequence[EpisodeRecord], facts: SessionFacts) -> Summary:
    return summarise(records, not_run=facts.not_run, skipped=facts.skipped_cases, stopped=facts.stopped.trials)
