"""WebArena's own tasks in Chromium, against a small shop that its placeholders are mapped to."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.project import Project
from tests.plugin.small_shop import CUSTOMER, Shop, open_shop

pytestmark = pytest.mark.browser

PLAY = {
    21: ["stop [Joseph Brzezinski, Catso, Dibbins, Anglebert Dinkherhump and Michelle Davis]"],
    118: ["goto [{shop}/catalogsearch/result/?q=jaw+bruxism]", "stop"],
    144: ["stop [0 dollars]"],
    188: ["stop [It was $365.42]"],
    260: ["click [link 'Video Games']", "stop"],
    269: ["goto [{shop}/clothing-shoes-jewelry/women/shoes.html?p=2&price=0-25]", "stop"],
    516: ["click [button 'Add to Wish List']", "goto [{shop}/]", "stop"],
    521: [
        "goto [{shop}/newsletter/manage/]",
        "click [checkbox 'General Subscription']",
        "click [button 'Save']",
        "stop",
    ],
    571: [
        "goto [{shop}/customer/address]",
        "type [textbox 'Street'] [231 Willow Way, Suite 100] [0]",
        "type [textbox 'City'] [Chicago, Illinois, 60601] [1]",
        "stop",
    ],
    653: [
        "goto [{shop}/contact]",
        "type [textbox 'What’s on your mind?'] [refund: it broke after three days of use (000000180, B087QJN9W1)] [0]",
        "stop",
    ],
}
AGENT = """
import json, os
from pathlib import Path
PLAY = json.loads(Path(__file__).with_name("play.json").read_text())

class Knows:
    def reset(self, intent): self.lines = iter(PLAY[intent])
    def act(self, observation): return next(self.lines)

class Wrong(Knows):
    answers = "stop [10 dollars, 36542, Catso]"
    def act(self, observation): return self.answers
"""


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    shop = Shop()
    with open_shop(shop) as address:
        yield shop, address


@pytest.fixture
def ten(project: Project, shop: tuple[Shop, str], shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Ten tasks of WebArena's shopping set, as they are; the shop's address comes from the environment."""
    documents = json.loads((shared_data / "webarena_test.raw.json").read_text())
    chosen = [document for document in documents if document["task_id"] in PLAY]
    assert len(chosen) == 10
    project.file("webarena.json", json.dumps(chosen))
    project.file(".auth/shopping_state.json", json.dumps(logged_in()))
    play = {
        document["intent"]: [line.replace("{shop}", shop[1]) for line in PLAY[document["task_id"]]]
        for document in chosen
    }
    project.file("play.json", json.dumps(play))
    project.file("knowing.py", AGENT)
    monkeypatch.setenv("SHOPPING", shop[1])
    return project


def logged_in() -> dict[str, Any]:
    cookie = {
        "name": "customer", "value": CUSTOMER, "domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": False,
        "secure": False, "sameSite": "Lax",
    }  # fmt: skip
    return {"cookies": [cookie], "origins": []}


def test_ten_tasks_of_webarena_are_solved_by_who_knows_them(ten: Project, shop: tuple[Shop, str]) -> None:
    ten.run("webarena.json", "--mmina-agent", "knowing:Knows").assert_outcomes(passed=10)
    assert {episode["task"].partition("/")[2] for episode in ten.episodes()} == set(map(str, PLAY))
    assert shop[0].wishes
    assert shop[0].subscribed


def test_none_of_them_is_solved_by_who_does_not(ten: Project) -> None:
    ten.run("webarena.json", "--mmina-agent", "knowing:Wrong").assert_outcomes(failed=10)


CLOCK = "document.querySelector('output').innerText"
PLACE = "document.title + [innerWidth, innerHeight]"
SAW = {"kind": "page_value", "url": "__SHOPPING__/clock", "read": CLOCK, "values": "> 1740992400000"}
HAS = {"kind": "page_value", "read": PLACE, "equals": "One Stop Market900,600"}
WANTS = [{"name": "saw the clock go", "check": SAW}, {"name": "has its window", "check": HAS}]
OWN = {
    "schema_version": 1, "intent": "Look around.", "start_url": "__SHOPPING__/ |AND| https://www.eventbrite.com/",
    "sites": ["shopping"], "require_login": True, "storage_state": ".auth/login.json", "hops": WANTS,
    "viewport_size": {"width": 900, "height": 600}, "geolocation": {"latitude": 40.4, "longitude": -79.9},
}  # fmt: skip


@pytest.fixture
def own_task(project: Project, shop: tuple[Shop, str]) -> Project:
    project.file("tasks/own/1.json", json.dumps(OWN))
    project.file("tasks/own/.auth/login.json", json.dumps(logged_in()))
    project.file("bot.py", "def stops(observation): return 'stop'")
    project.pytester.makeini(f"[pytest]\nmmina_tasks = tasks\nmmina_hosts =\n    SHOPPING={shop[1]}\n")
    return project


def test_a_task_of_ones_own_has_login_window_and_a_clock_that_goes(own_task: Project, way: tuple[str, ...]) -> None:
    own_task.run("--mmina-agent", "bot:stops", *way).assert_outcomes(passed=1)


def test_the_task_has_precedence_over_the_projects_own_arguments(own_task: Project) -> None:
    own_task.file(
        "conftest.py",
        """
import pytest
@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    nobody = {"cookies": [], "origins": []}
    return {**browser_context_args, "storage_state": nobody, "viewport": {"width": 300, "height": 300}, "locale": "de"}
""",
    )
    own_task.file(
        "test_own.py",
        """
import pytest
@pytest.mark.mmina("own/*")
@pytest.mark.browser_context_args(geolocation={"latitude": 1, "longitude": 1}, timezone_id="Europe/Rome")
def test_own(mmina_run, mmina_browser):
    mmina_run().require_solved()
""",
    )
    own_task.run("test_own.py", "--mmina-agent", "bot:stops").assert_outcomes(passed=1)


def test_a_test_of_ones_own_finds_the_task_and_leaves_the_login_alone(own_task: Project) -> None:
    own_task.file(
        "test_own.py",
        """
import pytest
@pytest.mark.mmina("own/*")
def test_own(mmina_run):
    mmina_run().require_solved()
""",
    )
    own_task.run("test_own.py", "--mmina-agent", "bot:stops").assert_outcomes(passed=1)


def test_what_is_not_deployed_stays_out_of_reach(own_task: Project) -> None:
    hops = [{"name": "left", "check": {"kind": "page_text", "contains": "Blocked"}}]
    own_task.file("tasks/own/1.json", json.dumps({**OWN, "hops": hops, "start_url": "__SHOPPING__"}))
    own_task.file(
        "bot.py", "LINES = iter([\"click [link 'Elsewhere']\", 'stop'])\ndef goes(observation): return next(LINES)"
    )
    own_task.run("--mmina-agent", "bot:goes").assert_outcomes(failed=1)
    assert own_task.episodes()[0]["blocked"] == 1


def test_a_deployment_that_is_down_is_no_failure_of_the_agent(own_task: Project) -> None:
    with open_shop(Shop()) as closed:
        own_task.pytester.makeini(f"[pytest]\nmmina_tasks = tasks\nmmina_hosts = SHOPPING={closed}")
    result = own_task.run("--mmina-agent", "bot:stops")
    assert own_task.episodes()[0]["outcome"] == "errored"
    result.stdout.fnmatch_lines(["*the site at 127.0.0.1:* does not answer: *"])


def test_every_placeholder_without_a_value_is_one_error(own_task: Project, way: tuple[str, ...]) -> None:
    other = {**OWN, "start_url": "__REDDIT__ |AND| __GITLAB__/explore"}
    own_task.file("tasks/own/2.json", json.dumps(other))
    result = own_task.run("tasks/own/2.json", "--mmina-agent", "bot:stops", *way)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*2.json: no address is set for __GITLAB__, __REDDIT__: set each in the ini value*"])
    assert "Traceback" not in result.stdout.str()


def test_what_is_said_not_to_be_deployed_is_skipped(own_task: Project, way: tuple[str, ...]) -> None:
    own_task.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_hosts = SHOPPING=none")
    result = own_task.run("--mmina-agent", "bot:stops", "-rs", *way)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*own/1 cannot run: it needs __SHOPPING__, which is not deployed*"])


def test_an_address_that_is_none_is_a_usage_error(own_task: Project) -> None:
    own_task.pytester.makeini("[pytest]\nmmina_hosts = SHOPPING=localhost")
    result = own_task.run("tasks")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: mmina_hosts: SHOPPING: is neither an address such as http://localhost:7770*"])


def test_a_task_that_would_run_code_is_refused(own_task: Project) -> None:
    target = {"url": "last", "locator": "func:__import__('os').system('touch pwned')", "required_contents": "x"}
    evaluation = {"eval_types": ["program_html"], "program_html": [target]}
    document = {key: value for key, value in OWN.items() if key != "hops"}
    own_task.file("tasks/own/1.json", json.dumps({**document, "eval": evaluation}))
    result = own_task.run("--mmina-agent", "bot:stops")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*1.json: eval.program_html?0?.locator: *is not a call of a named function*"])
    assert not (own_task.folder / "pwned").exists()


def test_hops_are_counted_as_run_py_does(project: Project, way: tuple[str, ...]) -> None:
    project.task("compare/1")
    result = project.run("tasks", "--mmina-agent", "bots:Plays", "--mmina-protocol", "run-py", *way)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["mmina: agent bots:Plays, protocol run-py, *"])
    assert [hop["passed"] for hop in project.episodes()[0]["hops"]] == [True, True, False]
    assert project.episodes()[0]["outcome"] == "solved"
