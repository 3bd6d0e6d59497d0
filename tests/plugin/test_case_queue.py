"""Who gets what next, and xdist's questions about it, without a session."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mmina.plugin.case_queue import Job, Queue, chains_of, jobs_of, unvisited
from pytest_mmina.plugin.scheduling import Scheduler
from tests.gate.records import record


def taken(queue: Queue, *workers: str) -> list[int | None]:
    return [queue.take(worker) for worker in workers]


def test_the_longest_come_first() -> None:
    queue = Queue([Job(0, 1.0), Job(1, 5.0), Job(2, 3.0), Job(3, 5.0)])
    assert taken(queue, *"abaaa") == [1, 3, 2, 0, None]
    assert not queue


def test_first_trials_come_before_second_ones() -> None:
    queue = Queue([Job(0, 9.0, trial=2), Job(1, 1.0), Job(2, 2.0)])
    assert taken(queue, *"aaa") == [2, 1, 0]


def test_a_chain_has_one_worker_and_counts_as_a_whole() -> None:
    queue = Queue([Job(0, 4.0), Job(1, 2.0, chain="x"), Job(2, 3.0, chain="x"), Job(3, 1.0), Job(4, 4.5, chain="y")])
    assert taken(queue, "a", "b", "a", "b", "a", "a") == [2, 4, 0, 3, 1, None], "x lasts 5 seconds, y 4.5"


def test_a_worker_takes_a_second_chain_when_its_first_is_done() -> None:
    queue = Queue([Job(0, 2.0, chain="x"), Job(1, 2.0, chain="x"), Job(2, 1.0, chain="y")])
    assert taken(queue, "a", "a", "a", "b") == [0, 1, 2, None]


def test_a_chain_of_a_lost_worker_goes_to_another() -> None:
    queue = Queue([Job(place, 1.0, chain="x") for place in range(3)])
    assert taken(queue, "a", "a", "b") == [0, 1, None]
    queue.release("a")
    queue.give_back([1])
    assert taken(queue, "b", "a", "b", "b") == [1, None, 2, None]


def test_what_is_left_out_is_not_given() -> None:
    left_out = {1}
    queue = Queue([Job(place) for place in range(4)], is_left_out=left_out.__contains__)
    assert taken(queue, *"a") == [0]
    left_out |= {2, 3}
    assert taken(queue, *"a") == [None]
    assert not queue


SITES = st.lists(st.lists(st.sampled_from("abcdef"), max_size=3), max_size=6)


@given(SITES, st.sets(st.sampled_from("abcdef")))
def test_a_task_is_in_one_chain(tasks: list[list[str]], serial: set[str]) -> None:
    chains = chains_of(tasks, sorted(serial))
    assert set(chains) == serial
    for sites in tasks:
        assert len({chains[site] for site in sites if site in serial}) <= 1
    apart = {site for site in serial if not any(site in sites for sites in tasks)}
    assert all(chains[site] == site for site in apart)


def test_jobs_of_a_collection() -> None:
    planned = {
        "one": record("a/1", 0, 1, trial=2).model_copy(update={"sites": ("shop",)}),
        "two": record("a/2", 0, 1),
        "three": record("a/3", 0, 1).model_copy(update={"sites": ("wiki",)}),
    }
    collection = ["own", "one", "two", "three"]
    jobs = jobs_of(collection, planned, seconds={"a/1": 2.0, "a/2": 4.0}, serial=["shop"], trials_first=True)
    assert jobs == [Job(0, 0.0, 2), Job(1, 2.0, 2, "shop"), Job(2, 4.0), Job(3, 3.0)]
    assert jobs_of(["one"], planned, seconds={}, serial=[], trials_first=False) == [Job(0, 1.0)]


def test_a_site_that_nobody_visits_is_told() -> None:
    planned = [record("a/1", 0, 1).model_copy(update={"sites": ("shopping",)})]
    assert unvisited(["shopping"], planned) == []
    (line,) = unvisited(["shoping", "shoping"], planned)
    assert line == "--mmina-serial shoping: no selected task visits 'shoping'. Did you mean 'shopping'?"


class Worker:
    """What a scheduler sees of a worker of xdist."""

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.shutting_down = False
        self.sent: list[int] = []

    def send_runtest_some(self, places: Sequence[int]) -> None:
        self.sent += places

    def shutdown(self) -> None:
        self.shutting_down = True


@pytest.fixture
def config(pytester: pytest.Pytester) -> pytest.Config:
    return pytester.parseconfig("-n2", "--tx=2*popen")


def scheduler_of(config: pytest.Config, jobs: list[Job], *workers: Worker) -> Any:
    scheduler = Scheduler(config, None, make_queue=lambda collection: Queue(jobs))
    for worker in workers:
        join(scheduler, worker, len(jobs))
    return scheduler


def join(scheduler: Any, worker: Worker, number: int) -> None:
    scheduler.add_node(worker)
    scheduler.add_node_collection(worker, [f"test {place}" for place in range(number)])
    if scheduler.collection_is_completed:
        scheduler.schedule()


def test_a_worker_knows_one_test_ahead(config: pytest.Config) -> None:
    one, two = Worker("gw0"), Worker("gw1")
    scheduler = scheduler_of(config, [Job(place, -float(place)) for place in range(5)], one, two)
    assert (one.sent, two.sent) == ([0, 2], [1, 3])
    assert not scheduler.tests_finished
    scheduler.mark_test_complete(two, 1)
    assert two.sent == [1, 3, 4]
    scheduler.mark_test_complete(one, 0)
    assert one.shutting_down, "nothing is left that it may wait for"
    scheduler.mark_test_complete(two, 3)
    assert scheduler.tests_finished
    assert scheduler.has_pending, "the last ones run"
    scheduler.mark_test_complete(two, 4)
    scheduler.mark_test_complete(one, 2)
    assert not scheduler.has_pending
    assert scheduler.remove_node(one) is None


def test_a_dead_worker_is_replaced(config: pytest.Config) -> None:
    """All tests visit one site: the second worker is sent home, the first one dies, a new one takes its place."""
    one, two, new = Worker("gw0"), Worker("gw1"), Worker("gw2")
    scheduler = scheduler_of(config, [Job(place, chain="x") for place in range(4)], one, two)
    assert (one.sent, two.sent, two.shutting_down) == ([0, 1], [], True)
    assert scheduler.remove_node(two) is None
    assert scheduler.remove_node(one) == "test 0"
    assert not scheduler.tests_finished
    join(scheduler, new, 4)
    assert new.sent == [1, 2]
    scheduler.mark_test_complete(new, 1)
    assert new.sent == [1, 2, 3]


def test_fewer_tests_than_workers(config: pytest.Config) -> None:
    one, two = Worker("gw0"), Worker("gw1")
    scheduler = scheduler_of(config, [Job(0)], one, two)
    assert (one.sent, two.sent) == ([0], [])
    assert one.shutting_down
    assert two.shutting_down
    assert scheduler.tests_finished


def test_a_crashed_test_may_be_run_again(config: pytest.Config) -> None:
    one, two = Worker("gw0"), Worker("gw1")
    scheduler = scheduler_of(config, [Job(place) for place in range(6)], one, two)
    crashed = scheduler.remove_node(one)
    scheduler.mark_test_pending(crashed)
    assert two.sent == [1, 3]
    scheduler.mark_test_complete(two, 1)
    assert two.sent[-1] == 0
