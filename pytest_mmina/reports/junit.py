"""JUnit reports: the properties of a case, and the gate as a case of its own."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.core.shortening import shortened
from pytest_mmina.reports.columns import printable
from pytest_mmina.reports.spending import usage_text
from pytest_mmina.reports.tables import constraint_lines, hop_name

PREFIX = "mmina_"
"""The prefix of the names of all properties."""

SUITE = "mmina"
"""The class name of the cases that a session passes or fails as a whole."""

GATE_STATE, GATE_REASONS = "mmina.gate", "mmina.gate.reasons"
"""The properties of the suite: `open` or `closed`, and why."""

_MOST_SENTENCES, _LONGEST_SENTENCE = 50, 1000


def case_text(sentences: Sequence[str]) -> str:
    """Return sentences one per line, as the text of a case: shortened, and without control characters."""
    lines = [shortened(printable(sentence), _LONGEST_SENTENCE) for sentence in sentences[:_MOST_SENTENCES]]
    more = len(sentences) - len(lines)
    return "\n".join([*lines, f"and {more} more"] if more else lines)


def write_gate_case(file: Path, *, passed: bool, sentences: Sequence[str]) -> None:
    """Write a JUnit file with the gate as its one case; raises OSError."""
    text = case_text(sentences)
    suites = ElementTree.Element("testsuites", name="mmina gate")
    failures = "0" if passed else "1"
    suite = ElementTree.SubElement(
        suites, "testsuite", name=SUITE, tests="1", failures=failures, errors="0", skipped="0"
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in ((GATE_STATE, "open" if passed else "closed"), (GATE_REASONS, text)):
        ElementTree.SubElement(properties, "property", name=name, value=value)
    case = ElementTree.SubElement(suite, "testcase", classname=SUITE, name="gate", time="0")
    if not passed:
        ElementTree.SubElement(case, "failure", message=text).text = text
    file.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(file) as opened:
        opened.write(ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True))


def case_properties(record: EpisodeRecord) -> list[tuple[str, object]]:
    """Return the properties of a case: task, outcome and credit, what it cost, its hops and broken constraints."""
    usage = record.usage
    return [
        (f"{PREFIX}task", record.task),
        *([(f"{PREFIX}arm", record.arm)] if record.arm else []),
        (f"{PREFIX}outcome", record.outcome),
        (f"{PREFIX}hops", f"{record.hops_passed}/{len(record.hops)}"),
        (f"{PREFIX}credit", record.credit),
        *([(f"{PREFIX}usage", usage_text(usage))] if usage is not None else []),
        *(
            (f"{PREFIX}hop_{number}", f"{_verdict(hop)}: {hop_name(hop)}: {hop.reason}")
            for number, hop in enumerate(record.hops, start=1)
        ),
        *([(f"{PREFIX}violations", len(record.violations))] if record.constraints else []),
        *((f"{PREFIX}constraint_{number}", line) for number, line in enumerate(constraint_lines(record), start=1)),
    ]


def _verdict(hop: HopRecord) -> str:
    word = "passed" if hop.passed else "failed" if hop.reached else "not reached"
    score = f", score {hop.score:.3g}" if hop.score is not None else ""
    return (f"{word} at step {hop.step}" if hop.step is not None else word) + score
