"""Reports for GitHub Actions: the report in the summary of the job, and errors at their places in the code."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from pytest_mmina.core.record.changes import TaskChange, counts_in_words
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.datasets.line_numbers import line_of
from pytest_mmina.reports.annotations import MOST_ANNOTATIONS, Annotation, workflow_commands
from pytest_mmina.reports.markdown import LARGEST, markdown
from pytest_mmina.reports.report import Report
from pytest_mmina.reports.tables import constraint_lines, headline

Place = tuple[str, int | None]
"""A file relative to pytest's root, and a line from 1."""


class Failures:
    """Keeps one failed episode of each task; `failed` are the cases whose test failed.

    It is the first episode that errored, else the first one that is not solved or whose test failed.
    """

    def __init__(self, failed: Collection[str] = frozenset()) -> None:
        self.failed = failed
        self._errored: dict[str, EpisodeRecord] = {}
        self._others: dict[str, EpisodeRecord] = {}

    def read(self, record: EpisodeRecord, line: bytes = b"") -> None:
        """Take one more episode into account; one of the control only if it errored, which closes the gate."""
        if record.arm == "control" and record.outcome != "errored":
            return
        if record.outcome == "errored":
            self._errored.setdefault(record.task, record)
        elif record.outcome != "solved" or record.case in self.failed:
            self._others.setdefault(record.task, record)

    def by_task(self) -> dict[str, EpisodeRecord]:
        """Return the episodes by task: those that errored come first."""
        return {**self._errored, **{task: record for task, record in self._others.items() if task not in self._errored}}


def reads_commands(environment: Mapping[str, str]) -> bool:
    """Return whether GitHub Actions reads the output of this process."""
    return environment.get("GITHUB_ACTIONS") == "true"


def append_summary(report: Report, environment: Mapping[str, str]) -> str:
    """Append the report to the summary of the job, if there is one; returns the problem in one line, or ""."""
    if not (named := environment.get("GITHUB_STEP_SUMMARY")):
        return ""
    file = Path(named)
    try:
        taken = file.stat().st_size if file.exists() else 0
        gap = "\n\n" if taken else ""
        if not (text := markdown(report, limit=LARGEST - taken - len(gap))):
            return "the summary of this job is full: the report is in summary.md"
        with file.open("a", encoding="utf-8") as summary:
            summary.write(gap + text)
    except OSError as error:
        return f"the summary of this job could not be written: {error}"
    return ""


def error_commands(
    report: Report,
    failures: Failures,
    environment: Mapping[str, str],
    *,
    root: Path,
    each_task: bool = False,
    places: Mapping[str, Place] | None = None,
) -> list[str]:
    """Return the errors of a session as workflow commands, none outside of GitHub Actions; `root` is pytest's.

    If the gate is closed, it is an error, and so are the tasks that errored or became worse. A task whose test failed
    is always an error; with `each_task`, so is every task that is not solved. `places` are the places of the user's own
    tests, by case.
    """
    if not reads_commands(environment):
        return []
    found: list[Annotation] = []
    if report.passed is False:
        found.append(Annotation("pytest-mmina", report.sentences[0]))
    root = root.resolve()
    workspace = Path(environment.get("GITHUB_WORKSPACE") or root).resolve()
    for number, (task, message, record) in enumerate(_failed_tasks(report, failures, each_task=each_task)):
        # Finding a line means reading a task file, which can be large: this is done only for errors that are shown.
        file, line = (
            _place(record, root, places or {}) if record is not None and number < MOST_ANNOTATIONS else ("", None)
        )
        inside = (root / file).resolve()
        shown = inside.relative_to(workspace).as_posix() if file and inside.is_relative_to(workspace) else ""
        found.append(Annotation(task, message, file=shown, line=line))
    return workflow_commands(found)


def _failed_tasks(
    report: Report, failures: Failures, *, each_task: bool
) -> Iterator[tuple[str, str, EpisodeRecord | None]]:
    """Yield each task that is an error, once: its id, the message, and a failed episode."""
    changes = report.changes.tasks if report.changes is not None else ()
    worse = {change.task: change for change in changes if change.became == "worse"}
    closed, failed = report.passed is False, failures.by_task()
    tasks = [
        task
        for task, record in failed.items()
        if each_task or record.case in failures.failed or (closed and record.outcome == "errored")
    ]
    tasks += worse if closed else ()
    for task in dict.fromkeys(tasks):
        lines = [*_change_lines(worse.get(task)), *_episode_lines(failed.get(task))]
        yield task, "\n".join(lines), failed.get(task)


def _change_lines(change: TaskChange | None) -> Iterable[str]:
    if change is not None:
        yield counts_in_words(change.solved_before, change.solved_now, "solved")


def _episode_lines(record: EpisodeRecord | None) -> Iterable[str]:
    if record is not None:
        yield f"{headline(record)}: {record.reason}"
        if record.outcome == "solved":
            yield "but its test failed, by an assertion of its own"
        broken = next(((n, hop) for n, hop in enumerate(record.hops, start=1) if not hop.passed and hop.reached), None)
        if broken is not None and record.outcome != "errored":
            yield f"hop {broken[0]}, {broken[1].name}: {broken[1].explanation}"
        yield from constraint_lines(record)


def _place(record: EpisodeRecord, root: Path, places: Mapping[str, Place]) -> Place:
    test = record.case.partition("::")[0]
    if not test.endswith(".json"):
        return places.get(record.case, (test, None))
    return record.file, line_of(root / record.file, record.task.rpartition("/")[2])
