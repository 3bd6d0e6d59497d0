"""Which of the selected cases run here, and in what order: one shard, without those that finished before."""

from collections.abc import Callable, Mapping

import pytest

from pytest_mmina.gate.shards import Shard, split_fingerprint, tasks_of_shard
from pytest_mmina.plugin.cases import Case, case_of
from pytest_mmina.results.journal import Journal

DURATIONS = "mmina_durations"
"""The name under which xdist's workers get the durations of tasks from the process that started them."""

SPLIT = pytest.StashKey[str]()
"""The fingerprint of the split into shards, if there is one."""


class Partition:
    """Deselects cases of other shards, and those that an interrupted session finished, by its journal.

    The latter are added to `finished`, with the fingerprints of their tasks.
    """

    def __init__(
        self,
        *,
        shard: Shard | None,
        seconds: Mapping[str, float],
        journal: Journal | None,
        finished: dict[str, str],
        trials_first: bool,
    ) -> None:
        self._shard, self._seconds, self._journal, self._finished = shard, seconds, journal, finished
        self._trials_first = trials_first

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Deselect the cases that do not run here; tests without an episode stay."""
        cases = {item: case for item in items if (case := case_of(item)) is not None}
        mine = None
        if self._shard is not None:
            tasks = {case.listed.id for case in cases.values()}
            mine = tasks_of_shard(tasks, self._shard, seconds=self._seconds)
            config.stash[SPLIT] = split_fingerprint(tasks, self._shard, seconds=self._seconds)
        elsewhere = [item for item, case in cases.items() if mine is not None and case.listed.id not in mine]
        # A task that has changed since then is not that of the run: see `Outcomes.pytest_collection_finish`.
        known = {record.case for record in self._journal.resumed()} if self._journal is not None else set()
        done = [item for item in cases if item.nodeid in known and item not in {*elsewhere}]
        self._finished.update((item.nodeid, cases[item].task.fingerprint) for item in done)
        elsewhere += done
        if elsewhere:
            config.hook.pytest_deselected(items=elsewhere)
            dropped = set(elsewhere)
            items[:] = [item for item in items if item not in dropped]
        if self._trials_first:
            _put_first_trials_first(items, cases)


def _put_first_trials_first(items: list[pytest.Item], cases: Mapping[pytest.Item, Case]) -> None:
    """Sort the cases so that the first trial of every task runs before any second trial."""
    places = [place for place, item in enumerate(items) if item in cases]
    for place, item in zip(places, sorted((items[place] for place in places), key=_trial(cases)), strict=True):
        items[place] = item


def _trial(cases: Mapping[pytest.Item, Case]) -> Callable[[pytest.Item], int]:
    return lambda item: cases[item].trial
