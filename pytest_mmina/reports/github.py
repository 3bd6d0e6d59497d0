"""What GitHub Actions shows: the report in the summary of the job, and errors where they belong in the code."""

from collections.abc import Collection, Iterable, Iterator, Mapping
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


class Failures:
    """Keeps of each task one episode that shows that something is wrong with it; `failed` are cases whose test failed.

    It is the first one that errored, else the first one that is not solved, or whose test failed.
    """

    def __init__(self, failed: Collection[str] = frozenset()) -> None:
        self.failed = failed
        self._errored: dict[str, EpisodeRecord] = {}
        self._others: dict[str, EpisodeRecord] = {}

    def read(self, record: EpisodeRecord, line: bytes = b"") -> None:
        """Look at one more episode."""
        if record.outcome == "errored":
            self._errored.setdefault(record.task, record)
        elif record.outcome != "solved" or record.case in self.failed:
            self._others.setdefault(record.task, record)

    def by_task(self) -> dict[str, EpisodeRecord]:
        """The episodes by task: first those that errored."""
        return {**self._errored, **{task: record for task, record in self._others.items() if task not in self._errored}}


def reads_commands(environment: Mapping[str, str]) -> bool:
    """Whether GitHub Actions reads what this process prints."""
    return environment.get("GITHUB_ACTIONS") == "true"


def append_summary(report: Report, environment: Mapping[str, str]) -> str:
    """Append the report to the summary of the job, if there is one; returns why that failed, in one line."""
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
    """The errors of results as workflow commands, where GitHub Actions reads them; `root` is pytest's.

    A closed gate is an error, and so are the tasks that errored or became worse in it. With `each_task`, every task
    that is not solved is one; a task whose test failed always is. `places` are those of the user's own tests, by case.
    """
    if not reads_commands(environment):
        return []
    found: list[Annotation] = []
    if report.passed is False:
        found.append(Annotation("pytest-mmina", report.sentences[0]))
    root = root.resolve()
    workspace = Path(environment.get("GITHUB_WORKSPACE") or root).resolve()
    for number, (task, message, record) in enumerate(_blamed(report, failures, each_task=each_task)):
        # Lines are looked up in task files, which may be long: only for those that will be seen.
        file, line = _place(record, root, places or {}) if record is not None and number < MOST else ("", None)
        inside = (root / file).resolve()
        seen = inside.relative_to(workspace).as_posix() if file and inside.is_relative_to(workspace) else ""
        found.append(Annotation(task, message, file=seen, line=line))
    return workflow_commands(found)


def _blamed(report: Report, failures: Failures, *, each_task: bool) -> Iterator[tuple[str, str, EpisodeRecord | None]]:
    """Each task that is to blame once: its id, what to say of it, and an episode that shows it."""
    changes = report.changes.tasks if report.changes is not None else ()
    worse = {change.task: change for change in changes if change.became == "worse"}
    closed, shown = report.passed is False, failures.by_task()
    blamed = [
        task
        for task, record in shown.items()
        if each_task or record.case in failures.failed or (closed and record.outcome == "errored")
    ]
    blamed += worse if closed else ()
    for task in dict.fromkeys(blamed):
        lines = [*_changed(worse.get(task)), *_episode(shown.get(task))]
        yield task, "\n".join(lines), shown.get(task)


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
