"""The terminal output at the end of a session: one screen, the decision of the gate, and errors for GitHub Actions."""

from typing import Any, NamedTuple

from pytest_mmina.plugin.session_gate import GateConclusion
from pytest_mmina.reports.columns import printable
from pytest_mmina.reports.report import Report
from pytest_mmina.reports.terminal import screen
from pytest_mmina.results.files import EPISODES, SUMMARY


class Conclusion(NamedTuple):
    """The conclusion of a session.

    `problems` are errors outside of the episodes, `remarks` are hints for the user. `page` is the path of the page in
    the results folder, or empty; `annotations` are commands for GitHub Actions.
    """

    report: Report
    gate: GateConclusion
    times: str = ""
    page: str = ""
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()


def write_conclusion(conclusion: Conclusion, terminal: Any, *, results: str, width: int, verbosity: int) -> None:
    """Print rates, tables, changes, the place of the results, and at the end the decision of the gate.

    `results` is the folder in the form in which it is shown.
    """
    report = conclusion.report
    if verbosity >= -1:
        terminal.section(printable(f"mmina: agent {', '.join(report.agents)}"))
    for text, colour in screen(report, width=width, verbosity=verbosity):
        terminal.line(text, **({colour: True} if colour else {}))
    if verbosity >= 0:
        terminal.line("")
        if conclusion.times:
            terminal.line(conclusion.times)
        terminal.line(f"results: {results}/ ({EPISODES}, {SUMMARY})")
    if conclusion.page and verbosity >= -1:
        terminal.line(f"page: {results}/{conclusion.page}")
    for line in conclusion.problems:
        terminal.line(line, red=True)
    for line in conclusion.remarks:
        terminal.line(line, yellow=True)
    _write_gate(conclusion.gate, terminal, with_notes=verbosity >= 0)
    for line in conclusion.annotations:
        terminal.line(line)


def _write_gate(gate: GateConclusion, terminal: Any, *, with_notes: bool) -> None:
    if gate.saved:
        terminal.line(printable(gate.saved))
    if gate.saved_warning:
        terminal.line(gate.saved_warning, yellow=True)
    if gate.not_saved:
        terminal.line(gate.not_saved, red=True)
    if (decision := gate.record.decision) is not None:
        # The sentences contain names of tasks, which come from files and can contain control characters.
        verdict, *notes = map(printable, decision.lines())
        terminal.line(verdict, green=decision.passed, red=not decision.passed)
        for note in notes if with_notes else ():
            terminal.line(note)
