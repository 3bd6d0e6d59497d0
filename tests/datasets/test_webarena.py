"""WebArena and VisualWebArena: their own files where they are at hand, and what each of their fields means."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import (
    AllOf,
    AnswerJudged,
    AnswerMatch,
    AnyOf,
    PageJudged,
    PictureJudged,
    walk_checks,
)
from pytest_mmina.core.tasks.end_readings import PageValue, SamePicture, UrlReference
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.lint import passing_constants
from pytest_mmina.core.tasks.task import Task, needs_judge
from pytest_mmina.datasets.files import load_tasks, read_tasks
from pytest_mmina.datasets.hosts import Hosts

SITES = ("SHOPPING", "SHOPPING_ADMIN", "GITLAB", "REDDIT", "MAP", "WIKIPEDIA", "CLASSIFIEDS")
HOSTS = Hosts(named={name: f"http://{name.lower().replace('_', '-')}.example:80" for name in SITES}, environment={})
SHOP = "http://shopping.example:80"
LOGIN: dict[str, Any] = {"cookies": [], "origins": []}


def document(**fields: Any) -> dict[str, Any]:
    evaluation = {"eval_types": ["string_match"], "reference_answers": {"must_include": ["kettle"]}}
    whole = {
        "sites": ["shopping"], "task_id": 7, "require_login": False, "storage_state": None, "start_url": "__SHOPPING__",
        "geolocation": None, "intent": "What is it?", "eval": evaluation, "intent_template_id": 3, **fields,
    }  # fmt: skip
    return {key: value for key, value in whole.items() if value != "left out"}


def loaded(folder: Path, hosts: Hosts = HOSTS, **fields: Any) -> Task:
    file = folder / "shop.json"
    file.write_text(json.dumps([document(**fields)]), encoding="utf-8")
    (task,) = load_tasks(file, hosts=hosts)
    return task


def evaluated(folder: Path, visual: bool = False, **evaluation: Any) -> Task:
    fields: dict[str, Any] = {"image": None} if visual else {}
    return loaded(folder, eval=evaluation, **fields)


@pytest.mark.parametrize(("name", "count", "solvable_by_na"), [
    ("webarena_test.raw.json", 812, 36), ("vwa_test_classifieds.raw.json", 234, 10),
])  # fmt: skip
def test_all_of_a_real_file_load_and_each_can_run_or_says_why(
    shared_data: Path, tmp_path: Path, name: str, count: int, solvable_by_na: int
) -> None:
    file = tmp_path / name
    file.write_text((shared_data / name).read_text())
    for login in ("shopping", "shopping_admin", "gitlab", "reddit", "gitlab.reddit", "classifieds"):
        (tmp_path / ".auth").mkdir(exist_ok=True)
        (tmp_path / ".auth" / f"{login}_state.json").write_text(json.dumps(LOGIN))
    tasks = load_tasks(file, hosts=HOSTS)
    assert len({task.id for task in tasks}) == len(tasks) == count
    assert all(task.hops or task.cannot_run for task in tasks)
    assert "__" not in "".join(url for task in tasks for url in task.start_urls)
    reasons = Counter(reason.partition(":")[0] for task in tasks for reason in task.cannot_run.split("; ") if reason)
    assert {reason.partition(" 'shopping_get")[0] for reason in reasons} <= {
        "its function",
        "a picture of its intent is missing", "it compares with a picture that is not on its sites",
    }  # fmt: skip
    assert sum("N/A" in passing_constants(task) for task in tasks) == solvable_by_na
    assert all(Task.model_validate_json(task.model_dump_json()) == task for task in tasks)


def test_every_placeholder_without_a_value_is_named(shared_data: Path) -> None:
    with pytest.raises(TaskError) as caught:
        load_tasks(shared_data / "webarena_test.raw.json", hosts=Hosts(named={"MAP": "http://map"}, environment={}))
    message = str(caught.value)
    assert "no address is set for __GITLAB__, __REDDIT__, __SHOPPING_ADMIN__, __SHOPPING__: set each in" in message
    assert "__MAP__" not in message


def test_addresses_come_from_the_environment_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPPING", "http://127.0.0.1:7770/")
    task = loaded(
        tmp_path, Hosts.of_lines(["SHOPPING = http://elsewhere", "", "__MAP__=none"]), start_url="__SHOPPING__/tea"
    )
    assert task.start_urls == ("http://127.0.0.1:7770/tea",)
    assert task.setting.deployments == ("127.0.0.1:7770",)
    assert task.document["start_url"] == "__SHOPPING__/tea"


def test_a_task_cannot_look_into_the_environment(tmp_path: Path) -> None:
    environment = {"SECRET_TOKEN": "hush", "INTERNAL_API": "http://10.0.0.1", "SHOPPING": "http://shop"}
    hosts = Hosts(environment=environment)
    for fields in ({"start_url": "__INTERNAL_API__"}, {"intent": "Type __SECRET_TOKEN__."}):
        with pytest.raises(TaskError, match=r"no address is set for __(INTERNAL_API|SECRET_TOKEN)__: ") as caught:
            loaded(tmp_path, hosts, **fields)
        assert "hush" not in str(caught.value)
    task = loaded(tmp_path, hosts, sites=["shopping", "internal_api"])
    assert task.setting.deployments == ("shop",)
    own = loaded(
        tmp_path, Hosts(named={"INTERNAL_API": "http://a"}, environment=environment), start_url="__INTERNAL_API__"
    )
    assert own.start_urls == ("http://10.0.0.1",)


def test_what_is_not_deployed_is_skipped(tmp_path: Path) -> None:
    task = loaded(tmp_path, Hosts(named={"SHOPPING": "none"}, environment={}))
    assert task.cannot_run == "it needs __SHOPPING__, which is not deployed"


def test_a_site_that_no_placeholder_names_needs_an_address_too(tmp_path: Path) -> None:
    hosts = Hosts(named={"SHOPPING": "http://shop"}, environment={})
    assert "no address is set for its site REDDIT" in loaded(tmp_path, hosts, sites=["shopping", "reddit"]).cannot_run


def test_a_file_that_somebody_has_filled_in_needs_no_mapping(tmp_path: Path) -> None:
    task = loaded(tmp_path, Hosts(environment={}), start_url="http://localhost:7770/")
    assert (task.cannot_run, task.setting.deployments) == ("", ())


@pytest.mark.parametrize(
    ("lines", "environment", "message"),
    [
        (["SHOPPING"], {}, "mmina_hosts: 'SHOPPING' is not a line such as SHOPPING=http://localhost:7770"),
        (["SHOPPING=localhost:7770"], {}, "mmina_hosts: SHOPPING: is neither an address"),
        (["SHOPPING=http://user:secret@shop"], {}, "mmina_hosts: SHOPPING: is neither an address"),
        (["SHOPPING=http://shop/?q=1"], {}, "is neither an address"),
        ([], {"SHOPPING": "http://shop\r\nX-Evil:1"}, "environment: SHOPPING: "),
        ([], {"SHOPPING": "file:///etc"}, "environment: SHOPPING: is neither an address"),
    ],
)
def test_an_address_that_is_none_is_told(
    tmp_path: Path, lines: list[str], environment: dict[str, str], message: str
) -> None:
    with pytest.raises(TaskError, match=message):
        loaded(tmp_path, Hosts(named=Hosts.of_lines(lines).named, environment=environment))


def test_several_start_pages_a_login_a_place_and_a_window(tmp_path: Path) -> None:
    (tmp_path / "login.json").write_text(json.dumps(LOGIN))
    task = loaded(
        tmp_path,
        start_url="__SHOPPING__/a |AND| __SHOPPING__/b",
        storage_state="./login.json",
        require_login=True,
        geolocation={"latitude": 40.44, "longitude": -79.94},
        viewport_size={"width": 900},
    )
    assert task.start_urls == (f"{SHOP}/a", f"{SHOP}/b")
    assert task.setting.storage_state == str(tmp_path / "login.json")
    assert (task.setting.geolocation, task.setting.viewport) == ((40.44, -79.94), (900, 720))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"storage_state": "./.auth/shopping_state.json", "require_login": True},
            "its login is missing: save ./.auth/",
        ),
        ({"storage_state": "./.auth/shopping_state.json"}, "its login is missing: save ./.auth/"),
        ({"storage_state": "./.auth/a.json", "require_login": False}, "its login is missing: save ./.auth/a.json"),
        ({"image": "pictures/cat.png"}, "a picture of its intent is missing: put pictures/cat.png next to"),
        ({"image": ["https://images.example/cat.png"]}, ""),
    ],
)
def test_a_file_that_is_not_there_is_a_reason(tmp_path: Path, fields: dict[str, Any], reason: str) -> None:
    task = loaded(tmp_path, **fields)
    assert task.cannot_run.startswith(reason) if reason else task.cannot_run == ""


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"storage_state": "../../etc/passwd"}, "[0].storage_state: '../../etc/passwd' is outside the folder"),
        ({"storage_state": "/etc/passwd"}, "[0].storage_state: '/etc/passwd' is outside the folder"),
        ({"storage_state": "shop.json"}, "[0].storage_state: 'shop.json' is not a storage state"),
        ({"storage_state": 7}, "[0].storage_state: must be the name of a file, or null"),
        ({"image": "../cat.png"}, "[0].image: '../cat.png' is outside the folder"),
        ({"image": "a\0b"}, "[0].image: 'a\\x00b' is outside the folder"),
        ({"image": [7]}, "[0].image: must be an address"),
        ({"image": "link/cat.png"}, "[0].image: 'link/cat.png' is outside the folder"),
        ({"geolocation": {"latitude": 99, "longitude": 0}}, "[0].geolocation: there is no place at 99, 0"),
        ({"geolocation": [1, 2]}, "[0].geolocation: must be an object"),
        ({"viewport_size": {"width": "wide"}}, "[0].viewport_size.width: must be a number"),
        ({"viewport_size": {"width": 10**9}}, "[0].viewport_size: width and height must be from 100"),
        ({"schema_version": 2}, "[0].schema_version: must be a whole number from 1 to 1, not 2"),
        ({"start_url": "file:///etc/passwd"}, "[0].start_url: 'file:///etc/passwd' is not an http(s) address"),
    ],
)
def test_a_field_that_cannot_be_is_told(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(TaskError) as caught:
        loaded(tmp_path, **fields)
    assert str(caught.value).startswith(f"{tmp_path / 'shop.json'}: {message}")


def program(**target: Any) -> dict[str, Any]:
    return {"eval_types": ["program_html"], "program_html": [{"url": "last", "locator": "", **target}]}


CODE = "func:__import__('os').system('touch pwned')"


@pytest.mark.parametrize(
    ("evaluation", "message"),
    [
        (
            program(locator=CODE, required_contents="x"),
            "eval.program_html[0].locator: \"__import__('os').system('touch",
        ),
        (
            program(url=CODE, required_contents="x"),
            "eval.program_html[0].url: \"__import__('os').system('touch pwned')\" is",
        ),
        (program(locator="alert(1)", required_contents="x"), "eval.program_html[0]: 'alert(1)' cannot be read"),
        (program(url="file:///etc/passwd", required_contents="x"), "eval.program_html[0]: 'file:///etc/passwd' is no"),
        (program(), "eval.program_html[0].required_contents: must be an object"),
        (
            program(required_contents={"must_inclde": ["x"]}),
            "eval.program_html[0].required_contents.must_inclde: unknown",
        ),
        (program(required_contents={"required_values": ["3"]}), "eval.program_html[0]: '3' is not an inequality"),
        (
            {"eval_types": ["page_image_query"], "page_image_query": [{"eval_image_url": "last"}]},
            "eval.page_image_query[0]: ",
        ),
        ({"eval_types": ["url_match"], "reference_url": "a |OR| "}, "eval.reference_url: has an empty alternative"),
    ],
)
def test_an_evaluation_that_cannot_be_is_told(tmp_path: Path, evaluation: dict[str, Any], message: str) -> None:
    with pytest.raises(TaskError) as caught:
        evaluated(tmp_path, **evaluation)
    assert f"[0].{message}" in str(caught.value)
    assert not (Path.cwd() / "pwned").exists()


def answered(task: Task, answer: str, *, url: str = SHOP) -> bool:
    return judge(task.hops[0].check, State(pages=(PageState(url=url),), answer=answer)).passed


@pytest.mark.parametrize(
    ("visual", "references", "right", "wrong"),
    [
        (False, {"must_include": ["0"]}, "0 dollars", "10 dollars"),
        (False, {"must_include": ["170"]}, "000000170", "17"),
        (True, {"must_include": ["170"]}, "it is 170.", "000000170"),
        (True, {"must_include": ["64K |OR| 64,000"]}, "64,000 miles", "164,000 miles"),
        (True, {"must_include": ["lion king"]}, "The Lion Kings", "lion"),
        (True, {"must_include": ["$208"]}, "$2080", "208"),
        (True, {"must_exclude": ["red"], "must_include": ["blue"]}, "blue", "blue, red"),
        (True, {"must_exclude": ["red"]}, "reddish", "red"),
        (True, {"one_of": ["red", "blue"]}, "a blue one", "green"),
        (True, {"required_values": [">= 10", "< 20 |OR| == 30"]}, "30", "25"),
        (True, {"required_values": ["== 1500"]}, "1,500", "about 1500"),
        (False, {"exact_match": "N/A"}, "'n/a'", "none"),
    ],
)
def test_an_answer_is_judged_as_its_authors_meant(
    tmp_path: Path, visual: bool, references: dict[str, Any], right: str, wrong: str
) -> None:
    task = evaluated(tmp_path, visual, eval_types=["string_match"], reference_answers=references)
    assert task.cannot_run == ""
    assert answered(task, right)
    assert not answered(task, wrong)


def test_a_judge_is_asked_what_only_a_judge_can_say(tmp_path: Path) -> None:
    for references in ({"fuzzy_match": ["3 orders"]}, {"fuzzy_match": "3 orders"}):
        task = evaluated(tmp_path, eval_types=["string_match"], reference_answers=references)
        assert task.hops[0].check == AnswerJudged(question="What is it?", reference="3 orders")
        assert (task.cannot_run, needs_judge(task.hops)) == ("", True)
    note = {"reference_answers": {"fuzzy_match": "N/A"}, "string_note": "There is none."}
    task = evaluated(tmp_path, True, eval_types=["string_match"], **note)
    in_words = AnswerJudged(question="What is it?", reference="There is none.", mode="unachievable")
    assert task.hops[0].check == AnyOf(checks=(AnswerMatch(equals="N/A", compare="literal"), in_words))
    assert answered(task, "N/A")


@pytest.mark.parametrize(
    ("visual", "note", "right", "wrong"),
    [
        (False, "GOLD in PRED", f"{SHOP}/tea.html?p=2&price=0-25", f"{SHOP}/tea.html"),
        (False, None, f"{SHOP}/tea.html?price=0-25", f"{SHOP}/tea.html?price=0-250"),
        (True, "EXACT", f"{SHOP}/tea.html?price=0-25/", f"{SHOP}/tea.html?price=0-25&p=2"),
        (True, None, f"{SHOP}/tea.html?price=0-25", f"{SHOP}/tea.html?p=2&price=0-25"),
    ],
)
def test_a_url_is_judged_as_its_authors_meant(tmp_path: Path, visual: bool, note: Any, right: str, wrong: str) -> None:
    reference = "__SHOPPING__/tea.html?price=0-25"
    task = evaluated(tmp_path, visual, eval_types=["url_match"], reference_url=reference, url_note=note)
    assert isinstance(task.hops[0].check, UrlReference)
    assert answered(task, "", url=right)
    assert not answered(task, "", url=wrong)


def test_pages_are_read_where_the_task_says(tmp_path: Path) -> None:
    targets = [
        {"url": "last", "locator": "", "required_contents": {"exact_match": "a"}},
        {
            "url": "__SHOPPING__/x",
            "locator": "document.title",
            "required_contents": {"must_include": ["b |OR| c", "d"]},
        },
        {"url": "last", "locator": "func:get_query_text(__page__, '.p')", "required_contents": {"must_exclude": ["e"]}},
        {"url": "func:reddit_get_post_url('__last_url__')", "locator": "", "required_contents": "f |OR| g"},
    ]
    task = evaluated(tmp_path, eval_types=["program_html"], program_html=targets)
    assert task.cannot_run == ""
    check = task.hops[0].check
    assert isinstance(check, AllOf)
    kinds = [inner.kind for inner in check.checks]
    assert kinds == ["page_value", "any_of", "page_value", "page_value", "any_of"]
    urls = [inner.url for inner in walk_checks(check) if isinstance(inner, PageValue)]
    # `last` after a page was opened is that page.
    assert urls == ["last", *[f"{SHOP}/x"] * 4, *["func:reddit_get_post_url('__last_url__')"] * 2]


def test_pictures_on_the_tasks_own_sites_are_compared(tmp_path: Path) -> None:
    query: dict[str, Any] = {
        "eval_image_url": "last",
        "eval_image_class": ".item-photos",
        "eval_fuzzy_image_match": "__SHOPPING__/42.png",
    }
    task = evaluated(tmp_path, True, eval_types=["page_image_query"], page_image_query=[query])
    assert task.hops[0].check == SamePicture(selector=".item-photos", any_of=(f"{SHOP}/42.png",))
    assert task.cannot_run == ""
    for elsewhere in ("https://images.example/1.jpeg", "pictures/1.png"):
        query["eval_fuzzy_image_match"] = elsewhere
        task = evaluated(tmp_path, True, eval_types=["page_image_query"], page_image_query=[query])
        assert task.cannot_run == f"it compares with a picture that is not on its sites: {elsewhere}"


def test_a_question_about_pictures_is_the_judges(tmp_path: Path) -> None:
    query: dict[str, Any] = {
        "eval_image_url": "__SHOPPING__/cart",
        "eval_image_class": "",
        "eval_vqa": [{"question": "Is it red?", "answer": "yes"}, {"question": "What is it?", "answer": "a kettle"}],
    }
    task = evaluated(tmp_path, True, eval_types=["page_image_query"], page_image_query=[query])
    assert task.cannot_run == ""
    red, kettle = (
        PictureJudged(url=f"{SHOP}/cart", question=question, reference=reference)
        for question, reference in (("Is it red?", "yes"), ("What is it?", "a kettle"))
    )
    assert task.hops[0].check == AllOf(checks=(red, kettle))
    assert needs_judge(task.hops)
    query["eval_fuzzy_image_match"] = "__SHOPPING__/42.png"
    task = evaluated(tmp_path, True, eval_types=["page_image_query"], page_image_query=[query])
    same = SamePicture(url=f"{SHOP}/cart", any_of=(f"{SHOP}/42.png",))
    assert task.hops[0].check == AllOf(checks=(red, kettle, same))
    del query["eval_vqa"][1]["answer"]
    with pytest.raises(TaskError, match=r"eval\.page_image_query\[0\]\.eval_vqa\[1\]\.answer: "):
        evaluated(tmp_path, True, eval_types=["page_image_query"], page_image_query=[query])


def test_free_text_on_a_page_is_the_judges(tmp_path: Path) -> None:
    late_or_lost = "it is late |OR| it is lost"
    for required in (late_or_lost, [late_or_lost]):
        task = evaluated(
            tmp_path, True, **program(locator="document.title", required_contents={"fuzzy_match": required})
        )
        late, lost = (
            PageJudged(read="document.title", question="What is it?", reference=reference)
            for reference in ("it is late", "it is lost")
        )
        assert task.hops[0].check == AnyOf(checks=(late, lost))
        assert (task.cannot_run, needs_judge(task.hops)) == ("", True)


def test_functions_that_nobody_here_answers_are_a_reason(tmp_path: Path) -> None:
    for locator, reason in {
        "func:shopping_get_sku_latest_review_rating('B00')": "calls the shop's REST API as its administrator",
        "func:get_weather(__page__)": "unknown function 'get_weather'",
    }.items():
        task = evaluated(tmp_path, **program(locator=locator, required_contents={"must_include": ["100"]}))
        assert reason in task.cannot_run


def test_tasks_without_addresses_are_read_and_cannot_run(tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_text(json.dumps([document()]))
    (task,) = read_tasks(file, hosts=Hosts(environment={}))
    assert task.cannot_run.startswith("no address is set for __SHOPPING__: set each in the ini value mmina_hosts")


def test_a_folder_of_tasks(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / "part").mkdir(exist_ok=True)
        (tmp_path / "part" / f"{number}.json").write_text(json.dumps(document()))
    (tmp_path / "package.json").write_text("{}")
    assert [task.id for task in load_tasks(str(tmp_path), hosts=HOSTS)] == ["part/1", "part/2"]
    with pytest.raises(TaskError, match="contains no task file"):
        load_tasks(tmp_path / ".." / tmp_path.name / "part" / "..", hosts=HOSTS) and load_tasks(
            _empty(tmp_path), hosts=HOSTS
        )


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


@given(name=st.text(max_size=40))
def test_no_file_outside_the_folder_can_be_named(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "inside"
    folder.mkdir(exist_ok=True)
    try:
        task = loaded(folder, image=name, storage_state=name, require_login=True)
    except TaskError:
        return
    for file in (*task.images, task.setting.storage_state):
        assert not file or file.startswith(("http://", "https://")) or Path(file).is_relative_to(folder.resolve())
