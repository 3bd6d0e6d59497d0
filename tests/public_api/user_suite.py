"""A suite of a user's own, with types: mypy checks it where it lies, and test_fixtures.py runs it.

A line with `type: ignore` is a wrong use that mypy has to reject: warn_unused_ignores fails if it does not.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, assert_type

import pytest

from pytest_mmina import Episode, Task, Trajectory, Usage
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.sites.web import HermeticWeb
from pytest_mmina.trajectories.snapshots import EpisodeSnapshot


def test_task(mmina_task: Task) -> None:
    assert_type(mmina_task.id, str)
    assert_type(mmina_task.start_urls, tuple[str, ...])
    assert isinstance(mmina_task, Task)
    with pytest.raises(ValueError, match="frozen"):
        mmina_task.intent = "another"  # type: ignore[misc]


def test_run(mmina_task: Task, mmina_run: Callable[[], Episode]) -> None:
    episode = assert_type(mmina_run(), Episode)
    assert isinstance(episode, Episode)
    assert_type(episode.steps, int)
    assert_type(episode.solved, bool)
    assert_type(episode.answer, str | None)
    assert_type(episode.usage, Usage | None)
    assert_type(episode.trajectory, Trajectory)
    assert_type(episode.trajectory.urls, tuple[str, ...])
    episode.require_solved()
    with pytest.raises(TypeError):
        mmina_run(mmina_task)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        episode.is_solved  # type: ignore[attr-defined]  # noqa: B018


def test_hop(mmina_run: Callable[[], Episode], mmina_hop: Callable[[str], AbstractContextManager[None]]) -> None:
    episode = mmina_run()
    with assert_type(mmina_hop("has a step"), AbstractContextManager[None]):
        assert episode.steps
    with pytest.raises(TypeError):
        mmina_hop()  # type: ignore[call-arg]


def test_snapshot(mmina_run: Callable[[], Episode], mmina_snapshot: EpisodeSnapshot) -> None:
    episode = mmina_run()
    assert_type(mmina_snapshot(level="hops"), EpisodeSnapshot)
    assert episode == mmina_snapshot(vary={"price": r"\$\d+"})
    with pytest.raises(TypeError, match="unexpected"):
        mmina_snapshot(levels="hops")
    mmina_snapshot(level="everything")  # type: ignore[arg-type]


def test_agent(mmina_task: Task, mmina_agent: Any) -> None:
    mmina_agent.reset(mmina_task.intent)


def test_browser(mmina_browser: PlaywrightBrowser) -> None:
    assert isinstance(mmina_browser, PlaywrightBrowser)
    mmina_browser.reset(["https://www.eventbrite.com/"])
    assert_type(mmina_browser.blocked, int)
    with pytest.raises(AttributeError):
        mmina_browser.goto("https://www.eventbrite.com/")  # type: ignore[attr-defined]


def test_web(mmina_web: HermeticWeb) -> None:
    assert isinstance(mmina_web, HermeticWeb)
    assert_type(mmina_web.proxy_address, str)
