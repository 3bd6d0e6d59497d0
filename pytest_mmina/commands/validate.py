"""The command `mmina validate`."""

import argparse
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_mmina.core.numbers import count, rate, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_mmina.validation.plan import Plan


def add_validate_command(commands: Any) -> None:
    """Add the command to the parser of `mmina`."""
    command = commands.add_parser(
        "validate",
        help="try to earn the score of tasks without the work",
        description=_validate.__doc__,
        epilog="Exit status: 0 no fault was found; 1 a fault, or a session failed; 2 or 4 wrong usage.",
    )
    command.add_argument(
        "paths", nargs="*", metavar="PATH", help="task files or folders (default: as pytest --mmina, without the tests)"
    )
    command.add_argument(
        "--only", metavar="KIND,...", default="know-nothing,oracles,mutants",
        help="what tries: know-nothing (constants, front-door, dump, dice, spray, push-state), oracles, mutants "
        "(left-out, swapped, date, amount, direction, name, choice, again, forbidden, answers); default: all",
    )  # fmt: skip
    command.add_argument("--seeds", type=whole_number, default=20, metavar="N", help="throws of the dice (default: 20)")
    command.add_argument(
        "--addresses", type=partial(whole_number, at_most=100_000, example="240"), default=240, metavar="N",
        help="how many addresses are tried for each task (default: 240)",
    )  # fmt: skip
    command.add_argument("-n", dest="workers", type=count, default=1, metavar="N", help="processes (default: 1)")
    command.add_argument(
        "--results", type=Path, metavar="DIR", help="keep what was tried there (default: a folder that is removed)"
    )
    command.add_argument(
        "--max-hops", type=rate, metavar="RATE",
        help="also fail if agents that know nothing earn more of all hops than this, such as 0.02",
    )  # fmt: skip
    command.add_argument(
        "--allow", action="append", default=[], metavar="PATTERN",
        help="no fault, although it looks like one: 'TASK: ATTEMPT' as in the table, with * for any text",
    )  # fmt: skip
    command.add_argument("--plan", action="store_true", help="only say what would be tried, and how long it takes")
    command.add_argument("--all", action="store_true", help="show every attempt, not only what is worth knowing")
    command.add_argument("--json", action="store_true", help="print the plan or the outcome as JSON")
    command.add_argument(
        "--pytest", action="append", default=[], metavar="OPTION", help="an option of pytest for all sessions"
    )
    command.set_defaults(run=_validate, fail=command.error)


def _validate(options: argparse.Namespace) -> int:
    """Try to earn the score of tasks without the work: with agents that know nothing, and with recorded solutions that
    were spoiled. Also try every recorded solution. Sessions of pytest run in your project, with its conftest.py, its
    ini file and its sites. The table says which task gives what to whom.
    """
    from pytest_mmina.validation.kinds import Settings, UnknownKindError, needs_solution, read_kinds
    from pytest_mmina.validation.sessions import SessionFailed, Sessions

    try:
        kinds = read_kinds(options.only)
    except UnknownKindError as error:
        options.fail(f"argument --only: {error}")
    if needs_solution(kinds):
        kinds = read_kinds(",".join((*kinds, "oracles")))
    with _folder(options.results) as folder:
        settings = Settings(
            stage="plan", kinds=kinds, seeds=options.seeds, addresses=options.addresses, folder=str(folder)
        )
        sessions = Sessions(
            options.paths,
            settings,
            workers=options.workers,
            options=options.pytest,
            tell=partial(_tell, options),
            progress=_show_progress if sys.stderr.isatty() else lambda episodes: None,
        )
        try:
            plan = sessions.plan()
            if options.plan and options.json:
                print(plan.model_dump_json(indent=2))
                return 0
            for line in _plan_lines(plan, options.workers):
                _tell(options, line)
            if options.plan or not plan.tasks:
                return 0 if plan.tasks else 1
            outcome = sessions.outcome(plan, allowed=options.allow, most_hops=options.max_hops)
        except SessionFailed as error:
            print(f"mmina: {error}", file=sys.stderr)
            return error.status
        except KeyboardInterrupt:
            # The session got the signal as well, and has ended its browsers.
            print("mmina: interrupted", file=sys.stderr)
            return 2
    if options.json:
        print(outcome.model_dump_json(indent=2))
    else:
        print()
        for line in outcome.lines(name_all=options.all):
            print(line)
    return 0 if outcome.passed else 1


def _plan_lines(plan: "Plan", workers: int) -> "Iterator[str]":
    counts = ", ".join(f"{kind} {number:,}" for kind, number in plan.counts().items() if number)
    yield f"{len(plan.tasks):,} tasks, at most {plan.episodes:,} episodes: {counts or 'none'}"
    if plan.episodes:
        workers_in_words = "1 worker" if workers == 1 else f"{workers} workers"
        yield f"This takes about {max(1, round(plan.minutes(workers)))} min with {workers_in_words} (-n)."
    if not plan.tasks:
        skipped = f": {len(plan.skipped)} cannot run" if plan.skipped else ""
        yield f"There is no task to try{skipped}."


def _tell(options: argparse.Namespace, line: str) -> None:
    # With --json, the output is for a program.
    print(line, file=sys.stderr if options.json else sys.stdout, flush=True)


def _show_progress(episodes: int) -> None:
    print(f"\r{episodes:,} episodes", end="\r", file=sys.stderr, flush=True)


@contextmanager
def _folder(given: Path | None) -> "Iterator[Path]":
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="mmina-validate-") as folder:
        yield Path(folder)
