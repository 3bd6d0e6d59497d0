"""The properties of a case in a JUnit report."""

from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.reports.spending import usage_text

PREFIX = "mmina_"
"""The prefix of the names of all properties."""


def case_properties(record: EpisodeRecord) -> list[tuple[str, object]]:
    """Return the properties of a case: its task, outcome and credit, what it cost, and the result of each hop."""
    usage = record.usage
    return [
        (f"{PREFIX}task", record.task),
        (f"{PREFIX}outcome", record.outcome),
        (f"{PREFIX}hops", f"{record.hops_passed}/{len(record.hops)}"),
        (f"{PREFIX}credit", record.credit),
        *([(f"{PREFIX}usage", usage_text(usage))] if usage is not None else []),
        *(
            (f"{PREFIX}hop_{number}", f"{_verdict(hop)}: {hop.name}: {hop.reason}")
            for number, hop in enumerate(record.hops, start=1)
        ),
    ]


def _verdict(hop: HopRecord) -> str:
    if not hop.passed:
        return "failed"
    return f"passed at step {hop.step}" if hop.step is not None else "passed"
