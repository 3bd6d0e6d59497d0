"""The part of the `mmina` command that works on results: merge, gate, report, save-baseline, compare."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_mmina.gate.arguments import ARGUMENTS, rules_given

if TYPE_CHECKING:
    from pytest_mmina.reports.report import Report


def add_result_commands(commands: Any) -> None:
    """Add the commands to those of `mmina`."""
    merge = commands.add_parser("merge", help="put the results of shards together", description=_merge.__doc__)
    merge.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    merge.add_argument("--into", type=Path, required=True, metavar="DIR", help="where the whole is written")
    merge.set_defaults(run=_merge)
    gate = commands.add_parser("gate", help="judge results by the rules of the gate", description=_gate.__doc__)
    gate.add_argument("folder", type=Path, metavar="DIR")
    for name, settings in ARGUMENTS.items():
        gate.add_argument(f"--{name}", **settings)
    gate.set_defaults(run=_gate, fail=gate.error)
    report = commands.add_parser("report", help="make the reports of results again", description=_report.__doc__)
    report.add_argument("folder", type=Path, metavar="DIR", help="results; with two, those of the earlier session")
    report.add_argument("later", type=Path, metavar="LATER", nargs="?", help="results to compare with the first")
    report.add_argument("-v", "--verbose", action="store_true", help="name every task that changed, and its hops")
    report.add_argument("--markdown", action="store_true", help="print Markdown, for a comment on a pull request")
    report.set_defaults(run=_report)
    for command in (merge, gate, report):
        command.add_argument("--no-html", action="store_true", help="leave out the page index.html")
    save = commands.add_parser("save-baseline", help="make a baseline of results", description=_save.__doc__)
    save.add_argument("folder", type=Path, metavar="DIR")
    save.add_argument(
        "file", type=Path, metavar="FILE", help="the baseline; tasks that were left out keep their counts"
    )
    save.set_defaults(run=_save)
    compare = commands.add_parser("compare", help="say what changed between two results", description=_compare.__doc__)
    compare.add_argument("one", type=Path, metavar="DIR")
    compare.add_argument("other", type=Path, metavar="DIR")
    compare.set_defaults(run=_compare)


def _merge(options: argparse.Namespace) -> None:
    """Put the results of several shards together, as if one session had run them all."""
    from pytest_mmina.reports.writing import report
    from pytest_mmina.results.folder import merge

    merge(options.folders, options.into)
    _show(report(options.into))
    print(f"\nresults: {options.into}")
    _write_page(options.into, options)


def _gate(options: argparse.Namespace) -> int:
    """Judge the results in a folder without running anything; the exit status is 1 where the gate is closed."""
    from pytest_mmina.gate.rules import Rules
    from pytest_mmina.reports.columns import printable
    from pytest_mmina.reports.github import append_summary, error_commands
    from pytest_mmina.reports.writing import report
    from pytest_mmina.results.folder import ResultsError, gate, read_results, write_gate

    try:
        rules = Rules(**rules_given(lambda name: getattr(options, name.replace("-", "_")), shown="--"))
    except ValueError as error:
        options.fail(str(error))
    decision, record = gate(options.folder, rules, baseline=options.baseline, root=Path.cwd())
    for line in decision.lines():
        print(printable(line))
    try:
        write_gate(options.folder, record)
        told = report(options.folder)
    except ResultsError as error:
        # What was decided holds all the same: results may lie where nobody writes.
        print(f"mmina: not kept for a report: {error}", file=sys.stderr)
    else:
        _write_page(options.folder, options)
        records, _ = read_results(options.folder)
        for line in error_commands(told, records, os.environ, root=Path.cwd(), each_task=False):
            print(line)
        if problem := append_summary(told, os.environ):
            print(f"mmina: {problem}", file=sys.stderr)
    return 0 if decision.passed else 1


def _report(options: argparse.Namespace) -> None:
    """Make the page, summary.md, summary.json and gate.json again from what is stored; nothing is run or decided.

    With two folders, compare the second one with the first: what changed is printed, and shown on the second's page.
    """
    from pytest_mmina.reports.markdown import markdown
    from pytest_mmina.reports.writing import comparison, report

    folder, before = (options.later, options.folder) if options.later is not None else (options.folder, None)
    told = comparison(before, folder) if before is not None else report(folder)
    if options.markdown:
        print(markdown(told), end="")
    else:
        _show(told, verbosity=int(options.verbose))
    _write_page(folder, options, before=before)


def _show(told: "Report", *, verbosity: int = 0) -> None:
    from pytest_mmina.reports.columns import printable
    from pytest_mmina.reports.screen import screen

    # Whoever reads a file or a pipe has no terminal to fit.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 100
    for line in screen(told, width=max(40, width), verbosity=verbosity):
        print(line.text)
    for sentence in told.sentences:
        print(printable(sentence))


def _write_page(folder: Path, options: argparse.Namespace, *, before: Path | None = None) -> None:
    from pytest_mmina.reports.writing import try_page

    if options.no_html:
        return
    page, problem = try_page(folder, before=before)
    if page:
        print(f"page: {folder / page}", file=sys.stderr if getattr(options, "markdown", False) else sys.stdout)
    if problem:
        print(f"mmina: {problem}", file=sys.stderr)


def _save(options: argparse.Namespace) -> None:
    """Write the counts of a session, or of several that were merged, to a baseline, if they are complete."""
    from pytest_mmina.results.folder import save

    print(f"baseline: {save(options.folder, options.file, root=Path.cwd())} tasks saved to {options.file}")


def _compare(options: argparse.Namespace) -> None:
    """Say which tasks and hops passed more or less often in the second folder than in the first."""
    from pytest_mmina.reports.columns import printable
    from pytest_mmina.results.folder import compare

    for line in compare(options.one, options.other):
        print(printable(line))
