"""The decision: rules, what the session gave, and the baseline make a gate that is open or closed, with its reasons."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.early_stop import EarlyStopped, terms_of
from pytest_mmina.gate.intervals import intervals_of
from pytest_mmina.gate.rule_checks import Finding, answers, comparable, count, named
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.selection import SessionFacts


class Session(Model):
    """What came of a session. `selected_away` are tasks that its user left out: by path, `-k`, `-m`, `--lf`."""

    records: tuple[EpisodeRecord, ...] = ()
    not_run: int = 0
    skipped: frozenset[str] = frozenset()
    selected_away: frozenset[str] = frozenset()
    fixtures: str = ""
    stopped: EarlyStopped = EarlyStopped()

    @classmethod
    def of(
        cls, records: Iterable[EpisodeRecord], facts: SessionFacts, baseline: Baseline | None, *, root: Path
    ) -> "Session":
        """Put together what a results folder holds; `root` is where the paths of a baseline are seen from."""
        away = facts.selection.left_out(baseline, root=root) if baseline is not None else frozenset()
        return cls(
            records=tuple(records),
            not_run=facts.not_run,
            skipped=facts.skipped,
            selected_away=away,
            fixtures=facts.fixtures,
            stopped=facts.stopped,
        )


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
    counts = count_tasks(session.records)
    findings = [*_complete(session, rules), *_early(session, rules, baseline)]
    if baseline is not None:
        findings += _against_baseline(session, counts, rules, baseline, shown=shown)
    elif rules.max_drop:
        findings.append(Finding("against", f"a drop was asked about ({shown}max-drop), and there is no baseline"))
    findings += answers(session.records, rules, baseline, counts=counts, shown=shown)
    if baseline is not None and rules.regressions == "significant" and counts and not session.stopped.trials:
        findings.append(_intervals(session, counts))
    against = tuple(finding.text for finding in findings if finding.weight == "against")
    kept = tuple(finding.text for finding in findings if finding.weight == "for")
    notes = tuple(finding.text for finding in findings if finding.weight == "note")
    return Decision(
        passed=not against, reasons=against or kept or ("every selected case gave an episode",), notes=notes
    )


def _complete(session: Session, rules: Rules) -> Iterator[Finding]:
    errored = sum(record.outcome == "errored" for record in session.records)
    if not session.records:
        yield Finding("against", "no episode was recorded: nothing is known of the agent")
    if errored > rules.max_errored:
        allowed = f", {rules.max_errored} allowed" if rules.max_errored else ""
        yield Finding("against", f"{count(errored, 'episode')} errored{allowed}: see their reasons and run again")
    if session.not_run:
        yield Finding("against", f"{count(session.not_run, 'selected case')} gave no episode")
    if session.skipped:
        yield Finding("note", f"{count(len(session.skipped), 'task')} skipped and not counted")


def _early(session: Session, rules: Rules, baseline: Baseline | None) -> Iterator[Finding]:
    stopped = session.stopped
    if stopped.trials and stopped.terms != terms_of(rules, baseline):
        yield Finding(
            "against",
            f"{count(stopped.trials, 'trial')} stopped early for other rules or another baseline than these: run the "
            "session by these, or without --mmina-stop-early",
        )
    elif stopped.trials:
        yield Finding(
            "note",
            f"{count(stopped.trials, 'trial')} stopped early: no answer above could have changed. Rates are those of "
            "the trials that were run, and lean towards the decision",
        )


def _intervals(session: Session, counts: Mapping[str, TaskCounts]) -> Finding:
    found = intervals_of(session.records, counts=counts)
    return Finding(
        "note",
        f"95 % intervals: hop success rate {found.hop[0]:.1%} to {found.hop[1]:.1%} (clustered by task), task "
        f"success rate {found.task[0]:.1%} to {found.task[1]:.1%} (Wilson)",
    )


def _against_baseline(
    session: Session, now: Mapping[str, TaskCounts], rules: Rules, baseline: Baseline, *, shown: str
) -> Iterator[Finding]:
    excused = {*now, *session.skipped, *session.selected_away}
    if absent := sorted(set(baseline.tasks) - excused):
        yield Finding(
            "against",
            f"{named(absent)} of the baseline: neither run nor left out by your selection. If they are gone or have "
            "another name now, save a new baseline",
        )
    new = sorted(set(now) - set(baseline.tasks))
    if len(new) > rules.allow_new:
        yield Finding("against", f"{named(new)} not in the baseline, {rules.allow_new} allowed ({shown}allow-new)")
    elif new:
        yield Finding("note", f"{named(new)} not in the baseline, and compared with nothing")
    alike = comparable(now, baseline.tasks)
    if changed := sorted(set(now) & set(baseline.tasks) - set(alike)):
        yield Finding("note", f"{named(changed)} changed since the baseline, and compared with nothing")
    if baseline.fixtures and session.fixtures and baseline.fixtures != session.fixtures:
        yield Finding("note", "the sites are not those of the baseline: their content has changed")
    yield from _tools(session, baseline)
    if not alike:
        yield Finding("against", "no task can be compared with the baseline: all of them are new or changed")


def _tools(session: Session, baseline: Baseline) -> Iterator[Finding]:
    """Say where the agent or the browser is another one than in the baseline."""
    for name, known in (("agent", baseline.agent), ("browser", baseline.browser)):
        now = ", ".join(sorted({getattr(record, name) for record in session.records if record.outcome != "errored"}))
        if known and now and known != now:
            yield Finding("note", f"the {name} is not that of the baseline: {known} there, {now} now")
