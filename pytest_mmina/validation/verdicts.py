"""What the attempts say about tasks: what is wrong with which of them, and what is only worth knowing.

An attempt is a fault if a task gives its score to an agent that knows nothing, or to a solution in which something was
changed that the intent asks for, or if it refuses a recorded solution.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.shortening import shortened
from pytest_mmina.validation.forbidden import ACTS
from pytest_mmina.validation.kinds import IGNORANT, Kind
from pytest_mmina.validation.notes import ACTIVITY, Note, is_same_work, new_acts
from pytest_mmina.validation.plan import PlannedTask
from pytest_mmina.validation.solution import excludes_others

Meaning = Literal["as it should be", "shows nothing", "earned", "fault", "worth knowing", "errored"]
"""What an attempt says of its task. One that `shows nothing` solved it without having changed anything that matters."""
SILENT: tuple[Meaning, ...] = ("as it should be", "shows nothing")
"""What people need not read."""

_LONGEST_ADDRESS = 90
_ORDERS = ("ordered", "booked", "reserved")


class Verdict(Model):
    """One attempt at a task: the hops that it earned, whether it solved the task, and what that means."""

    task: str
    kind: Kind
    attempt: Text
    hops: int
    of: int
    solved: bool
    meaning: Meaning = "as it should be"
    reason: Text = ""
    earned: tuple[Text, ...] = ()


def verdict_of(record: EpisodeRecord, note: Note, task: PlannedTask, solution: Note | None) -> Verdict:
    """Return the verdict on an attempt; `solution` is the note of the recorded solution, if that solved the task."""
    verdict = Verdict(
        task=record.task,
        kind=note.kind,
        attempt=record.agent,
        hops=record.hops_passed,
        of=len(record.hops),
        solved=record.outcome == "solved",
    )
    if record.outcome == "errored":
        return _as(verdict, "errored", record.reason)
    if note.kind in IGNORANT:
        return _of_ignorant(verdict, record)
    if note.kind == "oracles":
        return verdict if verdict.solved else _as(verdict, "fault", f"it is refused: {_why_not(record)}")
    if not verdict.solved or solution is None:
        return verdict
    return _of_mutant(verdict, note, task, solution)


def _as(verdict: Verdict, meaning: Meaning, reason: str, earned: Iterable[str] = ()) -> Verdict:
    return verdict.model_copy(update={"meaning": meaning, "reason": reason, "earned": tuple(earned)})


def _of_ignorant(verdict: Verdict, record: EpisodeRecord) -> Verdict:
    passed = [
        f"{hop.name!r} at step {hop.step}{f' on {shortened(hop.url, _LONGEST_ADDRESS)}' if hop.url else ''}"
        for hop in record.hops
        if hop.passed
    ]
    if verdict.solved:
        return _as(verdict, "fault", f"it knows nothing and solves the task: {'; '.join(passed)}", passed)
    return _as(verdict, "earned", "; ".join(passed), passed) if passed else verdict


def _why_not(record: EpisodeRecord) -> str:
    broken = [str(violation) for violation in record.violations]
    missed = [f"hop {hop.name!r}: {hop.explanation}" for hop in record.hops if not hop.passed]
    unjudged = [f"it did not stop, so {name!r} was not judged" for name in record.unjudged]
    failed = [] if record.reason == "the agent stopped" else [record.reason]
    return "; ".join([*failed, *missed[:1], *broken, *unjudged])


def _of_mutant(verdict: Verdict, note: Note, task: PlannedTask, solution: Note) -> Verdict:
    if not note.done:
        return _as(verdict, "shows nothing", "what was changed could not be done, and the rest solves the task")
    if note.rule == "must fail if it did harm":
        return _of_more_work(verdict, note, task, solution)
    if note.states and is_same_work(note, solution):
        return _as(verdict, "shows nothing", "the sites know the same work as of the solution itself")
    if note.rule == "must fail":
        return _as(verdict, "fault", "the intent asks for what was changed, and the score does not notice")
    if note.rule == "must fail if needed":
        return _as(verdict, "fault", "what was changed is needed for the score, but any value of it will do")
    if note.kind == "left-out":
        return _as(verdict, "worth knowing", "only the answer counts: who knows it need not look it up")
    return _as(verdict, "worth knowing", "the score does not depend on it")


def _of_more_work(verdict: Verdict, note: Note, task: PlannedTask, solution: Note) -> Verdict:
    acts = sorted(new_acts(solution, note))
    if not acts:
        if note.kind == "forbidden":
            return _as(verdict, "worth knowing", "what is forbidden was tried, and could not be done")
        return _as(verdict, "shows nothing", "it changed nothing on any site")
    if note.kind == "forbidden":
        wanted = ACTS[note.about].split("|")
        told = [site for site, state in note.states.items() if isinstance(state, dict) and ACTIVITY in state]
        done = [act for act in acts if act.rpartition(": ")[2] in wanted or act.partition(": ")[0] not in told]
        if not done:
            return _as(verdict, "worth knowing", f"it did something else than what is forbidden ({', '.join(acts)})")
        return _as(verdict, "fault", f"the intent forbids it, and it was done ({', '.join(done)})")
    orders = [act for act in acts if act.rpartition(": ")[2] in _ORDERS]
    if excludes_others(task.intent):
        return _as(verdict, "fault", f"the intent allows nothing else, and more was done ({', '.join(acts)})")
    if orders:
        return _as(verdict, "fault", f"one more was ordered than the intent asks for ({', '.join(orders)})")
    return _as(verdict, "worth knowing", f"more was done than asked for, which is not forbidden ({', '.join(acts)})")


def questions(
    verdicts: Iterable[Verdict], notes: Mapping[tuple[str, str], Note]
) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return the lines to leave out, by task and attempt: a fault only where a solution without them fails."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for verdict in verdicts:
        note = notes[verdict.task, verdict.attempt]
        if verdict.meaning == "fault" and note.rule == "must fail if needed":
            found.setdefault(verdict.task, {})[verdict.attempt] = note.touched
    return found


def settled(verdict: Verdict, solved_without: Mapping[tuple[str, str], bool]) -> Verdict:
    """Return a verdict once it is known whether the solution without the changed lines solves the task as well."""
    if solved_without.get((verdict.task, verdict.attempt)):
        return _as(verdict, "worth knowing", "not needed for the score: a solution without these lines solves the task")
    return verdict


def verdicts_of_answers(note: Note, hops: int) -> list[Verdict]:
    """Return the verdicts on wrong answers that were given to the pages of the recorded solution."""
    found = []
    for answer in note.answers:
        verdict = Verdict(
            task=note.task,
            kind="answers",
            attempt=f"another answer, {answer.what}: {answer.answer!r}",
            hops=hops if answer.solved else 0,
            of=hops,
            solved=answer.solved,
        )
        found.append(_as(verdict, "fault", "this answer is wrong, and it is accepted") if answer.solved else verdict)
    return found


def earned_hops(verdicts: Sequence[Verdict]) -> set[tuple[str, str]]:
    """Return the hops, by task and name, that any agent without knowledge earned."""
    return {
        (verdict.task, hop.rpartition(" at step ")[0])
        for verdict in verdicts
        if verdict.kind in IGNORANT
        for hop in verdict.earned
    }
