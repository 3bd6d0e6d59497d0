"""The `mmina` commands for the history of the main branch: add a session, and show all of them."""

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_mmina.core.numbers import whole_number

if TYPE_CHECKING:
    from pytest_mmina.gate.history import History
    from pytest_mmina.gate.past_sessions import PastSession

# As in `gate.history_adding`, which is slow to import.
_LEAST_KEPT = 20


def add_history_commands(commands: Any) -> None:
    """Add these commands to the parser of `mmina`."""
    history = commands.add_parser(
        "history",
        help="keep the sessions of the main branch in a file, which is a baseline",
        description="Keep the counts of the main branch's sessions in a file, and see whether they become worse.",
    )
    actions = history.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="add a session", description=_add.__doc__)
    add.add_argument("folder", type=Path, metavar="DIR", help="the results of the session")
    add.add_argument("file", type=Path, metavar="FILE", help="the history; it is made if it does not exist")
    add.add_argument(
        "--keep",
        type=partial(whole_number, at_least=_LEAST_KEPT, example="60"),
        metavar="N",
        help="keep the counts of the newest N sessions, and only the score of older ones (default: 60, at least 20)",
    )
    add.add_argument(
        "--restart",
        action="store_true",
        help="drop the sessions before: this one is the first to compare with, because a change is accepted",
    )
    add.set_defaults(run=_add)
    show = actions.add_parser("show", help="list the sessions", description=_show.__doc__)
    show.add_argument("file", type=Path, metavar="FILE")
    show.set_defaults(run=_show)


def _add(options: argparse.Namespace) -> None:
    """Add the counts of a session, or of several merged ones, to a history, if they are complete. Only the job of the
    main branch should do this, once for each of its sessions.
    """
    from pytest_mmina.gate.decidable import saved_warning
    from pytest_mmina.gate.history_adding import KEPT, add_to_history
    from pytest_mmina.reports.columns import printable
    from pytest_mmina.results.reading import read_results

    results = read_results(options.folder)
    keep = options.keep if options.keep is not None else KEPT
    added = add_to_history(options.file, results.counts, results.facts, keep=keep, restart=options.restart)
    print(printable(added.sentence(options.file)))
    print(printable(_drift(added.history)))
    trials = {name: task.trials for name, task in added.history.sessions[-1].tasks.items()}
    if warning := saved_warning(added.history.baseline().tasks, trials=trials, prefix="--"):
        print(f"baseline: {warning}")


def _show(options: argparse.Namespace) -> None:
    """Print the sessions of a history with their rates, and the evidence of a drift after each of them."""
    from pytest_mmina.gate.check_results import count
    from pytest_mmina.gate.history import read_history
    from pytest_mmina.reports.columns import printable

    history = read_history(options.file)
    for line in _table(history):
        print(printable(line))
    baseline = history.baseline()
    pooled = f"the newest {count(len(baseline.sessions), 'session')} of {baseline.agent} together"
    print(printable(f"as a baseline: {count(len(baseline.tasks), 'task')}, {pooled}"))
    print(printable(_drift(history)))


def _drift(history: "History") -> str:
    from pytest_mmina.gate.drift import NOTED_LEVEL, drift_of

    return drift_of(history.sessions).sentence(NOTED_LEVEL)


def _table(history: "History") -> Iterator[str]:
    from pytest_mmina.gate.drift import evidence

    yield "session  saved       tasks  trials  solved    hops  evidence  agent"
    found = iter(evidence(history.sessions)[1:])
    for place, session in enumerate(history.sessions, start=1):
        shown = f"{next(found).present:.3g}" if session.score is not None else "-"
        yield f"{place:>7}  {session.saved}  {_rates(session)}  {shown:>8}  {session.agent}"


def _rates(session: "PastSession") -> str:
    """Return the mean rates over tasks, each of which has the same weight, as in the gate."""
    tasks = session.tasks.values()
    if not tasks:
        return f"{'-':>5}  {'-':>6}  {'-':>6}  {'-':>6}"
    solved = sum(task.solved / task.trials for task in tasks) / len(tasks)
    hops = sum(len(task.by_hop) for task in tasks)
    passed = f"{sum(task.units / task.trials for task in tasks) / hops:.1%}" if hops else "-"
    return f"{len(tasks):>5}  {sum(task.trials for task in tasks):>6}  {solved:>6.1%}  {passed:>6}"
