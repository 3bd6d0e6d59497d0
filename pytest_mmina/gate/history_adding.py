"""Add a session to the history of the main branch."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.baseline import BaselineError, TaskCounts, count_tasks
from pytest_mmina.gate.check_results import named
from pytest_mmina.gate.drift import REFERENCE
from pytest_mmina.gate.exceptions import today
from pytest_mmina.gate.history import (
    History,
    KnownTask,
    Reference,
    read_history,
    with_fingerprint,
    write_history,
)
from pytest_mmina.gate.past_sessions import PastSession, PastTask, Score, queued
from pytest_mmina.gate.saving import require_complete
from pytest_mmina.gate.selection import SessionFacts

KEPT, LEAST_KEPT = 60, 20
"""How many sessions keep the counts of their tasks if nothing else is said, and the smallest number of them."""


class AddedSession(NamedTuple):
    """A history that was written, and the tasks of the session before that are gone."""

    history: History
    gone: Sequence[str] = ()

    def sentence(self, file: Path) -> str:
        """Return all of it as one line."""
        told = f"history: {len(self.history.tasks)} tasks added to {file}, session {len(self.history.sessions)}"
        return f"{told}; {named(self.gone)} gone" if self.gone else told


def add_to_history(
    file: Path,
    counts: EpisodeCounts,
    facts: SessionFacts,
    *,
    keep: int = KEPT,
    restart: bool = False,
    day: date | None = None,
) -> AddedSession:
    """Add a session to a history, or begin one; with `restart`, begin it again with this session.

    The newest `keep` sessions have the counts of all tasks, older ones only their score. `day` is the present date.
    Raises BaselineError if the session is not complete, if it left out a task of the one before, if it was added
    already, or if the file cannot be read or written.
    """
    last = read_history(file) if file.exists() else None
    last = None if restart else last
    _require_addable(file, counts, facts, last)
    sessions = last.sessions if last is not None else ()
    known = last.tasks if last is not None else {}
    tasks = count_tasks(counts, with_costs=True)
    about = {name: _known(task, known.get(name)) for name, task in tasks.items()}
    added = PastSession(
        runs=tuple(sorted(run.id for run in facts.runs)),
        saved=day or today(),
        agent=", ".join(counts.agents()),
        plugin=facts.plugin,
        browser=", ".join(counts.browsers()),
        fixtures=facts.fixtures,
        tasks={name: _past(task, about[name]) for name, task in tasks.items()},
    )
    sessions = (*sessions, added)
    about = {name: _with_reference(name, task, sessions) for name, task in about.items()}
    history = History(tasks=about, sessions=tuple(_scored(sessions, about, keep=max(keep, LEAST_KEPT))))
    try:
        write_history(file, history)
    except OSError as error:
        raise BaselineError(f"not saved: {error}") from None
    return AddedSession(history, sorted(known.keys() - tasks.keys()))


def _require_addable(file: Path, counts: EpisodeCounts, facts: SessionFacts, last: History | None) -> None:
    require_complete(counts, facts)
    if not facts.runs:
        raise BaselineError("not saved: these results are of version 0.1 and have no identity. Run the session again")
    if last is None:
        return
    runs = {run.id for run in facts.runs}
    for place, session in enumerate(last.sessions, start=1):
        if runs & {*session.runs}:
            raise BaselineError(f"not saved: session {place} of {file} is this one already")
    absent = last.tasks.keys() - counts.tasks.keys()
    skipped = absent if facts.skipped_modules else absent & facts.skipped
    if skipped:
        raise BaselineError(f"not saved, because the session is not complete: skipped {named(sorted(skipped))}")
    selection = facts.selection
    left_out = {name for name in absent if selection.unopened or selection.leaves_out(name, last.tasks[name].file)}
    if left_out:
        raise BaselineError(
            f"not saved: the session left out {named(sorted(left_out))} of the session before. Run all tasks, or "
            "begin a history of other tasks in another file"
        )


def _known(task: TaskCounts, before: KnownTask | None) -> KnownTask:
    same = before if before is not None and before.task == task.task else KnownTask()
    names = dict.fromkeys([*same.hops, *task.hops])
    return KnownTask(task=task.task, file=task.file, hops=tuple(names), reference=same.reference, costs=task.costs)


def _past(task: TaskCounts, known: KnownTask) -> PastTask:
    hops = tuple(task.hops.get(name, 0) for name in known.hops)
    return PastTask(
        task=task.task,
        solved=task.solved,
        passed=task.passed,
        hops=None if hops == queued(task.passed) else hops,
        seconds=task.seconds,
    )


def _with_reference(name: str, known: KnownTask, sessions: Sequence[PastSession]) -> KnownTask:
    first = with_fingerprint(name, known.task, sessions)[:REFERENCE]
    if known.reference is not None or len(first) < REFERENCE:
        return known
    trials = sum(task.trials for task in first)
    reference = Reference(
        solved=round(sum(task.solved for task in first) / trials, 6),
        hops=round(sum(task.units for task in first) / trials, 6),
    )
    return known.model_copy(update={"reference": reference})


def _scored(sessions: Sequence[PastSession], about: Mapping[str, KnownTask], *, keep: int) -> list[PastSession]:
    """Return the sessions with their scores, as soon as there is a reference; old ones without their tasks.

    A score never changes again, because later ones are ranked among those before.
    """
    found = []
    for place, session in enumerate(sessions):
        updates: dict[str, object] = {}
        if session.score is None and (score := score_of(session, about)) is not None:
            updates["score"] = score
        if place < len(sessions) - keep:
            updates["tasks"] = {}
        found.append(session.model_copy(update=updates) if updates else session)
    return found


def score_of(session: PastSession, about: Mapping[str, KnownTask]) -> Score | None:
    """Return how far a session lies above the references of its tasks; None if none of them has one."""
    compared = [
        (task, reference, len(known.hops))
        for name, task in session.tasks.items()
        if (known := about.get(name)) is not None
        and known.task == task.task
        and (reference := known.reference) is not None
    ]
    if not compared:
        return None
    solved = sum(task.solved / task.trials - reference.solved for task, reference, _ in compared)
    units = sum(task.units / task.trials - reference.hops for task, reference, _ in compared)
    hops = sum(number for _, _, number in compared)
    # Scores that differ by a rounding error alone are equal.
    return Score(tasks=round(solved / len(compared), 6), hops=round(units / max(hops, 1), 6))
