"""The part of the `mmina` command that works on results: merge, gate, save-baseline, compare."""

import argparse
import sys
from pathlib import Path
from typing import Any

from pytest_mmina.gate.arguments import ARGUMENTS, rules_given


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
    from pytest_mmina.reports.screen import summary_tables
    from pytest_mmina.results import merge

    for line in summary_tables(merge(options.folders, options.into)):
        print(line)
    print(f"\nresults: {options.into}")


def _gate(options: argparse.Namespace) -> int:
    """Judge the results in a folder without running anything; the exit status is 1 where the gate is closed."""
    from pytest_mmina.gate.rules import Rules
    from pytest_mmina.results import ResultsError, gate, write_gate

    try:
        rules = Rules(**rules_given(lambda name: getattr(options, name.replace("-", "_")), shown="--"))
    except ValueError as error:
        options.fail(str(error))
    decision, record = gate(options.folder, rules, baseline=options.baseline, root=Path.cwd())
    for line in decision.lines():
        print(line)
    try:
        write_gate(options.folder, record)
    except ResultsError as error:
        # What was decided holds all the same: results may lie where nobody writes.
        print(f"mmina: not kept for a report: {error}", file=sys.stderr)
    return 0 if decision.passed else 1


def _save(options: argparse.Namespace) -> None:
    """Write the counts of a session, or of several that were merged, to a baseline, if they are complete."""
    from pytest_mmina.results import save

    print(f"baseline: {save(options.folder, options.file, root=Path.cwd())} tasks saved to {options.file}")


def _compare(options: argparse.Namespace) -> None:
    """Say which tasks and hops passed more or less often in the second folder than in the first."""
    from pytest_mmina.results import compare

    for line in compare(options.one, options.other):
        print(line)
