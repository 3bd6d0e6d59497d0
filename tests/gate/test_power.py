"""What `mmina power` predicts, against sessions whose chances are known, and what it says."""

import numpy
import pytest

from pytest_mmina.core.record.trial_costs import TrialCosts
from pytest_mmina.gate.baseline import Baseline, TaskCounts
from pytest_mmina.gate.chances import Chances
from pytest_mmina.gate.exact_tests import Pair
from pytest_mmina.gate.power import Power, PowerError, power
from pytest_mmina.gate.power_advice import advice, alone
from pytest_mmina.gate.session_price import SessionPrice, session_price
from pytest_mmina.gate.significance import Compared, Levels, any_significant
from pytest_mmina.gate.simulated_sessions import SimulatedSessions
from pytest_mmina.reports.columns import cells_of
from pytest_mmina.reports.power import power_lines
from tests.gate.simulated_counts import by_hops, counts_of


def baseline(*passed: list[int], repeated: int = 1) -> Baseline:
    counts = [counts_of(own) for own in passed] * repeated
    return Baseline(tasks={f"shopping/{number}": one for number, one in enumerate(counts)})


def predicted(given: Baseline, *, new_baseline: bool = False, trials: tuple[int, ...] = (1, 3), **more: float) -> Power:
    drops = (more["drop"],) if "drop" in more else None
    return power(given, source="b.json", new_baseline=new_baseline, trials=trials, drops=drops, sessions=200, workers=4)


def test_it_predicts_what_happens_with_known_chances() -> None:
    # make bench-gate compares six cells, within 3 points. Here few baselines leave an error of some points.
    tasks, trials, share, levels = 20, 3, 0.4, Levels.of(0.05)
    dice = numpy.random.default_rng(5)

    def session() -> tuple[list[list[int]], list[list[int]]]:
        hops, chances = dice.integers(1, 6, tasks), dice.uniform(size=tasks)
        now = (1 - share) * chances
        return by_hops(dice, hops, chances, trials), by_hops(dice, hops, now, trials)

    known = [
        any_significant(
            Compared.of_hops(
                [Pair(old[-1], trials, new[-1], trials) for old, new in zip(before, now, strict=True)],
                list(zip(before, now, strict=True)),
            ),
            levels,
        )
        for before, now in (session() for _ in range(600))
    ]
    baselines = [[counts_of(own) for own in session()[0]] for _ in range(60)]
    for new in (False, True):
        shares = [
            SimulatedSessions(counts, Chances(counts), new_baseline=new, alpha=0.05, sessions=25, seed=seed).closed(
                trials, lower=share
            )
            for seed, counts in enumerate(baselines)
        ]
        assert numpy.mean(shares) == pytest.approx(numpy.mean(known), abs=0.07)


def test_the_chances_of_few_sessions_are_like_those_of_all() -> None:
    counts = [counts_of([1, 0, 0, 1]), counts_of([0, 1, 1, 0])] * 4
    chances, bends = Chances(counts).draw(numpy.random.default_rng(1), 2000)
    for drawn in (chances.mean(axis=1), bends):
        assert drawn[:1000].mean() == pytest.approx(drawn[1000:].mean(), abs=0.1 * drawn.std() + 0.02)


def test_the_fewer_trials_a_task_has_the_more_it_is_like_the_others() -> None:
    few, many = counts_of([0, 2]), counts_of([0, 20])
    others = [counts_of([12, 8]), counts_of([8, 12]), counts_of([10, 10])] * 5
    chances, _ = Chances([few, many, *others]).draw(numpy.random.default_rng(1), 2000)
    means = chances.mean(axis=0)
    assert 0.55 < means[0] < means[1] - 0.1
    assert means[2:].mean() == pytest.approx(0.5, abs=0.03)


def test_the_same_counts_give_the_same_numbers() -> None:
    given = baseline([0, 1, 2], [1, 1, 1], [2, 1, 0], repeated=5)
    one, other = (predicted(given, new_baseline=new) for new in (False, False))
    assert one == other
    assert one != predicted(given, new_baseline=True)


def test_larger_drops_and_more_trials_are_found_more_often() -> None:
    found = predicted(baseline([0, 1, 2], [1, 1, 1], [2, 1, 0], repeated=10), new_baseline=True, trials=(1, 5, 10))
    for row in found.rows:
        shares = [row.unchanged, *(one.found for one in row.task_drops if one.found is not None)]
        assert shares == sorted(shares)
        assert row.unchanged < 0.05
    assert found.rows[0].task_drops[-1].found < found.rows[-1].task_drops[-1].found  # type: ignore[operator]
    assert found.rows[-1].smallest is not None
    assert found.rows[-1].smallest < 0.2


def test_hops_alone_are_found_where_no_task_is_solved() -> None:
    found = predicted(baseline([1, 1, 1, 0], repeated=30))
    assert found.task_rate == 0
    assert [one.found for one in found.rows[-1].task_drops] == [None, None, None]
    assert found.rows[-1].broken_task is None
    share = found.rows[-1].hop_drops[-1].found
    assert share is not None
    assert share > 0.9
    assert "a drop of 20 points of hops alone is found in" in next(advice(found))


def test_tasks_that_passed_nothing_are_named_as_undeciding() -> None:
    given = baseline([3, 0, 0], [0, 0, 3], repeated=8)
    assert predicted(given).undeciding == tuple(sorted(f"shopping/{number}" for number in range(0, 16, 2)))
    # One failed trial does not say that a new baseline has none that passes a hop.
    assert predicted(baseline([1, 0, 0], [0, 0, 1], [0, 1, 0], repeated=8), new_baseline=True).undeciding == ()


def test_a_single_task_closes_the_gate_alone_with_enough_trials() -> None:
    found = predicted(baseline([0, 10], [5, 5], repeated=2), trials=(1, 10))
    assert [row.alone for row in found.rows] == [0, 2]
    assert alone(found) == "So many tasks close the gate alone, by failing in all trials: 2 tasks with 10 trials."
    assert found.rows[-1].broken_task is not None
    assert found.rows[-1].broken_task > 0.9


def test_no_result_of_one_task_closes_the_gate() -> None:
    found = predicted(baseline([1, 0, 2]))
    assert [row.decidable for row in found.rows] == [False, False]
    assert next(advice(found)).startswith("With 1 or 3 trials of each task no result can close the gate")


def test_a_drop_that_is_larger_than_the_rate_is_an_error() -> None:
    low = baseline(*[[0, 1] if number < 8 else [1, 0] for number in range(100)])
    with pytest.raises(PowerError, match=r"cannot fall by 20 points from 8\.0%.* such as 0\.04"):
        predicted(low, drop=0.2)
    assert predicted(low, drop=0.05).rows[0].task_drops[0].found is not None


def test_nothing_can_fall_from_nothing() -> None:
    with pytest.raises(PowerError, match=r"b\.json: no task was solved and no hop passed"):
        predicted(baseline([3, 0], repeated=4))


def test_low_rates_have_drops_of_their_own() -> None:
    rows = predicted(baseline(*[[0, 1] if number == 0 else [1, 0] for number in range(50)])).rows
    assert [one.drop for one in rows[0].task_drops] == [0.01, 0.02, 0.05, 0.1, 0.2]


def counts(**costs: object) -> TaskCounts:
    return counts_of([0, 2]).model_copy(update={"costs": TrialCosts.model_validate({"steps": (3, 3), **costs})})


def test_a_session_takes_the_mean_of_the_known_trials() -> None:
    known = counts(seconds=(10.0, 20.0), tokens=(100, 300), cost=(0.1, 0.3))
    price = session_price([known, known], trials=3, workers=2)
    assert price.model_dump() == {
        "tokens": 1200, "dollars": pytest.approx(1.2), "seconds": 90, "seconds_in_parallel": 45, "at_least": False,
    }  # fmt: skip


def test_many_workers_wait_for_the_last_trial() -> None:
    assert session_price([counts(seconds=(10.0, 20.0))], trials=1, workers=50).seconds_in_parallel == 15


@pytest.mark.parametrize(
    "incomplete",
    [
        counts(seconds=(1.0, 1.0), tokens=(100, 300), partial=1),
        counts(seconds=(1.0, 1.0), tokens=(100,)),
        counts(seconds=(1.0, 1.0)),
        counts_of([0, 2]),
    ],
)
def test_usage_that_is_not_known_makes_a_lower_bound(incomplete: TaskCounts) -> None:
    price = session_price([counts(seconds=(1.0, 1.0), tokens=(100, 300)), incomplete], trials=1, workers=1)
    assert price.at_least
    assert price.tokens is not None
    assert price.dollars is None


def test_a_baseline_without_usage_says_so() -> None:
    price = session_price([counts_of([0, 2])], trials=1, workers=1)
    assert price == SessionPrice()


def test_the_table_fits_80_columns_and_shows_no_escape_sequences() -> None:
    known = counts(seconds=(10.0, 20.0), tokens=(10**6, 10**6), cost=(0.1, 0.3), partial=1)
    tasks = {f"\x1b[31mshopping/{number}": known for number in range(30)}
    tasks |= {f"\x1b[2Jhotels/{number}": counts_of([2, 0, 0]) for number in range(3)}
    found = predicted(Baseline(tasks=tasks), trials=(1, 2, 3, 4))
    lines = power_lines(found, width=80)
    assert max(map(cells_of, lines)) <= 80
    assert all(line.isprintable() for line in lines)
    # Two tables, because four columns are too wide.
    assert sum(line.startswith("trials of each task") for line in lines) == 2
    text = " ".join(lines)
    assert "Run 1 trial of each task: a drop of 20 points is found in" in text
    assert "A session takes at least 30.0 M tokens, at least 6.00 dollars and" in text
    assert "3 tasks (\N{REPLACEMENT CHARACTER}[2Jhotels/0" in text


def test_drops_that_no_number_of_trials_finds_are_listed() -> None:
    given = baseline([0, 1, 2], [1, 1, 1], [2, 1, 0], repeated=4)
    sentences = list(advice(predicted(given, new_baseline=True, trials=(1, 2))))
    assert (
        "No number of trials in this table finds a drop of 5 points, 10 points or 20 points: try --trials 4,8."
        in sentences
    )
