"""The screen at the end of a session: rates, now and in the baseline, and the tasks that changed."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

from pytest_mmina.core.record.changes import Changes, HopChange, RateComparison, TaskChange, counts_in_words
from pytest_mmina.core.record.metrics import Rates, Summary
from pytest_mmina.core.skips import WORDS as CAUSES
from pytest_mmina.gate.skipped import skip_lines
from pytest_mmina.reports.columns import aligned, printable, shortened, width_of
from pytest_mmina.reports.report import Report
from pytest_mmina.reports.spending import usage_lines

MOST_CHANGES = 10
"""How many of the changed tasks are listed without `-v`."""

_MOST_GROUPS = 10
_NOTHING = "no task was selected: give a folder of tasks, set the ini value mmina_tasks, or change -k, -m or paths"
_WORDS = {"not_run": "not run", "stopped": "stopped early", "violated": "with a broken constraint"}
# Columns in the order in which they are left out if the terminal is too narrow.
_NOT_NEEDED = (("hops", "passed"), ("episodes", "solved"), ("before",))
_WIDEST_NAME, _SHORT_NAME, _NARROWEST = 24, 14, 8
_COLOURS = {"worse": "red", "gone": "red", "better": "green"}
_BECAME = {"unreached": "not reached", "less": "less often", "more": "more often"}


class ScreenLine(NamedTuple):
    """A line of the screen and its colour, if the terminal has colours: "red", "yellow", "green", or none."""

    text: str
    colour: str = ""


def screen(report: Report, *, width: int = 80, verbosity: int = 0) -> list[ScreenLine]:
    """Return rates and changes in the detail of pytest's verbosity: only the rates with `-q`, all hops with `-v`."""
    summary, changes = report.summary, report.changes
    if summary.episodes + summary.skipped + summary.not_run + summary.stopped == 0:
        return [ScreenLine(_NOTHING)] if verbosity >= -1 else []
    if verbosity < -1:
        return []
    first = [ScreenLine(printable(report.warning), "yellow")] if report.warning else []
    if verbosity == -1:
        rates = [ScreenLine(line) for line in rate_lines(summary, changes, width=width)]
        return [*first, *rates, *(change_lines(changes, before=report.before)[:1] if changes is not None else [])]
    tables = summary_tables(summary, changes, width=width, all_of_them=verbosity > 0)
    lines = [*first, *([ScreenLine("")] if first else []), *map(ScreenLine, tables)]
    if report.passed is None and report.skips:
        # With a gate, its notes say the same.
        lines += [ScreenLine(""), *(ScreenLine(printable(line)) for line in skip_lines(report.skips))]
    if used := [*usage_lines(summary, changes)]:
        lines += [ScreenLine(line) for line in ("", *used)]
    if changes is not None:
        lines += [ScreenLine(""), *change_lines(changes, before=report.before, width=width, all_of_them=verbosity > 0)]
    return lines


def rate_lines(summary: Summary, changes: Changes | None = None, *, width: int = 80) -> list[str]:
    """Return both rates, with the earlier ones if there are any."""
    comparison = changes.whole if changes is not None else None
    lines = []
    for name, rate, counts, before in (
        ("hop success rate ", summary.hop_success_rate, (summary.hops_passed, summary.hops_total), "hop_before"),
        ("task success rate", summary.task_success_rate, (summary.solved, summary.episodes), "task_before"),
    ):
        earlier = f"  {percent(getattr(comparison, before))} before" if comparison is not None else ""
        line = f"{name}  {percent(rate)}  ({counts[0]} of {counts[1]}){earlier}"
        lines.append(line if len(line) <= width else f"{name}  {percent(rate)}{earlier}")
    return lines


def outcomes_text(summary: Summary) -> str:
    """Return the number of episodes by outcome: `2 solved, 4 partial, 4 unsolved, 1 errored (site 1), 3 retried`."""
    causes = ", ".join(f"{cause} {number}" for cause, number in summary.errored_by.items())
    words = {**_WORDS, "errored": f"errored ({causes})"} if causes else _WORDS
    return ", ".join(
        f"{getattr(summary, name)} {words.get(name, name)}{_causes(summary) if name == 'skipped' else ''}"
        for name in ("solved", "partial", "unsolved", "errored", "violated", "retried", "skipped", "stopped", "not_run")
        if getattr(summary, name) or name in ("solved", "partial", "unsolved", "errored")
    )


def _causes(summary: Summary) -> str:
    causes = ", ".join(f"{number} {CAUSES[cause]}" for cause, number in summary.skipped_by_cause.items())
    return f" ({causes})" if causes else ""


def summary_tables(
    summary: Summary, changes: Changes | None = None, *, width: int = 80, all_of_them: bool = True
) -> list[str]:
    """Return the rates in words, then one row per subset and one per number of hops: all, or the first few."""
    header = ["subset", "episodes", "solved", "violated", "task rate", "before", "hops", "passed", "hop rate", "before"]
    subsets, hop_counts = (changes.by_subset, changes.by_hop_count) if changes is not None else ({}, {})
    rows: list[Sequence[str]] = [
        header,
        *_rate_rows(summary.by_subset, subsets, all_of_them=all_of_them),
        ["hops", *[""] * (len(header) - 1)],
        *_rate_rows(summary.by_hop_count, hop_counts, all_of_them=all_of_them),
    ]
    rows = [[shortened(printable(row[0]), _WIDEST_NAME), *row[1:]] for row in rows]
    dropped: set[str] = set() if changes is not None else {"before"}
    if not summary.violated:
        dropped.add("violated")
    for names in ((), *_NOT_NEEDED):
        dropped |= {*names}
        columns = [column for column, name in enumerate(header) if column == 0 or name not in dropped]
        kept = [[row[column] for column in columns] for row in rows]
        # Names are shortened further before a column is left out.
        if width_of([[shortened(row[0], _SHORT_NAME), *row[1:]] for row in kept]) <= width:
            break
    return [
        *rate_lines(summary, changes, width=width),
        *wrap(f"episodes           {outcomes_text(summary)}", width=width, subsequent_indent=" " * 19),
        "",
        *aligned(kept, right_from=1, width=width),
    ]


def changes_text(changes: Changes) -> str:
    """Return how many tasks changed in each way: `3 worse, 1 new (of 105 compared)`."""
    counts = ", ".join(f"{number} {became}" for became, number in changes.counted().items())
    return f"{counts or 'no task changed'} (of {changes.compared} compared)"


def change_lines(changes: Changes, *, before: str, width: int = 80, all_of_them: bool = False) -> list[ScreenLine]:
    """Return the changed tasks, worst first: the first few, or all of them with their hops."""
    shown = changes.tasks if all_of_them else changes.tasks[:MOST_CHANGES]
    lines = [ScreenLine(printable(f"since {before}: {changes_text(changes)}"))]
    rows = [
        (f"  {task.became}", shortened(printable(task.task), _WIDEST_NAME), counts_text(task), hops_text(task))
        for task in shown
    ]
    if rows:
        room = width - width_of([row[:3] for row in rows]) - 2
        rows = [(*row[:3], shortened(row[3], room, keeps_end=False) if room >= _NARROWEST else "") for row in rows]
        name = max(_NARROWEST, width - width_of([(row[0], "", row[2]) for row in rows]))
        rows = [(row[0], shortened(row[1], name), *row[2:]) for row in rows]
    table = aligned(rows) if rows else []
    for task, line in zip(shown, table, strict=True):
        lines.append(ScreenLine(line, _COLOURS.get(task.became, "")))
        if all_of_them:
            lines += map(_hop_line, task.hops)
    if len(shown) < len(changes.tasks):
        lines.append(ScreenLine(f"  and {len(changes.tasks) - len(shown)} more (all of them with -v)"))
    return lines


def _hop_line(hop: HopChange) -> ScreenLine:
    counts = counts_in_words(hop.before, hop.now, "passed")
    return ScreenLine(f"      hop {hop.position or '-'} ({printable(hop.name)}): {counts}")


def counts_text(task: TaskChange) -> str:
    """Return how often a task was solved, then and now: `3 of 3 -> 1 of 3`."""
    errored = f" ({task.errored} errored)" if task.errored else ""
    return " -> ".join(str(count) for count in (task.solved_before, task.solved_now) if count is not None) + errored


def hops_text(task: TaskChange) -> str:
    """Return which hops changed and how, by position: `hop 2 broke; hops 3, 4 not reached`."""
    groups: dict[str, list[str]] = {}
    for hop in task.hops:
        groups.setdefault(_BECAME.get(hop.became, hop.became), []).append(str(hop.position or "-"))
    return "; ".join(
        f"hop{'s' if len(positions) > 1 else ''} {', '.join(positions)} {became}"
        for became, positions in groups.items()
    )


def percent(rate: float | None) -> str:
    """Return a rate as a percentage, or a dash if there is none."""
    return "-" if rate is None else f"{rate:.1%}"


def _rate_rows(
    groups: Mapping[str, Rates], before: Mapping[str, RateComparison], *, all_of_them: bool
) -> Iterable[list[str]]:
    for number, (name, group) in enumerate(groups.items()):
        if number == _MOST_GROUPS and len(groups) > number + 1 and not all_of_them:
            yield [f"  and {len(groups) - number} more (-v)", *[""] * 9]
            return
        comparison = before.get(name)
        yield [
            f"  {name}",
            str(group.episodes),
            str(group.solved),
            str(group.violated),
            percent(group.task_success_rate),
            percent(comparison.task_before if comparison is not None else None),
            str(group.hops_total),
            str(group.hops_passed),
            percent(group.hop_success_rate),
            percent(comparison.hop_before if comparison is not None else None),
        ]
