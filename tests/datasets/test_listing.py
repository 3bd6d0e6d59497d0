"""Listing beside loading: what is only looked at must load, and be told as loading would tell it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mmina.bundled import bundled
from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.tasks.task import Task, needs_judge
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.datasets.listing import list_tasks, usual_task

TASK: dict[str, Any] = {
    "intent": "Search events in Tokyo.",
    "start_url": "https://www.eventbrite.com/",
    "procedure": ["event", "end"],
    "city": "tokyo",
}
ANSWER = {"eval_types": ["string_match"], "reference_answers": {"must_include": ["9"]}}
SUBSETS = ("compare", "normal", "shopping")


def assert_alike(file: Path) -> None:
    """List a file and load it: the same tasks, or the same error."""
    problem = ""
    try:
        loaded = load_tasks(file)
    except TaskError as error:
        problem = str(error)
    if problem:
        with pytest.raises(TaskError) as caught:
            list_tasks(file)
        assert str(caught.value) == problem
        assert usual_task(file) is None
        return
    listed = list_tasks(file)
    assert [entry.load() for entry in listed] == loaded
    assert [(entry.id, entry.subset, entry.cannot_run, entry.has_oracle, entry.needs_judge) for entry in listed] == [
        (task.id, task.subset, task.cannot_run, bool(task.oracle), needs_judge(task.asked)) for task in loaded
    ]
    usual = usual_task(file)
    assert usual is None or [usual.load()] == loaded


def written(file: Path, content: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def test_the_bundled_tasks_are_of_the_usual_form() -> None:
    files = sorted(bundled("tasks").glob("*/*.json"))
    assert files
    for file in files:
        assert usual_task(file) is not None, file
        assert_alike(file)


def test_real_data_sets(shared_data: Path) -> None:
    for file in sorted(shared_data.glob("**/*.json")):
        assert_alike(file)


def test_a_list_of_the_usual_form_keeps_no_task_in_memory(tmp_path: Path) -> None:
    file = written(tmp_path / "travel.json", [{**TASK, "city": city} for city in ("tokyo", "rome")])
    assert_alike(file)
    first, second = list_tasks(file)
    assert first.load() is not first.load()
    file.unlink()
    assert [task.load().document["city"] for task in (first, second)] == ["tokyo", "rome"]


@pytest.mark.parametrize(
    "fields",
    [
        {"oracle": ["click [button 'Search']", 'type [searchbox "St. Peter\'s"] [Rome] [1]', "stop"]},
        {"oracles": {"by the address": ["goto [https://a.example/]", "stop [x]"]}},
        {"procedure": [], "eval": ANSWER},
        {"procedure": None, "eval": {**ANSWER, "string_note": "nine"}},
        {"storage_state": "./.auth/shopping_state.json", "require_login": True, "cnt_hop": 2},
        {"start_url": "https://a.example/ |AND| http://b.example/"},
        {"hops": [{"name": "a", "check": {"kind": "site_state", "site": "shop", "path": "$.cart[*]"}}]},
        {"hops": [{"name": "a", "check": {"kind": "answer_judged", "question": "Which?", "reference": "red"}}]},
        {
            "hops": [{"name": "a", "check": {"kind": "stopped"}}],
            "never": [{"name": "a", "check": {"kind": "site_state", "site": "shop", "path": "$.orders[*]"}}],
        },
        {"finally": [{"name": "a", "check": {"kind": "answer_judged", "question": "Which?", "reference": "red"}}]},
    ],
)
def test_what_is_of_the_usual_form(tmp_path: Path, fields: dict[str, Any]) -> None:
    file = written(tmp_path / "compare/1.json", {**TASK, **fields})
    assert usual_task(file) is not None
    assert_alike(file)


@pytest.mark.parametrize(
    "content",
    [
        {**TASK, "hops": [{"name": "a", "check": {"kind": "site_state", "site": "shop", "path": "cart["}}]},
        {**TASK, "hops": None},
        {**TASK, "never": [{"name": "a", "check": {"kind": "site_state", "site": "shop", "path": "$.orders[*]"}}]},
        {
            **TASK,
            "hops": [{"name": "a", "check": {"kind": "stopped"}}],
            "never": [{"name": "a", "check": {"kind": "site_state", "site": "shop", "path": "cart["}}],
        },
        {**TASK, "never": [{"name": "a", "check": {"kind": "site_state", "site": "shop", "path": "cart["}}]},
        {**TASK, "never": []},
        {**TASK, "finally": None},
        {**TASK, "finally_": [{"name": "a", "check": {"kind": "stopped"}}]},
        {**TASK, "finally": [{"name": "", "check": {"kind": "stopped"}}]},
        {**TASK, "procedure": ["end"]},
        {**TASK, "procedure": None, "eval": {**ANSWER, "reference_answers": {"must_include": []}}},
        {**TASK, "procedure": None, "eval": {**ANSWER, "reference_answers": {"fuzzy_match": "red"}}},
        {**TASK, "procedure": None, "eval": {"eval_types": ["program_html"]}},
        {**TASK, "oracle": ["clikc [e1]"]},
        {**TASK, "oracle": None},
        {**TASK, "oracles": {"a": ["clikc [e1]"]}},
        {**TASK, "oracles": {"a": []}},
        {**TASK, "oracles": {" ": ["stop"]}},
        {**TASK, "oracles": ["stop"]},
        {**TASK, "intent": " \u2003 "},
        {**TASK, "start_url": "https://a.example/ |AND| b.example"},
        {**TASK, "a_field_of_tomorrow": True},
        '{"intent": "x", "intent": 7, "start_url": "http://a/", "procedure": ["a"]}',
        '{"intent": 7, "intent": "x", "start_url": "http://a/", "procedure": ["a"]}',
        '{"intent": "x", "start_url": "http://a/", "procedure": ["a"], "hops": [], "hops": 7}',
        '{"intent": "x", "start_url": "http://a/", "procedure": ["a"], "task_id": NaN}',
        '{"intent": "x\\ud83d", "start_url": "http://a/", "procedure": ["a"]}',
        "\ufeff{}",
        "{",
        "[]",
    ],
)
@pytest.mark.parametrize("listed", [False, True], ids=["alone", "in a list"])
def test_what_needs_a_closer_look_is_told_as_loading_tells_it(tmp_path: Path, content: Any, listed: bool) -> None:
    if listed and not isinstance(content, str):
        content = [TASK, content]
    assert_alike(written(tmp_path / "compare/1.json", content))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
CHECKS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["url_match", "site_word", "page_text", "stopped", "nothing"])},
    optional={"contains": st.text(max_size=2), "word": st.text(max_size=2), "pattern": st.text("a([.", max_size=3)},
)
VERBS = st.sampled_from(["click", "type", "goto", "stop", "press", "scroll", "tab_focus", "go_back", "new_tab"])
ARGUMENTS = st.sampled_from(["", " [e12]", " [button 'Go']", " [x]", " []", " [ ]", " [up]", " [3]", " [1]", " ['a']"])
LINES = st.builds("".join, st.tuples(VERBS, ARGUMENTS, ARGUMENTS, ARGUMENTS))
NEAR_MISSES = st.fixed_dictionaries(
    {},
    optional={
        "procedure": st.lists(st.sampled_from(["event", "end", "End", ""]), max_size=3) | st.none(),
        "hops": st.lists(st.fixed_dictionaries({"name": st.text(max_size=2), "check": CHECKS}), max_size=2),
        "never": st.lists(st.fixed_dictionaries({"name": st.text(max_size=2), "check": CHECKS}), max_size=2),
        "finally": st.lists(st.fixed_dictionaries({"name": st.text(max_size=2), "check": CHECKS}), max_size=2),
        "oracle": st.lists(LINES, max_size=2),
        "oracles": st.dictionaries(st.text(max_size=1), st.lists(LINES, max_size=2), max_size=2),
        "eval": st.fixed_dictionaries(
            {"eval_types": st.lists(st.sampled_from(["string_match", "url_match"]), max_size=2)},
            optional={
                "reference_answers": st.dictionaries(
                    st.sampled_from(["must_include", "exact_match", "fuzzy_match"]),
                    st.lists(st.text(max_size=1), max_size=2) | st.text(max_size=1),
                )
            },
        ),
        "start_url": st.sampled_from(["http://a/", "http://a/ |AND| https://b/", "http://a/|AND|b", " http://a/"]),
        "city": st.text(max_size=2),
    },
)


@given(subset=st.sampled_from(SUBSETS), fields=NEAR_MISSES)
def test_near_misses(tmp_path_factory: pytest.TempPathFactory, subset: str, fields: dict[str, Any]) -> None:
    folder = tmp_path_factory.getbasetemp() / "near" / subset
    assert_alike(written(folder / "1.json", {**TASK, **fields}))
    assert_alike(written(folder / "many.json", [TASK, {**TASK, **fields}]))


@given(field=st.sampled_from([*TASK, "hops", "never", "finally", "eval", "oracle", "storage_state"]), value=JSON_VALUES)
def test_any_value_of_a_field(tmp_path_factory: pytest.TempPathFactory, field: str, value: Any) -> None:
    assert_alike(written(tmp_path_factory.getbasetemp() / "any/1.json", {**TASK, field: value}))


def test_a_listed_task_is_a_task(tmp_path: Path) -> None:
    (listed,) = list_tasks(written(tmp_path / "compare/1.json", TASK), shown_as="here.json")
    task = listed.load()
    assert isinstance(task, Task)
    assert task.source == "here.json"
