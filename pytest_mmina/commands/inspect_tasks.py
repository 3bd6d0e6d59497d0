"""`mmina inspect`: list tasks, those that cannot run with the reason, and possible mistakes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import get_args

from pytest_mmina.bundled import bundled
from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.tasks.checks import SiteState, walk_checks
from pytest_mmina.core.tasks.lint import CONSTANT_ANSWERS, duplicate_ids, findings_of, passing_constants
from pytest_mmina.core.tasks.task import ConstraintKind, Task, needs_judge
from pytest_mmina.datasets.files import read_tasks, task_files
from pytest_mmina.datasets.hosts import Hosts, host_of
from pytest_mmina.sites.registry import load_sites
from pytest_mmina.sites.web import NOW

_MOST_NAMED = 8


def inspection(path: Path, *, hosts: Hosts, name_all: bool = False) -> Iterator[str]:
    """Yield the lines of a report on the tasks of a file or folder; raises TaskError if no task can be loaded."""
    tasks, broken = _read(path, hosts)
    able = [task for task in tasks if not any(_reasons(task))]
    files = f", {_counted(len(broken), 'file')} cannot be loaded" if broken else ""
    yield f"{path}: {_counted(len(tasks), 'task')}, {len(able)} can run, {len(tasks) - len(able)} cannot{files}"
    yield from (f"  {problem}" for problem in broken)
    yield from _table("subset", tasks, lambda task: [task.subset])
    yield from _table("hops", tasks, lambda task: [f"{len(task.hops)}"] if task.hops else ["not known"])
    yield from _table("site", tasks, _sites_of)
    yield from _table("check", tasks, _checks_of)
    if any(map(_forms_of, tasks)):
        yield from _table("beyond a queue", [task for task in tasks if _forms_of(task)], _forms_of)
    reasons = _grouped((reason, task) for task in tasks for reason in _reasons(task))
    yield from _listing("cannot run", reasons, name_all=name_all)
    constants = _grouped((repr(answer), task) for task in tasks for answer in passing_constants(task))
    yield from _listing(
        f"passed by a constant answer ({', '.join(map(repr, CONSTANT_ANSWERS))})", constants, name_all=True
    )
    found = _grouped((finding, task) for task in tasks for finding in findings_of(task, today=_today(task)))
    for task_id in duplicate_ids(tasks):
        found["an id of more than one task"] = [*found["an id of more than one task"], (task_id, "")]
    yield from _listing("looks wrong", found, name_all=name_all)


def _read(path: Path, hosts: Hosts) -> tuple[list[Task], list[str]]:
    """Return the tasks of a file or folder, and a message for each file of the folder that cannot be loaded."""
    if not path.is_dir():
        return read_tasks(path, hosts=hosts), []
    tasks, broken = [], []
    for file in task_files(path):
        try:
            tasks.extend(read_tasks(file, hosts=hosts))
        except TaskError as error:
            broken.append(str(error))
    if not tasks:
        raise TaskError(broken[0])
    return tasks, broken


def _reasons(task: Task) -> Iterator[str]:
    yield from filter(None, task.cannot_run.split("; "))
    if needs_judge(task.asked):
        yield "it needs a judge: --mmina-judge-url and --mmina-judge-model name one"


def _sites_of(task: Task) -> Sequence[str]:
    sites = task.document.get("sites")
    if isinstance(sites, list) and sites:
        return [str(site) for site in sites]
    return [host_of(url) for url in task.start_urls]


def _checks_of(task: Task) -> Sequence[str]:
    evaluation = task.document.get("eval")
    kinds = evaluation.get("eval_types") if isinstance(evaluation, dict) else None
    if task.document.get("hops") is None and not task.document.get("procedure") and isinstance(kinds, list):
        return [str(kind) for kind in kinds]
    return [check.kind for each in task.asked for check in walk_checks(each.check)]


def _forms_of(task: Task) -> Sequence[str]:
    """Return what a task has beside hops that come one after the other and pass or not."""
    scored = (isinstance(check, SiteState) and check.score for hop in task.hops for check in walk_checks(hop.check))
    found = {
        "after": any(hop.after is not None for hop in task.hops),
        "alternatives": any(hop.alternatives for hop in task.hops),
        "score": any(scored),
        **{kind: any(one.kind == kind for one in task.constraints) for kind in get_args(ConstraintKind)},
    }
    return [form for form, has in found.items() if has]


def _today(task: Task) -> date:
    """Return today's date for a task: the bundled sites have a fixed date."""
    hosts = {host_of(url) for url in task.start_urls}
    return NOW.date() if hosts <= _hosts_with_fixed_date() else datetime.now(UTC).date()


@cache
def _hosts_with_fixed_date() -> frozenset[str]:
    return frozenset(host for site in load_sites([bundled("fixtures") / "sites"]) for host in site.hosts)


def _table(title: str, tasks: Sequence[Task], keys: Callable[[Task], Iterable[str]]) -> Iterator[str]:
    counted, able = Counter[str](), Counter[str]()
    for task in tasks:
        for key in set(keys(task)):
            counted[key] += 1
            able[key] += not any(_reasons(task))
    yield ""
    width = max(len(title), *(len(key) for key in counted))
    yield f"{title:<{width}}  tasks  can run"
    for key in sorted(counted):
        yield f"{key:<{width}}  {counted[key]:5}  {able[key]:7}"


def _grouped(pairs: Iterable[tuple[str, Task]]) -> dict[str, list[tuple[str, str]]]:
    """Return ids and details, grouped by the words before the first colon."""
    grouped: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for words, task in pairs:
        head, _, detail = words.partition(": ")
        grouped[head].append((task.id, detail))
    return grouped


def _listing(title: str, grouped: Mapping[str, Sequence[tuple[str, str]]], *, name_all: bool) -> Iterator[str]:
    yield ""
    yield f"{title}: {'nothing' if not grouped else ''}".rstrip()
    for head, found in sorted(grouped.items(), key=lambda group: (-len(group[1]), group[0])):
        details = {detail for _, detail in found}
        common = f": {details.pop()}" if len(details) == 1 and "" not in details else ""
        yield f"  {_counted(len(found), 'task')}: {head}{common}"
        shown = [f"{task_id} ({detail})" if detail and not common else task_id for task_id, detail in found]
        named = shown if name_all else shown[:_MOST_NAMED]
        more = f" and {len(shown) - len(named)} more" if len(shown) > len(named) else ""
        yield f"    {', '.join(named)}{more}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
