import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mmina.bundled import bundled
from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.tasks.checks import AllOf, AnswerJudged, AnswerMatch, AnyOf, SelectorText, UrlMatch
from pytest_mmina.core.tasks.lint import findings_of, is_solved_by, passing_constants
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.files import is_task_file, load_tasks
from pytest_mmina.datasets.hop_protocols import by_protocol

TASK: dict[str, Any] = {
    "intent": "Which city has a red tower? Search events there.",
    "start_url": "https://library.kiwix.org/viewer",
    "procedure": ["kiwix", "event", "end"],
    "city": "tokyo",
}


def written(folder: Path, content: Any, name: str = "compare/1.json") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def loaded(folder: Path, content: Any, name: str = "compare/1.json") -> Task:
    (task,) = load_tasks(written(folder, content, name))
    return task


def changed(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in {**TASK, **fields}.items() if value is not None}


def test_a_task_of_mmina(tmp_path: Path) -> None:
    oracles = {"at once": ["stop [tokyo]"], "by way of a page": ["go_back", "stop [tokyo]"]}
    task = loaded(tmp_path, changed(oracle=["stop [tokyo]"], oracles=oracles, something_else={"kept": True}))
    assert (task.id, task.subset, len(task.hops)) == ("compare/1", "compare", 2)
    assert task.start_urls == ("https://library.kiwix.org/viewer",)
    assert task.oracle == ("stop [tokyo]",)
    assert task.oracles == {"at once": ("stop [tokyo]",), "by way of a page": ("go_back", "stop [tokyo]")}
    assert task.fingerprint == loaded(tmp_path, changed()).fingerprint
    assert task.document["something_else"] == {"kept": True}


def test_the_task_that_mmina_prints(shared_data: Path) -> None:
    (task,) = load_tasks(shared_data / "mmina_official_example" / "compare" / "17.json")
    assert (task.id, task.cannot_run) == ("compare/17", "")
    assert [hop.name for hop in task.hops] == ["kiwix tokyo", "event tokyo"]


def test_a_list_of_tasks_is_a_subset_of_its_own(tmp_path: Path) -> None:
    tasks = load_tasks(written(tmp_path, [TASK, TASK], "travel.json"))
    assert [task.id for task in tasks] == ["travel/1", "travel/2"]


def test_several_start_pages(tmp_path: Path) -> None:
    task = loaded(tmp_path, changed(start_url="https://a.example/ |AND| http://b.example/"))
    assert task.start_urls == ("https://a.example/", "http://b.example/")


def test_a_single_hop_task_is_judged_by_its_evaluators(tmp_path: Path) -> None:
    references = {"must_include": ["9", "kettle"], "exact_match": "9 kettles"}
    evaluation = {
        "eval_types": ["string_match", "url_match"], "reference_answers": references,
        "reference_url": "http://a/ |OR| http://b/", "url_note": "GOLD in PRED",
    }  # fmt: skip
    (hop,) = loaded(tmp_path, changed(procedure=None, eval=evaluation), "shopping/4.json").hops
    assert isinstance(hop.check, AllOf)
    assert hop.check.checks[:2] == (
        AnswerMatch(contains=("9", "kettle"), compare="literal"),
        AnswerMatch(equals="9 kettles", compare="literal"),
    )


def test_explicit_hops(tmp_path: Path) -> None:
    hops = [
        {"name": "searched", "check": {"kind": "url_match", "contains": "kettle"}},
        {
            "name": "in the cart",
            "weight": 2,
            "check": {
                "kind": "all_of",
                "checks": [
                    {"kind": "site_word", "word": "7770"},
                    {"kind": "selector_text", "selector": ".cart", "contains": ["kettle", "1"]},
                ],
            },
        },
    ]
    task = loaded(tmp_path, changed(hops=hops))
    assert task.hops[0].check == UrlMatch(contains=("kettle",))
    assert isinstance(task.hops[1].check, AllOf)
    assert task.hops[1].check.checks[1] == SelectorText(selector=".cart", contains=("kettle", "1"))
    assert task.hops[1].weight == 2


def test_fuzzy_references_are_put_to_a_judge(tmp_path: Path) -> None:
    references = {"fuzzy_match": ["drive: 2min", "walk: 16min"]}
    document = changed(procedure=None, eval={"eval_types": ["string_match"], "reference_answers": references})
    task = loaded(tmp_path, document, "shopping/1.json")
    question = TASK["intent"]
    assert task.hops[0].check == AllOf(
        checks=tuple(AnswerJudged(question=question, reference=reference) for reference in references["fuzzy_match"])
    )
    document["eval"]["reference_answers"] = {"fuzzy_match": "drive: 2min"}
    assert loaded(tmp_path, document).hops[0].check == AnswerJudged(question=question, reference="drive: 2min")


def test_what_cannot_be_done_may_be_said_in_words(tmp_path: Path) -> None:
    evaluation = {
        "eval_types": ["string_match"],
        "reference_answers": {"fuzzy_match": "N/A"},
        "string_note": "Sold out",
    }
    (hop,) = loaded(tmp_path, changed(procedure=None, eval=evaluation), "shopping/1.json").hops
    in_words = AnswerJudged(question=TASK["intent"], reference="Sold out", mode="unachievable")
    assert hop.check == AnyOf(checks=(AnswerMatch(equals="N/A", compare="literal"), in_words))


def check(**fields: Any) -> dict[str, Any]:
    return changed(hops=[{"name": "first", "check": {"kind": "site_word", "word": "x"}}, fields])


MATCH = {"kind": "url_match", "contains": "x"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "{file}: is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        ("", "{file}: is not JSON: Expecting value at line 1, column 1"),
        ("7", "{file}: contains neither a task (an object) nor a list of tasks"),
        ("[]", "{file}: is an empty list: it contains no task"),
        ("[7]", "{file}: [0]: is not an object"),
        ('{"x": NaN}', "{file}: contains NaN, which is not JSON"),
        ("[" * 100_000, "{file}: is nested too deeply to be a task"),
        (changed(intent=None), "{file}: intent: is missing"),
        (changed(intent="  "), "{file}: intent: must be a non-empty text"),
        (
            changed(procedure=None, eval={"eval_types": ["string_match"], "reference_answers": {"fuzzy_match": [""]}}),
            "{file}: eval.reference_answers.fuzzy_match: must be a list of non-empty texts",
        ),
        (changed(start_url=None), "{file}: start_url: is missing"),
        (changed(start_url="file:///etc/passwd"), "{file}: start_url: 'file:///etc/passwd' is not an http(s) address"),
        (changed(procedure=None), "{file}: has no hop: give 'hops', 'procedure' or 'eval'"),
        (changed(oracle=["clikc [e1]"]), "{file}: oracle[0]: 'clikc [e1]' is not an action. Did you mean 'click'?"),
        (changed(oracle="stop"), "{file}: oracle: must be a list of non-empty texts"),
        (changed(oracles=["stop"]), "{file}: oracles: must be an object"),
        (changed(oracles={"a": []}), "{file}: oracles.a: is an empty list: it contains no action"),
        (changed(oracles={"a": "stop"}), "{file}: oracles.a: must be a list of non-empty texts"),
        (changed(oracles={" ": ["stop"]}), "{file}: oracles: has a solution without a name"),
        (changed(oracles={"a": ["stop", "clikc"]}), "{file}: oracles.a[1]: 'clikc' is not an action."),
        (changed(hops=[]), "{file}: hops: must be a list with at least one hop"),
        (check(name="second"), "{file}: hops[1]: has no condition. Give 'check'"),
        (check(check=MATCH), "{file}: hops[1].name: is missing"),
        (
            check(name="second", check={"kind": "url_mach", "contains": "x"}),
            "{file}: hops[1].check: unknown check 'url_mach'. Did you mean 'url_match'?",
        ),
        (check(name="second", check={"contains": "x"}), "{file}: hops[1].check: names no kind of check. Give 'kind'"),
        (check(name="second", check={"kind": "url_match"}), "{file}: hops[1].check: has no condition: give 'equals'"),
        (check(name="second", check={**MATCH, "contains": ""}), "{file}: hops[1].check: an empty text would match"),
        (check(name="second", check={**MATCH, "contain": "x"}), "{file}: hops[1].check.contain: is an unknown field"),
        (
            check(name="second", check={"kind": "url_match", "pattern": "(a"}),
            "{file}: hops[1].check.pattern: '(a' is not a pattern",
        ),
        (
            check(name="second", check={"kind": "any_of", "checks": [MATCH, {"kind": "pagetext"}]}),
            "{file}: hops[1].check.checks[1]: unknown check 'pagetext'. Did you mean 'page_text'?",
        ),
        (
            check(name="second", check={"kind": "site_state", "site": "shop", "path": "cart["}),
            "{file}: hops[1].check.path: 'cart[' is not a JSONPath (RFC 9535): ",
        ),
        (check(name="second", check=MATCH, weight=1e308), "{file}: hops[1].weight: input should be less than or equal"),
        ('{"intent": "x", "task_id": ' + "9" * 5000 + "}", "{file}: contains a number that is too long"),
        (changed(intent="x\ud83d"), "{file}: intent: contains half of a surrogate"),
        (changed(other=[{"x": "\ud83d"}]), "{file}: other[0].x: contains half of a surrogate"),
        (changed(other={"\ud83d": 1}), "{file}: other.'\\ud83d': contains half of a surrogate"),
        (check(name="second", check=MATCH, weight=0), "{file}: hops[1].weight: input should be greater than 0"),
        (
            changed(procedure=None, eval={"eval_types": ["string_mach"]}),
            "{file}: eval.eval_types[0]: unknown evaluator",
        ),
        (
            changed(procedure=None, eval={"eval_types": ["string_match"], "reference_answers": {"must_include": []}}),
            "{file}: eval.reference_answers: has no condition",
        ),
        ([TASK, changed(intent=None)], "{file}: [1].intent: is missing"),
    ],
)
def test_a_bad_file_is_told_with_file_place_and_remedy(tmp_path: Path, content: Any, message: str) -> None:
    file = written(tmp_path, content)
    with pytest.raises(TaskError) as caught:
        load_tasks(file)
    assert str(caught.value).startswith(message.replace("{file}", str(file)))


def test_a_file_that_is_not_text_or_not_there(tmp_path: Path) -> None:
    file = written(tmp_path, "{}")
    file.write_bytes(b"\xff\xfe{}")
    with pytest.raises(TaskError, match="is not UTF-8 text"):
        load_tasks(file)
    with pytest.raises(TaskError, match="cannot be read: No such file"):
        load_tasks(tmp_path / "compare" / "2.json")


@pytest.mark.parametrize(
    ("name", "content", "holds_tasks"),
    [
        ("compare/1.json", "{", True),
        ("travel.json", [TASK], True),
        ("travel/red-tower.json", TASK, True),
        ("package.json", {"name": "site"}, False),
        ("compare/1.txt", TASK, False),
        ("tsconfig.json", "{ // no JSON\n}", False),
    ],
)
def test_a_folder_may_hold_other_json(tmp_path: Path, name: str, content: Any, holds_tasks: bool) -> None:
    assert is_task_file(written(tmp_path, content, name)) is holds_tasks


def test_every_bundled_task_loads_and_can_run() -> None:
    files = sorted(bundled("tasks").glob("*/*.json"))
    tasks = [task for file in files for task in load_tasks(file)]
    assert len(tasks) == len(files) == 105
    assert all(task.oracle and not task.cannot_run for task in tasks)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from([
    "intent", "start_url", "procedure", "hops", "eval", "oracle", "oracles", "city", "flight", "shop", "sites",
    "task_id", "intent_template_id", "storage_state", "require_login", "geolocation", "viewport_size", "image",
    "schema_version",
])  # fmt: skip
EVAL_FIELDS = st.sampled_from([
    "eval_types", "reference_answers", "reference_url", "url_note", "program_html", "page_image_query", "exact_match",
    "must_include", "must_exclude", "required_values", "fuzzy_match", "url", "locator", "required_contents",
    "prep_actions",
])  # fmt: skip
EVALUATORS = st.lists(st.sampled_from(["string_match", "url_match", "program_html", "page_image_query"]), max_size=2)


@given(content=JSON_VALUES | st.dictionaries(FIELDS, JSON_VALUES))
def test_any_json_loads_or_is_told_with_its_file(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    assert_loads_or_is_told(tmp_path_factory.getbasetemp() / "any", content)


@given(field=FIELDS, value=JSON_VALUES)
def test_any_value_of_a_field_loads_or_is_told(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: Any
) -> None:
    assert_loads_or_is_told(tmp_path_factory.getbasetemp() / "field", {**TASK, field: value})


@given(
    kinds=EVALUATORS,
    evaluation=st.dictionaries(
        EVAL_FIELDS,
        JSON_VALUES
        | st.dictionaries(EVAL_FIELDS, JSON_VALUES, max_size=3)
        | st.lists(st.dictionaries(EVAL_FIELDS, JSON_VALUES, max_size=3), max_size=2),
        max_size=4,
    ),
    webarena=st.booleans(),
)
def test_any_evaluation_loads_or_is_told(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str], evaluation: dict[str, Any], webarena: bool
) -> None:
    document = {**TASK, "eval": {**evaluation, "eval_types": kinds}, **({"intent_template_id": 1} if webarena else {})}
    document.pop("procedure")
    assert_loads_or_is_told(tmp_path_factory.getbasetemp() / "evaluation", document)


def assert_loads_or_is_told(folder: Path, content: Any) -> None:
    file = written(folder, content)
    message = ""
    try:
        (task,) = load_tasks(file)
    except TaskError as error:
        message = str(error)
    else:
        assert Task.model_validate_json(task.model_dump_json()) == task
        # What loads can be looked through and counted by either protocol.
        assert all(isinstance(finding, str) for finding in findings_of(task, today=date(2025, 3, 3)))
        assert passing_constants(task) is not None
        assert by_protocol(task, "run-py").hops or task.cannot_run
    assert not message or message.startswith(f"{file}: ")


@pytest.mark.parametrize(
    ("task", "check", "locale"),
    [({}, {}, "en-US"), ({"locale": "de-DE"}, {}, "de-DE"), ({"locale": "de-DE"}, {"locale": "en-GB"}, "en-GB")],
)
def test_the_locale_of_a_task_is_that_of_its_checks(
    tmp_path: Path, task: dict[str, str], check: dict[str, str], locale: str
) -> None:
    answer = {"kind": "answer_match", "equals": "1.234", "compare": "number", **check}
    hop = {"name": "told", "check": {"kind": "all_of", "checks": [answer, {"kind": "stopped"}]}}
    document = {"intent": "How many?", "start_url": "https://shop.example/", "hops": [hop], **task}
    found = loaded(tmp_path, document).hops[0].check
    assert isinstance(found, AllOf)
    assert found.checks[0] == AnswerMatch(equals="1.234", compare="number", locale=locale)


def test_an_unknown_locale_is_refused(tmp_path: Path) -> None:
    hop = {"name": "told", "check": {"kind": "answer_match", "equals": "1"}}
    document = {"intent": "How many?", "start_url": "https://shop.example/", "locale": "english", "hops": [hop]}
    with pytest.raises(TaskError, match="'english' is not a known locale"):
        loaded(tmp_path, document)


@pytest.mark.parametrize("key", ["exact_match", "must_include"])
@pytest.mark.parametrize(("answer", "passes"), [("Café 5-7", True), ("CAFÉ  5-7", True), ("Cafe\u0301 5-7", False)])
@pytest.mark.parametrize("suite", ["shopping", "webarena"])
def test_the_evaluators_of_other_suites_fold_no_ways_of_typing(
    tmp_path: Path, suite: str, key: str, answer: str, passes: bool
) -> None:
    reference: Any = "Café 5-7" if key == "exact_match" else ["Café 5-7"]
    document: dict[str, Any] = {
        "intent": "Which one?",
        "start_url": "https://shop.example/",
        "eval": {"eval_types": ["string_match"], "reference_answers": {key: reference}},
    }
    if suite == "webarena":
        document |= {"sites": ["shopping"], "task_id": 1}
    task = loaded(tmp_path, document, f"{suite}/1.json")
    assert is_solved_by(task, answer) is passes
