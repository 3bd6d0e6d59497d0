"""Sentences about the power of a gate: how many trials to run, and what they show and take."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from pytest_mmina.gate.check_results import count
from pytest_mmina.gate.power import FOUND, Power, TrialsPower
from pytest_mmina.gate.session_price import SessionPrice

# The drop that the advice is about, if it is in the table and can be found.
_USUAL = 0.1
_Kind = Literal["task_drops", "hop_drops"]
_KINDS: Mapping[_Kind, str] = {"task_drops": "", "hop_drops": " of hops alone"}
_MILLION, _THOUSAND = 1e6, 1e3


def advice(power: Power) -> Iterator[str]:
    """Yield what to do, and then what else the numbers mean."""
    yield _trials_to_run(power)
    if more := _not_found(power):
        yield more
    fewest, most = power.trials_before
    if power.baseline == "kept" and power.rows[-1].trials > fewest:
        ran = count(most, "trial") if fewest == most else f"{fewest} to {most} trials"
        yield (
            f"The baseline has {ran} of each task, and its chance results stay, however many trials run now. A new one "
            "with as many trials as the session can find smaller drops: --new-baseline shows them."
        )
    if power.baseline == "new":
        yield "The baseline that is made first takes as much as a session, once."


def alone(power: Power) -> str:
    """Return which numbers of trials are enough for a single task to close the gate by failing."""
    able = [f"{count(row.alone, 'task')} with {count(row.trials, 'trial')}" for row in power.rows if row.alone]
    if not able:
        return "No task closes the gate alone by failing in all of these trials: only several together do."
    return f"So many tasks close the gate alone, by failing in all trials: {', '.join(able)}."


def _trials_to_run(power: Power) -> str:
    for kind, what in _KINDS.items():
        drops = [one.drop for one in power.rows[0].task_drops]
        # Smaller drops than the usual one come last: they cost most.
        for drop in sorted(drops, key=lambda drop: (drop < _USUAL, abs(drop - _USUAL))):
            for row, share in zip(power.rows, _shares(power, drop, kind), strict=True):
                if share is not None and share >= FOUND:
                    return (
                        f"Run {count(row.trials, 'trial')} of each task: a drop of {points(drop)}{what} is found in "
                        f"{100 * share:.0f} of 100 sessions, and an unchanged agent is stopped in "
                        f"{100 * row.unchanged:.1f}. {_takes(row, power.workers)}"
                    )
    last = power.rows[-1]
    if not last.decidable:
        return f"With {_numbers(power)} no result can close the gate: run more trials, or more tasks."
    if last.smallest is not None:
        return (
            f"Run {count(last.trials, 'trial')} of each task or more: they find a drop of {points(last.smallest)} in "
            f"80 of 100 sessions, and no smaller one. {_takes(last, power.workers)}"
        )
    return f"With {_numbers(power)} none of these drops is found: run more trials, or more tasks."


def _not_found(power: Power) -> str:
    missed = [
        one.drop
        for one in power.rows[0].task_drops
        if any(shares := _shares(power, one.drop)) and not any(share and share >= FOUND for share in shares)
    ]
    if not missed or power.rows[-1].smallest is None:
        return ""
    more = ",".join(str(times * power.rows[-1].trials) for times in (2, 4))
    drops = [points(drop) for drop in missed]
    smaller = " or ".join(filter(None, (", ".join(drops[:-1]), drops[-1])))
    return f"No number of trials in this table finds a drop of {smaller}: try --trials {more}."


def _shares(power: Power, drop: float, kind: _Kind = "task_drops") -> Sequence[float | None]:
    return [one.found for row in power.rows for one in getattr(row, kind) if one.drop == drop]


def _numbers(power: Power) -> str:
    numbers = [str(row.trials) for row in power.rows]
    return f"{' or '.join(numbers)} trial{'' if numbers == ['1'] else 's'} of each task"


def _takes(row: TrialsPower, workers: int) -> str:
    price = row.price
    parts = [
        f"{tokens(price)} tokens" if price.tokens is not None else "",
        f"{dollars(price)} dollars" if price.dollars is not None else "",
        f"{duration(price.seconds_in_parallel)} with -n {workers}" if price.seconds_in_parallel is not None else "",
    ]
    known = [part for part in parts if part]
    if not known:
        return "What it takes is not known: the counts contain no usage and no time."
    listed = f"{', '.join(known[:-1])} and {known[-1]}" if len(known) > 1 else known[0]
    return f"A session takes {listed}."


def points(drop: float) -> str:
    """Return a drop in percentage points, in few digits."""
    return f"{round(100 * drop, 1):g} point{'' if round(100 * drop, 1) == 1 else 's'}"


def tokens(price: SessionPrice) -> str:
    """Return a number of tokens in few digits, `-` if it is not known."""
    if price.tokens is None:
        return "-"
    number = price.tokens
    text = f"{number / _MILLION:.1f} M" if number >= 0.95 * _MILLION else f"{number / _THOUSAND:.1f} k"
    return _at_least(text, price)


def dollars(price: SessionPrice) -> str:
    """Return an amount of dollars with cents, `-` if it is not known."""
    return "-" if price.dollars is None else _at_least(f"{price.dollars:.2f}", price)


def duration(seconds: float | None) -> str:
    """Return a time in seconds, minutes or hours, `-` if it is not known."""
    if seconds is None:
        return "-"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 120 * 60 else f"{seconds / 3600:.1f} h"


def _at_least(text: str, price: SessionPrice) -> str:
    return f"at least {text}" if price.at_least else text
