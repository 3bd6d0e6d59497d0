"""Snapshots in a session: which cases are compared, and which snapshots are kept although no case used them."""

import os
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from pydantic import ValidationError

from pytest_mmina.core.record.canonical import Level
from pytest_mmina.core.record.stored_trajectory import StoredSnapshot
from pytest_mmina.plugin.cases import CaseState, case_of, is_of_control
from pytest_mmina.plugin.recorder import RECORDING
from pytest_mmina.plugin.trajectory_options import level_of, tolerated_by, vary_of

if TYPE_CHECKING:
    from pytest_mmina.trajectories.snapshots import EpisodeSnapshot

UNCOMPARED = "mmina_uncompared"
_SNAPSHOT = pytest.StashKey["EpisodeSnapshot"]()


def episode_snapshot(item: pytest.Item) -> "EpisodeSnapshot":
    """Return the snapshot of a case; the control's episodes are equal to any, and nothing of them is written."""
    if is_of_control(item):
        return cast("EpisodeSnapshot", _EqualToAll())
    from pytest_mmina.trajectories.snapshots import snapshot_of

    note = partial(_note, item)
    level, vary, tolerate = level_of(item.config), vary_of(item.config), tolerated_by(item.config)
    snapshot = snapshot_of(item, level=level, vary=vary, tolerate=tolerate, note=note)
    item.stash[_SNAPSHOT] = snapshot
    return snapshot


class _EqualToAll:
    """The value of `mmina_snapshot` in a case of the control, which is the agent before the change."""

    __hash__ = None  # type: ignore[assignment]

    def __call__(self, **options: Any) -> "_EqualToAll":
        return self

    def __eq__(self, other: object) -> bool:
        return True


def _note(item: pytest.Item, file: str, level: Level, text: str | None) -> None:
    """Record which snapshot belongs to the episode, for `mmina approve`."""
    recording = item.stash.get(RECORDING, None)
    if recording is None:
        return
    seen_from_here = Path(os.path.relpath(file, item.config.invocation_params.dir)).as_posix()
    try:
        recording.snapshot(StoredSnapshot(file=seen_from_here, level=level, text=text))
    except ValidationError:
        # It lies outside the folder in which pytest was called; `mmina approve` writes nothing there.
        return


def _is_compared(item: pytest.Item) -> bool:
    return case_of(item) is not None and not is_of_control(item)


class Snapshots:
    """Hooks that compare episodes whose test does not, and that keep syrupy from deleting snapshots in use."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._compares_all = bool(config.getoption("mmina_snapshot"))
        self._crashed = False
        vary_of(config)
        tolerated_by(config)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Compare the episode after the test, even if the test failed: the difference may explain the failure."""
        try:
            result = yield
        except Exception:
            self._note_uncompared(item)
            if difference := self._compared(item):
                item.add_report_section("call", "mmina snapshot", difference)
            raise
        self._note_uncompared(item)
        if difference := self._compared(item):
            pytest.fail(difference, pytrace=False)
        return result

    def _note_uncompared(self, item: pytest.Item) -> None:
        """Record where the snapshot of a task's own case lies, in a session that compares no snapshots."""
        has_syrupy = item.config.pluginmanager.hasplugin("syrupy")
        if self._compares_all or not has_syrupy or item.path.suffix == ".py" or not _is_compared(item):
            return
        episode = CaseState.of(item).episode
        if episode is None or RECORDING not in item.stash:
            return
        from pytest_mmina.trajectories.snapshots import file_of, text_of

        level, vary = level_of(item.config), vary_of(item.config)
        # Without parts that vary, the text can be made from the trajectory.
        text = text_of(episode, level=level, vary=vary) if vary else None
        _note(item, file_of(item), level, text)

    def _compared(self, item: pytest.Item) -> str:
        """Return how an episode differs from its snapshot; empty if it does not, or is not compared."""
        if not self._compares_all or "mmina_snapshot" in getattr(item, "fixturenames", ()) or not _is_compared(item):
            return ""
        episode = CaseState.of(item).episode
        if episode is None or episode.ending in ("errored", "failed"):
            return ""
        from pytest_mmina.trajectories.snapshots import differs

        return differs(episode, episode_snapshot(item), diff_mode=item.config.option.diff_mode)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note a case that ended before its comparison."""
        report = yield
        wanted = _is_compared(item) and (self._compares_all or "mmina_snapshot" in getattr(item, "fixturenames", ()))
        snapshot = item.stash.get(_SNAPSHOT, None)
        if wanted and not report.passed and report.when != "teardown" and not (snapshot and snapshot.num_executions):
            setattr(report, UNCOMPARED, True)
        if report.when == "teardown" and snapshot is not None:
            del item.stash[_SNAPSHOT]
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the snapshot of such a case; after a crash of a worker, keep all, since its cases are not known."""
        if getattr(report, UNCOMPARED, False):
            from pytest_mmina.trajectories.snapshots import spare

            if self._config.pluginmanager.hasplugin("syrupy"):
                spare(self._config, report.nodeid)
        elif report.when not in ("setup", "call", "teardown"):
            self._crashed = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Keep all snapshots in a session that did not run all selected cases."""
        broken_off = exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
        if broken_off or self._crashed or session.shouldstop or session.shouldfail:
            from pytest_mmina.trajectories.snapshots import spare_all

            spare_all(self._config)
        yield
