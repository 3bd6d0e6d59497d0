"""Money in whole sessions: what an endpoint has told is what the session tells, or "at least" that."""

import json
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.agents.servers import as_json, completion, served
from tests.judges.endpoint import endpoint, verdict
from tests.plugin.project import TOKYO, Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]


class Endpoint:
    """Plays a task of two hops; the first reply to a request has no content, and each costs 1,000 and 500 tokens."""

    def __init__(self, *, silent: bool = False, broken: bool = False) -> None:
        self.silent, self.broken, self.asked = silent, broken, Counter[str]()

    def __call__(self, request: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        prompt = json.dumps(request)
        self.asked[prompt] += 1
        lines = [f"goto [{TOKYO}]", "goto [http://localhost:7770/catalogsearch/result/?q=kettle]", "stop [done]"]
        done = prompt.count("   (on ")
        reply = completion(f"```{lines[done]}```", tokens=(1000, 500))
        if self.broken or self.asked[prompt] == 1:
            reply["choices"][0]["message"]["content"] = None
        elif self.silent:
            del reply["usage"]
        return 200, {"Retry-After": "0"}, as_json(reply)[2]


@pytest.fixture
def one_task(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    project.task("compare/1")
    prices = '["some-model"]\ninput = 100\noutput = 0\n'
    project.file("prices.toml", prices)
    return project


def chat(url: str, *arguments: str) -> tuple[str, ...]:
    common = ("--mmina-agent=chat:some-model", "--mmina-chat-prices=prices.toml", "--mmina-step-timeout=20")
    return ("tasks", *common, f"--mmina-chat-url={url}", "--junitxml=j.xml", *arguments)


def junit(project: Project) -> dict[str, str]:
    found = ElementTree.parse(project.folder / "j.xml").iter("property")
    return {element.attrib["name"]: element.attrib["value"] for element in found}


def test_what_was_thrown_away_is_told(one_task: Project, way: Way) -> None:
    with served(Endpoint()) as url:
        result = one_task.run(*chat(url, *way))
    result.assert_outcomes(passed=1)
    told = "6000 tokens in, 3000 out, 0.6000 US dollars"
    result.stdout.fnmatch_lines([f"used: {told}"])
    assert one_task.summary()["usage"] == {
        "input_tokens": 6000, "output_tokens": 3000, "cost": pytest.approx(0.6), "complete": True,
    }  # fmt: skip
    assert junit(one_task)["mmina_usage"] == told
    assert told in (one_task.folder / "mmina-results/summary.md").read_text()


def test_a_part_is_told_as_at_least(one_task: Project, way: Way) -> None:
    with served(Endpoint(silent=True)) as url:
        result = one_task.run(*chat(url, *way), html=True)
    told = "at least 3000 tokens in, 1500 out, 0.3000 US dollars"
    result.stdout.fnmatch_lines([f"used: {told}", "*not every reply told its usage*"])
    assert one_task.summary()["usage"]["complete"] is False
    assert junit(one_task)["mmina_usage"] == told
    assert told in (one_task.folder / "mmina-results/summary.md").read_text()
    assert "at least 4,500 tokens" in (one_task.folder / "mmina-results/index.html").read_text()


def test_limits_see_what_was_thrown_away(one_task: Project, way: Way) -> None:
    one_task.task("compare/2", intent="Two.")
    one_task.task("compare/3", intent="Three.")
    budget = ("--mmina-budget=0.5", "--mmina-min-hop-rate=0", "--mmina-max-tokens=6000")
    with served(Endpoint(broken=True)) as url:
        one_task.run(*chat(url, *budget, *way))
    assert {episode["usage"]["input_tokens"] for episode in one_task.episodes()} == {5000}
    assert one_task.summary()["not_run"] == (1 if "-n2" in way else 2)
    with served(Endpoint()) as url:
        one_task.run(*chat(url, "--mmina-max-tokens=6000", *way))
    assert {episode["reason"] for episode in one_task.episodes()} == {"limit of 6000 tokens reached (6000 used)"}


def test_the_judge_is_told_apart_and_in_the_budget(one_task: Project, way: Way) -> None:
    check = {"kind": "answer_judged", "question": "Which?", "reference": "done"}
    one_task.task("compare/1", hops=[{"name": "answered", "check": check}])
    status, headers, body = verdict(passed=True)
    reply = status, headers, json.dumps({**json.loads(body), "usage": completion("", tokens=(9000, 9))["usage"]})
    judge = ("--mmina-judge-model=some-model", "--mmina-chat-prices=prices.toml", "--mmina-budget=0.8")
    with endpoint(reply) as at:
        arguments = ("tasks", "--mmina-agent=bots:Plays", f"--mmina-judge-url={at.url}", *judge, *way)
        result = one_task.run(*arguments)
    result.stdout.fnmatch_lines(["judge: 9000 tokens in, 9 out, 0.9000 US dollars"])
    assert one_task.summary()["usage"] is None
    assert one_task.episodes()[0]["judge_usage"]["input_tokens"] == 9000
