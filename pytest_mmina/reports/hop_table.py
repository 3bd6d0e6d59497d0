"""The hops of an episode as HTML, for a row of pytest-html's report."""

from html import escape

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.reports.columns import printable
from pytest_mmina.reports.tables import constraint_lines, headline, hop_name, hop_word

_LONGEST = 500


def hop_table(record: EpisodeRecord) -> str:
    """Return a table of hops and broken constraints with their reasons; text from pages and agents is escaped."""
    rows = "".join(
        f"<tr><td>{number}</td><td>{hop_word(hop)}</td><td>{_shown(hop_name(hop))}</td>"
        f"<td>{_shown(hop.url)}</td><td>{_shown('' if hop.passed else hop.explanation)}</td></tr>"
        for number, hop in enumerate(record.hops, start=1)
    )
    rows += "".join(f"<tr><td></td><td colspan=4>{_shown(line)}</td></tr>" for line in constraint_lines(record))
    title = f"{headline(record)}: {record.reason}"
    return (
        f"<table><caption>{_shown(title)}</caption><thead><tr><th>hop</th><th></th><th>what was asked</th><th>url</th>"
        f"<th>why</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _shown(text: str) -> str:
    return escape(printable(" ".join(text.split()))[:_LONGEST])
