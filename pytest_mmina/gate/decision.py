"""The decision of the gate: open or closed, with its reasons, from the rules, the session and the baseline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.skips import SkippedCases
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.check_results import CheckResult, count, named
from pytest_mmina.gate.comparing import comparable
from pytest_mmina.gate.control import Control, check_control
from pytest_mmina.gate.cost_rules import check_costs
from pytest_mmina.gate.decidable import Decidability, decidability
from pytest_mmina.gate.early_stop import EarlyStopped, terms_fingerprint
from pytest_mmina.gate.exemptions import NO_EXEMPTIONS, Exemptions
from pytest_mmina.gate.gathering import gathering_of
from pytest_mmina.gate.history_checks import check_history
from pytest_mmina.gate.intervals import intervals_of
from pytest_mmina.gate.rule_checks import check_rules
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.gate.skipped import check_skipped, skip_lines

PLAN_MISSING = (
    "the list of selected cases is not in the results: something removed it while the session ran, or the workers "
    "wrote it to another disk or folder. Name a folder that all of them share, and remove nothing in it"
)


@dataclass(frozen=True)
class Session:
    """What the gate knows about a session. `left_out` are tasks that the user left out: by path, `-k`, `-m`, `--lf`.

    `deselected` are those of them that pytest collected. With `whole`, every task of the project was collected. All
    numbers are those of the agent to test, also in a session with a `control`.
    """

    counts: EpisodeCounts = field(default_factory=EpisodeCounts)
    not_run: int = 0
    skipped: frozenset[str] = frozenset()
    skips: tuple[SkippedCases, ...] = ()
    skipped_modules: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    deselected: frozenset[str] = frozenset()
    whole: bool = True
    fixtures: str = ""
    stopped: EarlyStopped = field(default_factory=EarlyStopped)
    control: Control | None = None
    plan_missing: bool = False
    shard: str = ""

    @classmethod
    def of(
        cls,
        counts: EpisodeCounts,
        facts: SessionFacts,
        baseline: Baseline | None,
        *,
        root: Path,
        control: Control | None = None,
    ) -> "Session":
        """Return a session from its counts and facts; the paths in a baseline are relative to `root`."""
        left_out = facts.selection.left_out(baseline, root=root) if baseline is not None else frozenset()
        return cls(
            counts=counts,
            not_run=facts.not_run,
            skipped=facts.skipped,
            skips=facts.skips,
            skipped_modules=facts.skipped_modules,
            left_out=left_out,
            deselected=facts.selection.deselected,
            whole=not (facts.selection.paths or facts.selection.unopened or facts.not_run),
            fixtures=facts.fixtures,
            stopped=facts.stopped,
            control=control,
            plan_missing=facts.plan_missing,
            shard=facts.shard,
        )

    @cached_property
    def tasks(self) -> Mapping[str, TaskCounts]:
        """The counts of every task, in the form of a baseline."""
        return count_tasks(self.counts)


class Decision(Model):
    """Whether the gate is open (`passed`), the reasons, and notes with more information.

    `decidable` is whether any result of the same trials could have closed the gate by its rules; if not, `warning` says
    so. `fell` are the tasks that probably fell, at a false discovery rate of 10 %; they decide nothing.
    """

    passed: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = Field(default=())
    decidable: bool = True
    warning: str = ""
    fell: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """Return the decision one sentence at a time: the verdict with its first reason, the others, then the notes."""
        first, *others = self.reasons
        return [f"gate: {'open' if self.passed else 'CLOSED'}: {first}", *others, *self.notes]

    def lines(self) -> list[str]:
        """Return the decision as text: the verdict with its reasons, then the notes."""
        verdict = f"gate: {'open' if self.passed else 'CLOSED'}: {'; '.join(self.reasons)}"
        return [verdict, *(f"      {note}" for note in self.notes)]


def decide(
    session: Session,
    rules: Rules,
    baseline: Baseline | None = None,
    exemptions: Exemptions = NO_EXEMPTIONS,
    *,
    prefix: str = "--mmina-",
) -> Decision:
    """Judge a session by every rule; anything that is missing closes the gate.

    `exemptions` are the exceptions that hold: they apply to the rules, but not to what is missing. `prefix` is the
    prefix of option names on this command line, because messages name the option of a rule.
    """
    elsewhere = session.skipped | session.left_out | session.deselected
    results = [*exemptions.check(session.counts, baseline, elsewhere=elsewhere, whole=session.whole)]
    results += [*_completeness(session, rules), *_early_stop(session, rules, baseline, exemptions)]
    if session.shard and not session.shard.endswith("/1"):
        results.append(
            CheckResult("note", f"this decision is about shard {session.shard} alone: merge all of them to decide")
        )
    if session.skipped_modules:
        modules = ", ".join(sorted(session.skipped_modules))
        results.append(CheckResult("note", f"skipped at collection, so that nothing is known of its cases: {modules}"))
    if session.control is not None:
        # Each skipped task closes the gate, whatever the cause: it is not compared.
        results += check_control(session.control, session.counts, rules, skipped=session.skipped)
        results += (CheckResult("note", line) for line in skip_lines(session.skips))
    else:
        results += check_skipped(session.skipped, session.skips, rules, baseline, prefix=prefix)
    if baseline is not None and session.control is None:
        results += _against_baseline(session, rules, baseline, exemptions, prefix=prefix)
    if session.control is None:
        results += check_history(session.tasks, rules, exemptions.compared(baseline), prefix=prefix)
    if baseline is None and rules.max_drop:
        results.append(CheckResult("failed", f"{prefix}max-drop needs a baseline, and there is no baseline"))
    everything = session
    session, baseline = replace(session, counts=exemptions.deciding(session.counts)), exemptions.compared(baseline)
    tasks = session.tasks if baseline is not None else None
    results += check_rules(session.counts, rules, baseline, tasks=tasks, exemptions=exemptions, prefix=prefix)
    results += check_costs(session.counts, rules, baseline, prefix=prefix)
    has_episodes, all_trials = bool(session.counts.tasks), not session.stopped.trials
    if not all_trials:
        # The trials that ran were chosen by their results, so tasks that seem to have fallen may not have.
        results = [result for result in results if not result.fell]
    able = Decidability()
    if has_episodes:
        known = None if all_trials else session.stopped.decidable
        able = decidability(session.counts, rules, baseline, exemptions, known=known, prefix=prefix)
    if able.warning and rules.require_power:
        results.append(
            CheckResult("failed", f"no result could have closed the gate by its other rules ({prefix}require-power)")
        )
    if able.note:
        results.append(CheckResult("note", able.note))
    if baseline is not None and rules.regressions == "significant" and has_episodes and all_trials:
        results.append(_intervals(everything))
    if (gathering := gathering_of(everything.counts, baseline)) is not None:
        results.append(CheckResult("note", gathering.text))
    failed, passed, notes = (
        tuple(result.text for result in results if result.status == status) for status in ("failed", "passed", "note")
    )
    reasons = failed or passed or ("every selected case gave an episode",)
    return Decision(
        passed=not failed,
        reasons=reasons,
        notes=notes,
        decidable=not able.warning,
        warning=able.warning,
        fell=tuple(name for result in results for name in result.fell),
    )


def _completeness(session: Session, rules: Rules) -> Iterator[CheckResult]:
    errored = session.counts.errored
    if not session.counts.tasks:
        yield CheckResult("failed", "no episode was recorded, so nothing is known about the agent")
    if errored > rules.max_errored:
        allowed = f", {rules.max_errored} allowed" if rules.max_errored else ""
        yield CheckResult("failed", f"{count(errored, 'episode')} errored{allowed}: see their reasons and run again")
    if mixed := session.counts.mixed:
        yield CheckResult(
            "failed",
            f"{named(mixed)} stands for several different tasks, which are counted as one: an id is the name of a "
            "folder and of a file in it, so rename one of them",
        )
    if session.plan_missing:
        yield CheckResult("failed", PLAN_MISSING)
    if session.not_run:
        yield CheckResult("failed", f"{count(session.not_run, 'selected case')} gave no episode")


def _early_stop(
    session: Session, rules: Rules, baseline: Baseline | None, exemptions: Exemptions
) -> Iterator[CheckResult]:
    stopped = session.stopped
    if stopped.trials and stopped.terms != terms_fingerprint(rules, baseline, exemptions):
        yield CheckResult(
            "failed",
            f"{count(stopped.trials, 'trial')} stopped early for other rules or another baseline: run the session "
            "with these ones, or without --mmina-stop-early",
        )
    elif stopped.trials:
        yield CheckResult(
            "note",
            f"{count(stopped.trials, 'trial')} stopped early: they could not have changed the decision. The rates "
            "count only the trials that ran, and are biased towards the decision",
        )


def _intervals(session: Session) -> CheckResult:
    found = intervals_of(session.counts)
    return CheckResult(
        "note",
        f"95 % intervals for {found.population}: hop success rate {found.hop[0]:.1%} to {found.hop[1]:.1%}, task "
        f"success rate {found.task[0]:.1%} to {found.task[1]:.1%} (clustered by task)",
    )


def _against_baseline(
    session: Session, rules: Rules, baseline: Baseline, exemptions: Exemptions, *, prefix: str
) -> Iterator[CheckResult]:
    now = session.tasks
    excused = {*now, *session.skipped, *session.left_out}
    if absent := sorted(set(baseline.tasks) - excused):
        yield CheckResult(
            "failed",
            f"{named(absent)} of the baseline did not run, although selected. If they are gone or have "
            "another name now, save a new baseline",
        )
    if left_out := sorted(session.left_out & set(baseline.tasks) - set(now) - session.skipped):
        yield CheckResult(
            "note", f"{named(left_out)} of the baseline left out by the selection of this session, so not compared"
        )
    new = sorted(set(now) - set(baseline.tasks))
    if len(new) > rules.allow_new:
        yield CheckResult("failed", f"{named(new)} not in the baseline, {rules.allow_new} allowed ({prefix}allow-new)")
    elif new:
        yield CheckResult("note", f"{named(new)} not in the baseline, so not compared")
    shared = comparable(now, baseline.tasks)
    changed = sorted(set(now) & set(baseline.tasks) - set(shared))
    if len(changed) > rules.allow_changed:
        yield CheckResult(
            "failed",
            f"{named(changed)} changed since the baseline and cannot be compared, {rules.allow_changed} allowed "
            f"({prefix}allow-changed): save a new baseline",
        )
    elif changed:
        yield CheckResult("note", f"{named(changed)} changed since the baseline and not compared")
    if baseline.fixtures and session.fixtures and baseline.fixtures != session.fixtures:
        yield CheckResult("note", "the sites are not those of the baseline: their content has changed")
    yield from _changed_tools(session, baseline)
    if not shared:
        yield CheckResult("failed", "no task can be compared with the baseline: all of them are new or changed")
    elif not any(map(exemptions.is_compared, shared)):
        yield CheckResult("failed", "nothing is compared with the baseline: every task that could be is an exception")


def _changed_tools(session: Session, baseline: Baseline) -> Iterator[CheckResult]:
    """Yield a note if the agent or the browser is not the one of the baseline."""
    counts = session.counts
    for name, known, ran in (
        ("agent", baseline.agent, counts.agents(with_errored=False)),
        ("browser", baseline.browser, counts.browsers(with_errored=False)),
    ):
        now = ", ".join(ran)
        if known and now and known != now:
            yield CheckResult("note", f"the {name} is not that of the baseline: {known} there, {now} now")
