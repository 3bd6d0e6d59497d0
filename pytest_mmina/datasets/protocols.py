"""The two readings of MMInA's hops: `queue`, the paper's, and `run-py`, that of the released code."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import JsonValue

from pytest_mmina.core.errors import MminaError, did_you_mean
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.hops import SINGLE_HOP_SUBSETS, HopCursor
from pytest_mmina.core.tasks.run_py import RunPyCount, run_py_hops
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.mmina import hops_of
from pytest_mmina.datasets.webarena import dialect_of

Protocol = Literal["queue", "run-py"]
PROTOCOLS: tuple[Protocol, ...] = ("queue", "run-py")


class UrlsJudged(NamedTuple):
    """What a list of visited URLs amounts to: hops passed, hops in all, and the position at which each one passed."""

    passed: int
    total: int
    solved: bool
    passed_at: list[int]


def judge_urls(task: Mapping[str, Any], urls: Sequence[str], *, subset: str, protocol: str = "queue") -> UrlsJudged:
    """Judge a task in MMInA's format on the URLs that were visited, in order, without a browser.

    The protocol `run-py` raises ProtocolError where the released `run.py` raises IndexError or ValueError. A task that
    asks for an answer (`shopping`, `wikipedia`) passes nothing: no URL is one. Raises TaskError for a task that cannot
    be used.
    """
    if protocol not in PROTOCOLS:
        raise MminaError(f"unknown protocol {protocol!r}.{did_you_mean(protocol, PROTOCOLS)} Protocols: queue, run-py")
    if isinstance(urls, str):
        raise MminaError("urls is a list of URLs, not one text")
    # A judge would be asked with the intent; nobody is asked about URLs.
    document: dict[str, JsonValue] = {"intent": "not given", **task}
    if protocol == "run-py" and _is_counted_by_run_py(document, subset):
        count = RunPyCount(document, subset=subset)
        for position, url in enumerate(urls):
            count.look(url, step=position)
        return UrlsJudged(count.cnt, len(count.words), count.solved, count.passed_at)
    hops = hops_of(document, subset)[0]
    cursor = HopCursor(hops)
    for position, url in enumerate(urls):
        cursor.feed(State(pages=(PageState(url=url),)), step=position)
    passed_at = [result.step for result in cursor.results if result.step is not None]
    # A task whose check needs a judge has no hop here, and still is one.
    return UrlsJudged(len(passed_at), max(1, len(hops)), bool(hops) and cursor.done, passed_at)


def by_protocol(task: Task, protocol: Protocol) -> Task:
    """The same task, its hops as the protocol counts them; tasks that do not come from MMInA have one reading."""
    if protocol == "queue" or not _is_counted_by_run_py(task.document, task.subset):
        return task
    hops = run_py_hops(task.document, subset=task.subset)
    return task.model_copy(update={"hops": hops, "protocol": protocol})


def _is_counted_by_run_py(document: Mapping[str, JsonValue], subset: str) -> bool:
    if "hops" in document or subset in SINGLE_HOP_SUBSETS:
        return False
    if dialect_of(document, subset=subset) != "mmina":
        return False
    return subset == "normal" or bool(document.get("procedure"))
