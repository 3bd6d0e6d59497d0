"""Answers that a check accepts, and answers that it refuses, from `tests/data/answers.txt`."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import AnswerMatch
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.text.comparisons import Comparison

TABLE = Path(__file__).parents[1] / "data" / "answers.txt"


class Row(NamedTuple):
    """One line of the table."""

    accepted: bool
    compare: str
    reference: str
    answer: str


def rows() -> list[Row]:
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            verdict, compare, reference, answer = (part.strip(" ") for part in line.split(" | ", 3))
            reference, answer = (_unescaped(part) for part in (reference, answer))
            found.append(Row({"yes": True, "no": False}[verdict], compare, reference, answer))
    return found


def _unescaped(text: str) -> str:
    parts = text.replace("\\n", "\n").split("\\u")
    return parts[0] + "".join(chr(int(part[:4], 16)) + part[4:] for part in parts[1:])


ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.compare} {row.reference}: {row.answer}"[:90] for row in ROWS])
def test_an_answer_is_accepted_or_refused(row: Row) -> None:
    check = AnswerMatch.model_validate({"equals": row.reference, "compare": row.compare})
    state = State(pages=(PageState(url="https://shop.example/"),), answer=row.answer)
    verdict = judge(check, state)
    assert verdict.passed is row.accepted, verdict.reason


def test_the_table_is_about_every_comparison_and_both_verdicts() -> None:
    counted = Counter((row.compare, row.accepted) for row in ROWS)
    typed = set(get_args(Comparison)) - {"literal", "literal_words"}
    assert set(counted) == {(compare, accepted) for compare in typed for accepted in (True, False)}
    assert len(set(ROWS)) == len(ROWS), "no line is there twice"
