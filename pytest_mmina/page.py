"""The page on a session's results, `index.html`: from what lies in their folder, and nothing else."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import nlargest
from pathlib import Path
from typing import NamedTuple

from pytest_mmina.core.changes import Beside, Changes
from pytest_mmina.core.metrics import EpisodeRecord, Rates, Summary, summarise
from pytest_mmina.gate.baseline import count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.gate.intervals import Intervals, intervals_of
from pytest_mmina.gate.record import GateRecord
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.recordings import TRAJECTORIES, recording_file
from pytest_mmina.reports.journal import EPISODES
from pytest_mmina.reports.page.overview import Group, Notable, Overview, Span, address_of, render, write_assets
from pytest_mmina.reports.page.rows import Rows
from pytest_mmina.reports.page.scripts import complete_scripts, write_script
from pytest_mmina.results import read_gate, read_results

PAGE = "index.html"
PARTS = "page"
_BEFORE = "before"
_CHUNK_BYTES = 256 * 1024
_NOTABLE = 5


def write_page(folder: Path, *, before: Path | None = None) -> Path:
    """Write the page on the results in a folder, beside those of an earlier session in `before`; returns its file.

    What the page needs of the earlier session is copied, so that the folder stays whole wherever it goes. Raises
    ResultsError and GateRecordError for what cannot be read, OSError for what cannot be written.
    """
    records, facts = read_results(folder)
    gate = read_gate(folder)
    parts = folder / PARTS
    shutil.rmtree(parts, ignore_errors=True)
    write_assets(parts)
    rows = _write_episodes(folder, records, parts)
    changes, label = gate.changes, gate.baseline.file if gate.baseline is not None else ""
    if before is not None:
        earlier, _ = read_results(before)
        changes, label = changes_since(count_tasks(earlier), records), str(before)
        _copy_before(before, earlier, parts / _BEFORE)
    told = {
        "columns": rows.as_columns(),
        "changes": changes.model_dump(mode="json") if changes is not None else None,
        "before": label if before is not None else None,
    }
    summary = summarise(
        records, not_run=facts.not_run, skipped=facts.skipped_cases, stopped=facts.stopped.trials
    )
    _write_data(parts / "overview.js", {**told, "positions": summary.model_dump(mode="json")["by_position"]})
    text = render(_overview(records, facts, summary, gate, changes=changes, label=label))
    page = folder / PAGE
    draft = page.with_name(f".{page.name}")
    draft.write_text(text, encoding="utf-8", errors="replace")
    return draft.replace(page)


def _write_episodes(results: Path, records: Sequence[EpisodeRecord], parts: Path) -> Rows:
    """Write the records in chunks, for what is looked at one by one; returns what the page knows of all of them."""
    recorded = complete_scripts(results)
    rows = Rows()
    for number, chunk in enumerate(_chunks(results / EPISODES)):
        for record in records[chunk.first : chunk.first + len(chunk.lines)]:
            rows.add(record, chunk=number, recording=_recording(results, record, recorded))
        write_script(parts / "episodes" / f"{number}.js", (b"[", b",".join(chunk.lines), b"]"), level=1)
    return rows


class _Chunk(NamedTuple):
    first: int
    lines: list[bytes]


def _chunks(journal: Path) -> Iterator[_Chunk]:
    lines: list[bytes] = []
    first = size = 0
    with journal.open("rb") as opened:
        for line in opened:
            lines.append(line.rstrip())
            size += len(line)
            if size >= _CHUNK_BYTES:
                yield _Chunk(first, lines)
                first, lines, size = first + len(lines), [], 0
    if lines:
        yield _Chunk(first, lines)


def _recording(results: Path, record: EpisodeRecord, recorded: set[str]) -> str | None:
    name = f"{record.task}/{record.trial}"
    if name in recorded and record.case.partition("::")[2].startswith("test_task["):
        return name
    file = recording_file(results, task=record.task, trial=record.trial, case=record.case, browser=record.browser)
    name = file.relative_to(results / TRAJECTORIES).with_suffix("").as_posix()
    return name if name in recorded else None


def _copy_before(before: Path, records: Sequence[EpisodeRecord], into: Path) -> None:
    rows = _write_episodes(before, records, into)
    _write_data(into / "overview.js", {"columns": rows.as_columns()})
    for kept, files in ((TRAJECTORIES, "*.js"), ("pictures", "*.jpg")):
        for file in (before / kept).rglob(files):
            copy = into / file.relative_to(before)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def _write_data(file: Path, data: object) -> None:
    write_script(file, (json.dumps(data, separators=(",", ":")).encode(),))


def _overview(
    records: Sequence[EpisodeRecord],
    facts: SessionFacts,
    summary: Summary,
    gate: GateRecord,
    *,
    changes: Changes | None,
    label: str,
) -> Overview:
    addresses = _addresses(records)
    by_place = [Notable(record, address) for record, address in zip(records, addresses, strict=True)]
    compared = changes if changes is not None else Changes()
    sure = gate.intervals is not None
    return Overview(
        summary=summary,
        verdict=gate.decision.passed if gate.decision is not None else None,
        reasons=gate.decision.reasons if gate.decision is not None else (),
        notes=gate.decision.notes if gate.decision is not None else (),
        whole=_group("all", summary, gate.intervals, compared.whole),
        groups={
            "subset": _groups(records, summary.by_subset, compared.by_subset, lambda record: record.subset, sure=sure),
            "hops": _groups(
                records, summary.by_hop_count, compared.by_hop_count, lambda record: str(len(record.hops)), sure=sure
            ),
        },
        changes=changes,
        compared_with=label,
        slowest=nlargest(_NOTABLE, by_place, key=lambda each: each.record.seconds),
        costliest=nlargest(_NOTABLE, (each for each in by_place if each.record.usage), key=_cost),
        agents=sorted({record.agent for record in records}),
        ran=facts.ran,
        fixtures=facts.fixtures,
        shard=facts.shard,
    )


def _groups(
    records: Sequence[EpisodeRecord],
    rates: Mapping[str, Rates],
    beside: Mapping[str, Beside],
    key: Callable[[EpisodeRecord], str],
    *,
    sure: bool,
) -> list[Group]:
    members: dict[str, list[EpisodeRecord]] = {}
    for record in records if sure else ():
        members.setdefault(key(record), []).append(record)
    return [
        _group(name, own, intervals_of(members[name]) if sure else None, beside.get(name))
        for name, own in rates.items()
    ]


def _group(name: str, rates: Rates, intervals: Intervals | None, beside: Beside | None) -> Group:
    if intervals is None:
        return Group(name, rates, None, None, beside)
    return Group(name, rates, Span(*intervals.hop), Span(*intervals.task), beside)


def _cost(episode: Notable) -> tuple[float, int]:
    usage = episode.record.usage
    return (usage.cost or 0.0, usage.tokens) if usage is not None else (0.0, 0)


def _addresses(records: Sequence[EpisodeRecord]) -> Iterator[str]:
    met: Counter[tuple[str, int]] = Counter()
    for record in records:
        met[record.task, record.trial] += 1
        yield address_of(record.task, record.trial, among=met[record.task, record.trial])
