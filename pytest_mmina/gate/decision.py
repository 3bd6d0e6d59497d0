"""The decision: rules, what the session gave, and the baseline make a gate that is open or closed, with its reasons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.early_stop import EarlyStopped, terms_of
from pytest_mmina.gate.intervals import intervals_of
from pytest_mmina.gate.rule_checks import CheckResult, check_rules, comparable, count, named
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.selection import SessionFacts


@dataclass(frozen=True)
class Session:
    """What came of a session. `selected_away` are tasks that its user left out: by path, `-k`, `-m`, `--lf`."""

    counts: EpisodeCounts = field(default_factory=EpisodeCounts)
    not_run: int = 0
    skipped: frozenset[str] = frozenset()
    selected_away: frozenset[str] = frozenset()
    fixtures: str = ""
    stopped: EarlyStopped = field(default_factory=EarlyStopped)

    @classmethod
    def of(cls, counts: EpisodeCounts, facts: SessionFacts, baseline: Baseline | None, *, root: Path) -> "Session":
        """Put together what is known of a session; `root` is where the paths of a baseline are seen from."""
        away = facts.selection.left_out(baseline, root=root) if baseline is not None else frozenset()
        return cls(
            counts=counts,
            not_run=facts.not_run,
            skipped=facts.skipped,
            selected_away=away,
            fixtures=facts.fixtures,
            stopped=facts.stopped,
        )

    @cached_property
    def tasks(self) -> Mapping[str, TaskCounts]:
        """The counts of every task, as a baseline has them."""
        return count_tasks(self.counts)


class Decision(Model):
    """Whether the gate is open, why, and what else a reader should know."""

    passed: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = Field(default=())

    def lines(self) -> list[str]:
        """The decision as it is told: the verdict with its reasons, then the notes."""
        verdict = f"gate: {'open' if self.passed else 'CLOSED'}: {'; '.join(self.reasons)}"
        return [verdict, *(f"      {note}" for note in self.notes)]


def decide(session: Session, rules: Rules, baseline: Baseline | None = None, *, shown: str = "--mmina-") -> Decision:
    """Judge a session by every rule; whatever is missing closes the gate.

    `shown` is what stands before the names of options where the rules were given: a sentence names its option.
    """
    results = [*_complete(session, rules), *_early(session, rules, baseline)]
    if baseline is not None:
        results += _against_baseline(session, rules, baseline, shown=shown)
    elif rules.max_drop:
        results.append(CheckResult("failed", f"a drop was asked about ({shown}max-drop), and there is no baseline"))
    tasks = session.tasks if baseline is not None else None
    results += check_rules(session.counts, rules, baseline, tasks=tasks, shown=shown)
    has_episodes, all_trials = bool(session.counts.tasks), not session.stopped.trials
    if baseline is not None and rules.regressions == "significant" and has_episodes and all_trials:
        results.append(_intervals(session))
    failed, passed, notes = (
        tuple(result.text for result in results if result.status == status) for status in ("failed", "passed", "note")
    )
    reasons = failed or passed or ("every selected case gave an episode",)
    return Decision(passed=not failed, reasons=reasons, notes=notes)


def _complete(session: Session, rules: Rules) -> Iterator[CheckResult]:
    errored = session.counts.errored
    if not session.counts.tasks:
        yield CheckResult("failed", "no episode was recorded: nothing is known of the agent")
    if errored > rules.max_errored:
        allowed = f", {rules.max_errored} allowed" if rules.max_errored else ""
        yield CheckResult("failed", f"{count(errored, 'episode')} errored{allowed}: see their reasons and run again")
    if session.not_run:
        yield CheckResult("failed", f"{count(session.not_run, 'selected case')} gave no episode")
    if session.skipped:
        yield CheckResult("note", f"{count(len(session.skipped), 'task')} skipped and not counted")


def _early(session: Session, rules: Rules, baseline: Baseline | None) -> Iterator[CheckResult]:
    stopped = session.stopped
    if stopped.trials and stopped.terms != terms_of(rules, baseline):
        yield CheckResult(
            "failed",
            f"{count(stopped.trials, 'trial')} stopped early for other rules or another baseline than these: run the "
            "session by these, or without --mmina-stop-early",
        )
    elif stopped.trials:
        yield CheckResult(
            "note",
            f"{count(stopped.trials, 'trial')} stopped early: no answer above could have changed. Rates are those of "
            "the trials that were run, and lean towards the decision",
        )


def _intervals(session: Session) -> CheckResult:
    found = intervals_of(session.counts)
    return CheckResult(
        "note",
        f"95 % intervals: hop success rate {found.hop[0]:.1%} to {found.hop[1]:.1%} (clustered by task), task "
        f"success rate {found.task[0]:.1%} to {found.task[1]:.1%} (Wilson)",
    )


def _against_baseline(session: Session, rules: Rules, baseline: Baseline, *, shown: str) -> Iterator[CheckResult]:
    now = session.tasks
    excused = {*now, *session.skipped, *session.selected_away}
    if absent := sorted(set(baseline.tasks) - excused):
        yield CheckResult(
            "failed",
            f"{named(absent)} of the baseline: neither run nor left out by your selection. If they are gone or have "
            "another name now, save a new baseline",
        )
    new = sorted(set(now) - set(baseline.tasks))
    if len(new) > rules.allow_new:
        yield CheckResult("failed", f"{named(new)} not in the baseline, {rules.allow_new} allowed ({shown}allow-new)")
    elif new:
        yield CheckResult("note", f"{named(new)} not in the baseline, and compared with nothing")
    shared = comparable(now, baseline.tasks)
    if changed := sorted(set(now) & set(baseline.tasks) - set(shared)):
        yield CheckResult("note", f"{named(changed)} changed since the baseline, and compared with nothing")
    if baseline.fixtures and session.fixtures and baseline.fixtures != session.fixtures:
        yield CheckResult("note", "the sites are not those of the baseline: their content has changed")
    yield from _tools(session, baseline)
    if not shared:
        yield CheckResult("failed", "no task can be compared with the baseline: all of them are new or changed")


def _tools(session: Session, baseline: Baseline) -> Iterator[CheckResult]:
    """Say where the agent or the browser is another one than in the baseline."""
    counts = session.counts
    for name, known, ran in (
        ("agent", baseline.agent, counts.agents(with_errored=False)),
        ("browser", baseline.browser, counts.browsers(with_errored=False)),
    ):
        now = ", ".join(ran)
        if known and now and known != now:
            yield CheckResult("note", f"the {name} is not that of the baseline: {known} there, {now} now")
