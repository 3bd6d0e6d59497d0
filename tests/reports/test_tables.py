from pytest_mmina.core.episode import run_episode
from pytest_mmina.core.metrics import summarise
from pytest_mmina.core.trajectory import Observation
from pytest_mmina.reports.tables import aligned, episode_table, summary_tables, time_line
from tests.core.fakes import FakeBrowser, task_of
from tests.core.test_metrics import record

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
        "hop          step  what was asked  url, and why",
        "1    passed  1     one             https://one.example/",
        "2    FAILED        two             https://one.example/",
        "                                   the address lacks the site word 'two'",
        "3    FAILED        three           -",
        "                                   not reached: hop 2 comes first",
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


def test_a_session_as_tables() -> None:
    summary = summarise([record("compare/1", 1, 2), record("multi567/1", 0, 10)], not_run=1)
    assert summary_tables(summary) == [
        "hop success rate   8.3%  (1 of 12)",
        "task success rate  0.0%  (0 of 2)",
        "episodes           0 solved, 1 partial, 1 unsolved, 0 errored, 1 not run",
        "",
        "subset      episodes  solved  task rate  hops  passed  hop rate",
        "  compare          1       0       0.0%     2       1     50.0%",
        "  multi567         1       0       0.0%    10       0      0.0%",
        "hops",
        "  2                1       0       0.0%     2       1     50.0%",
        "  10               1       0       0.0%    10       0      0.0%",
    ]


def test_times_are_told() -> None:
    records = [record("a/1", 1, 1).model_copy(update={"seconds": seconds}) for seconds in (1.0, 2.0, 9.04)]
    assert time_line(records) == "time: 2.0 s an episode (median), 9.0 s the longest"


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert aligned([("a", "1"), ("bcd", "22")]) == ["a    1", "bcd  22"]
    assert aligned([("a", "1"), ("bcd", "22")], right_from=1) == ["a     1", "bcd  22"]
