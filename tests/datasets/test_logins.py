"""A login that a task names: it is used, or the task is skipped; it is never left away without a word."""

import json
from collections import Counter
from pathlib import Path
from time import time
from typing import Any

import pytest

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.skips import SkipCause
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.files import load_tasks, read_tasks
from pytest_mmina.datasets.hosts import Hosts
from pytest_mmina.datasets.listing import list_tasks

ADDRESSES = {
    name: f"http://{name.lower()}.example"
    for name in ("SHOPPING", "SHOPPING_ADMIN", "GITLAB", "REDDIT", "MAP", "WIKIPEDIA", "CLASSIFIEDS")
}
OWN = {
    "intent": "Look around.", "start_url": "https://app.example/",
    "hops": [{"name": "saw it", "check": {"kind": "stopped"}}], "storage_state": "./.auth/ann.json",
}  # fmt: skip
MMINA = {
    "intent": "Look around.", "start_url": "https://www.eventbrite.com/", "procedure": ["event", "end"],
    "city": "tokyo", "require_login": True,
}  # fmt: skip


def task_of(folder: Path, document: dict[str, Any], *, subset: str = "own") -> Task:
    file = folder / subset / "1.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document))
    (task,), (listed,) = load_tasks(file), list_tasks(file)
    assert (listed.load(), listed.skip_reasons) == (task, task.skip_reasons)
    return task


def causes(task: Task) -> list[SkipCause]:
    return [reason.cause for reason in task.skip_reasons]


def save_login(folder: Path, *expires: float, subset: str = "own", name: str = "ann", **state: Any) -> str:
    file = folder / subset / ".auth" / f"{name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    cookies = [{"name": "who", "value": "ann", "expires": end} for end in expires]
    file.write_text(json.dumps({"cookies": cookies, "origins": [], **state}))
    return str(file)


@pytest.mark.parametrize("subset", ["own", "compare", "multi567"])
@pytest.mark.parametrize("more", [{}, {"require_login": True}, {"require_login": False}, {"require_login": None}])
@pytest.mark.parametrize(
    "document",
    [OWN, {**OWN, "storage_state": "./.auth/shopping_state.json"}, {**MMINA, "storage_state": "./.auth/ann.json"}],
    ids=["own", "own, named like MMInA's", "MMInA's form"],
)
def test_a_login_that_is_not_there_skips_the_task(
    tmp_path: Path, document: dict[str, Any], more: dict[str, Any], subset: str
) -> None:
    task = task_of(tmp_path, {**document, **more}, subset=subset)
    assert causes(task) == ["login"]
    name = document["storage_state"]
    assert task.cannot_run.startswith(f"its login is missing: save {name} next to the task file")
    file = save_login(tmp_path, -1, subset=subset, name=Path(name).stem)
    task = task_of(tmp_path, {**document, **more}, subset=subset)
    assert (task.cannot_run, task.setting.storage_state) == ("", file)


@pytest.mark.parametrize("more", [{}, {"storage_state": None}, {"storage_state": "./.auth/shopping_state.json"}])
def test_the_tasks_of_mmina_need_no_login(tmp_path: Path, more: dict[str, Any]) -> None:
    assert task_of(tmp_path, {**MMINA, **more}, subset="compare").cannot_run == ""


def test_a_login_whose_cookies_have_expired_skips_the_task(tmp_path: Path) -> None:
    save_login(tmp_path, 1_000_000_000, 1_700_000_000)
    task = task_of(tmp_path, OWN)
    assert causes(task) == ["login"]
    assert task.cannot_run.startswith("its login has expired, all its cookies by 2023-11-14: save ./.auth/ann.json")


@pytest.mark.parametrize(
    ("expires", "state"),
    [
        ((1_700_000_000, -1), {}),
        ((1_700_000_000, time() + 3600), {}),
        ((1_700_000_000,), {"origins": [{"origin": "https://app.example", "localStorage": [{"name": "token"}]}]}),
        ((), {}),
        ((), {"cookies": None}),
        ((), {"cookies": [7, {"expires": "yesterday"}]}),
        ((1e300,), {}),
    ],
)
def test_what_does_not_tell_that_it_has_expired_is_used(
    tmp_path: Path, expires: tuple[float, ...], state: dict[str, Any]
) -> None:
    file = save_login(tmp_path, *expires, **state)
    assert task_of(tmp_path, OWN).setting.storage_state == file


@pytest.mark.parametrize("name", ["../ann.json", "/etc/passwd", 7, True, ["./.auth/ann.json"]])
def test_a_login_elsewhere_is_an_error(tmp_path: Path, name: object) -> None:
    with pytest.raises(TaskError, match="storage_state: "):
        task_of(tmp_path, {**OWN, "storage_state": name})


@pytest.mark.parametrize(
    ("name", "logins"),
    [
        ("suites/webchorearena_532.raw.json", 480), ("webarena_test.raw.json", 684),
        ("vwa_test_reddit.raw.json", 210), ("vwa_test_shopping.raw.json", 466),
    ],
)  # fmt: skip
def test_no_task_of_a_real_data_set_runs_without_the_login_that_it_names(
    tmp_path: Path, shared_data: Path, name: str, logins: int
) -> None:
    file = tmp_path / "tasks.json"
    file.write_bytes((shared_data / name).read_bytes())
    hosts = Hosts(named=ADDRESSES, environment={})
    tasks = read_tasks(file, hosts=hosts)
    lacking = Counter("login" in causes(task) for task in tasks)
    assert lacking[True] == logins == sum(bool(task.document.get("storage_state")) for task in tasks)
    for login in {str(task.document["storage_state"]) for task in tasks if task.document.get("storage_state")}:
        (tmp_path / login).parent.mkdir(exist_ok=True)
        (tmp_path / login).write_text(json.dumps({"cookies": [], "origins": []}))
    tasks = read_tasks(file, hosts=hosts)
    assert not any("login" in causes(task) for task in tasks)
    assert sum(bool(task.setting.storage_state) for task in tasks) == logins


def test_a_site_that_is_not_deployed_is_a_choice_and_one_without_an_address_is_none(tmp_path: Path) -> None:
    file = tmp_path / "tasks.json"
    document = {**OWN, "start_url": "__SHOPPING__", "storage_state": None}
    file.write_text(json.dumps([{**document, "sites": ["shopping", "reddit"]}]))
    shop = {"SHOPPING": "http://shop.example"}
    (unset,) = load_tasks(file, hosts=Hosts(named=shop, environment={}))
    (none,) = load_tasks(file, hosts=Hosts(named={**shop, "REDDIT": "none"}, environment={}))
    assert (causes(unset), causes(none)) == (["address"], ["not deployed"])
    assert none.cannot_run == "it needs REDDIT, which is not deployed"


def test_a_picture_that_is_missing_and_an_evaluation_that_is_not_possible_have_causes_of_their_own(
    tmp_path: Path,
) -> None:
    task = task_of(tmp_path, {**OWN, "storage_state": None, "image": "cat.png"})
    assert causes(task) == ["picture"]
    query = {"url": "func:shopping_get_latest_order_url()", "locator": "", "required_contents": {"exact_match": "x"}}
    evaluation = {"eval_types": ["program_html"], "program_html": [query]}
    document = {key: value for key, value in OWN.items() if key != "hops"}
    task = task_of(tmp_path, {**document, "storage_state": "./.auth/bob.json", "eval": evaluation})
    assert causes(task) == ["login", "evaluation"]
