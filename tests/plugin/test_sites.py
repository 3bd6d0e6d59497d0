"""Sites of the user's own, beside the bundled ones."""

import pytest

from tests.plugin.project import Project

pytestmark = pytest.mark.browser

Way = tuple[str, ...]

SITE = """
from flask import Flask

def create_app():
    app = Flask("mine")
    app.extensions["mmina_state"] = lambda: {"visits": visits}
    visits = []

    @app.get("/<page>")
    def show(page):
        visits.append(page)
        return f"<!doctype html><title>{page}</title><h1>{page}</h1>"

    return app
"""
HOPS = [
    {"name": "went there", "check": {"kind": "url_match", "contains": "mine.example/one"}},
    {"name": "was seen", "check": {"kind": "site_state", "site": "mine", "path": "$.visits[*]", "equals": "two"}},
]
AGENT = """
from itertools import count
LINES = ["goto [https://mine.example/one]", "goto [https://mine.example/two]", "stop"]
class Agent:
    def reset(self, intent): self.turns = count()
    def act(self, observation): return LINES[next(self.turns)]
"""


@pytest.fixture
def own_task(project: Project) -> Project:
    project.task("mine/1", start_url="https://mine.example/start", procedure=None, hops=HOPS)
    project.file("bot.py", AGENT)
    return project


@pytest.mark.parametrize("folder", ["sites", "sites/mine"])
def test_a_site_folder_and_a_task_file_are_enough(own_task: Project, folder: str) -> None:
    own_task.file("sites/mine/site.toml", 'name = "mine"\nhosts = ["mine.example"]\n')
    own_task.file("sites/mine/site.py", SITE)
    own_task.pytester.makeini(f"[pytest]\nmmina_tasks = tasks\nmmina_sites = {folder}\nmmina_agent = bot:Agent")
    own_task.run().assert_outcomes(passed=1)
    assert [hop["step"] for hop in own_task.episodes()[0]["hops"]] == [1, 2]


def test_a_site_of_the_hook(own_task: Project, way: Way) -> None:
    own_task.file("my_site.py", SITE)
    own_task.pytester.makeconftest(
        """
        from pytest_mmina import Site
        from my_site import create_app

        def pytest_mmina_sites(config):
            return [Site(name="mine", hosts=("mine.example",), home="https://mine.example/one", create_app=create_app)]
        """
    )
    own_task.run("tasks", "--mmina-agent", "bot:Agent", *way).assert_outcomes(passed=1)


WORKER = """
from flask import Flask, Response

def create_app():
    app = Flask("mine")

    @app.get("/")
    def home():
        return (
            "<!doctype html><title>Worker</title><p role=status>waits</p><script>"
            "const says = document.querySelector('p');"
            "navigator.serviceWorker.register('/worker.js').then(() => says.textContent = 'registered',"
            " error => says.textContent = error.message)</script>"
        )

    @app.get("/worker.js")
    def worker():
        return Response("self.addEventListener('fetch', () => {})", mimetype="text/javascript")

    return app
"""


def test_a_page_can_register_a_service_worker(project: Project) -> None:
    check = {"kind": "page_text", "contains": ["registered"]}
    project.task("mine/1", start_url="https://mine.example/", procedure=None, hops=[{"name": "it", "check": check}])
    project.file("sites/mine/site.toml", 'name = "mine"\nhosts = ["mine.example"]\n')
    project.file("sites/mine/site.py", WORKER)
    project.file("bot.py", "lines = ['wait [2]', 'stop']\ndef act(observation): return lines.pop(0)\n")
    project.pytester.makeini("[pytest]\nmmina_sites = sites")
    project.run("tasks", "--mmina-agent", "bot:act").assert_outcomes(passed=1)


ASYNCHRONOUS = """
import asyncio, unittest
import pytest

@pytest.fixture(scope="session")
def runner():
    # As pytest-asyncio has it.
    with asyncio.Runner() as runner:
        runner.run(asyncio.sleep(0))
        yield runner

@pytest.fixture
def ended(runner):
    yield
    runner.run(asyncio.sleep(0))

def test_before(): asyncio.run(asyncio.sleep(0))

@pytest.mark.mmina("mine/1")
def test_agent(mmina_run): mmina_run().require_solved()

def test_runs_a_loop(): asyncio.run(asyncio.sleep(0))

class Test(unittest.IsolatedAsyncioTestCase):
    async def test_of_unittest(self): await asyncio.sleep(0)

def test_asks_for_a_page(request):
    request.getfixturevalue("page").goto("about:blank")

@pytest.mark.mmina("mine/1")
def test_agent_again(mmina_run): mmina_run().require_solved()

def test_with_a_runner(runner, ended): runner.run(asyncio.sleep(0))
"""


def test_asynchronous_tests_run_in_the_session_of_cases(own_task: Project, way: Way) -> None:
    own_task.file("my_site.py", SITE)
    own_task.pytester.makeconftest(
        """
        from pytest_mmina import Site
        from my_site import create_app

        def pytest_mmina_sites(config):
            return [Site(name="mine", hosts=("mine.example",), home="https://mine.example/one", create_app=create_app)]
        """
    )
    own_task.file("test_mixed.py", ASYNCHRONOUS)
    own_task.pytester.makeini("[pytest]\nmmina_tasks = tasks")
    own_task.run("test_mixed.py", "--mmina-agent", "bot:Agent", *way).assert_outcomes(passed=7)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        (
            'hosts = ["www.eventbrite.com"]',
            "mmina: the host 'www.eventbrite.com' belongs to two sites: 'events' and 'mine'",
        ),
        (
            'name = "shop"\nhosts = ["mine.example"]',
            "mmina: two sites are called 'shop': give one of them another name",
        ),
        ("hosts = 7", "mmina: */site.toml: hosts: must be a list of host names*"),
    ],
)
def test_a_site_that_cannot_be_is_told(own_task: Project, toml: str, message: str) -> None:
    own_task.file("sites/mine/site.toml", toml)
    own_task.file("sites/mine/site.py", SITE)
    own_task.pytester.makeini("[pytest]\nmmina_sites = sites")
    result = own_task.run("tasks", "--mmina-agent", "bot:Agent")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
