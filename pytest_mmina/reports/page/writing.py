"""Write the page of a session's results, `index.html`, and the scripts with its data."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.core.record.changes import Changes, RateComparison
from pytest_mmina.core.record.metrics import Rates
from pytest_mmina.gate.intervals import Intervals, TaskResult, intervals_from
from pytest_mmina.reports.page.content import EarlierResults, PageContent, PageEpisodes
from pytest_mmina.reports.page.overview import ASSETS, Group, Overview, RateInterval, render, write_assets
from pytest_mmina.reports.page.scripts import complete_scripts, write_packed, write_script
from pytest_mmina.results.files import PAGE, PAGE_PARTS

_EPISODES = "episodes"
_BEFORE = "before"
_OVERVIEW = "overview.js"
_PICTURES = "pictures"
_MOST_LISTED = 5


def write_page(folder: Path, content: PageContent) -> Path:
    """Write the page of the results in a folder; returns its file.

    Files of an earlier session are copied, so that the folder is complete if it is moved. Raises the exception that
    `PageEpisodes` kept, and OSError if something cannot be written.
    """
    for episodes in (content.episodes, *([content.earlier.episodes] if content.earlier is not None else [])):
        if episodes.error is not None:
            raise episodes.error
    parts = folder / PAGE_PARTS
    for part in (ASSETS, _EPISODES, _BEFORE):
        shutil.rmtree(parts / part, ignore_errors=True)
    write_assets(parts)
    recorded = _write_episodes(content.episodes, folder, parts, scripts=folder)
    if content.earlier is not None:
        _copy_earlier(content.earlier, parts / _BEFORE)
    report, rows = content.report, content.episodes.rows
    overview = {
        "columns": rows.as_columns(recorded),
        "changes": report.changes.model_dump(mode="json") if report.changes is not None else None,
        "before": report.before if content.earlier is not None else None,
        "positions": {place: position.model_dump() for place, position in report.summary.by_position.items()},
    }
    _write_data(parts / _OVERVIEW, overview)
    page = folder / PAGE
    with atomic_write(page) as opened:
        opened.write(render(_overview(content)).encode("utf-8", "replace"))
    return page


def _write_episodes(episodes: PageEpisodes, results: Path, parts: Path, *, scripts: Path) -> set[str]:
    """Write records in chunks and trajectories into `scripts`; returns the existing trajectories."""
    recorded = complete_scripts(results, into=scripts)
    for number, chunk in enumerate(episodes.chunks()):
        write_packed(parts / _EPISODES / f"{number}.js", (chunk,))
    return recorded


def _copy_earlier(earlier: EarlierResults, into: Path) -> None:
    recorded = _write_episodes(earlier.episodes, earlier.folder, into, scripts=into)
    _write_data(into / _OVERVIEW, {"columns": earlier.episodes.rows.as_columns(recorded)})
    for picture in (earlier.folder / _PICTURES).rglob("*.jpg"):
        copy = into / picture.relative_to(earlier.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, copy)


def _write_data(file: Path, data: object) -> None:
    write_script(file, (json.dumps(data, separators=(",", ":")).encode(),))


def _overview(content: PageContent) -> Overview:
    report, gate, rows = content.report, content.gate, content.episodes.rows
    summary, compared = report.summary, report.changes if report.changes is not None else Changes()
    has_intervals = gate.intervals is not None
    by_subset = _groups(summary.by_subset, rows.results_by_subset() if has_intervals else {}, compared.by_subset)
    by_hops = _groups(summary.by_hop_count, rows.results_by_count() if has_intervals else {}, compared.by_hop_count)
    return Overview(
        summary=summary,
        verdict=gate.decision.passed if gate.decision is not None else None,
        reasons=tuple(filter(None, (gate.decision.warning, *gate.decision.reasons)))
        if gate.decision is not None
        else (),
        notes=gate.decision.notes if gate.decision is not None else (),
        whole=_group("all", summary, gate.intervals, compared.whole),
        groups={"subset": by_subset, "hops": by_hops},
        changes=report.changes,
        compared_with=report.before,
        slowest=rows.slowest(_MOST_LISTED),
        costliest=rows.costliest(_MOST_LISTED),
        agents=rows.agents,
        ran=report.ran,
        fixtures=report.fixtures,
        shard=content.shard,
    )


def _groups(
    rates: Mapping[str, Rates], results: Mapping[str, Sequence[TaskResult]], comparisons: Mapping[str, RateComparison]
) -> list[Group]:
    return [
        _group(name, own, intervals_from(results[name]) if results.get(name) else None, comparisons.get(name))
        for name, own in rates.items()
    ]


def _group(name: str, rates: Rates, intervals: Intervals | None, comparison: RateComparison | None) -> Group:
    if intervals is None:
        return Group(name, rates, None, None, comparison)
    return Group(name, rates, RateInterval(*intervals.hop), RateInterval(*intervals.task), comparison)
