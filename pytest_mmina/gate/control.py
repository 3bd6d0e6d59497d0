"""The control: the agent before the change, which runs the same cases in the same session, and is the baseline of it.

A lost episode of the control must never open a gate. So an errored one counts as solved, and a task whose two arms do
not have the same trials is not compared and closes the gate.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.check_results import CheckResult, count, named
from pytest_mmina.gate.early_stop import completed
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.selection import SessionFacts


class ControlCounts:
    """The counts of the control's episodes, where an errored one counts as solved; `errored` is how many are such."""

    def __init__(self) -> None:
        self.counts = EpisodeCounts()
        self.errored = 0

    def add(self, record: EpisodeRecord) -> None:
        """Count one more episode."""
        if record.outcome == "errored":
            self.errored += 1
            record = completed(record, solved=True)
        self.counts.add(record)


class Control(NamedTuple):
    """The control of a session; `not_run` and `skipped` are its cases without an episode, and its skipped tasks."""

    agent: str
    counts: EpisodeCounts
    errored: int = 0
    not_run: int = 0
    skipped: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name of the control as a baseline, for reports."""
        return f"control {self.agent}".strip()

    def baseline(self, facts: SessionFacts) -> Baseline | None:
        """Return its counts as a baseline, for the rules that compare; None if it has no episode."""
        if not self.counts.tasks:
            return None
        return Baseline(
            agent=self.agent,
            plugin=facts.plugin,
            browser=", ".join(self.counts.browsers()),
            fixtures=facts.fixtures,
            tasks=count_tasks(self.counts),
        )


def control_of(counts: ControlCounts, facts: SessionFacts) -> Control | None:
    """Return the control of a session; None if the session has none."""
    if facts.control is None and not counts.counts.tasks:
        return None
    agent = ", ".join(counts.counts.agents()) or (facts.control.agent if facts.control is not None else "")
    lost = (facts.control.not_run, facts.control.skipped) if facts.control is not None else (0, frozenset[str]())
    return Control(agent, counts.counts, counts.errored, *lost)


def check_control(
    control: Control, counts: EpisodeCounts, rules: Rules, *, skipped: frozenset[str]
) -> Iterator[CheckResult]:
    """Check that both arms ran the same trials of the same tasks; `counts` and `skipped` are the new agent's."""
    if not control.counts.tasks:
        yield CheckResult("failed", "no episode of the control was recorded, so there is nothing to compare with")
        return
    if len(agents := control.counts.agents()) > 1:
        text = f"the episodes of the control are of several agents ({', '.join(agents)}): run the session again"
        yield CheckResult("failed", text)
    if control.errored > rules.max_errored:
        allowed = f", {rules.max_errored} allowed" if rules.max_errored else ""
        text = f"{count(control.errored, 'episode')} of the control errored{allowed}: see their reasons and run again"
        yield CheckResult("failed", text)
    elif control.errored:
        yield CheckResult("note", f"{count(control.errored, 'episode')} of the control errored and counted as solved")
    if control.counts.broken:
        yield _broken(control.counts)
    if control.not_run:
        yield CheckResult("failed", f"{count(control.not_run, 'selected case')} of the control gave no episode")
    if lost := sorted(skipped | control.skipped):
        yield CheckResult(
            "failed",
            f"{named(lost)} skipped, so not compared with the control: remove the cause, or leave them out by -k or "
            "paths",
        )
    now, before = counts.tasks, control.counts.tasks
    everything = now.keys() | before.keys()
    uneven = {
        task for task in everything if task not in now or task not in before or now[task].trials != before[task].trials
    }
    if unexplained := sorted(uneven - skipped - control.skipped):
        yield CheckResult(
            "failed",
            f"{named(unexplained)} without the same trials of both agents: select the control's cases too, whose ids "
            "contain -control",
        )
    if changed := sorted(task for task in everything - uneven if now[task].fingerprint != before[task].fingerprint):
        yield CheckResult("failed", f"{named(changed)} changed while the session ran, so not compared")
    if agents == counts.agents():
        text = f"both agents are {control.agent}: a comparison of an agent with itself shows nothing about a change"
        yield CheckResult("note", text)
    else:
        text = f"the baseline is the control, {control.agent}, which ran in turns with the new agent"
        yield CheckResult("note", text)


def _broken(counts: EpisodeCounts) -> CheckResult:
    # An agent that cannot even start would be easy to beat. A part of its episodes may be how it is.
    episodes = count(counts.broken, "episode")
    if counts.all_broke:
        text = f"the control broke in each of its episodes before it passed a hop ({counts.first_break}), so there is "
        return CheckResult("failed", f"{text}nothing to compare with: mend it and run again")
    return CheckResult("note", f"the control broke in {episodes} before it passed a hop ({counts.first_break})")
