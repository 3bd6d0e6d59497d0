"""Compare the results of two sessions: as a report, and as lines for a terminal."""

from collections.abc import Iterator
from pathlib import Path

from pytest_mmina.gate.baseline import count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.gate.record import GateRecord
from pytest_mmina.reports.report import Report
from pytest_mmina.reports.writing import report_of
from pytest_mmina.results.reading import Results


def comparison(before: Results, now: Results, *, name: Path, gate: GateRecord) -> Report:
    """Return the report of results compared with those of an earlier session; `name` is its folder.

    Only the intervals of `gate` are used, because its decision was about another comparison.
    """
    facts = now.facts
    excused = facts.selection.deselected | facts.skipped
    changes = changes_since(count_tasks(before.counts, with_costs=True), now.counts, excused=excused)
    report = report_of(now, GateRecord(intervals=gate.intervals))
    return report.model_copy(update={"before": str(name), "changes": changes})


def comparison_lines(before: Results, now: Results, *, names: tuple[Path, Path]) -> Iterator[str]:
    """Yield what changed from one session to another, task by task and hop by hop; `names` are the two folders."""
    changes = changes_since(count_tasks(before.counts), now.counts)
    for task in sorted(changes.tasks, key=lambda task: task.task):
        if task.became in ("gone", "new"):
            yield f"{task.task}: only in {names[task.became == 'new']}"
        elif task.became == "changed":
            yield str(task)
        else:
            yield f"{task.task}: solved {task.solved_before} -> {task.solved_now}"
            yield from (f"    {hop.name}: {hop.before or 'not there'} -> {hop.now or 'not there'}" for hop in task.hops)
    yield f"{len(changes.tasks)} of {len(before.counts.tasks.keys() | now.counts.tasks.keys())} tasks differ"
