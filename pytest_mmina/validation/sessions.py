"""The pytest sessions of `mmina validate`, in the user's project: first a count, then the attempts."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.results.plan import ResultsError
from pytest_mmina.results.reading import read_results
from pytest_mmina.validation.attempts import ORACLE, Found
from pytest_mmina.validation.kinds import KINDS, MUTANTS, Kind, Settings
from pytest_mmina.validation.notes import Note, read_notes
from pytest_mmina.validation.outcome import Outcome
from pytest_mmina.validation.plan import Plan
from pytest_mmina.validation.verdicts import Verdict, questions, settled, verdict_of, verdicts_of_answers

MOST_STEPS = 250
_USAGE, _NO_TESTS = 4, 5
_LAST_LINES = 15
_PROGRESS_SECONDS = 2.0

Notes = dict[tuple[str, str], Note]


class SessionFailed(MminaError):
    """A session could not be run, with its exit status and the end of what it said."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Sessions:
    """Runs sessions on the tasks at some paths; `tell` gets a line for people before each of them.

    `options` are further arguments of pytest. `progress` gets the number of episodes that a session has run so far.
    """

    def __init__(
        self,
        paths: Sequence[str],
        settings: Settings,
        *,
        workers: int,
        options: Sequence[str] = (),
        tell: Callable[[str], None],
        progress: Callable[[int], None] = lambda episodes: None,
    ) -> None:
        self._paths, self._settings, self._workers = tuple(paths), settings, workers
        self._options, self._tell, self._progress = tuple(options), tell, progress
        self._folder = Path(settings.folder)

    def plan(self) -> Plan:
        """Count the attempts. Raises SessionFailed, with the error if pytest cannot collect the tasks."""
        status, said = self._pytest("plan", "--collect-only", "-q", *self._parallel(1))
        file = self._folder / Plan.file_name
        if status not in (0, _NO_TESTS) or not file.exists():
            raise SessionFailed(f"pytest could not collect the tasks:\n{said}", status=status or 1)
        return Plan.model_validate_json(file.read_bytes())

    def outcome(self, plan: Plan, *, allowed: Sequence[str] = (), most_hops: float | None = None) -> Outcome:
        """Run all attempts of a plan and return what they found. Raises SessionFailed."""
        self._keep(plan.found)
        tasks = {task.id: task for task in plan.tasks}
        self._tell("1 of 3: agents that know nothing, and recorded solutions")
        records, notes = self._run("first")
        solutions = {
            task: notes[task, ORACLE] for task, name in notes if name == ORACLE and _solved(records[task, ORACLE])
        }
        verdicts = [
            verdict_of(record, notes[key], tasks[key[0]], solutions.get(key[0])) for key, record in records.items()
        ]
        for task, note in solutions.items():
            verdicts += verdicts_of_answers(note, len(tasks[task].hops))
        if solutions and any(kind in MUTANTS for kind in self._settings.kinds):
            steps = {task: tuple(hop.step for hop in records[task, ORACLE].hops) for task in solutions}
            urls = {task: note.urls for task, note in solutions.items()}
            found = plan.found.model_copy(update={"steps": steps, "urls": urls})
            verdicts += self._spoiled(found, plan, solutions)
        return Outcome(
            tasks=len(tasks),
            hops=sum(len(task.hops) for task in plan.tasks),
            verdicts=tuple(verdicts),
            skipped=plan.skipped,
            no_oracle=tuple(task.id for task in plan.tasks if not task.oracle),
            allowed=tuple(allowed),
            most_hops=most_hops,
        )

    def _spoiled(self, found: Found, plan: Plan, solutions: dict[str, Note]) -> list[Verdict]:
        """Return the verdicts on spoiled solutions."""
        tasks = {task.id: task for task in plan.tasks}
        self._keep(found)
        self._tell("2 of 3: recorded solutions with something changed")
        records, notes = self._run("mutants")
        verdicts = [
            verdict_of(record, notes[key], tasks[key[0]], solutions.get(key[0])) for key, record in records.items()
        ]
        asked = questions(verdicts, notes)
        if not asked:
            return verdicts
        self._keep(found.model_copy(update={"needed": asked}))
        self._tell("3 of 3: solutions without what was changed, where that made no difference")
        without, _ = self._run("needed")
        solved = {key: _solved(record) for key, record in without.items()}
        return [settled(verdict, solved) for verdict in verdicts]

    def _run(self, stage: str) -> tuple[dict[tuple[str, str], EpisodeRecord], Notes]:
        results = self._folder / stage
        status, said = self._pytest(stage, "-q", *self._parallel(self._workers))
        records: dict[tuple[str, str], EpisodeRecord] = {}
        if status == _NO_TESTS:
            return records, {}

        def keep(record: EpisodeRecord, _line: bytes) -> None:
            records[record.task, record.agent] = record

        try:
            read_results(results, readers=[keep])
        except ResultsError as error:
            raise SessionFailed(f"a session did not come to its end: {error}\n{said}", status=status or 1) from None
        notes = read_notes(results)
        if lost := [key for key, record in records.items() if key not in notes and record.outcome != "errored"]:
            raise SessionFailed(f"{results}: there is no note on {len(lost)} episodes, such as {lost[0]}", status=1)
        for key, record in records.items():
            notes.setdefault(key, Note(task=record.task, attempt=record.agent, kind=_kind_of(record)))
        return records, notes

    def _keep(self, found: Found) -> None:
        (self._folder / Found.file_name).write_text(found.model_dump_json(), encoding="utf-8")

    def _pytest(self, stage: str, *arguments: str) -> tuple[int, str]:
        """Run a session; return its exit status and the end of what it said."""
        settings = self._settings.model_copy(update={"stage": stage})
        file = self._folder / f"{stage}.json"
        file.write_text(settings.model_dump_json(), encoding="utf-8")
        ours = (
            f"--mmina-validate={file}",
            f"--mmina-results={self._folder / stage}",
            f"--mmina-max-steps={MOST_STEPS}",
            "--mmina",
            "--mmina-agent=null",
            "--mmina-record=none",
            "--mmina-no-html",
            "--mmina-fail-on=gate",
        )
        command = [sys.executable, "-m", "pytest", *ours, *arguments, *self._options, *self._paths]
        log = self._folder / f"{stage}.log"
        with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as session:
            while True:
                try:
                    status = session.wait(_PROGRESS_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    self._progress(sum(map(_count_lines, (self._folder / stage).glob("episodes*.jsonl"))))
        said = _end_of(log.read_text(encoding="utf-8", errors="replace"))
        if status in (2, _USAGE):
            raise SessionFailed(said, status=status)
        return status, said

    def _parallel(self, workers: int) -> list[str]:
        return ["-n", str(workers if workers > 1 else 0)]


def _solved(record: EpisodeRecord) -> bool:
    return record.outcome == "solved"


def _kind_of(record: EpisodeRecord) -> Kind:
    """Return the kind of an attempt by its case: one that errored before its episode left no note."""
    number = record.case.rpartition("[")[2]
    for kind in sorted(KINDS, key=len, reverse=True):
        if f"{record.task}-{kind}-" in number:
            return kind
    return "oracles"


def _count_lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _end_of(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines[-_LAST_LINES:])
