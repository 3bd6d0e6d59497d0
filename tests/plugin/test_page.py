"""A session with pictures and traces: what the page is given of it."""

import json
import re
from pathlib import Path

import pytest

from pytest_mmina.trajectories.reading import read_recording, recordings_in
from tests.page.made import unpacked
from tests.plugin.project import Project

pytestmark = pytest.mark.browser

CLICKER = """
import pytest, re

class Clicker:
    def reset(self, intent):
        self.turn = 0
        if intent == "Skip.":
            pytest.skip("nothing is recorded then")

    def act(self, observation):
        self.turn += 1
        links = re.findall(r'link ".*?" \\\\[ref=(e\\d+)\\\\]', observation.text)
        return f"click [{links[1]}]" if self.turn == 1 else "stop"
"""


def test_scripts_as_episodes_end_boxes_on_pictures_and_traces_that_were_kept(project: Project) -> None:
    project.task()
    project.task("compare/2", intent="Skip.")
    project.file("clicker.py", CLICKER.replace("\\\\", "\\"))
    options = ["--mmina-observation=aria,screenshot", "--tracing=on"]
    result = project.run("tasks", "--mmina-agent=clicker:Clicker", *options, html=True)
    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.no_fnmatch_line("*could not be written*")
    results = project.folder / "mmina-results"
    (file,) = recordings_in(results).values()
    recorded = read_recording(file)
    assert recorded.steps[0].action is not None, recorded.steps[0].said
    left, top, right, bottom = recorded.stored[0].box or (0, 0, 0, 0)
    assert 0 <= left < right <= 1280
    assert 0 <= top < bottom <= 720
    assert recorded.stored[1].box is None
    assert unpacked(file.with_suffix(".js")) == file.read_bytes()
    (record,) = project.episodes()
    assert (results / record["trace"]).read_bytes().startswith(b"PK")
    assert json.loads(unpacked(results / "page" / "overview.js"))["columns"]["episodes"]["trace"] == [1]
    assert re.search(r"<h1.*No gate was set", (results / "index.html").read_text(), re.DOTALL)
    shown = (results / Path(recorded.stored[0].pictures["screenshot"])).read_bytes()
    assert shown.startswith(b"\xff\xd8")
