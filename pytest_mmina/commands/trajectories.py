"""The `mmina` commands for recorded trajectories: show, diff, approve, judge, export."""

import argparse
import json
from pathlib import Path
from typing import Any, get_args

from pytest_mmina.core.choices import HopProtocol, Tolerable
from pytest_mmina.core.record.canonical import LEVELS, plain


def add_trajectory_commands(commands: Any) -> None:
    """Add these commands to the parser of `mmina`."""
    show = commands.add_parser("show", help="print a recorded trajectory", description=_show.__doc__)
    show.add_argument("file", type=Path, metavar="TRAJECTORY")
    show.set_defaults(run=_show)
    diff = commands.add_parser("diff", help="print how the agent's actions differ", description=_diff.__doc__)
    diff.add_argument("one", type=Path, metavar="A", help="a trajectory, or a folder of results")
    diff.add_argument("other", type=Path, metavar="B")
    diff.add_argument("--markdown", action="store_true", help="for a comment on a pull request")
    diff.add_argument(
        "--tolerate",
        default="",
        metavar="NAMES",
        help=f"differences to ignore: one or more of {', '.join(get_args(Tolerable))}",
    )
    diff.set_defaults(run=_diff, fail=diff.error)
    for command in (show, diff):
        command.add_argument(
            "--level", choices=LEVELS, default="actions", help="how much is shown (default: %(default)s)"
        )
    approve = commands.add_parser(
        "approve", help="make snapshots of recorded trajectories", description=_approve.__doc__
    )
    approve.add_argument("folder", type=Path, metavar="DIR", help="a folder of results")
    approve.add_argument("-k", dest="wanted", default="", metavar="EXPR", help="only these: 'compare and not trial2'")
    approve.set_defaults(run=_approve)
    export = commands.add_parser("export", help="convert a trajectory for other tools", description=_export.__doc__)
    export.add_argument("file", type=Path, metavar="TRAJECTORY")
    export.add_argument("--as", dest="form", choices=("otel", "script"), default="otel", help="default: %(default)s")
    export.set_defaults(run=_export)
    judge = commands.add_parser("judge", help="judge recorded trajectories again", description=_judge.__doc__)
    judge.add_argument("folder", type=Path, metavar="DIR", help="a folder of results")
    judge.add_argument("--tasks", type=Path, metavar="DIR", help="the tasks (default: the bundled ones)")
    judge.add_argument("--protocol", choices=get_args(HopProtocol), default="queue", help="default: %(default)s")
    judge.set_defaults(run=_judge)


def _show(options: argparse.Namespace) -> None:
    """Print a recorded trajectory, one line per action, grouped by hop; one that was cut off, up to its last step."""
    from pytest_mmina.trajectories.show_and_diff import shown

    print("\n".join(shown(options.file, level=options.level)))


def _diff(options: argparse.Namespace) -> int:
    """Print where the trajectories of two files or results differ, and which hops were won or lost.

    The exit status is 1 if a difference is significant: another site, hop or action.
    """
    from pytest_mmina.core.record.differences import read_tolerances
    from pytest_mmina.trajectories.show_and_diff import compared, in_words

    try:
        tolerate = read_tolerances(options.tolerate)
    except ValueError as error:
        options.fail(f"--tolerate: {error}")
    results = list(compared(options.one, options.other, level=options.level, tolerate=tolerate))
    print("\n".join(in_words(results, markdown=options.markdown)))
    return 1 if any(each.kind == "significant" for each in results) else 0


def _approve(options: argparse.Namespace) -> int:
    """Write snapshots of the last session's trajectories without running them again. Run it in the folder where pytest
    was run.

    The snapshots are the same as those of pytest --mmina-snapshot --snapshot-update. The exit status is 1 if a snapshot
    was refused.
    """
    from pytest_mmina.trajectories.approve import approve
    from pytest_mmina.trajectories.keywords import keywords

    results = []
    for each in approve(options.folder, wanted=keywords(options.wanted), here=Path.cwd()):
        results.append(each)
        print(plain(each.line))
    counts = [sum(each.became == became for each in results) for became in ("written", "same", "left", "refused")]
    print("{} written, {} as they were, {} left out, {} refused".format(*counts))
    return 1 if counts[3] else 0


def _export(options: argparse.Namespace) -> None:
    """Print a trajectory as OpenTelemetry traces in JSON, or as a Playwright script in Python that repeats it.

    A trajectory that was cut off is printed up to its last step.
    """
    from pytest_mmina.trajectories.export_script import script_of
    from pytest_mmina.trajectories.export_telemetry import telemetry_of
    from pytest_mmina.trajectories.reading import read_recording

    recorded = read_recording(options.file, cut_off=True)
    print(script_of(recorded) if options.form == "script" else json.dumps(telemetry_of(recorded), indent=2))


def _judge(options: argparse.Namespace) -> int:
    """Apply the current checks to recorded trajectories, without a browser, and print which verdicts changed and why.

    The exit status is 1 if a verdict changed, or if a trajectory does not contain what a check needs.
    """
    from pytest_mmina.bundled import bundled
    from pytest_mmina.trajectories.judge_again import judge_again

    results = list(judge_again(options.folder, tasks=options.tasks or bundled("tasks"), protocol=options.protocol))
    for each in results:
        if each.became != "same":
            print(plain(f"{each.name}: {each.became}"), *(plain(line) for line in each.lines), sep="\n    ")
    counts = [sum(each.became == became for each in results) for became in ("same", "changed", "unknown")]
    print("{} as before, {} changed, {} cannot be judged".format(*counts))
    return 1 if counts[1] or counts[2] else 0
