from pytest_mmina.core.metrics import EpisodeRecord, HopRecord, summarise


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
