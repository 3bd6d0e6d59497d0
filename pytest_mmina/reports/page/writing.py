"""The page on a session's results, `index.html`: from what lies in their folder, and nothing else."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from pytest_mmina.core.record.changes import Beside, Changes
from pytest_mmina.core.record.metrics import EpisodeRecord, Rates, Summary
from pytest_mmina.gate.baseline import count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.gate.intervals import Intervals, intervals_from
from pytest_mmina.gate.record import GateRecord
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.reports.page.overview import ASSETS, Group, Overview, RateInterval, render, write_assets
from pytest_mmina.reports.page.rows import Rows
from pytest_mmina.reports.page.scripts import complete_scripts, write_script
from pytest_mmina.results.folder import each_result, read_facts, read_gate, read_results, read_summary
from pytest_mmina.results.journal import PAGE
from pytest_mmina.trajectories.reading import recording_name

_PARTS = "page"
_EPISODES = "episodes"
_BEFORE = "before"
_OVERVIEW = "overview.js"
_PICTURES = "pictures"
_TRACE = "trace.zip"
_CHUNK_BYTES = 256 * 1024
_NOTABLE = 5
_LEAST_TASKS = 5


def write_page(folder: Path, *, before: Path | None = None) -> Path:
    """Write the page on the results in a folder, beside those of an earlier session in `before`; returns its file.

    What the page needs of the earlier session is copied, so that the folder stays whole wherever it goes. Raises
    ResultsError and GateRecordError for what cannot be read, OSError for what cannot be written.
    """
    facts, summary, gate = read_facts(folder), read_summary(folder), read_gate(folder)
    parts = folder / _PARTS
    for part in (ASSETS, _EPISODES, _BEFORE):
        shutil.rmtree(parts / part, ignore_errors=True)
    write_assets(parts)
    rows = _write_episodes(folder, parts, scripts=folder)
    changes, label = gate.changes, gate.baseline.file if gate.baseline is not None else ""
    if before is not None:
        changes, label = _changes_between(before, folder), str(before)
        _copy_before(before, parts / _BEFORE)
    told = {
        "columns": rows.as_columns(),
        "changes": changes.model_dump(mode="json") if changes is not None else None,
        "before": label if before is not None else None,
        "positions": {place: position.model_dump() for place, position in summary.by_position.items()},
    }
    _write_data(parts / _OVERVIEW, told)
    page = folder / PAGE
    draft = page.with_name(f".{page.name}")
    text = render(_overview(rows, facts, summary, gate, changes=changes, label=label))
    draft.write_text(text, encoding="utf-8", errors="replace")
    return draft.replace(page)


def _write_episodes(results: Path, parts: Path, *, scripts: Path) -> Rows:
    """Write what is looked at one by one: records in chunks, trajectories into `scripts`; returns what all have."""
    recorded = complete_scripts(results, into=scripts)
    rows, chunk, size, number = Rows(), list[bytes](), 0, 0
    for line, record in each_result(results):
        name = recording_name(task=record.task, trial=record.trial, case=record.case, browser=record.browser)
        rows.add(record, chunk=number, recording=name if name in recorded else None, traced=_is_traced(results, record))
        chunk.append(line.rstrip())
        size += len(line)
        if size >= _CHUNK_BYTES:
            _write_chunk(parts, number, chunk)
            chunk, size, number = [], 0, number + 1
    if chunk:
        _write_chunk(parts, number, chunk)
    return rows


def _is_traced(results: Path, record: EpisodeRecord) -> bool:
    # Of a case that passed, pytest-playwright may have thrown it away.
    path = PurePosixPath(record.trace)
    return path.name == _TRACE and not path.is_absolute() and (results / path).is_file()


def _write_chunk(parts: Path, number: int, lines: Sequence[bytes]) -> None:
    write_script(parts / _EPISODES / f"{number}.js", (b"[", b",".join(lines), b"]"), level=1)


def _changes_between(before: Path, after: Path) -> Changes:
    earlier, _ = read_results(before)
    records, facts = read_results(after)
    return changes_since(count_tasks(earlier), records, excused=facts.selection.deselected | facts.skipped)


def _copy_before(before: Path, into: Path) -> None:
    rows = _write_episodes(before, into, scripts=into)
    _write_data(into / _OVERVIEW, {"columns": rows.as_columns()})
    for picture in (before / _PICTURES).rglob("*.jpg"):
        copy = into / picture.relative_to(before)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, copy)


def _write_data(file: Path, data: object) -> None:
    write_script(file, (json.dumps(data, separators=(",", ":")).encode(),))


def _overview(
    rows: Rows, facts: SessionFacts, summary: Summary, gate: GateRecord, *, changes: Changes | None, label: str
) -> Overview:
    compared = changes if changes is not None else Changes()
    sure = gate.intervals is not None
    by_subset = _groups(summary.by_subset, rows.hops_by_subset() if sure else {}, compared.by_subset)
    by_hops = _groups(summary.by_hop_count, rows.hops_by_count() if sure else {}, compared.by_hop_count)
    return Overview(
        summary=summary,
        verdict=gate.decision.passed if gate.decision is not None else None,
        reasons=gate.decision.reasons if gate.decision is not None else (),
        notes=gate.decision.notes if gate.decision is not None else (),
        whole=_group("all", summary, gate.intervals, compared.whole),
        groups={"subset": by_subset, "hops": by_hops},
        changes=changes,
        compared_with=label,
        slowest=rows.slowest(_NOTABLE),
        costliest=rows.costliest(_NOTABLE),
        agents=rows.agents,
        ran=facts.ran,
        fixtures=facts.fixtures,
        shard=facts.shard,
    )


def _groups(
    rates: Mapping[str, Rates], hops: Mapping[str, Sequence[tuple[int, int]]], beside: Mapping[str, Beside]
) -> list[Group]:
    found = []
    for name, own in rates.items():
        members = hops.get(name)
        sure = intervals_from(members, solved=own.solved, episodes=own.episodes) if members else None
        group = _group(name, own, sure, beside.get(name))
        # Two or three tasks that happen to be alike say nothing of how far others may be from them.
        found.append(group if len(members or ()) >= _LEAST_TASKS else group._replace(hop=None))
    return found


def _group(name: str, rates: Rates, intervals: Intervals | None, beside: Beside | None) -> Group:
    if intervals is None:
        return Group(name, rates, None, None, beside)
    return Group(name, rates, RateInterval(*intervals.hop), RateInterval(*intervals.task), beside)
