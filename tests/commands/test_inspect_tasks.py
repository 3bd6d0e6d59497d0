"""`mmina inspect` and `mmina schema`, and that no answer which knows nothing passes a bundled task."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import pytest_mmina
from pytest_mmina.bundled import bundled
from pytest_mmina.commands.main import main
from pytest_mmina.core.tasks.checks import Check, walk_checks
from pytest_mmina.core.tasks.lint import CONSTANT_ANSWERS, is_solved_by
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.datasets.own_format import task_schema

BUNDLED = load_tasks(bundled("tasks"))


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["inspect", *arguments]) == 0
    return capsys.readouterr().out


def written(folder: Path, *documents: dict[str, Any]) -> str:
    file = folder / "list.json"
    file.write_text(json.dumps(documents))
    return str(file)


def answering(reference: str, **fields: Any) -> dict[str, Any]:
    evaluation = {"eval_types": ["string_match"], "reference_answers": {"must_include": [reference]}}
    return {"intent": "How many are there?", "start_url": "https://www.xe.com/", "eval": evaluation, **fields}


def with_check(url: str, check: dict[str, Any]) -> dict[str, Any]:
    return {"intent": "Go.", "start_url": url, "hops": [{"name": "there", "check": check}]}


def task_checks(task: Task) -> list[Check]:
    return [check for each in task.asked for check in walk_checks(each.check)]


def messages() -> set[str]:
    """Every text in the code, docstrings aside, that reads like a sentence; what is filled in at run time is a 3."""
    found = set()
    package = Path(pytest_mmina.__file__).parent
    # The wheel bundles the sites with the oracles, which do know the answers.
    for file in sorted(set(package.rglob("*.py")) - set((package / "fixtures").rglob("*.py"))):
        tree = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        docstrings = {id(node.value) for node in tree if isinstance(node, ast.Expr)}
        for node in tree:
            if not isinstance(node, ast.JoinedStr | ast.Constant) or id(node) in docstrings:
                continue
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [
                part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "3" for part in parts
            ]
            if " " in (text := "".join(texts)):
                found.add(text)
    return found


def test_no_constant_answer_and_no_message_of_ours_passes_a_bundled_task() -> None:
    answers = {*CONSTANT_ANSWERS, *messages()}
    assert len(answers) > 500
    assert [(task.id, answer) for task in BUNDLED for answer in answers if is_solved_by(task, answer)] == []


def test_an_answer_that_is_right_would_have_been_seen(tmp_path: Path) -> None:
    check = {"kind": "answer_match", "equals": "$64.90", "compare": "number"}
    task = {"intent": "How much?", "start_url": "https://a.example/", "hops": [{"name": "answer", "check": check}]}
    (own,) = load_tasks(written(tmp_path, task))
    assert is_solved_by(own, "$64.90")
    assert not is_solved_by(own, "$64.91")


def test_the_bundled_tasks_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(capsys, str(bundled("tasks"))).splitlines()
    assert lines[0].endswith("tasks: 105 tasks, 105 can run, 0 cannot")
    reading = [task for task in BUNDLED if any(check.kind == "site_state" for check in task_checks(task))]
    assert len(reading) >= 31
    for line in (
        "multipro        8        8",
        "1        51       51",
        "shopping        32       32",
        f"site_state {len(reading)} {len(reading)}",
    ):
        assert any(" ".join(shown_line.split()).startswith(" ".join(line.split())) for shown_line in lines), line


def test_what_looks_wrong_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = "https://a.example/x"
    url = {"eval_types": ["url_match"], "reference_url": here}
    report = shown(capsys, written(
        tmp_path,
        answering("9"),
        answering("many"),
        answering("7 kettles", intent="How many were sold until March 2, 2019?"),
        {"intent": "Go.", "start_url": here, "eval": url},
        {"intent": "Go.", "start_url": here, "procedure": ["event", "end"], "cnt_hop": 5, "city": "rome"},
        with_check(here, {"kind": "all_of", "checks": [{"kind": "url_match", "contains": "tea"}, {"kind": "stopped"}]}),
        with_check(here, {"kind": "address", "host": "a.example", "path": "/x"}),
        {"intent": "Go.", "start_url": here, "eval": {"eval_types": ["url_match"], "reference_url": f"{here}/tea"}},
    ))  # fmt: skip
    for line in (
        "1 task: a reference so short that almost any text has it: '9', hop 1\n    list/1",
        "1 task: a reference that stands in the intent: 'many', hop 1\n    list/2",
        "1 task: dates in the past: 2019-03-02\n    list/3",
        "2 tasks: its goal is where it starts: hop 1\n    list/4, list/7",
        "1 task: 'contains' is met by any address with the words in it, in a slug or query as well (the kind 'address' "
        "compares its parts): hop 1\n    list/6",
        "1 task: cnt_hop does not fit: it is 5, and procedure has 2 words\n    list/5",
    ):
        assert line in report, report


def test_duplicate_ids_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("one/compare", "two/compare"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "1.json").write_text(json.dumps(answering("seven")))
    assert "an id of more than one task\n    compare/1" in shown(capsys, str(tmp_path))


def test_a_broken_file_hides_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, content in ((1, json.dumps(answering("seven"))), (2, "{")):
        (tmp_path / f"{number}.json").write_text(content)
    lines = shown(capsys, str(tmp_path)).splitlines()
    assert lines[0] == f"{tmp_path}: 1 task, 1 can run, 0 cannot, 1 file cannot be loaded"
    assert lines[1].startswith(f"  {tmp_path / '2.json'}: is not JSON")


def test_webarena_tells_what_cannot_run_and_what_a_constant_passes(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = [f"{name}=http://localhost:80" for name in ("SHOPPING", "SHOPPING_ADMIN", "GITLAB", "MAP", "WIKIPEDIA")]
    arguments = [part for host in hosts for part in ("--host", host)]
    report = shown(capsys, str(shared_data / "webarena_test.raw.json"), *arguments)
    assert "812 tasks, " in report.splitlines()[0]
    assert "tasks: no address is set for __REDDIT__: set each in the ini value mmina_hosts" in report
    assert "118 tasks: it needs a judge: --mmina-judge-url and --mmina-judge-model name one" in report
    assert "36 tasks: 'N/A'\n    webarena_test.raw/22, webarena_test.raw/24" in report
    assert "5 tasks: 'yes'\n    webarena_test.raw/36, " in report


@pytest.mark.parametrize(("name", "content", "message"), [
    ("x.json", "{", "x.json: is not JSON"),
    ("x", None, "x: cannot be read: No such file"),
    (".", None, "contains no task file"),
])  # fmt: skip
def test_what_cannot_be_inspected_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    assert main(["inspect", str(tmp_path / name)]) == 1
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "task"]) == 0
    assert json.loads(capsys.readouterr().out) == task_schema()


def test_the_schema_accepts_what_loads_and_refuses_what_does_not() -> None:
    validator = jsonschema.Draft202012Validator(task_schema())
    jsonschema.Draft202012Validator.check_schema(task_schema())
    for task in BUNDLED:
        assert not list(validator.iter_errors(task.document)), task.id
    hop = {"name": "a", "check": {"kind": "url_match", "contains": "x"}}
    good: dict[str, Any] = {"intent": "Go.", "start_url": "https://a.example/", "hops": [hop]}
    assert validator.is_valid(good)
    assert validator.is_valid([good, good])
    assert validator.is_valid({**good, "oracles": {"by the address": ["goto [https://a.example/x]"]}})
    bad_ones: list[Any] = [
        {**good, "intent": ""}, {**good, "start_url": "a.example"}, {**good, "schema_version": 2},
        {**good, "hops": [{}]}, {**good, "hops": [{**hop, "check": {"kind": "url_mach"}}]}, {"intent": "Go."}, [], 7,
        {**good, "oracles": {"a": []}}, {**good, "oracles": ["stop"]},
    ]  # fmt: skip
    assert [bad for bad in bad_ones if validator.is_valid(bad)] == []


def test_the_schema_knows_the_short_forms_of_an_address() -> None:
    validator = jsonschema.Draft202012Validator(task_schema())
    here = "https://a.example/"
    full: dict[str, Any] = {
        "kind": "address",
        "host": ["a.example"],
        "path": ["/{id}"],
        "query": {"q": "tea", "n": 2, "c": ["a", "b"], "d": {"date": "2025-05-03"}},
        "fragment": {"pattern": "x"},
        "placeholders": {"id": {"any": True}},
    }
    for check in (full, {"kind": "address", "host": "a.example", "path": "/"}):
        assert validator.is_valid(with_check(here, check))
    wrong_ones: list[dict[str, Any]] = [
        {"query": {"q": True}},
        {"query": {"q": []}},
        {"query": {"q": {"like": "x"}}},
        {"path": 7},
        {"hots": ""},
    ]
    for wrong in wrong_ones:
        assert not validator.is_valid(with_check(here, {**full, **wrong})), wrong


def test_what_a_task_has_beyond_a_queue_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = {"kind": "url_match", "contains": ["www.xe.com"]}
    never = [{"name": "stays away", "check": here}]
    hops = [{"name": "there", "after": [], "alternatives": [{"name": "one", "check": here}]}]
    beyond = {"intent": "Go.", "start_url": "https://www.xe.com/", "hops": hops, "never": never}
    told = shown(capsys, written(tmp_path, beyond, with_check("https://www.xe.com/", here)))
    table = told.split("beyond a queue")[1].split("\n\n")[0].split()
    assert table == ["tasks", "can", "run", "after", "1", "1", "alternatives", "1", "1", "never", "1", "1"]
    assert "a constraint that is broken where it starts: stays away" in told


def test_a_download_that_any_file_meets_looks_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = "https://shop.example/"
    named = with_check(url, {"kind": "download", "name": "a.csv", "host": "shop.example"})
    typed = with_check(url, {"kind": "download", "name": "a.csv", "type": "csv"})
    short = with_check(url, {"kind": "download", "type": "csv", "cells": {"column": "A", "contains": "x"}})
    out = shown(capsys, written(tmp_path, named, typed, short))
    assert "1 task: a download that any file passes, an error page as well (give 'type', 'text'" in out
    assert "a reference so short that almost any text has it" in out
    assert re.search(r"^download +3 +3$", out, re.MULTILINE)


DOWNLOADS: list[tuple[dict[str, Any], bool]] = [
    ({"name": "a.csv"}, True),
    ({"name": ["a.csv", "b.csv"], "type": ["csv", "xlsx"], "host": ["a.example"]}, True),
    ({"type": "csv", "rows": 3, "cells": {"column": "A", "where": {"B": "x", "C": 3}, "equals": "1"}}, True),
    ({"rows": {"at_least": 1}, "cells": [{"cell": "B2", "equals": "1"}]}, True),
    ({"text": [{"page": 2, "contains": "x"}]}, True),
    ({"type": "exe"}, False),
    ({"text": "x"}, False),
    ({"rows": "3"}, False),
    ({"cells": {"column": "A", "equal": "1"}}, False),
]


@pytest.mark.parametrize(("check", "is_right"), DOWNLOADS)
def test_the_schema_knows_the_forms_of_a_download(check: dict[str, Any], is_right: bool) -> None:
    document = with_check("https://shop.example/", {"kind": "download", **check})
    errors = list(jsonschema.Draft202012Validator(task_schema()).iter_errors(document))
    assert (errors == []) is is_right, errors
