"""Writing all that people look at: at the end of a session, and again whenever somebody asks for it."""

from collections.abc import Callable
from pathlib import Path

from pytest_mmina.gate.decision import Session
from pytest_mmina.gate.record import GateRecord, gate_record
from pytest_mmina.reports.markdown import markdown
from pytest_mmina.reports.page.content import PageContent
from pytest_mmina.reports.report import Report
from pytest_mmina.results.files import GATE, MARKDOWN, SUMMARY, write_text
from pytest_mmina.results.reading import Results


def report_of(results: Results, gate: GateRecord, *, agent: str = "") -> Report:
    """The report of results; `agent` is named where no episode names one."""
    return Report(
        summary=results.summary,
        agents=tuple(results.counts.agents()) or tuple(filter(None, [agent])),
        passed=gate.decision.passed if gate.decision is not None else None,
        sentences=tuple(gate.decision.lines()) if gate.decision is not None else (),
        before=gate.baseline.file if gate.baseline is not None else "",
        changes=gate.changes,
        intervals=gate.intervals.model_dump() if gate.intervals is not None else {},
        ran=results.facts.ran,
        fixtures=results.facts.fixtures,
    )


def with_intervals(gate: GateRecord, results: Results, *, root: Path) -> GateRecord:
    """Complete what is known of a gate with the intervals of the rates, as far as the results tell them."""
    if gate.intervals is not None:
        return gate
    session = Session.of(results.counts, results.facts, None, root=root)
    made = gate_record(session, decision=None, baseline=None, file="")
    return gate.model_copy(update={"intervals": made.intervals})


def write_reports(folder: Path, report: Report, gate: GateRecord) -> list[OSError]:
    """Write `gate.json`, `summary.md` and `summary.json`; returns what could not be written, and why.

    A folder without `summary.json` gets none: it says that the session has ended.
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
    """Write the page of the results in a folder; returns its name, or why there is none, in one line.

    Results are worth more than their page: whatever goes wrong here is reported, and changes nothing else.
    """
    try:
        page = _page_writer()(folder, content)
    except Exception as error:
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        return "", f"the page could not be written, the results are whole: {problem}"
    return page.relative_to(folder).as_posix() if page.is_relative_to(folder) else str(page), ""


def _page_writer() -> Callable[[Path, PageContent], Path]:
    # Its templates are loaded only where a page is wanted.
    from pytest_mmina.reports.page.writing import write_page

    return write_page
