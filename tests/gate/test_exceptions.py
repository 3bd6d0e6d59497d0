"""The list of exceptions: how it is read, what holds on a day, and that it is never a false green."""

from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.decision import Decision, Session, decide
from pytest_mmina.gate.early_stop import EarlyStopped, terms_fingerprint, undecided_tasks
from pytest_mmina.gate.exceptions import Exceptions, ExceptionsError, read_exceptions
from pytest_mmina.gate.exemptions import Exemptions
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.saving import save_baseline
from pytest_mmina.gate.selection import Selection, SessionFacts
from tests.gate.records import record, records

TODAY = date(2026, 11, 30)
FLAKY = '[[flaky]]\ntask = "{}"\nreason = "the index is rebuilt"\nuntil = {}\n'
ACCEPTED = '[[accepted]]\ntask = "{}"\nreason = "one tab fewer"\ndate = {}\n'
BEFORE = [*records("a/1", 5, 5), *records("a/2", 5, 5), *records("b/1", 5, 5)]
FALLEN = [*records("a/1", 0, 5), *records("a/2", 5, 5), *records("b/1", 5, 5)]


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(*entries: str) -> Exceptions:
        file = tmp_path / "exceptions.toml"
        file.write_text("\n".join(entries))
        return read_exceptions(file, day=TODAY, shown=Path("exceptions.toml"))

    return write


def baseline_of(episodes: list[EpisodeRecord], **fields: Any) -> Baseline:
    return Baseline(tasks=count_tasks(EpisodeCounts.of(episodes)), **fields)


def judged(
    episodes: list[EpisodeRecord],
    exceptions: Exceptions,
    *,
    baseline: Baseline | None = None,
    day: date = TODAY,
    session: dict[str, Any] | None = None,
    **rules: Any,
) -> Decision:
    found = Session(counts=EpisodeCounts.of(episodes), **(session or {}))
    return decide(found, Rules.model_validate(rules), baseline, Exemptions.on(day, exceptions, baseline))


ANY: dict[str, Any] = {"regressions": "any"}


def test_a_flaky_task_decides_nothing_until_its_day(written: Any) -> None:
    listed = written(FLAKY.format("a/1", "2026-12-31"))
    strict = {**ANY, "min_task_rate": {"": 1}, "must_pass": ["*"], "max_drop": {"task": 0}}
    assert not judged(FALLEN, Exceptions(), baseline=baseline_of(BEFORE), **strict).passed
    decision = judged(FALLEN, listed, baseline=baseline_of(BEFORE), **strict)
    assert decision.passed
    assert decision.notes[:2] == (
        "exceptions: 1 task (a/1) flaky and without a say in the decision",
        "exceptions.toml:1: a/1, flaky until 2026-12-31, solved 0 of 5 now: the index is rebuilt",
    )
    assert judged(FALLEN, listed, baseline=baseline_of(BEFORE), day=date(2026, 12, 31), **ANY).passed
    expired = judged(FALLEN, listed, baseline=baseline_of(BEFORE), day=date(2027, 1, 1), **ANY)
    assert not expired.passed
    assert "exceptions.toml:1: a/1 decides again: its entry expired after 2026-12-31" in expired.notes[0]


def test_a_flaky_task_that_did_not_run_or_errored_still_closes_it(written: Any) -> None:
    listed = written(FLAKY.format("a/1", "2026-12-31"))
    assert not judged(BEFORE[5:], listed, baseline=baseline_of(BEFORE)).passed
    assert not judged(
        [record("a/1", 0, 2, outcome="errored"), *BEFORE[5:]], listed, baseline=baseline_of(BEFORE)
    ).passed


def test_where_all_is_flaky_nothing_is_decided(written: Any) -> None:
    listed = written(FLAKY.format("*", "2026-12-31"))
    for baseline in (None, baseline_of(BEFORE)):
        decision = judged(BEFORE, listed, baseline=baseline, min_task_rate={"": 0})
        assert not decision.passed
        assert "nothing decides: every task that ran is listed as flaky" in decision.reasons
    new = [*BEFORE, *records("c/1", 5, 5)]
    decision = judged(new, written(FLAKY.format("[ab]/*", "2026-12-31")), baseline=baseline_of(BEFORE), allow_new=1)
    assert "nothing is compared with the baseline: every task that could be is an exception" in decision.reasons
    assert not judged(BEFORE, written(FLAKY.format("b/*", "2026-12-31")), min_task_rate={"b": 0.1}).passed
    assert not judged(BEFORE, written(FLAKY.format("b/*", "2026-12-31")), must_pass=["b/1"]).passed


def test_an_accepted_regression_is_over_with_the_next_baseline(written: Any, tmp_path: Path) -> None:
    listed = written(ACCEPTED.format("a/1", "2026-11-29"))
    for saved in (None, date(2026, 11, 28), date(2026, 11, 29)):
        decision = judged(FALLEN, listed, baseline=baseline_of(BEFORE, saved=saved), **ANY)
        assert decision.passed
        assert decision.notes[:2] == (
            "exceptions: 1 task (a/1) accepted as worse and not compared",
            "exceptions.toml:1: a/1, accepted on 2026-11-29, solved 0 of 5 now: one tab fewer",
        )
    over = judged(FALLEN, listed, baseline=baseline_of(BEFORE, saved=date(2026, 11, 30)), **ANY)
    assert not over.passed
    assert "exceptions.toml:1: a/1 is compared again: the baseline was saved on 2026-11-30" in over.notes[0]
    assert not judged(FALLEN, listed, baseline=baseline_of(BEFORE), min_task_rate={"": 1}).passed, "rates count it"
    file = tmp_path / "b.json"
    save_baseline(file, EpisodeCounts.of(FALLEN), SessionFacts(), root=tmp_path, day=TODAY)
    assert '"saved": "2026-11-30"' in file.read_text()


def test_more_successes_never_close_it(written: Any) -> None:
    listed = written(FLAKY.format("a/1", "2026-12-31"), ACCEPTED.format("a/2", "2026-11-29"))
    rules: dict[str, Any] = {"min_task_rate": {"": 0.5}, "max_drop": {"task": 0.3}, "alpha": 0.4}
    opened: dict[tuple[int, ...], bool] = {}
    for solved in product(range(0, 6, 1), repeat=3):
        now = [one for task, n in zip(("a/1", "a/2", "b/1"), solved, strict=True) for one in records(task, n, 5)]
        opened[solved] = judged(now, listed, baseline=baseline_of(BEFORE), **rules).passed
    assert len(set(opened.values())) == 2
    for solved, passed in opened.items():
        for place in range(3):
            better = (*solved[:place], solved[place] + 1, *solved[place + 1 :])
            assert not passed or opened.get(better, True), (solved, better)


def test_early_stopping_knows_the_list(written: Any) -> None:
    flaky = Exemptions.on(TODAY, written(FLAKY.format("a/1", "2026-12-31")), None)
    rules = Rules(must_pass=("*",))
    ahead = [*records("a/1", 0, 3)[1:], *records("b/1", 0, 3)[1:]]
    known = [*records("a/1", 0, 1), *records("b/1", 1, 1)]
    assert undecided_tasks(known, ahead, rules, None) == frozenset(), "a/1 has failed, so it is closed"
    assert undecided_tasks(known, ahead, rules, None, exemptions=flaky) == {"b/1"}
    later = Exemptions.on(TODAY, written(FLAKY.format("a/1", "2027-01-31")), None)
    assert terms_fingerprint(rules, None, flaky) == terms_fingerprint(rules, None, later)
    assert terms_fingerprint(rules, None, flaky) != terms_fingerprint(rules, None)
    stopped = EarlyStopped.of(ahead, known, rules, None, flaky)
    session = Session(counts=EpisodeCounts.of(known), stopped=stopped)
    assert decide(session, rules, None, flaky).passed
    other = decide(session, rules, None)
    assert "4 trials stopped early for other rules" in "; ".join(other.reasons)


def test_an_entry_for_no_task(written: Any) -> None:
    wrong = written(FLAKY.format("a/11", "2026-12-31"))
    decision = judged(BEFORE, wrong, min_task_rate={"": 0})
    assert not decision.passed
    assert "exceptions.toml:1: there is no task 'a/11'. Did you mean 'a/1'? Correct the entry or remove it" in (
        "; ".join(decision.reasons)
    )
    assert judged(BEFORE, wrong, min_task_rate={"": 0}, session={"whole": False}).passed
    assert judged(
        BEFORE, wrong, min_task_rate={"": 0}, allow_skipped=1, session={"skipped": frozenset({"a/11"})}
    ).passed
    deselected = SessionFacts(selection=Selection(deselected=frozenset({"a/11"})))
    session = Session.of(EpisodeCounts.of(BEFORE), deselected, None, root=Path())
    assert decide(session, Rules(), None, Exemptions.on(TODAY, wrong, None)).passed
    named = replace(session, deselected=frozenset(), whole=Session.of(
        EpisodeCounts.of(BEFORE), SessionFacts(selection=Selection(paths=("tasks/a",))), None, root=Path()
    ).whole)  # fmt: skip
    assert decide(named, Rules(), None, Exemptions.on(TODAY, wrong, None)).passed
    pattern = judged(BEFORE, written(FLAKY.format("c/*", "2026-12-31")), min_task_rate={"": 0})
    assert pattern.passed
    assert "exceptions.toml:1: no task is like 'c/*': remove or correct the entry" in pattern.notes


GOOD = FLAKY.format("a/1", "2026-12-31")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[[flaky]\n", "is not TOML: Expected ']]' at the end of an array declaration (at line 1, column 8)"),
        ("[[flakey]]\n", "'flakey' is neither 'flaky' nor 'accepted'. Did you mean 'flaky'? Write [[flaky]] with task"),
        ("[flaky]\n", "'flaky' is not a list of tables: write [[flaky]] with two brackets"),
        ("flaky = [1]\n", "flaky entry 1: is not a table: write [[flaky]] with task, reason, until"),
        (f"{GOOD}[[flaky]]\ntask = 'a'\n", "exceptions.toml:5: 'reason' is missing, or is empty: write reason = "),
        (f"{GOOD}[[flaky]]\nreason = 'a'\n", "exceptions.toml:5: 'task' is missing, or is empty: write task = "),
        (GOOD.replace("a/1", " "), "exceptions.toml:1: 'task' is not a text, or is empty"),
        (GOOD.replace('"a/1"', "7"), "exceptions.toml:1: 'task' is not a text, or is empty"),
        (GOOD.replace("until = 2026-12-31", ""), "'until' is missing: write until = 2026-11-30, without quotes"),
        (GOOD.replace("2026-12-31", '"2026-12-31"'), "'until' is not a date: write until = 2026-11-30, without"),
        (GOOD.replace("2026-12-31", "2026-12-31T10:00:00"), "'until' is not a date"),
        (GOOD.replace("until", "untill"), "has the unknown field 'untill'. Did you mean 'until'? Known: task, reason,"),
        (GOOD.replace("2026-12-31", "2027-12-31"), "until = 2027-12-31 is more than a year away: give a date within"),
        (ACCEPTED.format("a/1", "2027-01-01"), "date = 2027-01-01 is in the future: give the date on which"),
        ("a = " + "[" * 5000, "is not TOML"),
    ],
)
def test_what_is_no_list_of_exceptions(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "exceptions.toml"
    file.write_text(content)
    with pytest.raises(ExceptionsError, match=r"exceptions\.toml") as raised:
        read_exceptions(file, day=TODAY)
    assert problem in str(raised.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ExceptionsError, match=r"nowhere\.toml does not exist. Write an entry such as"):
        read_exceptions(tmp_path / "nowhere.toml", day=TODAY)
    with pytest.raises(ExceptionsError, match="cannot be read"):
        read_exceptions(tmp_path, day=TODAY)
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(ExceptionsError, match="cannot be read"):
        read_exceptions(tmp_path / "bytes.toml", day=TODAY)


def test_an_empty_file_lists_nothing(written: Any) -> None:
    assert written("") == Exceptions()
    assert judged(BEFORE, written(""), baseline=baseline_of(BEFORE)).passed
