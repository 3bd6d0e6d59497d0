"""The scheduler for pytest-xdist; `case_queue` decides which worker runs which case."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from xdist.scheduler import LoadScheduling

from pytest_mmina.plugin.agent_options import arms_of
from pytest_mmina.plugin.case_queue import Queue, jobs_of
from pytest_mmina.plugin.case_selection import DURATIONS
from pytest_mmina.plugin.early_stop import EarlyStop
from pytest_mmina.plugin.options import Options
from pytest_mmina.results.journal import Journal

# A worker of xdist starts a test only when it knows the next one.
_AHEAD = 2


class Scheduling:
    """Provides the scheduler, in the process that started the session; `seconds` are known durations by task."""

    def __init__(self, *, seconds: Mapping[str, float], stopping: EarlyStop | None, journal: Journal) -> None:
        self._seconds, self._stopping, self._journal = seconds, stopping, journal

    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker the durations, by which it computes which tasks belong to the shard."""
        if node.config.getoption("mmina_shard") is not None:
            node.workerinput[DURATIONS] = dict(self._seconds)

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object:
        """Return our scheduler if there is a reason for it and the user has not chosen another one."""
        serial = Options.of(config).serial
        # One case at a time keeps the two agents of a pair together; xdist's own scheduler sends each worker a block.
        paired = len(arms_of(config)) > 1
        if config.getoption("dist") != "load" or not (serial or paired or self._stopping is not None or self._seconds):
            return None

        def make_queue(collection: Sequence[str]) -> Queue:
            plan, stopping = self._journal.planned(), self._stopping
            jobs = jobs_of(
                collection,
                {record.case: record for record in plan.planned} if plan is not None else {},
                seconds=self._seconds,
                serial=serial,
                trials_first=stopping is not None,
            )
            if stopping is None:
                return Queue(jobs)
            return Queue(jobs, is_left_out=lambda place: stopping.leaves_out(collection[place]))

        return Scheduler(config, log, make_queue=make_queue)


class Scheduler(LoadScheduling):  # type: ignore[misc]  # pytest-xdist brings no types
    """Gives each worker one test to run and one in advance; `make_queue` is called with the collection."""

    def __init__(self, config: pytest.Config, log: Any, *, make_queue: Callable[[Sequence[str]], Queue]) -> None:
        super().__init__(config, log)
        self.collection: Sequence[str] | None = None
        self.node2pending: dict[Any, list[int]] = {}
        self._make_queue = make_queue
        self._queue = Queue(())

    @property
    def tests_finished(self) -> bool:
        """Whether no worker has more than the test that it is running."""
        ahead = max(map(len, self.node2pending.values()), default=0)
        return self.collection_is_completed and not self._queue and ahead < _AHEAD

    @property
    def has_pending(self) -> bool:
        """Whether anything is left to run, or is being run."""
        return bool(self._queue) or any(self.node2pending.values())

    def schedule(self) -> None:
        """Start, or add a new worker."""
        if self.collection is None:
            if not self._check_nodes_have_same_collection():
                return
            self.collection = next(iter(self.node2collection.values()))
            self._queue = self._make_queue(self.collection)
            for node in self.nodes:
                self._send(node)
        for node in self.nodes:
            self.check_schedule(node)

    def check_schedule(self, node: Any, duration: float = 0) -> None:
        """Send a worker its next test; if nothing is left for it, shut it down."""
        while not node.shutting_down and len(self.node2pending[node]) < _AHEAD:
            if not self._send(node):
                node.shutdown()

    def mark_test_pending(self, item: str) -> None:
        """Run a test again, for plugins that repeat crashed tests."""
        assert self.collection is not None
        self._queue.give_back([self.collection.index(item)])
        for node in self.nodes:
            self.check_schedule(node)

    def remove_node(self, node: Any) -> str | None:
        """Remove a worker and requeue the tests that it had not started; returns the test that it crashed in."""
        pending = self.node2pending.pop(node)
        self._queue.release(node.gateway.id)
        if not pending:
            return None
        assert self.collection is not None
        self._queue.give_back(pending[1:])
        for other in self.nodes:
            self.check_schedule(other)
        return self.collection[pending[0]]

    def _send(self, node: Any) -> bool:
        place = self._queue.take(node.gateway.id)
        if place is None:
            return False
        self.node2pending[node].append(place)
        node.send_runtest_some([place])
        return True
