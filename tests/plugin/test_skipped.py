"""Skipped cases, however they were skipped: they close the gate, keep their counts, and say why."""

import json

import pytest

from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]

SKIPS = """
import os, pytest

OFF = os.path.exists("off")

def skips(item, number):
    return OFF and f"compare/{number}" in item.nodeid

def pytest_collection_modifyitems(items):
    for item in items:
        if skips(item, 3):
            item.add_marker(pytest.mark.skip(reason="slow"))
        if skips(item, 4):
            item.add_marker(pytest.mark.xfail(run=False, reason="known"))
        item.add_marker(pytest.mark.skipif(os.path.exists("never"), reason="never"))

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if skips(item, 5):
        pytest.skip("the hook says no")
    if skips(item, 6):
        item.add_marker(pytest.mark.skip(reason="a late mark"))

@pytest.fixture(autouse=True)
def key(request):
    if skips(request.node, 7):
        pytest.skip("no key, see token-abcdef")
"""
OWN = """
import os, pytest

@pytest.mark.mmina("compare/*")
def test_own(mmina_run, request):
    if os.path.exists("off") and "compare/8" in request.node.nodeid:
        pytest.skip("the test says no")
    mmina_run().require_solved()
"""
LOGIN = {"cookies": [{"name": "who", "value": "ann"}], "origins": []}


@pytest.mark.parametrize("own", [False, True], ids=["task files", "own tests"])
def test_a_skipped_task_closes_the_gate_and_stays_in_the_baseline(project: Project, way: Way, own: bool) -> None:
    for number in range(1, 9):
        project.task(f"compare/{number}")
    project.task("compare/2", storage_state="./.auth/ann.json")
    login = project.file("tasks/compare/.auth/ann.json", json.dumps(LOGIN))
    project.add_to_conftest(SKIPS)
    if own:
        project.file("test_own.py", OWN)
        project.pytester.makeini("[pytest]\nmmina_tasks = tasks")
    select = ("test_own.py" if own else "tasks", "--mmina-agent=bots:Plays")
    result = project.run(*select, "--mmina-save-baseline=base.json", *way)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["baseline: 8 tasks saved to *base.json"])
    before = json.loads((project.folder / "base.json").read_text())["tasks"]

    login.unlink()
    project.file("off", "")
    gate = ("--mmina-baseline=base.json", "--mmina-regressions=none", "--mmina-save-baseline=base.json")
    result = project.run(*select, *gate, *way)
    assert result.ret == 1
    skipped = 7 if own else 6
    names = ", ".join(f"compare/{number}" for number in range(2, 7))
    result.stdout.fnmatch_lines(
        [
            f"episodes *, {skipped} skipped (1 no",
            f"*login, 2 by a mark, {skipped - 3} at run time)",
            f"baseline: 8 tasks saved to *; {skipped} tasks ({names} and * more) skipped and kept as before",
            f"gate: CLOSED: skipped {skipped} tasks ({names} and * more) of the baseline, *",
        ]
    )
    result.stdout.fnmatch_lines_random(
        [
            "*skipped 1 case of 1 task (compare/3), by a mark: slow",
            "*skipped 1 case of 1 task (compare/5), at run time: the hook says no",
        ]
    )
    session = json.loads((project.folder / "mmina-results/session.json").read_text())
    causes = {task: (group["cause"], group["reason"]) for group in session["skips"] for task in group["tasks"]}
    assert causes.pop("compare/2")[0] == "login"
    expected = {
        "compare/3": ("mark", "slow"), "compare/4": ("mark", "[NOTRUN] known"),
        "compare/5": ("run time", "the hook says no"), "compare/6": ("run time", "a late mark"),
        "compare/7": ("run time", "no key, see token-abcdef"),
    }  # fmt: skip
    assert causes == (expected | {"compare/8": ("run time", "the test says no")} if own else expected)
    assert project.summary()["not_run"] == 0
    after = json.loads((project.folder / "base.json").read_text())["tasks"]
    assert {name: counts["trials"] for name, counts in after.items()} == dict.fromkeys(before, 1)


def test_without_a_baseline_only_what_the_user_chose_leaves_the_gate_open(project: Project, way: Way) -> None:
    for number in (1, 3, 4):
        project.task(f"compare/{number}")
    project.add_to_conftest(SKIPS)
    project.file("off", "")
    select = ("tasks", "--mmina-agent=bots:Plays", "--mmina-min-task-rate=1")
    result = project.run(*select, *way)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["gate: open: *", "*2 tasks skipped and not counted"])

    project.task("compare/7")
    result = project.run(*select, *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["gate: CLOSED: 1 task skipped and not counted, 0 allowed (--mmina-allow-skipped): 1 task (compare/7)"]
    )
    assert project.run(*select, "--mmina-allow-skipped=1", *way).ret == 0


def test_one_trial_that_is_skipped_counts_as_the_task(project: Project, way: Way) -> None:
    for number in (1, 2):
        project.task(f"compare/{number}")
    select = ("tasks", "--mmina-agent=bots:Plays", "--mmina-trials=2")
    assert project.run(*select, "--mmina-save-baseline=base.json", *way).ret == 0
    project.add_to_conftest("""
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_setup(item):
            if "compare/2-trial2" in item.nodeid:
                pytest.skip("once is enough")
    """)
    result = project.run(*select, "--mmina-baseline=base.json", *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: skipped 1 task (compare/2) of the baseline, in a trial or in all *"])


def test_a_module_that_skips_itself_closes_the_gate_of_a_baseline_and_keeps_its_tasks(
    project: Project, way: Way
) -> None:
    project.task("compare/1")
    project.task("compare/2")
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks")
    for number in (1, 2):
        project.file(f"test_{number}.py", OWN.replace("compare/*", f"compare/{number}"))
    select = ("test_1.py", "test_2.py", "--mmina-agent=bots:Plays", "--mmina-save-baseline=base.json")
    assert project.run(*select, *way).ret == 0
    project.file("test_2.py", "import pytest\npytest.importorskip('no_such_library')\n" + OWN)
    result = project.run(*select, "--mmina-baseline=base.json", *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "baseline: 2 tasks saved to *; 1 task (compare/2) skipped and kept as before",
            "gate: CLOSED: 1 task (compare/2) of the baseline did not run, although selected*",
            "*skipped at collection, so that nothing is known of its cases: test_2.py",
        ]
    )


@pytest.mark.parametrize("own", [False, True], ids=["task files", "own tests"])
def test_a_name_in_sites_that_nothing_knows_is_an_error(project: Project, way: Way, own: bool) -> None:
    for number, sites in enumerate([["events"], ["Eventbrite", "wikipedia"], ["my_site"], ["xe", "eventbrit"]]):
        project.task(f"compare/{number}", sites=sites)
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_hosts = MY_SITE=http://localhost:7770")
    if own:
        project.file("test_own.py", OWN)
    result = project.run("test_own.py" if own else "tasks", "--mmina-agent=bots:Plays", "--mmina-fail-on=gate", *way)
    assert result.ret != 0
    result.stdout.fnmatch_lines(
        ["*tasks/compare/3.json: sites: no site is called 'eventbrit'. Did you mean 'eventbrite'? Name a site of *"]
    )
    assert "Traceback" not in result.stdout.str()
    assert "gate: open" not in result.stdout.str()
    project.task("compare/3")
    select = ("test_own.py" if own else "tasks", "--mmina-agent=bots:Plays")
    project.run(*select, *way).assert_outcomes(passed=4)


def test_the_sites_of_ones_own_are_known(project: Project, way: Way) -> None:
    project.add_to_conftest("""
        def pytest_mmina_sites(config):
            from pytest_mmina import Site
            return [Site(name="till", hosts=("pay.example:8443",), home="https://pay.example:8443/", create_app=dict)]
    """)
    listed = [["till"], ["pay"], ["pay.example"], ["live"]]
    content = [
        {"intent": "Go.", "start_url": "https://www.eventbrite.com/", "procedure": ["event", "end"], "city": "tokyo",
         "sites": sites} for sites in listed
    ]  # fmt: skip
    file = project.file("tasks/many.json", json.dumps(content))
    select = ("tasks", "--collect-only", "-q", "--mmina-serial=live", *way)
    assert project.run(*select).ret == 0
    file.write_text(json.dumps([*content, {**content[0], "sites": ["wiki", "tll"]}, {**content[0], "sites": "till"}]))
    result = project.run(*select)
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*tasks/many.json: ?5?.sites: must be a list of names*"])
    file.write_text(json.dumps([*content, {**content[0], "sites": ["till", "tll"]}]))
    result = project.run(*select)
    result.stdout.fnmatch_lines(["*tasks/many.json: ?4?.sites: no site is called 'tll'. Did you mean 'till'?*"])
