"""Save the counts of a session as a baseline, at its end or later from its results."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.baseline import Baseline, BaselineError, HistoryError, count_tasks, read_baseline, write_baseline
from pytest_mmina.gate.check_results import named
from pytest_mmina.gate.exceptions import today
from pytest_mmina.gate.selection import SessionFacts


class SavedBaseline(NamedTuple):
    """A baseline that was saved, and which tasks were not counted in this session.

    `kept` were skipped and keep their counts. `missing` were skipped and have none. `dropped` were in the last baseline
    and are gone.
    """

    baseline: Baseline
    kept: Sequence[str] = ()
    missing: Sequence[str] = ()
    dropped: Sequence[str] = ()

    def sentence(self, file: Path) -> str:
        """Return all of it as one line."""
        others = (
            (self.kept, "skipped and kept as before"),
            (self.missing, "skipped and not in it"),
            (self.dropped, "gone and dropped"),
        )
        parts = [f"{named(tasks)} {what}" for tasks, what in others if tasks]
        return "; ".join([f"baseline: {len(self.baseline.tasks)} tasks saved to {file}", *parts])


def save_baseline(
    file: Path,
    counts: EpisodeCounts,
    facts: SessionFacts,
    *,
    root: Path,
    compared: Baseline | None = None,
    day: date | None = None,
) -> SavedBaseline:
    """Write the counts of a session; tasks that it skipped or left out keep the counts of the last baseline.

    A task that was skipped in some of its trials was skipped. If the file does not exist yet, skipped tasks keep the
    counts of the baseline that the session was `compared` with. The paths in a baseline are relative to `root`. `day`
    is the present date. Raises BaselineError if the session is not complete or the file cannot be written.
    """
    last = read_baseline(file) if file.exists() else None
    known = {**(compared.tasks if compared is not None else {}), **(last.tasks if last is not None else {})}
    skipped = set(facts.skipped)
    if facts.skipped_modules:
        # Which tasks the cases of these modules have is not known.
        skipped |= known.keys() - counts.tasks.keys()
    kept = {name: known[name] for name in skipped if name in known}
    require_complete(counts, facts, excused=kept)
    left_out = facts.selection.left_out(last, root=root) if last is not None else frozenset()
    before = last.tasks if last is not None else {}
    tasks = {**{name: before[name] for name in left_out}, **count_tasks(counts, with_costs=True), **kept}
    written = Baseline(
        agent=", ".join(counts.agents()),
        plugin=facts.plugin,
        browser=", ".join(counts.browsers()),
        fixtures=facts.fixtures,
        tasks=tasks,
        saved=day or today(),
    )
    try:
        write_baseline(file, written)
    except OSError as error:
        raise BaselineError(f"not saved: {error}") from None
    return SavedBaseline(
        baseline=written,
        kept=sorted(kept),
        missing=sorted(facts.skipped - tasks.keys()),
        dropped=sorted(before.keys() - tasks.keys()),
    )


def require_complete(counts: EpisodeCounts, facts: SessionFacts, *, excused: Collection[str] = ()) -> None:
    """Raise BaselineError if a session is not complete, or its agent never worked.

    Trials of `excused` tasks may be skipped.
    """
    lacking = {
        "errored": counts.errored,
        "without an episode": facts.not_run,
        "stopped early": facts.stopped.trials,
        "of different tasks with one id": sum(counts.tasks[name].trials for name in counts.mixed),
        "of tasks with skipped trials": sum(
            task.trials for name, task in counts.tasks.items() if name in facts.skipped and name not in excused
        ),
    }
    missing = [f"{number} {name}" for name, number in lacking.items() if number] if counts.tasks else ["no episode"]
    if facts.plan_missing:
        missing.append("no list of the selected cases")
    if missing:
        raise BaselineError(f"not saved, because the session is not complete: {', '.join(missing)}")
    if counts.all_broke:
        raise BaselineError(
            f"not saved, because the agent broke in each episode before it passed a hop ({counts.first_break}): "
            "against such a baseline, no change could look worse"
        )


def require_writable(file: Path) -> None:
    """Raise BaselineError if a baseline would overwrite a different kind of file, or cannot be written."""
    if file.is_dir() or (file.parent.exists() and not file.parent.is_dir()):
        raise BaselineError(f"{file} cannot be written: it is a folder, or its parent is not a folder")
    if file.exists():
        try:
            read_baseline(file)
        except HistoryError:
            raise
        except BaselineError as error:
            raise BaselineError(
                f"{file} exists and is not a baseline, so it is not overwritten: name another file"
            ) from error
