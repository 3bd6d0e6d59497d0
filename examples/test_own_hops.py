"""A test of your own: `pytest --mmina examples`."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from pytest_mmina import Episode, Task


@pytest.mark.mmina("compare/*")
def test_reads_before_it_acts(
    mmina_task: Task, mmina_run: Callable[[], Episode], mmina_hop: Callable[[str], AbstractContextManager[None]]
) -> None:
    episode = mmina_run()
    with mmina_hop("opened an article"):
        assert any("/A/" in url and "Landing" not in url for url in episode.trajectory.urls)
    with mmina_hop("took at most 10 steps"):
        assert episode.steps <= 10, f"{mmina_task.id} took {episode.steps}"
    episode.require_solved()
