"""`mmina judge`: judge recorded trajectories by today's tasks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from pytest_mmina.core.errors import InfrastructureError, TrajectoryError
from pytest_mmina.core.record.stored_trajectory import End
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.datasets.hop_protocols import Protocol, by_protocol
from pytest_mmina.trajectories.judging_steps import JudgedHops, judged_again
from pytest_mmina.trajectories.reading import read_recording, recordings_in


class JudgedAgain(NamedTuple):
    """The result for one trajectory; `lines` name the verdicts that changed, or the reason why it is unknown."""

    name: str
    became: Literal["same", "changed", "unknown"]
    lines: list[str]


def judge_again(folder: Path, *, tasks: Path, protocol: Protocol) -> Iterator[JudgedAgain]:
    """Judge the trajectories of a folder by the tasks in another; raises TrajectoryError and TaskError."""
    known = {task.id: task for task in load_tasks(tasks)}
    for name, file in recordings_in(folder).items():
        yield _judged(name, file, known, protocol)


def _judged(name: str, file: Path, known: dict[str, Task], protocol: Protocol) -> JudgedAgain:
    try:
        recorded = read_recording(file)
    except TrajectoryError as error:
        return JudgedAgain(name, "unknown", [str(error)])
    task = known.get(recorded.head.task)
    if task is None:
        return JudgedAgain(name, "unknown", [f"the task {recorded.head.task!r} no longer exists"])
    end = recorded.end
    assert end is not None, "read_recording refuses a trajectory that was cut off"
    if end.ending == "errored":
        return JudgedAgain(name, "unknown", [f"the episode errored: {end.reason}"])
    try:
        again = judged_again(by_protocol(task, protocol), recorded.steps)
    except InfrastructureError as error:
        return JudgedAgain(name, "unknown", [str(error)])
    lines = [*_changes(end, again)]
    if again.unknown:
        return JudgedAgain(name, "unknown", [*lines, again.unknown])
    return JudgedAgain(name, "changed" if lines else "same", lines)


def _changes(end: End, again: JudgedHops) -> Iterator[str]:
    was, now = end.hops, again.hops
    # After something that cannot be judged, only the hops that had passed before are known.
    known = [at for at, hop in enumerate(now[: len(was)]) if hop.passed or not again.unknown]
    if (not again.unknown and len(was) != len(now)) or any(was[at].name != now[at].name for at in known):
        counts = (f"{sum(hop.passed for hop in hops)} of {len(hops)} hops" for hops in (was, now))
        yield " -> ".join(counts) + "; the task has other hops now"
    else:
        for at in known:
            if was[at].passed != now[at].passed:
                yield f"hop {at + 1} ({was[at].name}): {_word(was[at])} -> {_word(now[at])}: {now[at].reason}"
            elif was[at].score != now[at].score:
                yield f"hop {at + 1} ({was[at].name}): score {was[at].score} -> {now[at].score}"
    yield from _constraint_changes(end, again)


def _constraint_changes(end: End, again: JudgedHops) -> Iterator[str]:
    was, now = ({(one.kind, one.name): one for one in found} for found in (end.violations, again.violations))
    yield from (f"now broken: {violation}" for key, violation in now.items() if key not in was)
    if not again.unknown:
        yield from (f"no longer broken: {kind}: {name}" for kind, name in was if (kind, name) not in now)
        yield from (f"not judged now: finally: {name}" for name in again.unjudged if name not in end.unjudged)


def _word(hop: HopResult) -> str:
    return "passed" if hop.passed else "not passed" if hop.reached else "not reached"
