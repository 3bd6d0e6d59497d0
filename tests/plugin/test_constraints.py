"""Sessions with tasks beyond a queue: constraints decide and are told, alternatives and scores are recorded."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pytest_mmina.commands.main import main
from tests.plugin.project import Project

Way = tuple[str, ...]

STAYS = {"never": [{"name": "stays away from the shop", "check": {"kind": "site_word", "word": "7770"}}]}


@pytest.mark.three_ways
@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (["--mmina-min-hop-rate=1"], 1, "gate: CLOSED: 1 episode broke a constraint, none allowed*(compare/2)*"),
        (["--mmina-max-violations=1"], 0, "gate: open: 1 episode broke a constraint, 1 allowed*"),
    ],
)
def test_a_broken_constraint_closes_the_gate(
    project: Project, way: Way, arguments: list[str], status: int, line: str
) -> None:
    project.task("compare/1")
    project.task("compare/2", **STAYS)
    result = project.run("tasks", "--mmina-agent", "bots:Plays", *arguments, *way)
    assert result.ret == status
    result.stdout.fnmatch_lines([line])
    ended = [(episode["outcome"], len(episode["violations"])) for episode in project.episodes()]
    assert ended == [("solved", 0), ("partial", 1)]


def test_a_baseline_allows_what_it_has_and_trials_that_cannot_matter_are_left_out(project: Project) -> None:
    project.task("compare/1", **STAYS)
    run = ("tasks", "--mmina-agent", "bots:Plays", "--mmina-trials=3")
    assert project.run(*run, "--mmina-save-baseline=base.json", "--mmina-max-violations=9").ret == 0
    assert '"violations": 3' in (project.folder / "base.json").read_text()
    again = project.run(*run, "--mmina-baseline=base.json")
    assert again.ret == 0
    again.stdout.fnmatch_lines(["*constraints broken in 3 of 3 episodes of the baseline, in 3 of 3 episodes now*"])
    early = project.run(*run, "--mmina-max-violations=0", "--mmina-stop-early")
    assert early.ret == 1
    early.stdout.fnmatch_lines(["gate: CLOSED: 1 episode broke a constraint, 0 allowed*"])
    assert project.summary()["stopped"] == 2


SITE = """
from flask import Flask, redirect

def create_app():
    app = Flask("mine")
    orders, seen = [], []
    app.extensions["mmina_state"] = lambda: {"orders": orders, "reward": len(seen) / 4}

    @app.get("/<page>")
    def show(page):
        if page not in seen:
            seen.append(page)
        form = "<form method=post action=/order><button>Order</button></form>"
        return f"<!doctype html><title>{page}</title><h1>{page}</h1>{form}"

    @app.post("/order")
    def order():
        orders.append("kettle")
        return redirect("/thanks")

    return app
"""
AGENT = """
from itertools import count
class Agent:
    def reset(self, intent):
        self.turns = count()
        self.lines = ["goto [https://mine.example/tea]", "goto [https://mine.example/kettle]"]
        if "again" in intent:
            self.lines += ["click [button 'Order']"]
        self.lines += ["goto [https://mine.example/start]", "stop [it is done]"]
    def act(self, observation): return self.lines[next(self.turns)]
"""


def visited(path: str) -> dict[str, Any]:
    return {"kind": "address", "host": "mine.example", "path": f"/{path}"}


WAYS = [{"name": "coffee", "check": visited("coffee")}, {"name": "the page of tea", "check": visited("tea")}]
REWARD = {"kind": "site_state", "site": "mine", "path": "$.reward", "score": True}
TASK: dict[str, Any] = {
    "intent": "Look at kettle and tea, in any order. Do not order anything.",
    "start_url": "https://mine.example/start", "procedure": None,
    "hops": [
        {"name": "kettle", "check": visited("kettle"), "after": []},
        {"name": "tea", "after": [], "alternatives": WAYS},
        {"name": "both", "check": {"kind": "stopped"}, "after": ["kettle", 2]},
        {"name": "reward", "after": [], "check": REWARD},
    ],
    "never": [{"name": "nothing is ordered", "check": {"kind": "site_state", "site": "mine", "path": "$.orders[*]"}}],
    "finally": [{"name": "ends at the start", "check": visited("start")}],
}  # fmt: skip


@pytest.mark.browser
def test_an_agent_that_orders_although_the_task_says_never(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.task("mine/1", **TASK)
    project.task("mine/2", **{**TASK, "intent": "The same again."})
    project.file("bot.py", AGENT)
    project.file("sites/mine/site.toml", 'name = "mine"\nhosts = ["mine.example"]\n')
    project.file("sites/mine/site.py", SITE)
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_sites = sites\nmmina_agent = bot:Agent")
    result = project.run("--mmina-record=full", "--junitxml=junit.xml", "-v", html=True)
    kept, broken = project.episodes()
    for episode in (kept, broken):
        assert [hop["passed"] for hop in episode["hops"]] == [True, True, True, episode is broken]
        assert [hop["step"] for hop in episode["hops"]][:2] == [2, 1]
        assert episode["hops"][1]["alternative"] == "the page of tea"
        assert episode["unjudged"] == []
    assert (kept["hops"][3]["score"], kept["credit"], kept["violations"]) == (0.75, 3.75 / 4, [])
    assert (broken["outcome"], broken["credit"]) == ("partial", 1.0)
    (violation,) = broken["violations"]
    assert (violation["step"], violation["url"]) == (3, "https://mine.example/thanks")
    told = "never: nothing is ordered: broken at step 3 on https://mine.example/thanks: $.orders[*] of the site 'mine'"
    result.stdout.fnmatch_lines(["*PARTIAL 4/4, 1 constraint broken mine/2: the agent stopped*", "*constraints:*"])
    assert told in result.stdout.str()
    result.stdout.fnmatch_lines(["*1 with a broken*", "subset*episodes*solved*violated*"])
    assert project.summary()["violated"] == 1
    results = project.folder / "mmina-results"
    assert "| `mine/2` | never: `nothing is ordered` | 1 | 3 |" in (results / "summary.md").read_text()
    assert "1 with a broken constraint" in (results / "index.html").read_text()
    assert junit_properties(project.folder / "junit.xml", "mine/2")["mmina_violations"] == "1"
    assert junit_properties(project.folder / "junit.xml", "mine/2")["mmina_constraint_1"].startswith(told)
    monkeypatch.chdir(project.folder)
    capsys.readouterr()
    assert main(["judge", "mmina-results", "--tasks", "tasks"]) == 0
    project.task("mine/1", **{**TASK, "never": [{"name": "no tea", "check": visited("tea")}]})
    assert main(["judge", "mmina-results", "--tasks", "tasks"]) == 1
    assert "now broken: never: no tea: broken at step 1 on https://mine.example/tea" in capsys.readouterr().out
    assert main(["show", "mmina-results/trajectories/mine/2/1.jsonl"]) == 0
    assert "broken never  nothing is ordered" in capsys.readouterr().out


def junit_properties(file: Path, case: str) -> dict[str, str]:
    root = ElementTree.parse(file).getroot()
    (found,) = (each for each in root.iter("testcase") if case in each.get("name", ""))
    return {each.get("name", ""): each.get("value", "") for each in found.iter("property")}
