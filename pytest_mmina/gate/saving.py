"""Save the counts of a session as a baseline, at its end or later from its results."""

from pathlib import Path

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.baseline import Baseline, BaselineError, count_tasks, read_baseline, write_baseline
from pytest_mmina.gate.selection import SessionFacts


def save_baseline(file: Path, counts: EpisodeCounts, facts: SessionFacts, *, root: Path) -> int:
    """Write the counts of a session; tasks that its selection leaves out keep the counts of the last baseline.

    The paths in a baseline are relative to `root`. Returns the number of tasks in the file. Raises BaselineError if the
    session is not complete or the file cannot be written.
    """
    lacking = {
        "errored": counts.errored,
        "without an episode": facts.not_run,
        "stopped early": facts.stopped.trials,
    }
    missing = [f"{number} {name}" for name, number in lacking.items() if number] if counts.tasks else ["no episode"]
    if facts.plan_missing:
        missing.append("no list of the selected cases")
    if missing:
        raise BaselineError(f"not saved, because the session is not complete: {', '.join(missing)}")
    kept = {}
    if file.exists():
        last = read_baseline(file)
        left_out = facts.selection.left_out(last, root=root)
        kept = {name: task for name, task in last.tasks.items() if name in left_out}
    written = Baseline(
        agent=", ".join(counts.agents()),
        plugin=facts.plugin,
        browser=", ".join(counts.browsers()),
        fixtures=facts.fixtures,
        tasks={**kept, **count_tasks(counts)},
    )
    try:
        write_baseline(file, written)
    except OSError as error:
        raise BaselineError(f"not saved: {error}") from None
    return len(written.tasks)


def require_writable(file: Path) -> None:
    """Raise BaselineError if a baseline would overwrite a different kind of file, or cannot be written."""
    if file.is_dir() or (file.parent.exists() and not file.parent.is_dir()):
        raise BaselineError(f"{file} cannot be written: it is a folder, or its parent is not a folder")
    if file.exists():
        try:
            read_baseline(file)
        except BaselineError as error:
            raise BaselineError(
                f"{file} exists and is not a baseline, so it is not overwritten: name another file"
            ) from error
