"""The `mmina` commands for results: merge, gate, report, save-baseline, compare."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_mmina.core.errors import MminaError
from pytest_mmina.gate.arguments import ARGUMENTS, rules_given

if TYPE_CHECKING:
    from pytest_mmina.gate.decision import Decision
    from pytest_mmina.gate.record import GateRecord
    from pytest_mmina.reports.page.content import PageContent, PageEpisodes
    from pytest_mmina.reports.report import Report
    from pytest_mmina.results.reading import Reader


def add_result_commands(commands: Any) -> None:
    """Add these commands to the parser of `mmina`."""
    merge = commands.add_parser("merge", help="merge the results of shards", description=_merge.__doc__)
    merge.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    merge.add_argument("--into", type=Path, required=True, metavar="DIR", help="the folder for the merged results")
    merge.set_defaults(run=_merge)
    gate = commands.add_parser("gate", help="judge results by the rules of the gate", description=_gate.__doc__)
    gate.add_argument("folder", type=Path, metavar="DIR")
    for name, settings in ARGUMENTS.items():
        gate.add_argument(f"--{name}", **settings)
    gate.add_argument(
        "--junitxml", type=Path, metavar="FILE", help="write the decision to this file too, as one case of JUnit"
    )
    gate.set_defaults(run=_gate, fail=gate.error)
    report = commands.add_parser("report", help="make the reports of results again", description=_report.__doc__)
    report.add_argument("folder", type=Path, metavar="DIR", help="a folder of results; of two, the earlier session")
    report.add_argument("later", type=Path, metavar="LATER", nargs="?", help="results to compare with the first")
    report.add_argument("-v", "--verbose", action="store_true", help="name every task that changed, and its hops")
    report.add_argument("--markdown", action="store_true", help="print Markdown, for a comment on a pull request")
    report.set_defaults(run=_report)
    for command in (merge, gate, report):
        command.add_argument("--no-html", action="store_true", help="leave out the page index.html")
    save = commands.add_parser("save-baseline", help="save results as a baseline", description=_save.__doc__)
    save.add_argument("folder", type=Path, metavar="DIR")
    save.add_argument(
        "file", type=Path, metavar="FILE", help="the baseline; tasks that were left out keep their counts"
    )
    save.set_defaults(run=_save)
    compare = commands.add_parser(
        "compare", help="print what changed between two results", description=_compare.__doc__
    )
    compare.add_argument("one", type=Path, metavar="DIR")
    compare.add_argument("other", type=Path, metavar="DIR")
    compare.set_defaults(run=_compare)


def _merge(options: argparse.Namespace) -> None:
    """Merge the results of several shards, as if one session had run all of them."""
    from pytest_mmina.gate.record import GateRecord
    from pytest_mmina.reports.page.content import PageContent
    from pytest_mmina.reports.writing import report_of, with_intervals
    from pytest_mmina.results.merging import merge

    into = options.into
    episodes = _page_episodes(into, options)
    results = merge(options.folders, into, readers=_readers(episodes))
    gate = with_intervals(GateRecord(), results, root=into)
    report = report_of(results, gate)
    _write_reports(into, report, gate)
    _show(report)
    print(f"\nresults: {into}")
    if episodes is not None:
        _write_page(into, PageContent(report, gate, episodes, results.facts.shard), options)


def _gate(options: argparse.Namespace) -> int:
    """Judge the results in a folder without running anything; the exit status is 1 if the gate is closed."""
    try:
        decision = _decide(options)
    except MminaError as error:
        # A file of an earlier decision must not stay: it may say that the gate is open.
        _write_junit(options.junitxml, passed=False, sentences=[str(error)])
        raise
    _write_junit(options.junitxml, passed=decision.passed, sentences=decision.sentences())
    return 0 if decision.passed else 1


def _write_junit(file: Path | None, *, passed: bool, sentences: list[str]) -> None:
    from pytest_mmina.reports.junit import write_gate_case

    if file is None:
        return
    try:
        write_gate_case(file, passed=passed, sentences=sentences)
    except OSError as error:
        raise MminaError(f"--junitxml {file}: cannot be written: {error.strerror}") from None


def _decide(options: argparse.Namespace) -> "Decision":
    """Judge the results in a folder and make the reports."""
    from pytest_mmina.core.record.command_line import without_home
    from pytest_mmina.gate.baseline_sources import load_baseline, shown_source
    from pytest_mmina.gate.decision import Session, decide
    from pytest_mmina.gate.exceptions import Exceptions, read_exceptions, today
    from pytest_mmina.gate.exemptions import Exemptions
    from pytest_mmina.gate.record import gate_record
    from pytest_mmina.gate.rules import Rules
    from pytest_mmina.reports.columns import printable
    from pytest_mmina.reports.github import Failures, append_summary, error_commands, reads_commands
    from pytest_mmina.reports.page.content import PageContent
    from pytest_mmina.reports.writing import report_of
    from pytest_mmina.results.plan import ResultsError
    from pytest_mmina.results.reading import read_facts, read_results

    folder, root = options.folder, Path.cwd()
    has_control = read_facts(folder).control is not None
    if has_control and options.baseline is not None:
        options.fail("--baseline: the results have a control, which is their baseline: leave out --baseline")
    try:
        given = rules_given(lambda name: getattr(options, name.replace("-", "_")), prefix="--", has_control=has_control)
        rules = Rules(**given)
    except ValueError as error:
        options.fail(str(error))
    episodes, failures = _page_episodes(folder, options), Failures()
    readers = [*_readers(episodes), *([failures.read] if reads_commands(os.environ) else [])]
    results = read_results(folder, readers=readers)
    day = today()
    exceptions = read_exceptions(options.exceptions, day=day) if options.exceptions is not None else Exceptions()
    baseline = load_baseline(options.baseline, folder=root) if options.baseline is not None else None
    file = without_home(shown_source(options.baseline), str(Path.home())) if baseline is not None else ""
    if (control := results.control) is not None:
        baseline, file = control.baseline(results.facts), control.name
    session = Session.of(results.counts, results.facts, baseline, root=root, control=control)
    decision = decide(session, rules, baseline, Exemptions.on(day, exceptions, baseline), prefix="--")
    for line in filter(None, [decision.warning, *decision.lines()]):
        print(printable(line))
    gate = gate_record(session, decision=decision, baseline=baseline, file=file)
    report = report_of(results, gate)
    try:
        _write_reports(folder, report, gate)
    except ResultsError as error:
        # The decision is still valid: the results may be in a read-only folder.
        print(f"mmina: the decision could not be stored for reports: {error}", file=sys.stderr)
    else:
        if episodes is not None:
            _write_page(folder, PageContent(report, gate, episodes, results.facts.shard), options)
    for line in error_commands(report, failures, os.environ, root=root):
        print(line)
    if problem := append_summary(report, os.environ):
        print(f"mmina: {problem}", file=sys.stderr)
    return decision


def _report(options: argparse.Namespace) -> None:
    """Make the page, summary.md, summary.json and gate.json again from the stored results, without a new decision.

    With two folders, compare the second one with the first: print the changes and show them on the second one's page.
    """
    from pytest_mmina.reports.comparison import comparison
    from pytest_mmina.reports.markdown import markdown
    from pytest_mmina.reports.page.content import EarlierResults, PageContent
    from pytest_mmina.reports.writing import report_of, with_intervals
    from pytest_mmina.results.reading import read_gate, read_results

    folder, before = (options.later, options.folder) if options.later is not None else (options.folder, None)
    earlier, episodes = None, _page_episodes(folder, options)
    if before is not None:
        old_episodes = _page_episodes(before, options)
        old = read_results(before, readers=_readers(old_episodes))
        earlier = EarlierResults(before, old_episodes) if old_episodes is not None else None
        results = read_results(folder, readers=_readers(episodes))
        gate = read_gate(folder)
        report = comparison(old, results, name=before, gate=gate)
    else:
        results = read_results(folder, readers=_readers(episodes))
        gate = with_intervals(read_gate(folder), results, root=folder)
        report = report_of(results, gate)
        _write_reports(folder, report, gate)
    if options.markdown:
        print(markdown(report), end="")
    else:
        _show(report, verbosity=int(options.verbose))
    if episodes is not None:
        _write_page(folder, PageContent(report, gate, episodes, results.facts.shard, earlier), options)


def _show(report: "Report", *, verbosity: int = 0) -> None:
    from pytest_mmina.reports.columns import printable
    from pytest_mmina.reports.terminal import screen

    # Output to a file or a pipe has no terminal width.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 100
    for line in screen(report, width=max(40, width), verbosity=verbosity):
        print(line.text)
    for sentence in report.sentences:
        print(printable(sentence))


def _page_episodes(folder: Path, options: argparse.Namespace) -> "PageEpisodes | None":
    """Return the collector of episodes for the page, or None with --no-html."""
    from pytest_mmina.reports.page.content import PageEpisodes

    return None if options.no_html else PageEpisodes(folder)


def _readers(episodes: "PageEpisodes | None") -> "list[Reader]":
    return [episodes.read] if episodes is not None else []


def _write_reports(folder: Path, report: "Report", gate: "GateRecord") -> None:
    from pytest_mmina.reports.writing import write_reports
    from pytest_mmina.results.plan import ResultsError

    if errors := write_reports(folder, report, gate):
        raise ResultsError(f"{folder} cannot be written to: {errors[0].strerror}")


def _write_page(folder: Path, content: "PageContent", options: argparse.Namespace) -> None:
    from pytest_mmina.reports.writing import try_page

    page, problem = try_page(folder, content)
    if page:
        print(f"page: {folder / page}", file=sys.stderr if getattr(options, "markdown", False) else sys.stdout)
    if problem:
        print(f"mmina: {problem}", file=sys.stderr)


def _save(options: argparse.Namespace) -> None:
    """Save the counts of a session, or of several merged ones, as a baseline, if they are complete."""
    from pytest_mmina.gate.decidable import saved_warning
    from pytest_mmina.gate.saving import require_writable, save_baseline
    from pytest_mmina.reports.columns import printable
    from pytest_mmina.results.reading import read_results

    require_writable(options.file)
    results = read_results(options.folder)
    saved = save_baseline(options.file, results.counts, results.facts, root=Path.cwd())
    print(printable(saved.sentence(options.file)))
    if warning := saved_warning(saved.baseline.tasks, prefix="--"):
        print(f"baseline: {warning}")


def _compare(options: argparse.Namespace) -> None:
    """Print which tasks and hops passed more or less often in the second folder than in the first."""
    from pytest_mmina.reports.columns import printable
    from pytest_mmina.reports.comparison import comparison_lines
    from pytest_mmina.results.reading import read_results

    one, other = options.one, options.other
    for line in comparison_lines(read_results(one), read_results(other), names=(one, other)):
        print(printable(line))
