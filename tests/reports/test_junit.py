"""What a report of JUnit has: the properties of a case, and the gate as a case."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_mmina.core.tasks.constraints import Violation
from pytest_mmina.reports.junit import case_properties, case_text, write_gate_case
from tests.gate.records import record


def test_a_case_has_its_credit_and_a_property_a_hop() -> None:
    episode = record("a/1", 2, 4)
    own = episode.hops[1].model_copy(update={"step": None, "reason": "asserted by the test"})
    lost = episode.hops[2].model_copy(update={"reason": "the address lacks 'x'"})
    rest = episode.hops[3].model_copy(update={"step": None, "reached": False, "reason": "hop 3 comes first"})
    episode = episode.model_copy(update={"hops": (episode.hops[0], own, lost, rest)})
    assert case_properties(episode) == [
        ("mmina_task", "a/1"),
        ("mmina_outcome", "partial"),
        ("mmina_hops", "2/4"),
        ("mmina_credit", 2 / 4),
        ("mmina_hop_1", "passed at step 0: hop 0: "),
        ("mmina_hop_2", "passed: hop 1: asserted by the test"),
        ("mmina_hop_3", "failed at step 2: hop 2: the address lacks 'x'"),
        ("mmina_hop_4", "not reached: hop 3: hop 3 comes first"),
    ]


def test_constraints_alternatives_and_scores_are_properties() -> None:
    episode = record("a/1", 1, 2)
    by_form = episode.hops[0].model_copy(update={"alternative": "by form"})
    scored = episode.hops[1].model_copy(update={"score": 0.5, "reason": "it is 0.5"})
    broken = Violation(name="no order", kind="never", step=3, url="https://a.example/", reason="it was ordered")
    update = {"hops": (by_form, scored), "constraints": 2, "violations": (broken,), "unjudged": ("ends there",)}
    assert case_properties(episode.model_copy(update=update))[4:] == [
        ("mmina_hop_1", "passed at step 0: hop 0 (by form): "),
        ("mmina_hop_2", "failed at step 1, score 0.5: hop 1: it is 0.5"),
        ("mmina_violations", 1),
        ("mmina_constraint_1", "never: no order: broken at step 3 on https://a.example/: it was ordered"),
        ("mmina_constraint_2", "finally: ends there: not judged, because the agent did not stop"),
    ]


def written(file: Path, *, passed: bool, sentences: list[str]) -> ElementTree.Element:
    write_gate_case(file, passed=passed, sentences=sentences)
    suite = ElementTree.parse(file).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "0" if passed else "1", "0")
    return suite


def test_the_gate_is_a_case_of_a_file_of_its_own(tmp_path: Path) -> None:
    closed = written(tmp_path / "new" / "gate.xml", passed=False, sentences=["gate: CLOSED: a", "b"])
    failure = closed.find("testcase/failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("gate: CLOSED: a\nb", "gate: CLOSED: a\nb")
    assert [each.get("value") for each in closed.iter("property")] == ["closed", "gate: CLOSED: a\nb"]
    opened = written(tmp_path / "new" / "gate.xml", passed=True, sentences=["gate: open: a"])
    assert [(case.get("classname"), case.get("name"), list(case)) for case in opened.iter("testcase")] == [
        ("mmina", "gate", [])
    ]


@given(sentences=st.lists(st.text(st.characters(codec=None)), min_size=1, max_size=5), passed=st.booleans())
@example(sentences=["]]>\x1b[31m\0<b>&amp;\ud83d\r\n", "x" * 100_000], passed=False)
def test_any_sentence_makes_a_file_that_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, sentences: list[str], passed: bool
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.xml"
    suite = written(file, passed=passed, sentences=sentences)
    assert file.stat().st_size < 100_000
    (text,) = [each.get("value") or "" for each in suite.iter("property") if each.get("name") == "mmina.gate.reasons"]
    assert len(text.split("\n")) == len(sentences)
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def test_many_sentences_are_cut() -> None:
    assert case_text([str(number) for number in range(300)]).splitlines()[-2:] == ["49", "and 250 more"]
