from pytest_mmina.core.episode.episode import run_episode
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.reports.hop_table import hop_table
from pytest_mmina.reports.tables import episode_table, time_line
from tests.core.fakes import FakeBrowser, task_of
from tests.gate.records import record

LINES = ["goto [https://one.example/]", "click [e1]", "nonsense \x1b[31m", "stop [four\x07]"]


def test_an_episode_as_a_table() -> None:
    lines = iter(LINES)

    def act(observation: Observation) -> str:
        return next(lines)

    agent = type("Agent", (), {"act": staticmethod(act)})()
    table = episode_table(run_episode(task_of("one", "two", "three"), agent=agent, browser=FakeBrowser()))
    assert table.splitlines() == [
        "PARTIAL 1/3 compare/1: the agent stopped",
        "",
        "hop               step  what was asked  url, and why",
        "1    passed       1     one             https://one.example/",
        "2    FAILED       4     two             https://one.example/",
        "                                        the address lacks the site word 'two'",
        "3    not reached        three           -",
        "                                        not reached: hop 2 comes first",
        "",
        "last actions (of 4):",
        "    1  goto [https://one.example/]   on https://start.example/",
        "    2  click [e1]   on https://one.example/",
        "         click [e1]: nothing here can be used",
        "    3  (no action) 'nonsense \\x1b[31m'   on https://one.example/",
        "         'nonsense \\x1b[31m' is not an action. Actions: click, hover, type, clear, select, check, uncheck, "
        "upload, dra…",
        "    4  stop [four�]   on https://one.example/",
        "",
        "answer: 'four\\x07'",
    ]


def test_times_are_told() -> None:
    records = [record("a/1", 1, 1).model_copy(update={"seconds": seconds}) for seconds in (1.0, 2.0, 9.04)]
    assert time_line(records) == "time: 2.0 s an episode (median), 9.0 s the longest"


def test_hops_in_html_are_text() -> None:
    hostile = '<script>alert(1)</script>\0" onload=x'
    made = record("a/1", 0, 2)
    hops = tuple(hop.model_copy(update={"name": hostile, "reason": hostile, "url": hostile}) for hop in made.hops)
    table = hop_table(made.model_copy(update={"hops": hops, "reason": hostile}))
    assert table.count("&lt;script&gt;alert(1)&lt;/script&gt;\N{REPLACEMENT CHARACTER}&quot; onload=x") == 7
    assert "<script" not in table
    assert table.count("<tr>") == 3


def test_hops_in_html_say_where_the_agent_came_nearest() -> None:
    made = record("a/1", 0, 2)
    near, rest = (hop.model_copy(update={"reason": "it is another"}) for hop in made.hops)
    table = hop_table(
        made.model_copy(update={"hops": (near, rest.model_copy(update={"reached": False, "step": None}))})
    )
    assert "<td>FAILED</td><td>hop 0</td><td></td><td>at the start: it is another</td>" in table
    assert "<td>not reached</td><td>hop 1</td><td></td><td>it is another</td>" in table
