"""Agents in whole sessions: a budget, memory, secrets, an agent of the conftest.py's own."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.agents.servers import Model, completion, served
from tests.plugin.project import TOKYO, Project

Way = tuple[str, ...]
KEY = "sk-planted-0123456789"
PASSWORD = "correct horse & battery"
TOKEN = "abcdefgh-planted-bearer"


@pytest.fixture
def dear(project: Project) -> Project:
    """An agent that spends half a dollar at each of its three steps, and four tasks."""
    project.file(
        "dear.py",
        """
import os, time
from pathlib import Path
from bots import Plays
from pytest_mmina import Reply, Usage

class Dear(Plays):
    def reset(self, intent):
        super().reset(intent)
        # With two workers, wait for the other one: each begins a case before any money is spent.
        Path(f"begun.{os.getpid()}").touch()
        while len(list(Path().glob("begun.*"))) < int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")):
            time.sleep(0.01)

    def act(self, observation):
        return Reply(action=super().act(observation), usage=Usage(input_tokens=7, cost=0.5))
""",
    )
    for number in range(1, 5):
        project.task(f"compare/{number}")
    return project


def test_a_budget_ends_a_session_and_closes_the_gate(dear: Project, way: Way) -> None:
    result = dear.run("tasks", "--mmina-agent=dear:Dear", "--mmina-budget=1.4", "--mmina-min-hop-rate=0.1", "-rs", *way)
    begun = 2 if way else 1
    assert result.ret == 1
    result.assert_outcomes(passed=begun, skipped=4 - begun)
    result.stdout.fnmatch_lines_random(
        [
            f"used: {21 * begun} tokens in, 0 out, {1.5 * begun:.4f} US dollars",
            f"budget: spent; {4 - begun} of the cases did not begin and count as not run",
            f"gate: CLOSED: *{4 - begun} *",
            "*not run: the budget of 1.4 US dollars is spent*",
        ]
    )
    assert dear.summary()["not_run"] == 4 - begun
    usage = {"input_tokens": 21, "output_tokens": 0, "cost": 1.5, "complete": True}
    assert [episode["usage"] for episode in dear.episodes()] == [usage] * begun


def test_without_a_gate_what_the_budget_leaves_out_has_failed(dear: Project) -> None:
    result = dear.run("tasks", "--mmina-agent=dear:Dear", "--mmina-budget=1.4", "--mmina-max-cost=0.9")
    result.assert_outcomes(passed=2, failed=2)
    assert result.ret == 1
    assert [episode["reason"] for episode in dear.episodes()] == ["limit of 0.9 US dollars reached (1 spent)"] * 2


class Listens(Model):
    """Goes home, then stops."""

    def reply(self, request: dict[str, object]) -> dict[str, object]:
        return completion("stop [done]" if "1. " in self.prompt(request) else f"goto [{TOKYO}]")


@pytest.mark.parametrize("by", ["recent", "similar"])
def test_a_model_is_reminded_of_what_others_did(project: Project, way: Way, by: str) -> None:
    if by == "similar" and way:
        pytest.skip("how workers share is seen in the other case")
    intents = {"1": "Find a kettle.", "2": "See events in Rome.", "3": "Book a flight.", "4": "Find events in Oslo."}
    for number, intent in intents.items():
        # The fourth is of the same template as the first.
        project.task(f"compare/{number}", intent=intent, intent_template_id={"4": 1}.get(number, int(number)))
    model = Listens()
    with served(model) as url:
        chat = ("--mmina-agent=chat:m", f"--mmina-chat-url={url}", "--mmina-memory=2", f"--mmina-memory-by={by}")
        project.run("tasks", "--mmina-fail-on=gate", *chat, *way)
    assert len(project.episodes()) == 4
    prompts = {
        number: next(Model.prompt(request) for request in model.requests if f"TASK\n{intent}" in Model.prompt(request))
        for number, intent in intents.items()
    }
    reminded = {
        number: [other for other, intent in intents.items() if f'Task: "{intent}"' in prompt]
        for number, prompt in prompts.items()
    }
    assert all(number not in others for number, others in reminded.items())
    assert "1" not in reminded["4"], "made from the same template"
    if way:
        assert any(reminded.values()), "a worker reads what the other has finished"
    elif by == "recent":
        assert reminded == {"1": [], "2": ["1"], "3": ["1", "2"], "4": ["2", "3"]}
    else:
        assert reminded["4"] == ["2", "3"]
        assert prompts["4"].index("See events in Rome.") > prompts["4"].index("Book a flight."), "the best comes last"


LOGIN = """
import pytest
from flask import Flask, request
from pytest_mmina import Site

def create_app():
    app = Flask("login")
    app.add_url_rule("/", view_func=lambda: (
        f'<title>Log in</title><p>Hello {request.args.get("password", "")}</p>'
        '<form><label>Name <input name="name"></label>'
        '<label>Password <input type="password" name="password"></label></form>'))
    return app

def pytest_mmina_sites(config):
    return [Site(name="login", hosts=("login.example",), home="https://login.example/", create_app=create_app)]

class Careless:
    def __init__(self, key):
        self.key = key

    def reset(self, intent):
        self.lines = ["type [textbox 'Password'] [%(password)s] [1]", f"goto [https://login.example/?key={self.key}]"]
        print("the key is", self.key, "and the password %(password)s")

    def act(self, observation):
        if not self.lines:
            raise RuntimeError(f"refused {self.key}; headers: Authorization: Bearer %(token)s")
        return self.lines.pop(0)

def pytest_mmina_make_agent(config, task):
    import os
    return Careless(os.environ["CARELESS_API_KEY"])
"""


@pytest.mark.browser
def test_no_secret_is_in_any_byte_of_the_results(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARELESS_API_KEY", KEY)
    project.pytester.makeconftest(LOGIN % {"password": PASSWORD, "token": TOKEN})
    project.task("compare/1", start_url="https://login.example/", procedure=["login", "end"], city="")
    result = project.run("tasks", "--junit-xml=junit.xml", "-o", "junit_logging=all", "-rA")
    (episode,) = project.episodes()
    assert episode["agent"] == "Careless", "the one that conftest.py makes"
    assert episode["reason"] == "the agent raised RuntimeError: refused [secret]; headers: Authorization: [secret]"
    assert episode["hops"][0]["passed"]
    shown = result.stdout.str() + result.stderr.str()
    assert "[secret]" in shown
    ElementTree.parse(project.folder / "junit.xml")
    files = [*(project.folder / "mmina-results").rglob("*"), project.folder / "junit.xml"]
    contents = {str(file): file.read_bytes() for file in files if file.is_file()} | {"shown": shown.encode()}
    for planted in (KEY, TOKEN, PASSWORD, "correct+horse", "correct%20horse"):
        assert not [name for name, content in contents.items() if planted.encode() in content], planted


def test_an_agent_of_the_command_line_comes_before_that_of_conftest(project: Project) -> None:
    project.add_to_conftest("def pytest_mmina_make_agent(config, task):\n    raise AssertionError('not asked')\n")
    project.task("compare/1")
    project.run("tasks", "--mmina-agent=bots:Plays").assert_outcomes(passed=1)


def test_what_a_process_says_aside_is_kept_with_its_episode(project: Project, way: Way) -> None:
    project.file(
        "agent.py",
        "import json, sys\n"
        "from bots import Plays\n"
        "agent = Plays()\n"
        "for line in sys.stdin:\n"
        "    message = json.loads(line)\n"
        "    if message['type'] == 'reset':\n"
        "        agent.reset(message['intent'])\n"
        "        print('I was told:', message['intent'], file=sys.stderr, flush=True)\n"
        "    print(json.dumps({'action': agent.act(None)} if message['type'] == 'act' else {}), flush=True)\n",
    )
    for number in (1, 2, 3):
        project.task(f"compare/{number}", intent=f"Go {number}.")
    project.run("tasks", f"--mmina-agent=cmd:{sys.executable} agent.py", *way).assert_outcomes(passed=3)
    logs = [file.read_text() for file in sorted((project.folder / "mmina-results/agent-logs").rglob("stderr.txt"))]
    assert logs == ["I was told: Go 1.\n", "I was told: Go 2.\n", "I was told: Go 3.\n"]


@pytest.mark.browser
def test_a_session_of_a_driver(project: Project) -> None:
    project.file(
        "drives.py",
        "def drive(intent, page):\n"
        f"    page.goto('{TOKYO}')\n"
        "    print('driving', page.url)\n"
        "    popup = page.context.new_page()\n"
        "    popup.goto('http://localhost:7770/catalogsearch/result/?q=kettle')\n"
        "    popup.goto('https://outside.example/')\n"
        "    return 'done'\n",
    )
    project.task("compare/1")
    result = project.run("tasks", "--mmina-agent=drive:drives:drive")
    result.assert_outcomes(passed=1)
    (episode,) = project.episodes()
    assert (episode["outcome"], episode["answer"], episode["blocked"]) == ("solved", "done", 1)
    assert episode["case"].endswith("[compare/1-chromium]")


def test_a_driver_of_a_fixture_is_told_where_to_be_named(project: Project) -> None:
    project.add_to_conftest(
        "class Drives:\n    def drive(self, intent, page): ...\n"
        "def pytest_mmina_make_agent(config, task):\n    return Drives()\n"
    )
    project.task("compare/1")
    result = project.run("tasks")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*mmina_agent: Drives drives the browser itself: name it with --mmina-agent drive:*"])


def test_what_is_wrong_with_an_agent_is_told_in_one_line(project: Project) -> None:
    project.task("compare/1")
    result = project.run("tasks", "--mmina-agent=http://127.0.0.1:1/act")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "ERROR: --mmina-agent: agent 'http://127.0.0.1:1/act': no server listens at 127.0.0.1:1 "
            "(Connection refused); *"
        ]
    )
    result = project.run("tasks", "--mmina-agent=chat:m", "--mmina-budget=1")
    result.stderr.fnmatch_lines(
        ["ERROR: --mmina-budget and --mmina-max-cost need the price of 'm', which is not known: *"]
    )
    assert not Path(project.folder, "mmina-results").exists()
