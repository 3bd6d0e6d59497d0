"""The two readings of MMInA's hops: `queue`, the paper's, and `run-py`, that of the released code."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, assert_never, get_args

from pydantic import JsonValue

from pytest_mmina.core.choices import HopProtocol
from pytest_mmina.core.errors import MminaError, did_you_mean
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.hops import SINGLE_HOP_SUBSETS, HopCursor
from pytest_mmina.core.tasks.run_py import RunPyCount, run_py_hops
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.documents import MMINA, data_set_of
from pytest_mmina.datasets.mmina import hops_of

Protocol = HopProtocol
PROTOCOLS: tuple[Protocol, ...] = get_args(HopProtocol)


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
        known = f"{did_you_mean(protocol, PROTOCOLS)} Protocols: {', '.join(PROTOCOLS)}"
        raise MminaError(f"unknown protocol {protocol!r}.{known}")
    if isinstance(urls, str):
        raise MminaError("urls is a list of URLs, not one text")
    # A judge would be asked with the intent; nobody is asked about URLs.
    document: dict[str, JsonValue] = {"intent": "not given", **task}
    match protocol:
        case "run-py" if _is_counted_by_run_py(document, subset):
            return _counted_by_run_py(document, urls, subset)
        case "queue" | "run-py":
            return _judged_by_queue(document, urls, subset)
        case _:
            assert_never(protocol)


def _counted_by_run_py(document: Mapping[str, JsonValue], urls: Sequence[str], subset: str) -> UrlsJudged:
    count = RunPyCount(document, subset=subset)
    for position, url in enumerate(urls):
        count.count_address(url, step=position)
    return UrlsJudged(count.cnt, len(count.words), count.solved, count.passed_at)


def _judged_by_queue(document: dict[str, JsonValue], urls: Sequence[str], subset: str) -> UrlsJudged:
    hops = hops_of(document, subset)[0]
    cursor = HopCursor(hops)
    for position, url in enumerate(urls):
        cursor.judge_state(State(pages=(PageState(url=url),)), step=position)
    passed_at = [result.step for result in cursor.results if result.step is not None]
    # A task whose check needs a judge has no hop here, and still is one.
    return UrlsJudged(len(passed_at), max(1, len(hops)), bool(hops) and cursor.done, passed_at)


def by_protocol(task: Task, protocol: Protocol) -> Task:
    """The same task, its hops as the protocol counts them; tasks that do not come from MMInA have one reading."""
    match protocol:
        case "queue":
            return task
        case "run-py":
            if not _is_counted_by_run_py(task.document, task.subset):
                return task
            hops = run_py_hops(task.document, subset=task.subset)
            return task.model_copy(update={"hops": hops, "protocol": protocol})
        case _:
            assert_never(protocol)


def _is_counted_by_run_py(document: Mapping[str, JsonValue], subset: str) -> bool:
    if "hops" in document or subset in SINGLE_HOP_SUBSETS:
        return False
    if data_set_of(document, subset=subset) is not MMINA:
        return False
    return subset == "normal" or bool(document.get("procedure"))
