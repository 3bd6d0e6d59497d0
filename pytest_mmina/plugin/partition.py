"""Which of the selected cases are run here: those of one shard, and none that a broken session has finished."""

from collections.abc import Mapping

import pytest

from pytest_mmina.gate.shards import Shard, tasks_of_shard
from pytest_mmina.plugin.cases import case_of
from pytest_mmina.reports.journal import Journal


class Partition:
    """Deselects what is run elsewhere, or has been: the journal of a session that is taken up again knows."""

    def __init__(self, *, shard: Shard | None, seconds: Mapping[str, float], journal: Journal | None) -> None:
        self._shard, self._seconds, self._journal = shard, seconds, journal

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leave out what is not ours; tests that run no episode stay where they are."""
        cases = {item: case for item in items if (case := case_of(item)) is not None}
        mine = None
        if self._shard is not None:
            mine = tasks_of_shard({case.listed.id for case in cases.values()}, self._shard, seconds=self._seconds)
        records = self._journal.finished() if self._journal is not None else []
        # A task that has changed meanwhile was not finished.
        finished = {(record.case, record.fingerprint) for record in records}
        elsewhere = [
            item
            for item, case in cases.items()
            if (mine is not None and case.listed.id not in mine)
            or (finished and (item.nodeid, case.task.fingerprint) in finished)
        ]
        if elsewhere:
            config.hook.pytest_deselected(items=elsewhere)
            dropped = set(elsewhere)
            items[:] = [item for item in items if item not in dropped]
