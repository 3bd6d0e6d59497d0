"""The decision: rules, what the session gave, and the baseline make a gate that is open or closed, with its reasons."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from pytest_mmina.core.metrics import EpisodeRecord, rates
from pytest_mmina.core.models import Model
from pytest_mmina.gate.baseline import Baseline, TaskCounts, count_tasks
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.selection import SessionFacts

_MOST_NAMED = 5
# Two questions share the level, whether the whole has become worse and whether a single task has, so that asking both
# closes an unchanged agent's gate no more often than `alpha`.
_FOR_THE_WHOLE, _FOR_SINGLE_TASKS = 0.8, 0.2
# Rates are quotients: what is asked for and what came may differ in their last bit.
_HAIR = 1e-9


class Session(Model):
    """What came of a session. `selected_away` are tasks that its user left out: by path, `-k`, `-m`, `--lf`."""

    records: tuple[EpisodeRecord, ...] = ()
    not_run: int = 0
    skipped: frozenset[str] = frozenset()
    selected_away: frozenset[str] = frozenset()
    fixtures: str = ""

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
        )


class Decision(Model):
    """Whether the gate is open, why, and what else a reader should know."""

    passed: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...] = Field(default=())


class Finding(NamedTuple):
    """One sentence: against the merge, for it, or beside it."""

    weight: Literal["against", "for", "note"]
    text: str


def decide(session: Session, rules: Rules, baseline: Baseline | None = None) -> Decision:
    """Judge a session by every rule; whatever is missing closes the gate."""
    findings = [*_complete(session, rules), *_rates(session, rules), *_must_pass(session, rules)]
    if baseline is not None:
        findings += _against_baseline(session, rules, baseline)
    elif rules.max_drop:
        findings.append(Finding("against", "a drop was asked about (--mmina-max-drop), and there is no baseline"))
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
        yield Finding("against", f"{_count(errored, 'episode')} errored{allowed}: see their reasons and run again")
    if session.not_run:
        yield Finding("against", f"{_count(session.not_run, 'selected case')} gave no episode")
    if session.skipped:
        yield Finding("note", f"{_count(len(session.skipped), 'task')} skipped and not counted")


def _rates(session: Session, rules: Rules) -> Iterator[Finding]:
    for kind, asked in (("hop", rules.min_hop_rate), ("task", rules.min_task_rate)):
        for subset, least in asked.items():
            found = rates(record for record in session.records if subset in ("", record.subset))
            rate = found.hop_success_rate if kind == "hop" else found.task_success_rate
            of = f" of {subset}" if subset else ""
            if rate is None:
                if subset:
                    yield Finding("against", f"no episode of the subset {subset} (--mmina-min-{kind}-rate)")
                continue
            holds = rate >= least - _HAIR
            yield Finding(
                "for" if holds else "against",
                f"{kind} success rate{of} {rate:.1%} {'>=' if holds else '<'} {least:.1%} (--mmina-min-{kind}-rate)",
            )


def _intervals(session: Session) -> Finding:
    from pytest_mmina.gate.statistics import clustered_interval, wilson_interval

    by_task = count_tasks(session.records).values()
    counts = [(sum(task.hops.values()), len(task.hops) * task.trials) for task in by_task]
    hops = clustered_interval(counts)
    tasks = wilson_interval(sum(record.outcome == "solved" for record in session.records), len(session.records))
    return Finding(
        "note",
        f"95 % intervals: hop success rate {hops.low:.1%} to {hops.high:.1%} (clustered by task), task success rate "
        f"{tasks.low:.1%} to {tasks.high:.1%} (Wilson)",
    )


def _must_pass(session: Session, rules: Rules) -> Iterator[Finding]:
    for pattern in rules.must_pass:
        matching = [record for record in session.records if fnmatchcase(record.task, pattern)]
        failed = sorted({record.task for record in matching if record.outcome != "solved"})
        if not matching:
            yield Finding("against", f"no episode of a task like {pattern!r} (--mmina-must-pass)")
        elif failed:
            yield Finding("against", f"{_named(failed)} must pass and did not (--mmina-must-pass)")
        else:
            yield Finding("for", f"{_count(len(matching), 'episode')} of {pattern!r} solved (--mmina-must-pass)")


def _against_baseline(session: Session, rules: Rules, baseline: Baseline) -> Iterator[Finding]:
    now = count_tasks(session.records)
    excused = {*now, *session.skipped, *session.selected_away}
    if absent := sorted(set(baseline.tasks) - excused):
        yield Finding(
            "against",
            f"{_named(absent)} of the baseline: neither run nor left out by your selection. If they are gone or have "
            "another name now, save a new baseline",
        )
    new = sorted(set(now) - set(baseline.tasks))
    if len(new) > rules.allow_new:
        yield Finding("against", f"{_named(new)} not in the baseline, {rules.allow_new} allowed (--mmina-allow-new)")
    elif new:
        yield Finding("note", f"{_named(new)} not in the baseline, and compared with nothing")
    changed = sorted(task for task in now if task in baseline.tasks and now[task].task != baseline.tasks[task].task)
    if changed:
        yield Finding("note", f"{_named(changed)} changed since the baseline, and compared with nothing")
    if baseline.fixtures and session.fixtures and baseline.fixtures != session.fixtures:
        yield Finding("note", "the sites are not those of the baseline: their content has changed")
    alike = {task: (baseline.tasks[task], now[task]) for task in now if task in baseline.tasks and task not in changed}
    if not alike:
        yield Finding("against", "no task can be compared with the baseline: all of them are new or changed")
        return
    yield from _drops(alike, rules)
    yield from _regressions(alike, rules)
    if rules.regressions == "significant":
        yield _intervals(session)


def _drops(alike: Mapping[str, tuple[TaskCounts, TaskCounts]], rules: Rules) -> Iterator[Finding]:
    for kind in ("hop", "task"):
        before, now = (_rate([pair[side] for pair in alike.values()], kind) for side in (0, 1))
        told = f"{kind} success rate {before:.1%} in the baseline, {now:.1%} now"
        most = rules.max_drop.get(kind)
        if most is None:
            yield Finding("note", told)
        elif before - now > most + _HAIR:
            yield Finding("against", f"{told}: a drop of {before - now:.1%}, {most:.1%} allowed (--mmina-max-drop)")
        else:
            yield Finding("for", f"{told}, {most:.1%} of a drop allowed (--mmina-max-drop)")


def _rate(counts: Collection[TaskCounts], kind: str) -> float:
    """The mean over one trial of each task, so that another number of trials gives no task another weight."""
    if kind == "task":
        return sum(task.solved / task.trials for task in counts) / len(counts)
    hops = sum(len(task.hops) for task in counts)
    return sum(passed / task.trials for task in counts for passed in task.hops.values()) / hops if hops else 0.0


def _regressions(alike: Mapping[str, tuple[TaskCounts, TaskCounts]], rules: Rules) -> Iterator[Finding]:
    if rules.regressions == "none":
        return
    worse = [task for task, (before, now) in alike.items() if now.solved * before.trials < before.solved * now.trials]
    if rules.regressions == "any":
        if worse:
            yield Finding(
                "against", f"{_named(worse)} solved less often than in the baseline (--mmina-regressions any)"
            )
        else:
            yield Finding("for", "no task solved less often than in the baseline (--mmina-regressions any)")
        return
    from pytest_mmina.gate.statistics import Pair, adjusted_p_values, detectable_drop, drop_p_value, trials_to_detect

    pairs = {task: Pair(before.solved, before.trials, now.solved, now.trials) for task, (before, now) in alike.items()}
    p, level = drop_p_value(list(pairs.values())), _FOR_THE_WHOLE * rules.alpha
    tested = f"over {_count(len(pairs), 'task')}, p = {p:.3g}, level {level:g} (--mmina-regressions significant)"
    if p <= level:
        yield Finding("against", f"fewer tasks are solved than chance allows: {tested}")
    else:
        yield Finding("for", f"no significant drop: {tested}")
    for task, adjusted in zip(pairs, adjusted_p_values(list(pairs.values())), strict=True):
        if adjusted <= _FOR_SINGLE_TASKS * rules.alpha:
            pair = pairs[task]
            yield Finding(
                "against",
                f"{task} fell from {pair.before} of {pair.trials_before} to {pair.now} of {pair.trials_now}, "
                f"p = {adjusted:.3g} corrected for {_count(len(pairs), 'task')}",
            )
    shown = detectable_drop(list(pairs.values()), alpha=level)
    yield Finding("note", f"so many trials show a drop of the task success rate of {shown:.1%} or more (power 80 %)")
    asked = rules.max_drop.get("task")
    if asked and asked < shown:
        needed = trials_to_detect(list(pairs.values()), asked, alpha=level)
        yield Finding("note", f"to show a drop of {asked:.1%}, run {needed} trials of each task, in the baseline too")


def _named(tasks: Sequence[str]) -> str:
    listed = ", ".join(tasks[:_MOST_NAMED])
    more = f" and {len(tasks) - _MOST_NAMED} more" if len(tasks) > _MOST_NAMED else ""
    return f"{_count(len(tasks), 'task')} ({listed}{more})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
