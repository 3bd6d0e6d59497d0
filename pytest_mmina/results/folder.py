"""What is done with the results of sessions once they have ended: merging, gating, comparing. No browser, no pytest."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.record.command_line import without_home
from pytest_mmina.core.record.environment import merged_environments, tasks_fingerprint
from pytest_mmina.core.record.metrics import EpisodeRecord, Summary, summarise
from pytest_mmina.gate.baseline import count_tasks, read_baseline
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.gate.decision import Decision, Session, decide
from pytest_mmina.gate.record import GateRecord, gate_record, read_gate_record
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.saving import require_writable, save_baseline
from pytest_mmina.gate.selection import SessionFacts, merged
from pytest_mmina.gate.shards import Shard, read_shard
from pytest_mmina.results.journal import EPISODES, GATE, SESSION, SUMMARY, Journal
from pytest_mmina.trajectories.reading import TRAJECTORIES

# Named after cases, and a case belongs to one shard.
_BESIDE = (TRAJECTORIES, "pictures", "downloads", "agent-logs")


class ResultsError(MminaError):
    """A results folder that cannot be used."""


def read_results(folder: Path) -> tuple[list[EpisodeRecord], SessionFacts]:
    """Read what a session left; raises ResultsError where it has not ended, or left nothing."""
    facts = read_facts(folder)
    records = Journal(folder).finished()
    written = len((folder / EPISODES).read_text(encoding="utf-8").splitlines())
    if written != len(records):
        raise ResultsError(f"{folder / EPISODES}: {written - len(records)} of its {written} lines cannot be read")
    return records, facts


def read_facts(folder: Path) -> SessionFacts:
    """Read what a session says of itself; raises ResultsError where it has not ended, or left nothing."""
    if not (folder / EPISODES).exists():
        raise ResultsError(f"{folder} holds no {EPISODES}")
    if not (folder / SUMMARY).exists():
        raise ResultsError(f"{folder}: its session did not end. Take it up with pytest --mmina --mmina-resume {folder}")
    try:
        facts = SessionFacts.model_validate_json((folder / SESSION).read_bytes())
    except (OSError, ValidationError) as error:
        raise ResultsError(f"{folder / SESSION} cannot be read: {str(error).splitlines()[0]}") from None
    return facts


def read_summary(folder: Path) -> Summary:
    """Read the rates of a session; raises ResultsError."""
    try:
        return Summary.model_validate_json((folder / SUMMARY).read_bytes())
    except (OSError, ValidationError) as error:
        raise ResultsError(f"{folder / SUMMARY} cannot be read: {str(error).splitlines()[0]}") from None


def each_result(folder: Path) -> Iterator[tuple[bytes, EpisodeRecord]]:
    """The lines of a session's episodes with what they say, one at a time; raises ResultsError."""
    with (folder / EPISODES).open("rb") as opened:
        for number, line in enumerate(opened, start=1):
            try:
                record = EpisodeRecord.model_validate_json(line)
            except ValidationError:
                raise ResultsError(f"{folder / EPISODES}: line {number} cannot be read") from None
            yield line, record


def merge(folders: Sequence[Path], into: Path) -> Summary:
    """Put the sessions of several shards together; raises ResultsError where two tell of one case differently."""
    if (into / EPISODES).exists() and into.resolve() not in {folder.resolve() for folder in folders}:
        raise ResultsError(f"{into} holds results already: name an empty folder")
    found: dict[tuple[str, int, str], tuple[EpisodeRecord, Path]] = {}
    facts = []
    for folder in {folder.resolve(): folder for folder in folders}.values():
        records, own = read_results(folder)
        if own.stopped.trials and len(set(folders)) > 1:
            raise ResultsError(
                f"{folder}: trials were stopped early for the gate of that session alone. Run it without "
                "--mmina-stop-early to merge it"
            )
        facts.append(own)
        for record in records:
            known, where = found.setdefault(record.identity, (record, folder))
            if known != record:
                raise ResultsError(f"{where} and {folder} both ran {record.case}, and differ")
    _require_all_shards([own.shard for own in facts])
    records = [found[identity][0] for identity in sorted(found)]
    fixtures = {own.fixtures for own in facts}
    if len(fixtures) > 1:
        raise ResultsError("the sessions ran on different sites: their fixtures have changed in between")
    ran = {record.task for record in records}
    selection = merged(own.selection for own in facts)
    whole = SessionFacts(
        plugin=", ".join(sorted({own.plugin for own in facts})),
        selection=selection.model_copy(update={"deselected": selection.deselected - ran}),
        skipped=frozenset().union(*(own.skipped for own in facts)),
        skipped_cases=sum(own.skipped_cases for own in facts),
        not_run=sum(own.not_run for own in facts),
        fixtures=fixtures.pop(),
        stopped=facts[0].stopped,
        ran=merged_environments(
            [own.ran for own in facts],
            tasks=tasks_fingerprint((record.task, record.fingerprint) for record in records),
        ),
    )
    summary = summarise(records, not_run=whole.not_run, skipped=whole.skipped_cases, stopped=whole.stopped.trials)
    Journal(into).finish(records, summary, session=whole)
    for folder in folders:
        if folder.resolve() != into.resolve():
            _carry(folder, into)
    session = Session.of(records, whole, None, root=into)
    write_gate(into, gate_record(session, decision=None, baseline=None, file=""))
    return summary


def _carry(folder: Path, into: Path) -> None:
    """Copy what lies beside the records of a session; links are left behind, because they may lead anywhere."""
    for kept in _BESIDE:
        if (folder / kept).is_dir() and not (folder / kept).is_symlink():
            try:
                shutil.copytree(folder / kept, into / kept, ignore=_links, dirs_exist_ok=True)
            except OSError as error:
                raise ResultsError(f"{folder / kept} cannot be copied to {into}: {error}") from None


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_symlink()]


def _require_all_shards(shards: Sequence[str]) -> None:
    """Raise ResultsError unless every part is there: a shard that was lost must not be taken for one left out."""
    parts = {read_shard(shard) for shard in shards if shard}
    if len({part.of for part in parts}) > 1:
        raise ResultsError(f"the sessions were cut in different ways: {', '.join(sorted({*shards} - {''}))}")
    for of in {part.of for part in parts}:
        missing = [f"{number}/{of}" for number in range(1, of + 1) if Shard(number, of) not in parts]
        if missing:
            raise ResultsError(
                f"the results of {'shard' if len(missing) == 1 else 'shards'} {', '.join(missing)} are missing"
            )


def gate(folder: Path, rules: Rules, *, baseline: Path | None, root: Path) -> tuple[Decision, GateRecord]:
    """Judge the results in a folder as the session itself would; raises ResultsError and BaselineError.

    Returns the decision and what is kept of it, which is not yet written.
    """
    records, facts = read_results(folder)
    compared = read_baseline(baseline) if baseline is not None else None
    session = Session.of(records, facts, compared, root=root)
    decision = decide(session, rules, compared, shown="--")
    file = without_home(str(baseline), str(Path.home())) if baseline is not None else ""
    return decision, gate_record(session, decision=decision, baseline=compared, file=file)


def read_gate(folder: Path) -> GateRecord:
    """What was last decided about the results in a folder, empty if nothing was; raises GateRecordError."""
    return read_gate_record(folder / GATE) or GateRecord()


def write_gate(folder: Path, record: GateRecord) -> None:
    """Keep what was decided with the results; raises ResultsError."""
    try:
        Journal(folder).keep(GATE, record.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise ResultsError(f"{folder / GATE} cannot be written: {error.strerror}") from None


def save(folder: Path, baseline: Path, *, root: Path) -> int:
    """Make a baseline of the results in a folder, and count its tasks; raises ResultsError and BaselineError."""
    require_writable(baseline)
    return save_baseline(baseline, *read_results(folder), root=root)


def compare(one: Path, other: Path) -> Iterator[str]:
    """Say what changed from one folder to another, task by task and hop by hop; a line each."""
    (old, _), (new, _) = (read_results(folder) for folder in (one, other))
    changes = changes_since(count_tasks(old), new)
    for task in sorted(changes.tasks, key=lambda task: task.task):
        if task.became in ("gone", "new"):
            yield f"{task.task}: only in {other if task.became == 'new' else one}"
        elif task.became == "changed":
            yield str(task)
        else:
            yield f"{task.task}: solved {task.solved_before} -> {task.solved_now}"
            yield from (f"    {hop.name}: {hop.before or 'not there'} -> {hop.now or 'not there'}" for hop in task.hops)
    yield f"{len(changes.tasks)} of {len({record.task for record in (*old, *new)})} tasks differ"
