"""Folders of results, as sessions leave them."""

from pathlib import Path

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.environment import tasks_fingerprint
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.results.journal import Journal


def results(folder: Path, episodes: list[EpisodeRecord], **facts: object) -> Path:
    """Write the results folder of a session with these episodes."""
    tasks = tasks_fingerprint((episode.task, episode.fingerprint) for episode in episodes)
    session = SessionFacts.model_validate({"ran": {"tasks": tasks}, "episodes": len(episodes), **facts})
    summary = EpisodeCounts.of(episodes).summary(
        not_run=session.not_run, skipped=session.skipped_cases, stopped=session.stopped.trials
    )
    Journal(folder).finish(episodes, summary, session=session)
    return folder
