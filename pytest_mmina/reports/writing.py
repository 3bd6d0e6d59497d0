"""Write the reports: at the end of a session, and again when a command asks for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_mmina.gate.decision import Session
from pytest_mmina.gate.record import GateRecord, gate_record
from pytest_mmina.reports.markdown import markdown
from pytest_mmina.reports.page.content import PageContent
from pytest_mmina.reports.report import BrokenConstraint, BrokenHop, Report
from pytest_mmina.results.files import GATE, MARKDOWN, SUMMARY, write_text
from pytest_mmina.results.reading import Results


def report_of(results: Results, gate: GateRecord, *, agent: str = "") -> Report:
    """Return the report of results; `agent` is used if there are no episodes that name one."""
    return Report(
        summary=results.summary,
        agents=tuple(results.counts.agents()) or tuple(filter(None, [agent])),
        passed=gate.decision.passed if gate.decision is not None else None,
        sentences=tuple(gate.decision.lines()) if gate.decision is not None else (),
        warning=gate.decision.warning if gate.decision is not None else "",
        before=gate.baseline.file if gate.baseline is not None else "",
        changes=gate.changes,
        skips=results.facts.skips,
        intervals={"hop": gate.intervals.hop, "task": gate.intervals.task} if gate.intervals is not None else {},
        ran=results.facts.ran,
        fixtures=results.facts.fixtures,
        broken=tuple(_broken(results)),
        violations=tuple(_violations(results)),
    )


def _broken(results: Results) -> Iterator[BrokenHop]:
    for task, tally in sorted(results.counts.tasks.items()):
        for position, hop in tally.broken:
            found = hop.model_dump(include={"name", "step", "url", "reason"})
            yield BrokenHop(task=task, position=position, **found)


def _violations(results: Results) -> Iterator[BrokenConstraint]:
    for task, tally in sorted(results.counts.tasks.items()):
        for violation, trials in tally.violations.values():
            yield BrokenConstraint(task=task, trials=trials, violation=violation)


def with_intervals(gate: GateRecord, results: Results, *, root: Path) -> GateRecord:
    """Add the intervals of the rates to the record of a gate, if it has none and there are enough episodes."""
    if gate.intervals is not None:
        return gate
    session = Session.of(results.counts, results.facts, None, root=root)
    new = gate_record(session, decision=None, baseline=None, file="")
    return gate.model_copy(update={"intervals": new.intervals})


def write_reports(folder: Path, report: Report, gate: GateRecord) -> list[OSError]:
    """Write `gate.json`, `summary.md` and `summary.json`; returns the errors of those that could not be written.

    `summary.json` is written only if it exists, because it marks a session that has ended.
    """
    texts = {GATE: gate.model_dump_json(indent=2) + "\n", MARKDOWN: markdown(report)}
    if (folder / SUMMARY).exists():
        texts[SUMMARY] = report.summary.model_dump_json(indent=2) + "\n"
    errors = []
    for name, text in texts.items():
        try:
            write_text(folder / name, text)
        except OSError as error:
            errors.append(error)
    return errors


def try_page(folder: Path, content: PageContent) -> tuple[str, str]:
    """Write the page of the results in a folder; returns its path and "", or "" and the problem in one line.

    The results are more important than their page, so a problem here is reported and changes nothing else.
    """
    try:
        page = _page_writer()(folder, content)
    except Exception as error:
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        return "", f"the page could not be written, but the results are complete: {problem}"
    return page.relative_to(folder).as_posix() if page.is_relative_to(folder) else str(page), ""


def _page_writer() -> Callable[[Path, PageContent], Path]:
    # Jinja is imported only if a page is wanted.
    from pytest_mmina.reports.page.writing import write_page

    return write_page
