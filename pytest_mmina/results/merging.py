"""Merge the results of several shards, as if one session had run all their tasks."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_mmina.core.record.environment import merged_environments, tasks_fingerprint
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.record.run import OF_ONE_MACHINE, Run
from pytest_mmina.core.skips import in_order
from pytest_mmina.gate.selection import ControlFacts, SessionFacts, merged
from pytest_mmina.gate.shards import Shard, read_shard
from pytest_mmina.results.files import EPISODES, ForeignFolderError, is_ours, require_ours
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.lock import FolderInUseError, is_locked
from pytest_mmina.results.plan import ResultsError
from pytest_mmina.results.reading import Reader, Results, read_results, results_of
from pytest_mmina.trajectories.reading import TRAJECTORIES

# Folders whose files are named after cases. Each case belongs to one shard, so the names of two shards never collide.
_CASE_FOLDERS = (TRAJECTORIES, "pictures", "downloads", "agent-logs")


class _Found(NamedTuple):
    record: EpisodeRecord
    folder: Path


def merge(folders: Sequence[Path], into: Path, *, readers: Sequence[Reader] = ()) -> Results:
    """Merge the results in `folders` and pass each episode to the `readers`, sorted.

    All episodes are in memory at once, because they are sorted. Raises ResultsError if two sessions have different
    episodes of the same case, if a shard is missing, or if something cannot be written.
    """
    _require_free(into, folders)
    found: dict[tuple[str, int, str], _Found] = {}
    facts = []
    parts = list({folder.resolve(): folder for folder in folders}.values())
    for folder in parts:
        records, own = _read(folder)
        if own.stopped.trials and len(set(folders)) > 1:
            raise ResultsError(
                f"{folder}: trials were stopped early for the gate of that session alone. Run it without "
                "--mmina-stop-early to merge it"
            )
        facts.append(own)
        for record in records:
            first = found.setdefault(record.identity, _Found(record, folder))
            if first.record != record:
                raise ResultsError(f"{first.folder} and {folder} have different episodes of {record.case}")
    _require_one_session(dict(zip(parts, facts, strict=True)))
    _require_all_shards([own.shard for own in facts])
    if len({own.split for own in facts if own.shard}) > 1:
        raise ResultsError(
            "the shards are not parts of one split, so together they may not have every task: run all of them with "
            "the same tasks, the same selection and the same baseline"
        )
    records = [found[identity].record for identity in sorted(found)]
    results = results_of(records, _merged_facts(facts, records), readers=readers)
    try:
        Journal(into).finish(records, results.summary, session=results.facts)
    except OSError as error:
        raise ResultsError(f"{into} cannot be written to: {error.strerror}") from None
    for folder in folders:
        if folder.resolve() != into.resolve():
            _copy_case_folders(folder, into)
    return results


def _read(folder: Path) -> tuple[list[EpisodeRecord], SessionFacts]:
    records: list[EpisodeRecord] = []

    def keep(record: EpisodeRecord, line: bytes) -> None:
        records.append(record)

    return records, read_results(folder, readers=[keep]).facts


def _merged_facts(facts: Sequence[SessionFacts], records: Sequence[EpisodeRecord]) -> SessionFacts:
    fixtures = {own.fixtures for own in facts}
    if len(fixtures) > 1:
        raise ResultsError("the sessions ran on different sites: the fixtures changed between them")
    ran = {record.task for record in records}
    selection = merged(own.selection for own in facts)
    return SessionFacts(
        runs=_runs(facts),
        episodes=len(records) if all(own.episodes is not None for own in facts) else None,
        plan_missing=any(own.plan_missing for own in facts),
        plugin=", ".join(sorted({own.plugin for own in facts})),
        selection=selection.model_copy(update={"deselected": selection.deselected - ran}),
        skipped=frozenset().union(*(own.skipped for own in facts)),
        skipped_cases=sum(own.skipped_cases for own in facts),
        skips=in_order(group for own in facts for group in own.skips),
        skipped_modules=frozenset().union(*(own.skipped_modules for own in facts)),
        not_run=sum(own.not_run for own in facts),
        fixtures=fixtures.pop(),
        stopped=facts[0].stopped,
        control=_merged_control([own.control for own in facts]),
        ran=merged_environments(
            [own.ran for own in facts],
            tasks=tasks_fingerprint((record.task, record.fingerprint) for record in records),
        ),
    )


def _merged_control(controls: Sequence[ControlFacts | None]) -> ControlFacts | None:
    """Return the facts of the control of all sessions; raises ResultsError if they do not have the same one."""
    names = {control.agent if control is not None else None for control in controls}
    if len(names) > 1:
        shown = ", ".join(sorted(name if name is not None else "none" for name in names))
        raise ResultsError(f"the sessions had different controls ({shown}): run all of them with one --mmina-control")
    given = [control for control in controls if control is not None]
    if not given:
        return None
    return ControlFacts(
        agent=given[0].agent,
        not_run=sum(control.not_run for control in given),
        skipped=frozenset().union(*(control.skipped for control in given)),
    )


def _runs(facts: Sequence[SessionFacts]) -> tuple[Run, ...]:
    """Return the runs of all sessions, each once: every part keeps its identity."""
    runs = {run.id: run for own in facts for run in own.runs}
    return tuple(runs[identity] for identity in sorted(runs))


def _require_free(into: Path, folders: Sequence[Path]) -> None:
    """Raise ResultsError if the merged results would overwrite something else than one of the parts."""
    if into.resolve() in {folder.resolve() for folder in folders}:
        return
    if is_locked(into):
        raise ResultsError(str(FolderInUseError(into)))
    if is_ours(into) or (into / EPISODES).exists():
        raise ResultsError(f"{into} already contains results: name an empty folder")
    try:
        require_ours(into)
    except ForeignFolderError as error:
        raise ResultsError(str(error)) from None


def _require_one_session(parts: Mapping[Path, SessionFacts]) -> None:
    """Raise ResultsError if the parts are not those of one session: another agent, version or setting."""
    facts = list(parts.values())
    runs = [(folder, run) for folder, own in parts.items() for run in own.runs]
    if runs and any(not own.runs for own in facts):
        raise ResultsError(
            f"some parts are of version 0.1, and others of {runs[0][1].plugin}: run all with one version"
        )
    for folder, run in runs[1:]:
        first, reference = runs[0]
        found = next(reference.differences(run, ignored=OF_ONE_MACHINE), None)
        if found is not None:
            raise ResultsError(
                f"the parts are not of one session: {found.name} is {found.one} in {first}, {found.other} in {folder}"
            )
    # A shard that was run twice is not two parts of a session, even if other tasks were lost each time.
    shards = Counter(own.shard for own in facts if own.shard)
    if twice := [shard for shard, number in shards.items() if number > 1]:
        raise ResultsError(f"shard {twice[0]} is there more than once: name the results of one session")


def _require_all_shards(shards: Sequence[str]) -> None:
    """Raise ResultsError if a shard is missing: its tasks must not be taken for tasks that the user left out."""
    parts = {read_shard(shard) for shard in shards if shard}
    if len({part.of for part in parts}) > 1:
        raise ResultsError(
            f"the sessions were split into different numbers of shards: {', '.join(sorted({*shards} - {''}))}"
        )
    for of in {part.of for part in parts}:
        missing = [f"{number}/{of}" for number in range(1, of + 1) if Shard(number, of) not in parts]
        if missing:
            raise ResultsError(
                f"the results of {'shard' if len(missing) == 1 else 'shards'} {', '.join(missing)} are missing"
            )


def _copy_case_folders(folder: Path, into: Path) -> None:
    """Copy trajectories, pictures, downloads and logs; links are not copied, because they can point anywhere."""
    for name in _CASE_FOLDERS:
        if (folder / name).is_dir() and not (folder / name).is_symlink():
            try:
                shutil.copytree(folder / name, into / name, ignore=_links, dirs_exist_ok=True)
            except OSError as error:
                raise ResultsError(f"{folder / name} cannot be copied to {into}: {error}") from None


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_symlink()]
