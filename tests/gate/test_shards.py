import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_mmina.gate.shards import Shard, read_shard, tasks_of_shard

TASKS = [f"{subset}/{number}" for subset in ("compare", "multi567") for number in range(1, 31)]


def parts(of: int, tasks: list[str] = TASKS, **seconds: float) -> list[set[str]]:
    return [tasks_of_shard(tasks, Shard(number, of), seconds=seconds) for number in range(1, of + 1)]


@given(st.integers(1, 8), st.lists(st.sampled_from(TASKS), unique=True), st.booleans())
def test_every_task_is_in_one_part(of: int, tasks: list[str], timed: bool) -> None:
    seconds = {task: float(len(task)) for task in tasks[::2]} if timed else {}
    found = [tasks_of_shard(tasks, Shard(number, of), seconds=seconds) for number in range(1, of + 1)]
    assert sorted(task for part in found for task in part) == sorted(tasks)


def test_a_task_keeps_its_part_whatever_else_is_there() -> None:
    whole = parts(3)
    for part, other in zip(whole, parts(3, TASKS[:20]), strict=True):
        assert other <= part


def test_parts_take_as_long_as_each_other() -> None:
    seconds = {task: float(1 + number % 7 * 10) for number, task in enumerate(TASKS)}
    loads = [
        sum(seconds[task] for task in tasks_of_shard(TASKS, Shard(number, 4), seconds=seconds))
        for number in (1, 2, 3, 4)
    ]
    assert max(loads) - min(loads) <= max(seconds.values())


@pytest.mark.parametrize("text", ["", "2", "0/3", "4/3", "-1/3", "1/0", "a/b", "1/2/3", "1.0/2"])
def test_what_is_no_shard_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is not a shard: write 2/5"):
        read_shard(text)
    assert read_shard("2/5") == (2, 5)
