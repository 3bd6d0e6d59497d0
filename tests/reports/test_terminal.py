"""The one screen at the end: rates beside those of before, what changed, in any width."""

import pytest

from pytest_mmina.core.record.changes import Changes
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import Summary
from pytest_mmina.gate.baseline import count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.reports.columns import aligned, cells_of, shortened
from pytest_mmina.reports.report import Report
from pytest_mmina.reports.terminal import change_lines, rate_lines, screen, summary_tables
from tests.gate.records import record, records

HOSTILE = "a name that goes on and on \x1b[31m\N{RIGHT-TO-LEFT OVERRIDE}\0 日本語"


def test_a_session_as_tables() -> None:
    summary = EpisodeCounts.of([record("compare/1", 1, 2), record("multi567/1", 0, 10)]).summary(not_run=1)
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


def changed() -> tuple[Summary, Changes]:
    names = [f"compare/{number}" for number in range(1, 13)] + [f"{HOSTILE}/1"]
    before = [episode for name in names for episode in records(name, 3, 3)]
    now = [episode for name in names for episode in records(name, 1, 3)] + records("new/1", 1, 1)
    return EpisodeCounts.of(now).summary(), changes_since(count_tasks(EpisodeCounts.of(before)), EpisodeCounts.of(now))


def test_rates_stand_beside_those_of_before() -> None:
    summary, changes = changed()
    assert summary_tables(summary, changes, width=100) == [
        "hop success rate   67.5%  (54 of 80)  100.0% before",
        "task success rate  35.0%  (14 of 40)  100.0% before",
        "episodes           14 solved, 26 partial, 0 unsolved, 0 errored",
        "",
        "subset                    episodes  solved  task rate  before  hops  passed  hop rate  before",
        "  a name that go… 日本語         3       1      33.3%  100.0%     6       4     66.7%  100.0%",
        "  compare                       36      12      33.3%  100.0%    72      48     66.7%  100.0%",
        "  new                            1       1     100.0%       -     2       2    100.0%       -",
        "hops",
        "  2                             40      14      35.0%  100.0%    80      54     67.5%  100.0%",
    ]


def test_ten_changes_are_named_and_all_of_them_if_they_are_asked_for() -> None:
    _, changes = changed()
    few = change_lines(changes, before="baseline.json")
    assert few[0].text == "since baseline.json: 13 worse, 1 new (of 13 compared)"
    assert [line.colour for line in few[1:11]] == ["red"] * 10
    assert few[2].text == "  worse  compare/1                 3 of 3 -> 1 of 3  hop 2 less often"
    assert few[11].text == "  and 4 more (all of them with -v)"
    every = [line.text for line in change_lines(changes, before="baseline.json", all_of_them=True)]
    assert sum(line.startswith("  worse") for line in every) == 13
    assert every[-1].split() == ["new", "new/1", "1", "of", "1"]
    assert every[4] == "      hop 2 (hop 1): passed 3 of 3 then, 1 of 3 now"
    assert [line.text for line in change_lines(Changes(compared=3), before="b")] == [
        "since b: no task changed (of 3 compared)"
    ]


def test_the_first_groups_are_shown_and_all_of_them_if_they_are_asked_for() -> None:
    many = EpisodeCounts.of([episode for number in range(14) for episode in records(f"s{number:02}/1", 1, 1)]).summary()
    report = Report(summary=many)
    usual, verbose = (
        [line.text.split("  ")[1] for line in screen(report, verbosity=verbosity) if line.text[:2] == "  "]
        for verbosity in (0, 1)
    )
    assert usual == [*(f"s{number:02}" for number in range(10)), "and 4 more (-v)", "2"]
    assert len(verbose) == 15


def test_as_much_is_told_as_was_asked_for() -> None:
    summary, changes = changed()
    told = Report(summary=summary, before="baseline.json", changes=changes)
    assert screen(told, verbosity=-2) == []
    assert [line.text.split()[0] for line in screen(told, verbosity=-1)] == ["hop", "task", "since"]
    usual, verbose = screen(told), screen(told, verbosity=1)
    assert usual[3].text == ""
    assert usual[-1].text == "  and 4 more (all of them with -v)"
    assert sum(line.text.startswith("      hop 2") for line in verbose) == 13
    nothing = Report(summary=EpisodeCounts.of([]).summary())
    assert screen(nothing)[0].text.startswith("no task was selected: give a folder of tasks")
    assert len(screen(nothing, verbosity=-1)) == 1
    assert not any(
        line.text.startswith("no task") for line in screen(Report(summary=EpisodeCounts.of([]).summary(not_run=1)))
    )


def test_a_gate_that_could_not_have_closed_is_the_first_line() -> None:
    summary, changes = changed()
    report = Report(
        summary=summary, changes=changes, before="b.json", warning="this gate could not\x1b[31m have closed"
    )
    for verbosity in (-1, 0, 1):
        first = screen(report, verbosity=verbosity)[0]
        assert first.text.startswith("this gate could not")
        assert "\x1b" not in first.text
        assert first.colour == "yellow"
    report = report.model_copy(update={"warning": ""})
    assert screen(report)[0].text.startswith("hop success rate")


@pytest.mark.parametrize("width", [40, 50, 60, 80, 120])
def test_no_table_is_wider_than_its_terminal(width: int) -> None:
    summary, changes = changed()
    tables = [*summary_tables(summary, width=width), *summary_tables(summary, changes, width=width)]
    lines = [*tables, *(line.text for line in change_lines(changes, before="b", width=width)[1:])]
    assert [line for line in lines if cells_of(line) > width] == []
    assert all(letter.isprintable() for line in lines for letter in line)
    rows = [line for line in tables if line.startswith("  compare")]
    assert all("33.3%" in row and "66.7%" in row for row in rows), "both rates are always there"
    assert ("before" in tables[-6]) == (width >= 60)


def test_a_rate_keeps_its_line_on_a_narrow_terminal() -> None:
    assert rate_lines(*changed(), width=40) == [
        "hop success rate   67.5%  100.0% before",
        "task success rate  35.0%  100.0% before",
    ]


def test_names_lose_their_middle() -> None:
    assert shortened("multi567/123", 9) == "multi5…23"
    assert shortened("hop 1 broke; hop 2 broke", 10, keeps_end=False) == "hop 1 bro…"
    assert cells_of(shortened("日本語日本語", 6)) <= 6


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert aligned([("a", "1"), ("bcd", "22")]) == ["a    1", "bcd  22"]
    assert aligned([("a", "1"), ("bcd", "22")], right_from=1) == ["a     1", "bcd  22"]
