"""The report as Markdown, for `summary.md` and for the summary of a job on GitHub.

Names and sentences come from tasks, pages and agents; they are escaped so that none of them becomes HTML, a link, or
the end of a table.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from pytest_mmina.core.record.changes import Changes, RateComparison
from pytest_mmina.core.record.metrics import Position, Rates
from pytest_mmina.gate.skipped import skip_lines
from pytest_mmina.reports.columns import printable
from pytest_mmina.reports.report import BrokenConstraint, BrokenHop, Report
from pytest_mmina.reports.spending import usage_lines
from pytest_mmina.reports.terminal import changes_text, counts_text, hops_text, outcomes_text, percent

LARGEST = 1_000_000
"""The limit in bytes: GitHub accepts 1 MiB from all steps of a job together."""

_MOST_ROWS, _MOST_CHANGES, _MOST_BROKEN, _LONGEST_NAME, _LONGEST_SENTENCE = 100, 50, 20, 120, 1000
_VIOLATED = 3
_CUT = "\n\n(The rest is left out: see `summary.json` and `gate.json`.)\n"
_MARKUP = re.compile(r"([\\`*_\[\]<>&|~#$])")
# GitHub turns these into links and mentions, even if Markdown does not.
_LINKED = re.compile(r"(?i)(://|www\.|@|#|\bgh-)")
_ZERO_WIDTH_SPACE = "\N{ZERO WIDTH SPACE}"


def markdown(report: Report, *, limit: int = LARGEST) -> str:
    """Return the report in at most `limit` bytes; the end is left out if it is longer."""
    verdict = {True: ": the gate is open", False: ": the gate is closed", None: ""}[report.passed]
    sentences = [*filter(None, [report.warning]), *report.sentences]
    sections = [f"## pytest-mmina{verdict}", "\n".join(f"- {plain(line.strip())}" for line in sentences)]
    sections += [_rates(report), _groups(report)]
    if report.passed is None:
        # With a gate, its sentences say the same.
        sections.append("\n".join(f"- {plain(line)}" for line in skip_lines(report.skips)))
    if report.changes is not None:
        sections.append(_changed(report.changes, before=report.before))
    sections += [_violations(report.violations), _chains(report.summary.by_position), _broken(report.broken)]
    sections.append(_ran(report))
    text = "\n\n".join(filter(None, sections)) + "\n"
    return text if len(text.encode()) <= limit else _cut(text, limit)


def plain(text: str) -> str:
    """Escape a text so that Markdown shows it as it is."""
    shown = _LINKED.sub(lambda found: f"{found[0][0]}{_ZERO_WIDTH_SPACE}{found[0][1:]}", _one_line(text))
    shown = re.sub(r"(?i)www(?=\.)", f"www{_ZERO_WIDTH_SPACE}", shown)
    return _MARKUP.sub(r"\\\1", shown[:_LONGEST_SENTENCE])


def code(text: str, *, longest: int = _LONGEST_NAME) -> str:
    """Return a name as a code span; characters that would end the span or a table cell are replaced."""
    shown = _one_line(text).replace("`", "'").replace("|", "¦").strip()
    return f"`{shown if len(shown) <= longest else shown[:longest] + '…'}`" if shown else "-"


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _rates(report: Report) -> str:
    summary, comparison = report.summary, report.changes.whole if report.changes is not None else None
    rows = [
        (
            name,
            f"**{percent(rate)}**",
            f"{passed} of {total}",
            "{:.1%} to {:.1%}".format(*report.intervals[kind]) if kind in report.intervals else "-",
            percent(getattr(comparison, f"{kind}_before")) if comparison is not None else "-",
        )
        for name, kind, rate, passed, total in (
            ("hop success rate", "hop", summary.hop_success_rate, summary.hops_passed, summary.hops_total),
            ("task success rate", "task", summary.task_success_rate, summary.solved, summary.episodes),
        )
    ]
    agents = ", ".join(code(agent) for agent in report.agents) or "not known"
    table = _table(("", "rate", "", "95 % interval for tasks like these", "before"), rows)
    used = "\n".join(f"- {plain(line.strip())}" for line in usage_lines(summary, report.changes))
    return "\n\n".join(
        filter(None, [f"Agent {agents}: {summary.episodes} episodes, {outcomes_text(summary)}", table, used])
    )


def _groups(report: Report) -> str:
    summary, changes = report.summary, report.changes
    rows = [
        ("", "episodes", "solved", "violated", "task rate", "before", "hops", "passed", "hop rate", "before"),
        *_group_rows(summary.by_subset, changes.by_subset if changes is not None else {}, "{}"),
        *_group_rows(summary.by_hop_count, changes.by_hop_count if changes is not None else {}, "{} hops"),
    ]
    if not summary.violated:
        rows = [(*row[:_VIOLATED], *row[_VIOLATED + 1 :]) for row in rows]
    return _table(rows[0], rows[1:])


def _group_rows(
    groups: Mapping[str, Rates], before: Mapping[str, RateComparison], name: str
) -> Iterable[Sequence[str]]:
    for number, (key, group) in enumerate(groups.items()):
        if number == _MOST_ROWS:
            yield (f"and {len(groups) - number} more", *[""] * 9)
            return
        comparison = before.get(key)
        yield (
            code(key) if name == "{}" else name.format(key) if key != "1" else "1 hop",
            str(group.episodes),
            str(group.solved),
            str(group.violated),
            percent(group.task_success_rate),
            percent(comparison.task_before) if comparison is not None else "-",
            str(group.hops_total),
            str(group.hops_passed),
            percent(group.hop_success_rate),
            percent(comparison.hop_before) if comparison is not None else "-",
        )


def _changed(changes: Changes, *, before: str) -> str:
    title = f"### Since {code(before)}: {changes_text(changes)}"
    rows: list[Sequence[str]] = [
        (task.became, code(task.task), counts_text(task), hops_text(task) or "-")
        for task in changes.tasks[:_MOST_CHANGES]
    ]
    if len(changes.tasks) > _MOST_CHANGES:
        rows.append((f"and {len(changes.tasks) - _MOST_CHANGES} more", "", "", ""))
    return f"{title}\n\n{_table(('', 'task', 'solved', 'hops'), rows, right_from=9)}" if rows else title


def _chains(positions: Mapping[str, Position]) -> str:
    rows = [
        (f"hop {number}", str(place.hops), str(place.passed), str(place.broke_first))
        for number, place in list(positions.items())[:_MOST_ROWS]
    ]
    return f"### Where chains break\n\n{_table(('', 'hops', 'passed', 'broke first'), rows)}" if rows else ""


def _broken(broken: Sequence[BrokenHop]) -> str:
    rows: list[Sequence[str]] = [
        (
            code(hop.task),
            f"{hop.position}, {code(hop.name)}",
            "-" if hop.step is None else str(hop.step),
            code(hop.url),
            plain(hop.reason),
        )
        for hop in broken[:_MOST_BROKEN]
    ]
    if len(broken) > _MOST_BROKEN:
        rows.append((f"and {len(broken) - _MOST_BROKEN} more", "", "", "", ""))
    title = "### Where tasks broke, and what came nearest"
    return f"{title}\n\n{_table(('task', 'hop', 'step', 'address', 'why'), rows, right_from=9)}" if rows else ""


def _violations(violations: Sequence[BrokenConstraint]) -> str:
    rows: list[Sequence[str]] = [
        (
            code(one.task),
            f"{one.violation.kind}: {code(one.violation.name)}",
            str(one.trials),
            str(one.violation.step),
            code(one.violation.url),
            plain(one.violation.reason),
        )
        for one in violations[:_MOST_BROKEN]
    ]
    if len(violations) > _MOST_BROKEN:
        rows.append((f"and {len(violations) - _MOST_BROKEN} more", *[""] * 5))
    header = ("task", "constraint", "trials", "step", "address", "why")
    return f"### Constraints that were broken\n\n{_table(header, rows, right_from=9)}" if rows else ""


def _ran(report: Report) -> str:
    ran = report.ran
    lines = [f"- {code(command, longest=_LONGEST_SENTENCE)}" for command in ran.commands[:_MOST_ROWS]]
    versions = [f"{package} {version}" for package, version in ran.versions.items()]
    lines += [
        f"- {code(', '.join(names), longest=_LONGEST_SENTENCE)}"
        for names in (versions, [*ran.browsers, *ran.platforms])
        if names
    ]
    prints = [f"{name} {value}" for name, value in (("tasks", ran.tasks), ("sites", report.fixtures)) if value]
    lines += [f"- fingerprints: {code(', '.join(prints))}"] if prints else []
    return "### What ran\n\n" + "\n".join(lines) if lines else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], *, right_from: int = 1) -> str:
    rule = ["---:" if column >= right_from else "---" for column in range(len(header))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, rule, *rows))


def _cut(text: str, limit: int) -> str:
    kept = text.encode()[: max(0, limit - len(_CUT.encode()))].decode(errors="ignore")
    # A line that is cut in the middle could leave a code span open.
    kept = kept.rpartition("\n")[0]
    return f"{kept}{_CUT}" if kept else ""
