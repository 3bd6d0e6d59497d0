"""Files that go up and come down in a session: from the user's folder, and to a folder of the case's own."""

import pytest

from pytest_mmina.commands.main import main
from tests.plugin.project import Project

pytestmark = pytest.mark.browser

SITE = """
from flask import Flask, request
from pytest_mmina import Site

def create_app():
    app = Flask("desk")
    app.get("/", endpoint="desk")(lambda: "<title>Desk</title>"
                         "<form action=/got method=post enctype=multipart/form-data>"
                         "<input type=file name=f aria-label=File><button>Send</button></form>"
                         "<a href=/paper.txt download>Paper</a>")
    app.post("/got", endpoint="got")(lambda: "<title>Got</title><p>" + request.files["f"].read().decode())
    app.get("/paper.txt", endpoint="paper")(lambda: "printed")
    return app

def pytest_mmina_sites(config):
    return [Site(name="desk", hosts=("desk.example",), home="https://desk.example/", create_app=create_app)]
"""

AGENT = """
SEEN = []

class Clerk:
    lines = ["click [link 'Paper']", "upload [button 'File'] [note.txt]", "click [button 'Send']", "stop [done]"]

    def reset(self, intent):
        self.turn = -1

    def act(self, observation):
        self.turn += 1
        if self.turn == 1:
            assert observation.events == ("downloaded 'paper.txt', 7 bytes",), observation
        if self.turn == 3:
            assert "signed" in observation.text, observation
        return self.lines[self.turn]
"""


@pytest.fixture
def desk(project: Project) -> Project:
    project.pytester.makeconftest(SITE)
    project.file("clerk.py", AGENT)
    hop = {"name": "got", "check": {"kind": "url_match", "contains": "desk.example/got"}}
    project.task(procedure=None, start_url="https://desk.example/", hops=[hop])
    project.file("mine/note.txt", "signed")
    return project


def test_files_go_up_and_come_down(desk: Project, way: tuple[str, ...]) -> None:
    desk.pytester.makeini("[pytest]\nmmina_uploads = mine\n")
    result = desk.run("--mmina-agent", "clerk:Clerk", *way, "tasks")
    assert result.ret == 0, result.stdout.str()
    (file,) = (desk.folder / "mmina-results" / "downloads").glob("*/*")
    assert (file.name, file.read_text()) == ("paper.txt", "printed")
    assert file.parent.name.startswith("tasks-compare-1.json-test_task-compare-1-chromium-")


def test_a_folder_for_uploads_that_is_not_there_is_told_before_any_browser(desk: Project) -> None:
    desk.pytester.makeini("[pytest]\nmmina_uploads = yours\n")
    result = desk.run("--mmina-agent", "clerk:Clerk", "tasks")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*mmina_uploads: there is no folder */yours: create it, or remove it from the ini file"]
    )


def test_a_file_that_came_down_is_a_hop_and_can_be_judged_again(
    desk: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = {"kind": "download", "name": "paper.txt", "type": "txt", "host": "desk.example"}
    hops = [{"name": "has the paper", "check": {**printed, "text": {"equals": "printed"}}}]
    others = [{"name": "has the paper", "check": {**printed, "text": {"equals": "signed"}}}]
    never = [{"name": "no program", "check": {"kind": "download", "name": {"pattern": r".*\.exe"}}}]
    desk.task(procedure=None, start_url="https://desk.example/", hops=hops, never=never)
    desk.pytester.makeini("[pytest]\nmmina_uploads = mine\n")
    result = desk.run("--mmina-agent", "clerk:Clerk", "tasks")
    assert result.ret == 0, result.stdout.str()
    (hop,) = desk.episodes()[0]["hops"]
    assert (hop["step"], hop["reason"]) == (1, "paper.txt was downloaded on step 1")
    judged = ["judge", str(desk.folder / "mmina-results"), "--tasks", str(desk.folder / "tasks")]
    for kept in (desk.folder / "mmina-results/downloads").glob("*/*"):
        kept.unlink()
    assert main(judged) == 0
    capsys.readouterr()
    desk.task(procedure=None, start_url="https://desk.example/", hops=others, never=never)
    assert main(judged) == 1
    assert "paper.txt was downloaded on step 1, but its text is 'printed', not 'signed'" in capsys.readouterr().out
