"""Tasks of our own format with an order, alternatives, scores and constraints: what loads, and what is an error."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pytest_mmina.core.errors import TaskError
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.datasets.listing import list_tasks
from pytest_mmina.datasets.own_format import task_schema

HERE, THERE = ({"kind": "site_word", "word": word} for word in ("here", "there"))
ORDERS = {"kind": "site_state", "site": "shop", "path": "$.orders[*]"}
WAYS = [{"name": "form", "check": THERE}, {"name": "link", "check": HERE}]
TASK: dict[str, Any] = {
    "schema_version": 1,
    "intent": "Look at both, in any order. Do not order anything.",
    "start_url": "https://shop.example/",
    "hops": [
        {"name": "here", "check": HERE, "after": []},
        {"name": "there", "after": [], "alternatives": WAYS},
        {"name": "both", "check": HERE, "after": ["here", 2]},
        {"name": "reward", "check": {**ORDERS, "score": True}, "threshold": 0.5},
    ],
    "never": [{"name": "nothing is ordered", "check": ORDERS}],
    "finally": [{"name": "ends there", "check": THERE}],
}  # fmt: skip


def written(folder: Path, **changed: Any) -> Path:
    file = folder / "own" / "1.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({**TASK, **changed}))
    return file


def test_all_of_it_loads_and_is_in_the_schema(tmp_path: Path) -> None:
    (task,) = load_tasks(written(tmp_path))
    assert [hop.after for hop in task.hops] == [(), (), ("here", 2), None]
    assert [each.name for each in task.hops[1].alternatives] == ["form", "link"]
    assert task.hops[3].threshold == 0.5
    assert [(one.kind, one.name) for one in task.constraints] == [
        ("never", "nothing is ordered"),
        ("finally", "ends there"),
    ]
    jsonschema.Draft202012Validator(task_schema()).validate(TASK)
    assert [listed.load() for listed in list_tasks(written(tmp_path))] == [task]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"hops": [{"name": "a", "check": HERE, "after": ["b"]}]}, "hops[0].after[0]: there is no hop 'b'."),
        ({"hops": [{"name": "a", "check": HERE, "after": [1]}]}, "hops[0].after[0]: a hop cannot come after itself"),
        ({"hops": [{"name": "a", "check": HERE, "after": [True]}]}, "hops[0].after[0]: must be the name of a hop, or"),
        ({"hops": [{"name": "a", "check": HERE, "after": [1.5]}]}, "hops[0].after[0]: must be the name of a hop, or"),
        ({"hops": [{"name": "a", "check": HERE, "after": [""]}]}, "hops[0].after[0]: must be the name of a hop, or"),
        ({"hops": [{"name": "a", "check": HERE, "after": "b"}]}, "hops[0].after: input should be a valid tuple"),
        (
            {"hops": [{"name": "a", "check": HERE, "after": ["b"]}, {"name": "b", "check": HERE}]},
            "hops[0].after: no hop of a circle can ever be judged: a -> b -> a",
        ),
        ({"hops": [{"name": "a"}]}, "hops[0]: has no condition. Give 'check'"),
        ({"hops": [{"name": "a", "alternatives": []}]}, "hops[0]: has no condition. Give 'check'"),
        (
            {"hops": [{"name": "a", "alternatives": [{"name": "form", "check": {"kind": "no"}}]}]},
            "hops[0].alternatives[0].check: unknown check 'no'.",
        ),
        ({"hops": [{"name": "a", "alternatives": [{"name": "form"}]}]}, "hops[0].alternatives[0]: has no condition."),
        ({"hops": [{"name": "a", "alternatives": [{"check": HERE}]}]}, "hops[0].alternatives[0].name: is missing"),
        (
            {"hops": [{"name": "a", "check": HERE, "alternatives": [{"name": "form", "check": THERE}]}]},
            "hops[0]: has a check and alternatives: give one of both",
        ),
        ({"hops": [{"name": "a", "check": HERE, "threshold": 0}]}, "hops[0].threshold: input should be greater than 0"),
        ({"never": []}, "never: must be a list with at least one check"),
        ({"never": {"name": "a", "check": HERE}}, "never: must be a list with at least one check"),
        ({"never": [{"name": "a", "check": HERE, "weight": 2}]}, "never[0].weight: is an unknown field"),
        ({"never": [{"name": "a"}]}, "never[0]: has no condition. Give 'check'"),
        ({"finally": [{"name": "a", "check": {"kind": "x"}}]}, "finally[0].check: unknown check 'x'."),
        (
            {"finally": [{"name": "a", "check": {**ORDERS, "path": "orders["}}]},
            "finally[0].check.path: 'orders[' is not a JSONPath",
        ),
    ],
)
def test_errors_name_file_and_place_and_listing_finds_the_same(
    tmp_path: Path, changed: dict[str, Any], problem: str
) -> None:
    for task in (changed, {**changed, "schema_version": 1}):
        file = written(tmp_path, **task)
        for read in (load_tasks, list_tasks):
            with pytest.raises(TaskError) as raised:
                read(file)
            assert str(raised.value).startswith(f"{file}: {problem}")


def test_listing_without_constraints_finds_a_wrong_order_too(tmp_path: Path) -> None:
    file = tmp_path / "1.json"
    hops = [{"name": "a", "check": HERE, "after": ["b"]}]
    file.write_text(json.dumps({"intent": "Go.", "start_url": "https://shop.example/", "hops": hops}))
    with pytest.raises(TaskError, match=r"hops\[0\].after\[0\]: there is no hop 'b'"):
        list_tasks(file)


def test_mmina_and_webarena_files_can_have_constraints(tmp_path: Path) -> None:
    evaluation = {"eval_types": ["string_match"], "reference_answers": {"exact_match": "x"}}
    formats: dict[str, dict[str, Any]] = {
        "compare": {"procedure": ["here", "end"]},
        "wa": {"eval": evaluation, "sites": ["shop"], "task_id": 1},
    }
    for subset, more in formats.items():
        file = tmp_path / subset / "1.json"
        file.parent.mkdir()
        document = {key: value for key, value in TASK.items() if key not in ("hops", "schema_version")}
        file.write_text(json.dumps({**document, **more}))
        (task,) = load_tasks(file)
        assert [one.kind for one in task.constraints] == ["never", "finally"]


def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text()
    example = page.split("### Hops beyond a queue")[1].split("```json\n")[1].split("```")[0]
    file = tmp_path / "shop" / "1.json"
    file.parent.mkdir()
    file.write_text(example)
    (task,) = load_tasks(file)
    assert [len(task.hops), len(task.constraints)] == [4, 2]
    jsonschema.Draft202012Validator(task_schema()).validate(json.loads(example))
