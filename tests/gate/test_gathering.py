"""Failures that gather on one site are told, and decide nothing."""

from math import comb

import pytest
from scipy import stats

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline, TaskCounts
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.gathering import chance_of, gathering_of
from pytest_mmina.gate.rules import Rules
from tests.gate.records import record


def session_of(**failed: tuple[int, int]) -> list[EpisodeRecord]:
    """A site for each argument, with how many of its tasks failed and how many there are."""
    return [
        record(f"{site}/{number}", 0 if number < failures else 2, 2).model_copy(update={"sites": (site,)})
        for site, (failures, tasks) in failed.items()
        for number in range(tasks)
    ]


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        ({"hotels": (12, 12), "shop": (0, 40)}, "12 of 12 unsolved tasks are on the site hotels (12 of 52 tasks are)"),
        ({"hotels": (12, 20), "shop": (0, 40)}, "12 of 12 unsolved tasks are on the site hotels (20 of 60 tasks are)"),
        ({"hotels": (2, 2), "shop": (0, 40)}, ""),
        ({"hotels": (12, 12), "shop": (12, 40)}, ""),
        ({"hotels": (12, 50), "shop": (0, 2)}, ""),
        ({"hotels": (12, 12)}, ""),
        ({"hotels": (0, 12), "shop": (0, 12)}, ""),
    ],
)
def test_only_what_is_clear_is_told(failed: dict[str, tuple[int, int]], told: str) -> None:
    found = gathering_of(EpisodeCounts.of(session_of(**failed)), None)
    assert (found.text if found is not None else "").startswith(told)
    assert (found is None) == (not told)


def test_with_a_baseline_only_what_it_solved_is_counted() -> None:
    records = session_of(hotels=(12, 12), shop=(40, 40))
    solved = {one.task: TaskCounts(task="f1", trials=1, solved=one.task.startswith("hotels")) for one in records}
    solved |= {f"shop/{number}": TaskCounts(task="f1", trials=1, solved=1) for number in range(10)}
    counts = EpisodeCounts.of([*records, *session_of(shop=(0, 10))])
    found = gathering_of(counts, Baseline(tasks=solved))
    assert found is not None
    assert found.text.startswith("12 of 12 tasks that the baseline solved and this session did not are on the site hot")


def test_it_decides_nothing() -> None:
    session = Session(counts=EpisodeCounts.of(session_of(hotels=(12, 12), shop=(0, 40))))
    decision = decide(session, Rules())
    assert decision.passed
    assert any("look there first" in note for note in decision.notes)


@pytest.mark.parametrize(("number", "failed", "here", "tasks"), [(12, 12, 21, 105), (3, 5, 7, 30), (0, 4, 2, 9)])
def test_the_chance_is_that_of_fishers_exact_test(number: int, failed: int, here: int, tasks: int) -> None:
    table = [[number, here - number], [failed - number, tasks - here - failed + number]]
    if min(map(min, table)) >= 0:
        exact = float(stats.fisher_exact(table, alternative="greater").pvalue)
        assert chance_of(number, failed=failed, here=here, tasks=tasks) == pytest.approx(exact)
    assert chance_of(number, failed=failed, here=here, tasks=tasks) >= 1 / comb(tasks, failed)
