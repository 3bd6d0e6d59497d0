"""Shards: split the tasks between several machines, which all compute the same split."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from pytest_mmina.core.numbers import NumberError, whole_number

_MOST_PARTS = 10_000


class Shard(NamedTuple):
    """One of several parts, counted from 1."""

    number: int
    of: int


def read_shard(text: str) -> Shard:
    """Read a shard such as `2/5`; raises ValueError."""
    number, _, of = text.partition("/")
    try:
        parts = whole_number(of, at_least=1, at_most=_MOST_PARTS)
        return Shard(whole_number(number, at_least=1, at_most=parts), parts)
    except NumberError:
        raise ValueError(f"{text!r} is not a shard: write 2/5 for the second of five") from None


def tasks_of_shard(tasks: Iterable[str], shard: Shard, *, seconds: Mapping[str, float]) -> set[str]:
    """Return the tasks of one shard: balanced by duration if durations are known, else distributed by their ids.

    Each task goes to the shard with the least work so far, longest tasks first (Graham 1969); a task without a duration
    counts as the mean. Without durations, the shard of a task does not depend on the other tasks.
    """
    everything = sorted(set(tasks))
    known = [seconds[task] for task in everything if seconds.get(task)]
    if not known:
        return {task for task in everything if _number(task) % shard.of == shard.number - 1}
    mean = sum(known) / len(known)
    loads = [0.0] * shard.of
    mine = set()
    for task in sorted(everything, key=lambda task: (-(seconds.get(task) or mean), task)):
        part = loads.index(min(loads))
        loads[part] += seconds.get(task) or mean
        if part == shard.number - 1:
            mine.add(task)
    return mine


def split_fingerprint(tasks: Iterable[str], shard: Shard, *, seconds: Mapping[str, float]) -> str:
    """Return a fingerprint of what a split depends on: shards of different splits do not have every task together."""
    known = [(task, seconds.get(task) or 0.0) for task in sorted(set(tasks))]
    return sha256(json.dumps([shard.of, known]).encode()).hexdigest()[:12]


def _number(task: str) -> int:
    return int.from_bytes(sha256(task.encode("utf-8", "surrogatepass")).digest()[:8])
