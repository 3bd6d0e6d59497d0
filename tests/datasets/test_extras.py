"""A task whose checks need a package that is not installed is skipped, and the reason says how to install it."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets import extras
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.datasets.listing import list_tasks

SPREADSHEETS = "reading spreadsheets needs python-calamine: pip install 'pytest-mmina[files]'"
PDF = "reading PDF files needs pypdf: pip install 'pytest-mmina[files]'"
PICTURES = "comparing pictures needs scikit-image: pip install 'pytest-mmina[images]'"
TEXT = {"contains": "tea"}


def loaded(folder: Path, check: dict[str, Any], **fields: Any) -> Task:
    hops = [{"name": "got it", "check": check}]
    file = folder / "tasks/files/1.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"intent": "Get it.", "start_url": "https://shop.example/", "hops": hops, **fields}))
    (task,), (listed,) = load_tasks(file), list_tasks(file)
    assert listed.cannot_run == task.cannot_run
    assert listed.load() == task
    return task


@pytest.fixture
def without_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = {"pypdf", "python_calamine", "skimage"}
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in missing else find_spec(name))


@pytest.mark.usefixtures("without_extras")
@pytest.mark.parametrize(
    ("check", "reasons"),
    [
        ({"kind": "download", "name": "a.pdf", "type": "pdf"}, []),
        ({"kind": "download", "type": "csv", "rows": 3}, []),
        ({"kind": "download", "type": "txt", "text": TEXT}, []),
        ({"kind": "download", "type": ["csv", "xlsx"], "rows": 3}, [SPREADSHEETS]),
        ({"kind": "download", "type": "pdf", "text": TEXT}, [PDF]),
        ({"kind": "download", "name": "a.csv", "text": TEXT}, [SPREADSHEETS, PDF]),
        ({"kind": "not", "check": {"kind": "download", "name": "a.csv", "rows": 3}}, [SPREADSHEETS]),
        ({"kind": "same_picture", "any_of": ["https://shop.example/tea.png"]}, [PICTURES]),
    ],
)
def test_a_task_that_cannot_be_judged_is_skipped(tmp_path: Path, check: dict[str, Any], reasons: list[str]) -> None:
    task = loaded(tmp_path, check)
    assert task.cannot_run == "; ".join(reasons)
    assert {reason.cause for reason in task.skip_reasons} == ({"evaluation"} if reasons else set())


@pytest.mark.usefixtures("without_extras")
def test_a_constraint_needs_them_as_well(tmp_path: Path) -> None:
    never = [{"name": "no plan", "check": {"kind": "download", "type": "pdf", "text": TEXT}}]
    assert loaded(tmp_path, {"kind": "stopped"}, never=never).cannot_run == PDF


def test_with_them_the_task_runs(tmp_path: Path) -> None:
    assert loaded(tmp_path, {"kind": "download", "name": "a", "text": TEXT}).cannot_run == ""
