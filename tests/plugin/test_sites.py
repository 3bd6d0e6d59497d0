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
