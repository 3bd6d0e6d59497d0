import pytest

from pytest_mmina.core.gate import Thresholds, decide
from pytest_mmina.core.metrics import EpisodeRecord, HopRecord, Summary, summarise


def record(task: str, passed: int, total: int, *, outcome: str = "") -> EpisodeRecord:
    outcome = outcome or ("solved" if passed == total else "partial" if passed else "unsolved")
    return EpisodeRecord.model_validate(
        {
            "case": f"tasks/{task}.json::test_task[{task}]", "task": task, "trial": 1, "subset": task.split("/")[0],
            "agent": "script", "outcome": outcome, "credit": passed / total, "steps": 4, "seconds": 0.5,
            "reason": "the agent stopped", "answer": None, "blocked": 0,
            "hops": [HopRecord(name=f"hop {n}", passed=n < passed, step=n, reason="") for n in range(total)],
        }
    )  # fmt: skip


RECORDS = [
    record("compare/2", 1, 2),
    record("compare/1", 2, 2),
    record("multi567/1", 0, 5),
    record("multi567/2", 0, 5, outcome="errored"),
]


def test_rates_keep_errored_episodes_in_the_denominators() -> None:
    summary = summarise(RECORDS)
    assert (summary.episodes, summary.solved, summary.partial, summary.unsolved, summary.errored) == (4, 1, 1, 1, 1)
    assert (summary.hops_passed, summary.hops_total) == (3, 14)
    assert summary.hop_success_rate == 3 / 14
    assert summary.task_success_rate == 0.25


def test_rates_by_subset_and_by_hop_count() -> None:
    summary = summarise(RECORDS)
    assert {name: group.hop_success_rate for name, group in summary.by_subset.items()} == {
        "compare": 0.75,
        "multi567": 0,
    }
    assert {hops: group.task_success_rate for hops, group in summary.by_hop_count.items()} == {"2": 0.5, "5": 0}


def test_hop_counts_are_in_the_order_of_numbers() -> None:
    assert list(summarise([record("a/1", 1, 10), record("a/2", 1, 9)]).by_hop_count) == ["9", "10"]


def test_rates_of_nothing_are_not_zero() -> None:
    summary = summarise([])
    assert (summary.hop_success_rate, summary.task_success_rate, summary.by_subset) == (None, None, {})


def decided(summary: Summary, **thresholds: float) -> tuple[bool, str]:
    decision = decide(summary, Thresholds(**thresholds))
    return decision.passed, "; ".join(decision.reasons)


SOUND = summarise(RECORDS[:3])


@pytest.mark.parametrize(
    ("thresholds", "passed", "reason"),
    [
        ({"min_hop_rate": 0.3}, True, "hop success rate 33.3% >= 30.0%"),
        ({"min_hop_rate": 0.34}, False, "hop success rate 33.3% < 34.0% (--mmina-min-hop-rate)"),
        ({"min_task_rate": 1 / 3}, True, "task success rate 33.3% >= 33.3%"),
        ({"min_hop_rate": 0.3, "min_task_rate": 0.5}, False, "task success rate 33.3% < 50.0%"),
        ({}, True, ""),
    ],
)
def test_thresholds(thresholds: dict[str, float], passed: bool, reason: str) -> None:
    decision, reasons = decided(SOUND, **thresholds)
    assert decision is passed
    assert reason in reasons


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        (summarise([]), "no episode was recorded"),
        (summarise(RECORDS), "1 episode errored"),
        (summarise(RECORDS[:3], not_run=2), "2 selected cases gave no episode"),
        (summarise([], skipped=3), "no episode was recorded"),
    ],
)
def test_whatever_is_missing_closes_the_gate(summary: Summary, reason: str) -> None:
    for thresholds in ({}, {"min_hop_rate": 0.0}, {"min_task_rate": 0.0}):
        passed, reasons = decided(summary, **thresholds)
        assert not passed
        assert reason in reasons
