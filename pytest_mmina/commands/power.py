"""The command `mmina power`."""

import argparse
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.numbers import NumberError, count, level, rate, whole_number

if TYPE_CHECKING:
    from pytest_mmina.gate.baseline import Baseline

_Number = TypeVar("_Number", int, float)


def add_power_command(commands: Any) -> None:
    """Add the command to the parser of `mmina`."""
    command = commands.add_parser(
        "power", help="say how many trials the gate needs, and what they cost", description=_power.__doc__
    )
    command.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="the results of a pilot run")
    command.add_argument("--baseline", metavar="FILE", help="the baseline that sessions are compared with")
    command.add_argument(
        "--new-baseline",
        action="store_true",
        help="a baseline with as many trials as the session is made first (always so with DIR)",
    )
    command.add_argument(
        "--trials", type=_numbers(partial(whole_number, at_least=1, at_most=100)), metavar="N,...", default=(1, 3, 5),
        help="numbers of trials of each task (default: 1,3,5)",
    )  # fmt: skip
    command.add_argument(
        "--drop", type=_numbers(_drop), metavar="RATE,...",
        help="drops of the task and the hop success rate, 0.1 for 10 points (default: 0.05,0.1,0.2)",
    )  # fmt: skip
    command.add_argument("--alpha", type=level, metavar="LEVEL", default=0.05, help="as of the gate (default: 0.05)")
    command.add_argument(
        "-n", dest="workers", type=count, metavar="N", default=4, help="the number of workers (default: 4)"
    )
    command.add_argument(
        "--sessions", type=partial(whole_number, at_least=100, at_most=100_000, example="2000"), metavar="N",
        default=2000, help="how many sessions are simulated for each number (default: 2000)",
    )  # fmt: skip
    command.add_argument("--json", action="store_true", help="print all numbers as JSON")
    command.set_defaults(run=_power, fail=command.error)


def _power(options: argparse.Namespace) -> None:
    """Say which drops the gate finds with how many trials, and what a session takes: tokens, dollars and time. Sessions
    are simulated from a baseline, or from the results of a pilot run.
    """
    if (options.folder is None) == (options.baseline is None):
        options.fail("give either --baseline FILE or DIR, the results of a pilot run")
    from pytest_mmina.gate.baseline_sources import load_baseline, shown_source
    from pytest_mmina.gate.power import power
    from pytest_mmina.gate.power_advice import advice
    from pytest_mmina.reports.power import power_lines

    if options.folder is not None:
        baseline, source = _pilot(options.folder), str(options.folder)
    else:
        baseline = load_baseline(options.baseline, folder=Path.cwd())
        source = shown_source(options.baseline)
    found = power(
        baseline,
        source=source,
        new_baseline=options.new_baseline or options.folder is not None,
        trials=options.trials,
        drops=options.drop,
        alpha=options.alpha,
        sessions=options.sessions,
        workers=options.workers,
    )
    if options.json:
        print(found.model_copy(update={"advice": tuple(advice(found))}).model_dump_json(indent=2))
        return
    # Output to a file or a pipe has no terminal width.
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 80
    for line in power_lines(found, width=max(40, width)):
        print(line)


def _pilot(folder: Path) -> "Baseline":
    """Return the counts of a pilot run. Raises MminaError if they are not those of complete trials."""
    from pytest_mmina.gate.baseline import Baseline, count_tasks
    from pytest_mmina.results.reading import read_results

    results = read_results(folder)
    if not results.counts.tasks:
        raise MminaError(f"{folder}: no episode was recorded, so nothing is known about the agent. Run a few tasks")
    if results.facts.stopped.trials:
        raise MminaError(
            f"{folder}: its trials stopped early, so its rates are biased. Run it again without --mmina-stop-early"
        )
    if errored := results.counts.errored:
        raise MminaError(
            f"{folder}: {errored} of its episodes errored, and show nothing about the agent. Run them again with "
            f"pytest --mmina --mmina-resume {folder}"
        )
    return Baseline(tasks=count_tasks(results.counts, with_costs=True))


def _numbers(read: Callable[[str], _Number]) -> Callable[[str], tuple[_Number, ...]]:
    def read_all(text: str) -> tuple[_Number, ...]:
        return tuple(sorted({read(part.strip()) for part in text.split(",")}))

    return read_all


def _drop(text: str) -> float:
    drop = rate(text)
    if not drop:
        raise NumberError(f"{text!r} is not a drop above 0, such as 0.1 for 10 points")
    return drop
