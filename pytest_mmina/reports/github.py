"""What GitHub Actions is told: the report in the summary of the job, and errors where they belong in the code."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pytest_mmina.core.record.changes import TaskChange
from pytest_mmina.core.record.changes import told as counts_text
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.datasets.line_numbers import line_of
from pytest_mmina.reports.annotations import MOST, Annotation, workflow_commands
from pytest_mmina.reports.markdown import LARGEST, markdown
from pytest_mmina.reports.report import Report
from pytest_mmina.reports.tables import headline

Place = tuple[str, int | None]
"""A file, seen from pytest's root, and a line from 1."""


def append_summary(told: Report, environment: Mapping[str, str]) -> str:
    """Append the report to the summary of the job, if there is one; returns why that failed, in one line."""
    if not (named := environment.get("GITHUB_STEP_SUMMARY")):
        return ""
    file = Path(named)
    try:
        taken = file.stat().st_size if file.exists() else 0
        gap = "\n\n" if taken else ""
        if not (text := markdown(told, limit=LARGEST - taken - len(gap))):
            return "the summary of this job is full: the report is in summary.md"
        with file.open("a", encoding="utf-8") as summary:
            summary.write(gap + text)
    except OSError as error:
        return f"the summary of this job could not be written: {error}"
    return ""


def error_commands(
    told: Report,
    records: Sequence[EpisodeRecord],
    environment: Mapping[str, str],
    *,
    root: Path,
    each_task: bool = False,
    failed: Collection[str] = frozenset(),
    places: Mapping[str, Place] | None = None,
) -> list[str]:
    """The errors of results as workflow commands, where GitHub Actions reads them; `root` is pytest's.

    A closed gate is one, with what errored and what has become worse; so is every task of a case that `failed`, and
    with `each_task` every one that is not solved. `places` are those of the user's own tests, by case.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return []
    found: list[Annotation] = []
    if told.passed is False:
        found.append(Annotation("pytest-mmina", told.sentences[0]))
    root = root.resolve()
    workspace = Path(environment.get("GITHUB_WORKSPACE") or root).resolve()
    for number, (task, message, record) in enumerate(_culprits(told, records, each_task=each_task, failed=failed)):
        # Lines are looked up in task files, which may be long: only for those that will be seen.
        file, line = _place(record, root, places or {}) if record is not None and number < MOST else ("", None)
        inside = (root / file).resolve()
        seen = inside.relative_to(workspace).as_posix() if file and inside.is_relative_to(workspace) else ""
        found.append(Annotation(task, message, file=seen, line=line))
    return workflow_commands(found)


def _culprits(
    told: Report, records: Sequence[EpisodeRecord], *, each_task: bool, failed: Collection[str]
) -> Iterator[tuple[str, str, EpisodeRecord | None]]:
    """Each task that is to blame once: its id, what to say of it, and an episode that shows it."""
    first: dict[str, EpisodeRecord] = {}
    for record in sorted(records, key=lambda record: record.outcome != "errored"):
        if record.outcome != "solved" or record.case in failed:
            first.setdefault(record.task, record)
    worse = {} if told.changes is None else {task.task: task for task in told.changes.tasks if task.became == "worse"}
    closed = told.passed is False
    blamed = [
        task
        for task, record in first.items()
        if each_task or record.case in failed or (closed and record.outcome == "errored")
    ]
    blamed += worse if closed else ()
    for task in dict.fromkeys(blamed):
        said = [*_changed(worse.get(task)), *_episode(first.get(task))]
        yield task, "\n".join(said), first.get(task)


def _changed(change: TaskChange | None) -> Iterable[str]:
    if change is not None:
        yield counts_text(change.solved_before, change.solved_now, "solved")


def _episode(record: EpisodeRecord | None) -> Iterable[str]:
    if record is not None:
        yield f"{headline(record.outcome, record.hops_passed, len(record.hops))}: {record.reason}"
        if record.outcome == "solved":
            yield "its test failed all the same, by an assertion of its own"
        broken = next(((n, hop) for n, hop in enumerate(record.hops, start=1) if not hop.passed), None)
        if broken is not None and record.outcome != "errored":
            yield f"hop {broken[0]}, {broken[1].name}: {broken[1].reason}"


def _place(record: EpisodeRecord, root: Path, places: Mapping[str, Place]) -> Place:
    test = record.case.partition("::")[0]
    if not test.endswith(".json"):
        return places.get(record.case, (test, None))
    return record.file, line_of(root / record.file, record.task.rpartition("/")[2])
