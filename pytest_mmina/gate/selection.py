"""The tasks that the user left out on purpose; a comparison with the baseline does not report them as missing."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, PlainSerializer

from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.environment import Environment
from pytest_mmina.core.record.run import Run
from pytest_mmina.core.skips import SkippedCases
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.early_stop import EarlyStopped

FORMAT: Literal["mmina-session/1"] = "mmina-session/1"

Names = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str], when_used="json")]
"""A set of names, which is sorted on disk."""


class Selection(Model):
    """How the tasks of a session were selected. Paths are relative to pytest's root.

    `deselected` are tasks left out by `-k`, `-m` or a shard. `paths` are those named on the command line; if there are
    none, all tasks are selected. `unopened` is whether pytest skipped files without failures (`--lf`, `--sw`).
    """

    deselected: Names = frozenset()
    paths: tuple[str, ...] = ()
    unopened: bool = False

    def left_out(self, baseline: Baseline, *, root: Path) -> frozenset[str]:
        """Return the tasks of a baseline that this selection leaves out; its paths are relative to `root`."""
        return frozenset(
            task
            for task, counts in baseline.tasks.items()
            if self.leaves_out(task, counts.file) or (self.unopened and counts.file and (root / counts.file).exists())
        )

    def leaves_out(self, task: str, file: str) -> bool:
        """Return whether a task is left out by name or by the path of its file."""
        return task in self.deselected or bool(self.paths and file and not self._includes(file))

    def _includes(self, file: str) -> bool:
        place = PurePosixPath(file)
        return any(place == named or named in place.parents for named in map(PurePosixPath, self.paths))


class ControlFacts(Model):
    """The facts of a session's control that are not in its episodes: its agent, and what is lost of it.

    `not_run` counts its cases without an episode, `skipped` are the tasks with skipped cases.
    """

    agent: Text = ""
    not_run: int = Field(default=0, ge=0)
    skipped: Names = frozenset()


class SessionFacts(Model):
    """The facts of a session that are not in its episodes: `session.json`.

    `runs` are the runs that the episodes belong to, several only after a merge and none in the results of version 0.1.
    `episodes` is how many there are. `skipped` are the tasks with skipped cases, `skipped_cases` is the number of these
    cases, and `skips` has them by reason. `skipped_modules` skipped themselves at collection: they may have cases.
    `split` is the fingerprint of the split that `shard` is a part of. `ran` is the environment. `plan_missing` is
    whether cases ran and no list of the selected cases was found. `control` is None in a session without a control;
    only `episodes` counts its cases too.
    """

    format: Literal["mmina-session/1"] = FORMAT
    runs: tuple[Run, ...] = ()
    episodes: int | None = Field(default=None, ge=0)
    plan_missing: bool = False
    plugin: str = ""
    shard: str = ""
    split: str = ""
    selection: Selection = Selection()
    skipped: Names = frozenset()
    skipped_cases: int = Field(default=0, ge=0)
    skips: tuple[SkippedCases, ...] = ()
    skipped_modules: Names = frozenset()
    not_run: int = Field(default=0, ge=0)
    fixtures: str = ""
    stopped: EarlyStopped = EarlyStopped()
    ran: Environment = Environment()
    control: ControlFacts | None = None


def merged(selections: Iterable[Selection]) -> Selection:
    """Return the selection of several sessions together: a task is left out if every session left it out."""
    all_of = list(selections)
    deselected = frozenset.intersection(*(selection.deselected for selection in all_of))
    paths = (
        ()
        if any(not selection.paths for selection in all_of)
        else tuple(sorted({path for selection in all_of for path in selection.paths}))
    )
    return Selection(deselected=deselected, paths=paths, unopened=all(selection.unopened for selection in all_of))
