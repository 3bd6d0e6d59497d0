"""What `mmina power` prints: a table with a column for each number of trials, and sentences."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from pytest_mmina.gate.check_results import count, named
from pytest_mmina.gate.power import Power, TrialsPower
from pytest_mmina.gate.power_advice import advice, alone, dollars, duration, points, tokens
from pytest_mmina.reports.columns import aligned, printable, width_of

_WIDEST = 100


def power_lines(power: Power, *, width: int) -> list[str]:
    """Return the table and the sentences as lines of a terminal."""
    before = f"{power.trials_before[0]} to {power.trials_before[1]} trials"
    if power.trials_before[0] == power.trials_before[1]:
        before = count(power.trials_before[0], "trial")
    # Long lines are hard to read.
    prose = min(width, _WIDEST)
    how = (
        "Sessions are compared with these counts as they are."
        if power.baseline == "kept"
        else "A baseline with as many trials as the session is made first."
    )
    head = (
        f"{power.source}: {count(power.tasks, 'task')} with {before} each, task success rate {power.task_rate:.1%}, "
        f"hop success rate {power.hop_rate:.1%}. {how} {power.sessions} simulated sessions, alpha {power.alpha:g}."
    )
    return [*_wrapped(head, prose), "", *_table(power, width), "", *_sentences(power, prose)]


def _table(power: Power, width: int) -> Iterator[str]:
    labels, rows = _labels(power), list(power.rows)
    while rows:
        taken = len(rows)
        while taken > 1 and width_of(_cells(labels, rows[:taken])) > width:
            taken -= 1
        yield from aligned(_cells(labels, rows[:taken]), right_from=1, width=width)
        rows = rows[taken:]
        if rows:
            yield ""


def _cells(labels: Sequence[str], rows: Sequence[TrialsPower]) -> list[tuple[str, ...]]:
    return list(zip(labels, *map(_column, rows), strict=True))


def _labels(power: Power) -> list[str]:
    drops = [points(one.drop) for one in power.rows[0].task_drops]
    return [
        "trials of each task",
        "closed sessions:",
        "  unchanged agent",
        *(f"  task success rate -{drop}" for drop in drops),
        *(f"  hops alone -{drop}" for drop in drops),
        "  one task breaks",
        "smallest drop found (80 %)",
        "tokens",
        "dollars",
        "time with one worker",
        f"time with -n {power.workers}",
    ]


def _column(row: TrialsPower) -> list[str]:
    price = row.price
    return [
        str(row.trials),
        "" if row.decidable else "cannot close",
        _percent(row.unchanged),
        *(_percent(one.found) for one in (*row.task_drops, *row.hop_drops)),
        _percent(row.broken_task),
        points(row.smallest) if row.smallest is not None else "none",
        tokens(price).replace("at least ", ">="),
        dollars(price).replace("at least ", ">="),
        duration(price.seconds),
        duration(price.seconds_in_parallel),
    ]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _sentences(power: Power, width: int) -> Iterator[str]:
    found = [(one.drop, one.found) for row in power.rows for one in row.task_drops]
    if too_large := sorted({drop for drop, share in found if share is None}):
        text = f"The task success rate cannot fall by {points(too_large[0])} from {power.task_rate:.1%} (-)."
        yield from _wrapped(text, width)
    if any(one.found is None for row in power.rows for one in row.hop_drops):
        yield from _wrapped(
            "Hops alone: trials that do not solve their task pass fewer hops, and as many are solved. They do not have "
            "enough hops for the drops that are marked with -.",
            width,
        )
    if power.rows[0].broken_task is not None:
        yield from _wrapped("One task breaks: one of the tasks that are solved most is never solved any more.", width)
    if power.undeciding:
        how = "cannot close the gate" if power.baseline == "kept" else "can hardly ever close the gate"
        yield from _wrapped(
            f"{named(power.undeciding)} {how}: no trial was solved or passed a hop, so nothing can fall. Their trials "
            "only show whether the agent has become better.",
            width,
        )
    yield from _wrapped(alone(power), width)
    yield ""
    for sentence in advice(power):
        yield from _wrapped(sentence, width)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(printable(text), width=width, break_on_hyphens=False)
