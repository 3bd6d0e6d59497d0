"""Recording in a session: one file per case, and no files of earlier sessions."""

import time
from collections.abc import Iterable
from functools import partial

import pytest

from pytest_mmina import __version__
from pytest_mmina.core.choices import Arm
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.record.stored_trajectory import Head
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.plugin.agent_options import arms_of
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.trajectory_options import detail_of
from pytest_mmina.reports.page.scripts import write_trajectory_script
from pytest_mmina.trajectories.reading import TRAJECTORIES, recording_file
from pytest_mmina.trajectories.writing import Recording, forget_others

RECORDING = pytest.StashKey[Recording]()


def recording_of(item: pytest.Item, task: Task, *, agent: str, trial: int, arm: Arm, browser: str) -> Recording | None:
    """Return the recording of a case that starts; None if nothing is to be recorded."""
    detail = detail_of(item.config)
    if detail == "none":
        return None
    head = Head(
        plugin=__version__,
        began=round(time.time(), 3),
        detail=detail,
        task=task.id,
        subset=task.subset,
        trial=trial,
        agent=agent,
        arm=arm,
        browser=browser,
        case=item.nodeid,
        intent=task.intent,
        start_urls=task.start_urls,
        hops=tuple(hop.name for hop in task.hops),
    )
    results = Options.of(item.config).results
    file = recording_file(results, task=task.id, trial=trial, case=item.nodeid, browser=browser, arm=arm)
    recording = Recording(file, results=results, head=head, here=item.config.invocation_params.dir)
    item.stash[RECORDING] = recording
    item.addfinalizer(partial(_conclude, item, recording))
    return recording


def _conclude(item: pytest.Item, recording: Recording) -> None:
    recording.close()
    del item.stash[RECORDING]
    problem = recording.problem
    # A case that was skipped before its first step has no file.
    if not problem and Options.of(item.config).html and recording.file.exists():
        try:
            # Written now, so that the page at the end of the session need not wait for thousands of files.
            write_trajectory_script(recording.file)
        except OSError as error:
            problem = f"the trajectory could not be written for the page: {error}"
    if problem:
        item.warn(pytest.PytestWarning(f"mmina: {problem}"))


def require_other_replay(config: pytest.Config) -> None:
    """Raise UsageError if an agent replays the trajectories that this session is about to overwrite."""
    results = Options.of(config).results
    for arm, agent in arms_of(config).items():
        kind, _, folder = agent.partition(":")
        read = (config.invocation_params.dir / folder).resolve()
        if kind == "replay" and read in (results.resolve(), (results / TRAJECTORIES).resolve()):
            named = "--mmina-control" if arm else "--mmina-agent"
            raise pytest.UsageError(
                f"{named}: replay:{folder} is the folder that this session writes to: move it, or set --mmina-results"
            )


def forget_other_recordings(config: pytest.Config, records: Iterable[EpisodeRecord]) -> None:
    """Remove the trajectories of earlier sessions: all but those of these episodes."""
    results = Options.of(config).results
    kept = [
        recording_file(
            results, task=record.task, trial=record.trial, case=record.case, browser=record.browser, arm=record.arm
        )
        for record in records
    ]
    forget_others(results, kept if detail_of(config) != "none" else ())
