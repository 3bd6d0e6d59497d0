"""Skipped tasks: what was skipped has not passed. It closes the gate if the baseline has it, or nobody chose it."""

from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase

from pytest_mmina.core.skips import WORDS, SkipCause, SkippedCases
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.check_results import CheckResult, count, named
from pytest_mmina.gate.rules import Rules

_MOST_REASONS = 8


def check_skipped(
    skipped: Collection[str], skips: Sequence[SkippedCases], rules: Rules, baseline: Baseline | None, *, prefix: str
) -> Iterator[CheckResult]:
    """Check the skipped tasks of a session: `skips` has them by reason; a task without a reason was not chosen.

    A task that was skipped in some of its trials counts as skipped. `prefix` is the prefix of option names.
    """
    known = sorted(set(baseline.tasks) & set(skipped)) if baseline is not None else []
    if known:
        yield CheckResult(
            "failed",
            f"skipped {named(known)} of the baseline, in a trial or in all of them: what was skipped has not passed",
        )
    for pattern in rules.must_pass:
        if missed := sorted(task for task in skipped if fnmatchcase(task, pattern)):
            text = f"{named(missed)} must be solved in each trial, and was skipped ({prefix}must-pass)"
            yield CheckResult("failed", text)
    lacking = sorted(not_chosen(skipped, skips) - set(known))
    others = len(skipped) - len(known) - len(lacking)
    if len(lacking) > rules.allow_skipped:
        yield CheckResult(
            "failed",
            f"{count(len(lacking), 'task')} skipped and not counted, {rules.allow_skipped} allowed "
            f"({prefix}allow-skipped): {named(lacking)}",
        )
    else:
        others += len(lacking)
    if others:
        yield CheckResult("note", f"{count(others, 'task')} skipped and not counted")
    for line in skip_lines(skips):
        yield CheckResult("note", line)


def not_chosen(skipped: Collection[str], skips: Sequence[SkippedCases]) -> set[str]:
    """Return the tasks that were skipped for a reason which the user did not choose."""
    chosen, others = (
        {task for group in skips if group.is_chosen is wanted for task in group.tasks} for wanted in (True, False)
    )
    return set(skipped) - (chosen - others)


def skip_lines(skips: Sequence[SkippedCases]) -> Iterator[str]:
    """Yield the reasons why cases were skipped, the most frequent ones first."""
    for group in skips[:_MOST_REASONS]:
        reason = f": {group.reason}" if group.reason else ""
        yield f"skipped {count(group.cases, 'case')} of {named(sorted(group.tasks))}, {WORDS[group.cause]}{reason}"
    rest: dict[SkipCause, int] = {}
    for group in skips[_MOST_REASONS:]:
        rest[group.cause] = rest.get(group.cause, 0) + group.cases
    for cause, number in rest.items():
        yield f"skipped {number} more, {WORDS[cause]}"
