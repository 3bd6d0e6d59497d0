"""Records of episodes that never ran, for whatever reads records: metrics, the gate, reports."""

from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord


def record(
    task: str,
    passed: int,
    total: int,
    *,
    trial: int = 1,
    outcome: str = "",
    fingerprint: str = "f1",
    ending: str = "terminated",
) -> EpisodeRecord:
    """Make the record of an episode that passed some hops of all; they decide the outcome unless it is given."""
    outcome = outcome or ("solved" if passed == total else "partial" if passed else "unsolved")
    return EpisodeRecord.model_validate(
        {
            "case": f"tasks/{task}.json::test_task[{task}-trial{trial}]", "task": task, "trial": trial,
            "fingerprint": fingerprint, "file": f"tasks/{task}.json", "subset": task.split("/")[0], "agent": "script",
            "outcome": outcome, "ending": "errored" if outcome == "errored" else ending, "credit": passed / total,
            "steps": 4, "seconds": 0.5, "reason": "the agent stopped", "answer": None, "blocked": 0,
            "hops": [
                HopRecord(name=f"hop {n}", passed=n < passed, step=n, reason="", reached=n <= passed)
                for n in range(total)
            ],
        }
    )  # fmt: skip


def records(task: str, solved: int, trials: int, *, fingerprint: str = "f1") -> list[EpisodeRecord]:
    """Trials of a task of two hops; those not solved passed one hop."""
    return [record(task, 2 if n < solved else 1, 2, trial=n + 1, fingerprint=fingerprint) for n in range(trials)]
