"""What is written before the first case of a session runs: its run (`run.json`) and its cases (`planned.json`)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.models import Model
from pytest_mmina.core.record import run as run_format
from pytest_mmina.core.record.formats import UPDATE, is_newer
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.record.run import Run
from pytest_mmina.results.files import PLAN, RUN

FORMAT: Literal["mmina-plan/1"] = "mmina-plan/1"
_MOST_NAMED = 3

Stored = TypeVar("Stored", bound=Model)


class ResultsError(MminaError):
    """A results folder that cannot be used."""


class Plan(Model):
    """The selected cases of a run, and the tasks that were deselected.

    `planned` has a record for each case, which is used if the worker crashes and writes none. `own` are the cases of
    the user's own tests, `skipped` those with the mark `skip`, `may_skip` those with the mark `skipif`.
    `skipped_modules` skipped themselves at collection, so their cases are not known. `run` is the identity of the run,
    empty in the results of version 0.1. `split` is the fingerprint of the split into shards.
    """

    format: Literal["mmina-plan/1"] = FORMAT
    run: str = ""
    split: str = ""
    planned: tuple[EpisodeRecord, ...] = ()
    deselected: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    may_skip: frozenset[str] = frozenset()
    skipped_modules: frozenset[str] = frozenset()

    @property
    def fingerprints(self) -> dict[str, str]:
        """The fingerprint of the task of each selected case."""
        return {record.case: record.fingerprint for record in self.planned}

    def differences(self, now: Mapping[str, str]) -> Iterator[str]:
        """Yield how the cases of a session differ from these; `now` has the fingerprint of each case's task."""
        there = self.fingerprints
        changed = [case for case in there if case in now and there[case] != now[case]]
        for cases, what in (
            ([case for case in now if case not in there], "not in the run"),
            ([case for case in there if case not in now], "in the run and not selected here"),
            (changed, "of a task that has changed"),
        ):
            if cases:
                named = ", ".join(sorted(cases)[:_MOST_NAMED]) + (", ..." if len(cases) > _MOST_NAMED else "")
                yield f"{len(cases)} {'case is' if len(cases) == 1 else 'cases are'} {what}: {named}"


def read_run(folder: Path) -> Run | None:
    """Read the last run in a folder, None if there is none; raises ResultsError."""
    return _read(folder / RUN, Run, run_format.FORMAT)


def read_plan(folder: Path) -> Plan | None:
    """Read the plan of the last run in a folder, None if there is none; raises ResultsError."""
    return _read(folder / PLAN, Plan, FORMAT)


def _read(file: Path, model: type[Stored], known: str) -> Stored | None:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror}") from None
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        if is_newer(content, known):
            raise ResultsError(f"{file}: {UPDATE}") from None
        raise ResultsError(f"{file} cannot be read: {error.errors()[0]['msg']}. Run the session again") from None
