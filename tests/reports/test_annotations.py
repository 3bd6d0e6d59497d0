"""Errors for GitHub Actions: what its parser reads, no more than it shows."""

from pytest_mmina.reports.annotations import Annotation, workflow_commands


def test_an_error_names_its_place() -> None:
    assert workflow_commands([Annotation("compare/1", "it broke", file="tasks/compare.json", line=7)]) == [
        "::error file=tasks/compare.json,line=7,title=compare/1::it broke"
    ]
    assert workflow_commands([Annotation("gate", "closed", line=7)]) == ["::error title=gate::closed"]


def test_nothing_ends_a_command_or_a_property_early() -> None:
    hostile = "50%, a::b\r\n::error::x\x1b[0m\0"
    assert workflow_commands([Annotation(hostile, hostile, file="a,b:c%.json")]) == [
        "::error file=a%2Cb%3Ac%25.json,title=50%25%2C a%3A%3Ab%0A%3A%3Aerror%3A%3Ax�[0m�"
        "::50%25, a::b%0A::error::x�[0m�"
    ]


def test_no_more_are_told_than_are_shown() -> None:
    ten, eleven = ([Annotation(str(n), "x") for n in range(number)] for number in (10, 11))
    assert len(workflow_commands(ten)) == 10
    assert "more" not in workflow_commands(ten)[-1]
    told = workflow_commands(eleven)
    assert len(told) == 10
    assert told[-1] == "::error title=2 more::2 more: see the summary of this job"


def test_a_message_has_an_end() -> None:
    assert len(workflow_commands([Annotation("a", "%" * 1_000_000)])[0]) < 5000
