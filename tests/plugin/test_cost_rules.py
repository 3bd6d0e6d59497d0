"""Rules on what episodes take, in whole sessions and with `mmina gate`."""

import pytest

# pytester forgets what a test imports, and some of these modules can be imported only once in a process.
import pytest_mmina.gate.statistics
import pytest_mmina.reports.github  # noqa: F401
from pytest_mmina.commands.main import main
from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]

COSTLY = """
import os
from bots import Plays
from pytest_mmina import Reply, Usage

class Costly(Plays):
    price = 0.5

    def act(self, observation):
        return Reply(action=super().act(observation), usage=Usage(input_tokens=1000, cost=self.price))

class Dearer(Costly):
    price = 0.7

class Silent(Plays):
    pass
"""


@pytest.fixture
def costly(project: Project) -> Project:
    project.file("costly.py", COSTLY)
    for number in range(1, 4):
        project.task(f"compare/{number}")
    return project


def test_a_rise_closes_the_gate(
    costly: Project, way: Way, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("tasks", "--mmina-trials=2", *way)
    costly.run(*common, "--mmina-agent=costly:Costly", "--mmina-save-baseline=b.json")
    rules = ("--mmina-baseline=b.json", "--mmina-max-rise=cost=0.2,steps=0.1")
    result = costly.run(*common, "--mmina-agent=costly:Costly", *rules, html=True)
    assert result.ret == 0
    page = (costly.folder / "mmina-results/index.html").read_text()
    assert "0.667 solved per dollar (0.667 before)" in page
    assert "solved: 0.667 per dollar, 333 per million tokens" in page
    result.stdout.fnmatch_lines(
        [
            "solved: 0.667 per dollar, 333 per million tokens",
            "at equal cost, on the same 3 tasks: 0.667 solved per dollar (0.667 before), 333 solved per *",
            "gate: open: *a rise of 20.0% is allowed (--mmina-max-rise)*",
        ]
    )
    result = costly.run(*common, "--mmina-agent=costly:Dearer", *rules)
    assert result.ret == 1
    told = "*mean cost per episode $1.5000 in the baseline, $2.1000 now, over 3 tasks: a rise of 40.0%, 20.0% allowed"
    result.stdout.fnmatch_lines([f"gate: CLOSED: {told}, and more than chance explains, p = *(--mmina-max-rise)*"])
    monkeypatch.chdir(costly.folder)
    capsys.readouterr()
    assert main(["gate", "mmina-results", "--baseline", "b.json", "--max-rise", "cost=0.2", "--no-html"]) == 1
    assert "a rise of 40.0%, 20.0% allowed, and more than chance explains" in capsys.readouterr().out
    result = costly.run(*common, "--mmina-agent=costly:Silent", *rules)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*cannot be compared: no episode told its cost, and the baseline has it*"])


def test_a_limit_and_its_errors(costly: Project, way: Way) -> None:
    limited = ("tasks", "--mmina-agent=costly:Costly", *way)
    result = costly.run(*limited, "--mmina-max-per-episode=cost=1,steps=5")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: mean cost per episode $1.5000 > $1.0000 (--mmina-max-per-episode)*"])
    for options, message in (
        (["--mmina-max-rise=cost=0.1"], "*--mmina-max-rise compares with a baseline: give --mmina-baseline FILE*"),
        (["--mmina-max-per-episode=euros=1"], "*'euros' is none of cost, tokens, steps, seconds*"),
        (["--mmina-max-per-episode=cost=1", "--mmina-stop-early"], "*nobody knows what the trials that are left out*"),
    ):
        result = costly.run(*limited, *options)
        assert result.ret == 4
        result.stderr.fnmatch_lines([message])
