"""The two protocols for MMInA's hops: `queue`, that of the paper, and `run-py`, that of the released code."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, assert_never, get_args

from pydantic import JsonValue

from pytest_mmina.core.choices import HopProtocol
from pytest_mmina.core.errors import MminaError, did_you_mean
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.hops import HopCursor
from pytest_mmina.core.tasks.queue_protocol import SINGLE_HOP_SUBSETS
from pytest_mmina.core.tasks.run_py_protocol import RunPyCount, run_py_hops
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.documents import MMINA, data_set_of
from pytest_mmina.datasets.mmina import hops_of

Protocol = HopProtocol
PROTOCOLS: tuple[Protocol, ...] = get_args(HopProtocol)


class UrlsJudgement(NamedTuple):
    """The verdict on a list of visited URLs: hops passed, all hops, and the position at which each one passed."""

    passed: int
    total: int
    solved: bool
    passed_at: list[int]


def judge_urls(task: Mapping[str, Any], urls: Sequence[str], *, subset: str, protocol: str = "queue") -> UrlsJudgement:
    """Judge a task in MMInA's format by the URLs that were visited, in order, without a browser.

    Each URL counts as one that its site answered with a document. With the protocol `run-py`, raises ProtocolError if
    the released `run.py` raises IndexError or ValueError. A task that asks for an answer (`shopping`, `wikipedia`)
    passes no hop, because a URL is not an answer. Raises TaskError if the task cannot be used.
    """
    if protocol not in PROTOCOLS:
        known = f"{did_you_mean(protocol, PROTOCOLS)} Protocols: {', '.join(PROTOCOLS)}"
        raise MminaError(f"unknown protocol {protocol!r}.{known}")
    if isinstance(urls, str):
        raise MminaError("urls is a list of URLs, not one text")
    # Only the question for a judge needs the intent, and URLs are judged without one.
    document: dict[str, JsonValue] = {"intent": "not given", **task}
    match protocol:
        case "run-py" if _is_counted_by_run_py(document, subset):
            return _counted_by_run_py(document, urls, subset)
        case "queue" | "run-py":
            return _judged_by_queue(document, urls, subset)
        case _:
            assert_never(protocol)


def _counted_by_run_py(document: Mapping[str, JsonValue], urls: Sequence[str], subset: str) -> UrlsJudgement:
    count = RunPyCount(document, subset=subset)
    for position, url in enumerate(urls):
        count.count_address(url, step=position)
    return UrlsJudgement(count.cnt, len(count.words), count.solved, count.passed_at)


def _judged_by_queue(document: dict[str, JsonValue], urls: Sequence[str], subset: str) -> UrlsJudgement:
    hops = hops_of(document, subset)[0]
    cursor = HopCursor(hops)
    for position, url in enumerate(urls):
        cursor.judge_state(State(pages=(PageState(url=url, answered="whole"),)), step=position)
    passed_at = [result.step for result in cursor.results if result.passed and result.step is not None]
    # A task that cannot be judged here has no hop in the list, but it counts as one hop.
    return UrlsJudgement(len(passed_at), max(1, len(hops)), bool(hops) and cursor.done, passed_at)


def by_protocol(task: Task, protocol: Protocol) -> Task:
    """Return the task with its hops as the protocol counts them. Only MMInA's tasks depend on the protocol."""
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
