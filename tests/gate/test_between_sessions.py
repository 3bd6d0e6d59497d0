"""Bad days: the variance between the sessions of a history is in the tests on all tasks."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.between_sessions import ENOUGH, past_of, predictions_of, statistics_of
from pytest_mmina.gate.control import Control
from pytest_mmina.gate.decidable import saved_warning
from pytest_mmina.gate.decision import Decision, Session, decide
from pytest_mmina.gate.drift import Drift
from pytest_mmina.gate.early_stop import undecided_tasks
from pytest_mmina.gate.exact_tests import Pair
from pytest_mmina.gate.history import History, KnownTask
from pytest_mmina.gate.past_sessions import PastSession, PastTask
from pytest_mmina.gate.rules import ErrorBudget, Rules, read_budget
from pytest_mmina.gate.significance import Compared, Levels, PValues, any_significant
from tests.gate.records import records

DAY = date(2026, 11, 1)
NOTE = "cannot tell a bad day of the model from a change"


def history(rates: Sequence[Sequence[int]], *, trials: int = 3, unsolved: int = 1, per_day: int = 1) -> Baseline:
    """Make a history of tasks of two hops: how often each was solved, by session; `unsolved` trials pass so many."""
    past = [
        PastSession(
            runs=(f"run-{number}",),
            saved=DAY + timedelta(days=number // per_day),
            agent="script",
            tasks={
                f"a/{task}": PastTask(
                    task="f1",
                    solved=solved,
                    passed=(trials - solved, 0, solved) if unsolved == 0 else (0, trials - solved, solved),
                )
                for task, solved in enumerate(session)
            },
        )
        for number, session in enumerate(rates)
    ]
    known = {name: KnownTask(task="f1", hops=("hop 0", "hop 1")) for name in past[-1].tasks}
    return History(tasks=known, sessions=tuple(past)).baseline()


def now(solved: Sequence[int], *, trials: int = 3) -> Session:
    return Session(
        counts=EpisodeCounts.of(
            episode for task, number in enumerate(solved) for episode in records(f"a/{task}", number, trials)
        )
    )


def day(dice: Random, number: int, *, shift: float = 0.0, trials: int = 3) -> list[int]:
    """A session whose tasks are solved with a chance of one half, but for the day."""
    return [sum(dice.random() < 0.5 + shift for _ in range(trials)) for _ in range(number)]


DAYS = [0.3, -0.3, 0.2, -0.2, 0.1, -0.1, 0.25, -0.25, 0.0, 0.15]


def uneven(number: int = 10, *, tasks: int = 30) -> Baseline:
    dice = Random(1)
    return history([day(dice, tasks, shift=shift) for shift in DAYS[:number]])


def even(number: int = 10, *, tasks: int = 30) -> Baseline:
    dice = Random(2)
    return history([day(dice, tasks) for _ in range(number)])


def text(decision: Decision) -> str:
    return "\n".join(decision.sentences())


def test_a_bad_day_like_others_before_closes_nothing() -> None:
    bad = now(day(Random(3), 30, shift=-0.2))
    assert decide(bad, Rules(), uneven()).passed
    assert not decide(bad, Rules(), even()).passed, "it differs from all that was before"
    seven = decide(bad, Rules(), uneven(7))
    assert not seven.passed
    assert NOTE in text(seven)
    assert "history has 7 sessions with these tasks" in text(seven)


def test_a_collapse_closes_whatever_the_days_were() -> None:
    assert not decide(now([0] * 30), Rules(), uneven()).passed


def test_it_is_said_over_how_many_sessions() -> None:
    told = text(decide(now([2] * 30), Rules(), even()))
    assert "the baseline is the newest 10 sessions of a history, from 2026-11-01 to 2026-11-10" in told
    assert NOTE not in told


def test_a_plain_baseline_is_told_and_a_control_is_not() -> None:
    plain = Baseline(tasks=count_tasks(now([2] * 30).counts))
    told = text(decide(now([2] * 30), Rules(), plain))
    assert NOTE in told
    assert "as a control in the same session" in told
    assert "mmina history add" in told
    session = now([2] * 30)
    with_control = Session(counts=session.counts, control=Control("old", session.counts))
    assert NOTE not in text(decide(with_control, Rules(), plain))
    assert NOTE not in text(decide(now([2] * 30), Rules(regressions="any"), plain))


def test_p_values_are_those_of_students_t() -> None:
    baseline = even()
    session = now([1] * 30)
    shared = {name: (baseline.tasks[name], counts) for name, counts in session.tasks.items()}
    solved = [Pair(old.solved, old.trials, new.solved, new.trials) for old, new in shared.values()]
    credit = [(old.passed, new.passed) for old, new in shared.values()]
    past = past_of(baseline.sessions, shared)
    found = predictions_of(past, solved, credit)
    assert found is not None
    p = found.p_values(statistics_of(solved, credit)).tasks
    rates = [sum(task.solved for task in one.tasks.values()) / 90 for one in baseline.sessions]
    mean = sum(rates) / 10
    deviation = (sum((rate - mean) ** 2 for rate in rates) / 9 * 1.1) ** 0.5
    assert p == pytest.approx(stats.t.cdf((1 / 3 - mean) / deviation, 9))


def test_fewer_trials_now_are_less_certain() -> None:
    baseline = even()

    def p_value(session: Session) -> float:
        shared = {name: (baseline.tasks[name], counts) for name, counts in session.tasks.items()}
        solved = [Pair(old.solved, old.trials, new.solved, new.trials) for old, new in shared.values()]
        credit = [(old.passed, new.passed) for old, new in shared.values()]
        found = predictions_of(past_of(baseline.sessions, shared), solved, credit)
        assert found is not None
        return found.p_values(statistics_of(solved, credit)).tasks

    third = [1] * 10 + [0] * 20
    assert p_value(now(third, trials=1)) > 3 * p_value(now([1] * 30))


def test_days_are_what_varies_if_there_are_enough() -> None:
    """Ten days of four alike sessions each: nine degrees of freedom, and not thirty-nine."""
    dice = Random(7)
    rates = [one for shift in DAYS for one in [day(dice, 30, shift=shift)] * 4]
    alike = history(rates, per_day=4)
    by_day = alike.sessions
    session = now(day(Random(3), 30, shift=-0.25))
    shared = {name: (alike.tasks[name], counts) for name, counts in session.tasks.items()}
    solved = [Pair(old.solved, old.trials, new.solved, new.trials) for old, new in shared.values()]
    credit = [(old.passed, new.passed) for old, new in shared.values()]
    found = predictions_of(past_of(by_day, shared), solved, credit)
    single = predictions_of(past_of(by_day[::4], shared), solved, credit)
    assert found is not None
    assert single is not None
    assert (found.tasks.units, single.tasks.units) == (10, 10)
    assert found.tasks.deviation == pytest.approx(single.tasks.deviation), "sessions that are alike add nothing"
    few = tuple(one.model_copy(update={"saved": DAY}) for one in alike.sessions)
    by_session = predictions_of(past_of(few, shared), solved, credit)
    assert by_session is not None
    assert by_session.tasks.units == 40


def test_sessions_that_never_differed_add_no_variance() -> None:
    always = history([[3] * 10] * 10)
    assert decide(now([3] * 10), Rules(), always).passed
    assert not decide(now([0] * 10), Rules(), always).passed


def test_half_falling_while_half_rises_is_seen() -> None:
    dice = Random(5)
    steady = history([[2 + (dice.random() < 0.5)] * 15 + [int(dice.random() < 0.5)] * 15 for _ in range(10)])
    assert not decide(now([0] * 15 + [3] * 15), Rules(), steady).passed


def test_a_gate_that_the_days_keep_open_says_so() -> None:
    """Days from none solved to all solved: nothing can be lower than that."""
    wild = history([[3 * (number % 2)] * 5 for number in range(10)], unsolved=0)
    decision = decide(now([0] * 5), Rules(), wild)
    assert decision.passed
    assert not decision.decidable
    assert "differ too much: compare with a control" in decision.warning


def test_what_a_new_session_could_show_is_said_when_it_is_added() -> None:
    """One trial of three tasks shows nothing against one session, and much against ten."""
    one, ten = (history([[1] * 3] * number, trials=1, unsolved=0).tasks for number in (1, 10))
    trials = dict.fromkeys(one, 1)
    assert "no result of a session" in saved_warning(one, trials=trials, prefix="--")
    assert saved_warning(ten, trials=trials, prefix="--") == ""


@st.composite
def histories(draw: st.DrawFn) -> tuple[Baseline, list[int], list[int]]:
    tasks, trials = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    rates = st.lists(st.integers(0, trials), min_size=tasks, max_size=tasks)
    past = draw(st.lists(rates, min_size=ENOUGH, max_size=12))
    worse = draw(rates)
    better = [draw(st.integers(solved, trials)) for solved in worse]
    return history(past, trials=trials), worse, better


@settings(max_examples=150, deadline=None)
@given(histories(), st.sampled_from([0.05, 0.3, 0.6, 0.9]))
def test_more_successes_never_close_the_gate(
    given_history: tuple[Baseline, list[int], list[int]], alpha: float
) -> None:
    baseline, worse, better = given_history
    trials = baseline.sessions[0].tasks["a/0"].trials
    sessions = [now(solved, trials=trials) for solved in (worse, better)]
    decisions = [decide(session, Rules(alpha=alpha), baseline) for session in sessions]
    assert decisions[1].passed or not decisions[0].passed
    assert decisions[0].decidable is decisions[1].decidable
    p_values = []
    for session in sessions:
        shared = {name: (baseline.tasks[name], counts) for name, counts in session.tasks.items()}
        solved = [Pair(old.solved, old.trials, new.solved, new.trials) for old, new in shared.values()]
        credit = [(old.passed, new.passed) for old, new in shared.values()]
        past = past_of(baseline.sessions, shared)
        p_values.append(PValues.of(Compared.of_hops(solved, credit), past=past))
        levels = Levels.of(alpha)
        assert any_significant(Compared.of_hops(solved, credit), levels, past=past) is any(
            p_values[-1].significant(levels)
        )
        plain = PValues.of(Compared.of_hops(solved, credit))
        assert all(with_days >= without for with_days, without in zip(p_values[-1][:-1], plain[:-1], strict=True))
    for before, after in zip(p_values[0][:-1], p_values[1][:-1], strict=True):
        assert after >= before * (1 - 1e-9)


@settings(max_examples=25, deadline=None)
@given(histories())
def test_early_stopping_agrees(given_history: tuple[Baseline, list[int], list[int]]) -> None:
    """What is said to be decided is decided: with the worst and the best result of the trials that are left."""
    baseline, worse, _ = given_history
    trials = baseline.sessions[0].tasks["a/0"].trials
    known = [episode for episode in _records(worse, trials) if episode.trial == 1]
    rest = [episode for episode in _records(worse, trials) if episode.trial > 1]
    rules = Rules(alpha=0.6)
    if not undecided_tasks(known, rest, rules, baseline):
        ends = set()
        for solved in ([0] * len(worse), worse, [trials] * len(worse)):
            late = [episode for episode in _records(solved, trials) if episode.trial > 1]
            ends.add(decide(Session(counts=EpisodeCounts.of([*known, *late])), rules, baseline).passed)
        assert len(ends) == 1


def _records(solved: Sequence[int], trials: int) -> list[EpisodeRecord]:
    return [episode for task, number in enumerate(solved) for episode in records(f"a/{task}", number, trials)]


def test_an_error_budget() -> None:
    assert read_budget("0.05") == ErrorBudget(0.05)
    budget = read_budget("0.05/20")
    assert budget == ErrorBudget(0.05, 20)
    assert 1 - (1 - budget.alpha) ** 20 == pytest.approx(0.05)
    for wrong in ("0.05/0", "0.05/", "/20", "5/20", "0.05/-1", "0.05/2.5", "0/20", "1/20", "0.05/20/2"):
        with pytest.raises(ValueError, match="is not"):
            read_budget(wrong)
    plain = Baseline(tasks=count_tasks(now([3] * 30).counts))
    told = text(decide(now([3] * 30), Rules(alpha=budget.alpha, merges=20), plain))
    assert "alpha is 0.05 for 20 merges together, which is 0.00256 for this one" in told
    fallen = now([3] * 27 + [1] * 3)
    assert not decide(fallen, Rules(), plain).passed
    assert decide(fallen, Rules(alpha=budget.alpha, merges=20), plain).passed


def test_drift_is_a_rule_if_it_is_asked_for() -> None:
    alarm, calm = Drift(sessions=40, highest=60, highest_run="run-7"), Drift(sessions=40, highest=2)
    for drift, rules, passed, told in (
        (alarm, Rules(), True, "the main branch became worse"),
        (alarm, Rules(drift=0.05), False, "became worse over its sessions: evidence 60 after run run-7, and 20 is"),
        (alarm, Rules(drift=0.01), True, "no drift in 40 sessions"),
        (calm, Rules(drift=0.05), True, "no drift in 40 sessions of the main branch: evidence 2 at most"),
    ):
        baseline = even().model_copy(update={"drift": drift})
        decision = decide(now([2] * 30), rules, baseline)
        assert decision.passed is passed
        assert told in text(decision)
    assert "drift" not in text(decide(now([2] * 30), Rules(), even().model_copy(update={"drift": calm})))
    plain = Baseline(tasks=count_tasks(now([2] * 30).counts))
    assert "drift needs a history" in text(decide(now([2] * 30), Rules(drift=0.05), plain))
