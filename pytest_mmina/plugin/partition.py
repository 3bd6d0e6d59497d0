"""Which of the selected cases are run here: those of one shard, none that a broken session finished; in what order."""

from collections.abc import Callable, Mapping

import pytest

from pytest_mmina.gate.shards import Shard, tasks_of_shard
from pytest_mmina.plugin.cases import Case, case_of
from pytest_mmina.results.journal import Journal


class Partition:
    """Deselects what is run elsewhere, or has been: the journal of a session that is taken up again knows."""

    def __init__(
        self, *, shard: Shard | None, seconds: Mapping[str, float], journal: Journal | None, trials_first: bool
    ) -> None:
        self._shard, self._seconds, self._journal = shard, seconds, journal
        self._trials_first = trials_first

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
        if self._trials_first:
            _put_first_trials_first(items, cases)


def _put_first_trials_first(items: list[pytest.Item], cases: Mapping[pytest.Item, Case]) -> None:
    """Reorder the cases in their places, so that something of every task is known before a second trial begins."""
    places = [place for place, item in enumerate(items) if item in cases]
    for place, item in zip(places, sorted((items[place] for place in places), key=_trial(cases)), strict=True):
        items[place] = item


def _trial(cases: Mapping[pytest.Item, Case]) -> Callable[[pytest.Item], int]:
    return lambda item: cases[item].trial
