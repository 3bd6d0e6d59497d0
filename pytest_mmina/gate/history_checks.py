"""What a history adds to the decision: how many sessions are compared, whether bad days are known, and drift."""

from collections.abc import Iterator, Mapping

from pytest_mmina.gate.baseline import Baseline, TaskCounts
from pytest_mmina.gate.between_sessions import ENOUGH, past_of
from pytest_mmina.gate.check_results import CheckResult, count
from pytest_mmina.gate.comparing import comparable
from pytest_mmina.gate.drift import NOTED_LEVEL, Drift
from pytest_mmina.gate.rules import Rules


def check_history(
    tasks: Mapping[str, TaskCounts], rules: Rules, baseline: Baseline | None, *, prefix: str
) -> Iterator[CheckResult]:
    """Yield notes about the sessions of the baseline, and the rule on drift, which no episode of now can change.

    `tasks` are the counts of now, `prefix` is the prefix of option names.
    """
    if baseline is not None:
        yield from _about_sessions(tasks, rules, baseline)
    yield from _check_drift(baseline.drift if baseline is not None else None, rules, prefix=prefix)


def _about_sessions(tasks: Mapping[str, TaskCounts], rules: Rules, baseline: Baseline) -> Iterator[CheckResult]:
    sessions = baseline.sessions
    if sessions:
        first, last = sessions[0].saved, sessions[-1].saved
        days = f"of {last}" if first == last else f"from {first} to {last}"
        yield CheckResult("note", f"the baseline is the newest {count(len(sessions), 'session')} of a history, {days}")
    known = len(past_of(sessions, comparable(tasks, baseline.tasks)))
    if rules.regressions == "significant" and known < ENOUGH:
        has = f"its history has {count(known, 'session')} with these tasks" if sessions else "it is one session"
        yield CheckResult(
            "note",
            f"the baseline cannot tell a bad day of the model from a change, because {has}: run the old agent as a "
            f"control in the same session, or use a history of {ENOUGH} sessions or more (mmina history add)",
        )


def _check_drift(drift: Drift | None, rules: Rules, *, prefix: str) -> Iterator[CheckResult]:
    if drift is None:
        if rules.drift:
            yield CheckResult("failed", f"{prefix}drift needs a history as the baseline (mmina history add)")
        return
    if rules.drift and drift.is_alarm(rules.drift):
        yield CheckResult("failed", f"{drift.sentence(rules.drift)} ({prefix}drift)")
    elif rules.drift:
        yield CheckResult("passed", f"{drift.sentence(rules.drift)} ({prefix}drift)")
    elif drift.is_alarm(NOTED_LEVEL):
        yield CheckResult("note", drift.sentence(NOTED_LEVEL))
