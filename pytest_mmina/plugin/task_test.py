"""The test that runs each task of a task file."""

from collections.abc import Callable

import pytest

from pytest_mmina.core.episode.episode import Episode


@pytest.mark.mmina
def test_task(mmina_run: Callable[[], Episode]) -> None:
    """Run the task and require every hop."""
    mmina_run().require_solved()
