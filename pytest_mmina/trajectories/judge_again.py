"""`mmina judge`: judge recorded trajectories by today's tasks."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pytest_mmina.core.errors import InfrastructureError, TrajectoryError
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.datasets.hop_protocols import Protocol, by_protocol
from pytest_mmina.trajectories.judging_steps import judged_again
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
    lines = _changes(end.hops, again.hops, unknown=bool(again.unknown))
    if again.unknown:
        return JudgedAgain(name, "unknown", [*lines, again.unknown])
    return JudgedAgain(name, "changed" if lines else "same", lines)


def _changes(before: Sequence[HopResult], after: Sequence[HopResult], *, unknown: bool) -> list[str]:
    if unknown:
        # Nothing is known of the hops after one that cannot be judged.
        after = [hop for hop in after if hop.passed]
        before = before[: len(after)]
    if [hop.name for hop in before] != [hop.name for hop in after]:
        counts = (f"{sum(hop.passed for hop in hops)} of {len(hops)} hops" for hops in (before, after))
        return [" -> ".join(counts) + "; the task has other hops now"]
    return [
        f"hop {number} ({was.name}): {_word(was)} -> {_word(now)}: {now.reason}"
        for number, (was, now) in enumerate(zip(before, after, strict=True), start=1)
        if was.passed != now.passed
    ]


def _word(hop: HopResult) -> str:
    return "passed" if hop.passed else "not passed" if hop.reached else "not reached"
