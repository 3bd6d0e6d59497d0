"""Assertions on things that the task itself does not ask for."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from pytest_mmina import Episode, Task


@pytest.mark.mmina("shopping/1")
def test_reads_before_it_answers(
    mmina_task: Task, mmina_run: Callable[[], Episode], mmina_hop: Callable[[str], AbstractContextManager[None]]
) -> None:
    episode = mmina_run()
    with mmina_hop("opened one article"):
        articles = {url for url in episode.trajectory.urls if url.endswith(".html")}
        assert len(articles) == 1, f"it opened {sorted(articles)}"
    with mmina_hop("took at most 5 steps"):
        assert episode.steps <= 5, f"{mmina_task.id} took {episode.steps}"
    episode.require_solved()
