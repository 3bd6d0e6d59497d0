"""Where a task stands in its file."""

from pathlib import Path

import pytest

from pytest_mmina.datasets.line_numbers import line_of

LIST = '\n[\n  {"intent": "[1, {"},\n  {\n    "intent": "}\\n"\n  }, {"intent": "x"}\n]\n'


@pytest.mark.parametrize(
    ("text", "number", "line"),
    [
        (LIST, "1", 3),
        (LIST, "2", 4),
        (LIST, "3", 6),
        (LIST, "4", None),
        ('[{"task_id": 7, "eval": {}},\n{"task_id": 3, "eval": {}}]', "3", 2),
        ('\n{"intent": "alone"}', "9", 1),
        ("[{]", "1", None),
        ("[", "1", None),
        ("[" * 100_000, "1", None),
    ],
)
def test_a_task_begins_on_a_line(tmp_path: Path, text: str, number: str, line: int | None) -> None:
    (tmp_path / "tasks.json").write_text(text)
    assert line_of(tmp_path / "tasks.json", number) == line


def test_a_file_that_is_gone_has_no_line(tmp_path: Path) -> None:
    assert line_of(tmp_path / "tasks.json", "1") is None
