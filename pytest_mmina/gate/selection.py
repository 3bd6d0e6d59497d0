"""What a session's user left out on purpose: such a task is not missed in a comparison with the baseline."""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import Field, PlainSerializer

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.environment import Environment
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.early_stop import EarlyStopped

Names = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str], when_used="json")]
"""Names in no order, and sorted on disk."""


class Selection(Model):
    """How a session was selected. Paths are seen from pytest's root.

    `deselected` are tasks left out by `-k`, `-m` or a shard, `paths` those named on the command line (none: all of
    them), `unopened` says that files in which nothing had failed were not even read (`--lf`, `--sw`).
    """

    deselected: Names = frozenset()
    paths: tuple[str, ...] = ()
    unopened: bool = False

    def left_out(self, baseline: Baseline, *, root: Path) -> frozenset[str]:
        """The tasks of a baseline that this selection leaves out."""
        return frozenset(
            task
            for task, counts in baseline.tasks.items()
            if task in self.deselected
            or (self.paths and counts.file and not self._names(counts.file))
            or (self.unopened and counts.file and (root / counts.file).exists())
        )

    def _names(self, file: str) -> bool:
        place = PurePosixPath(file)
        return any(place == named or named in place.parents for named in map(PurePosixPath, self.paths))


class SessionFacts(Model):
    """What a results folder says of its session beside the episodes: `session.json`.

    `skipped` are tasks, of which `skipped_cases` were skipped in all; `ran` says with what.
    """

    plugin: str = ""
    shard: str = ""
    selection: Selection = Selection()
    skipped: Names = frozenset()
    skipped_cases: int = Field(default=0, ge=0)
    not_run: int = Field(default=0, ge=0)
    fixtures: str = ""
    stopped: EarlyStopped = EarlyStopped()
    ran: Environment = Environment()


def merged(selections: Iterable[Selection]) -> Selection:
    """The selection of several sessions taken together: left out is what every one of them left out."""
    all_of = list(selections)
    deselected = frozenset.intersection(*(selection.deselected for selection in all_of))
    paths = (
        ()
        if any(not selection.paths for selection in all_of)
        else tuple(sorted({path for selection in all_of for path in selection.paths}))
    )
    return Selection(deselected=deselected, paths=paths, unopened=all(selection.unopened for selection in all_of))
