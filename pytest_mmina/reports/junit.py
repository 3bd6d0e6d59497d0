"""The properties of a case in a JUnit report."""

from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord

PREFIX = "mmina_"
"""The prefix of the names of all properties."""


def case_properties(record: EpisodeRecord) -> list[tuple[str, object]]:
    """Return the properties of a case: its task, outcome and credit, and the result of each hop."""
    return [
        (f"{PREFIX}task", record.task),
        (f"{PREFIX}outcome", record.outcome),
        (f"{PREFIX}hops", f"{record.hops_passed}/{len(record.hops)}"),
        (f"{PREFIX}credit", record.credit),
        *(
            (f"{PREFIX}hop_{number}", f"{_verdict(hop)}: {hop.name}: {hop.reason}")
            for number, hop in enumerate(record.hops, start=1)
        ),
    ]


def _verdict(hop: HopRecord) -> str:
    word = "passed" if hop.passed else "failed" if hop.reached else "not reached"
    return f"{word} at step {hop.step}" if hop.step is not None else word
