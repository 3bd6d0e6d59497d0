"""Find likely mistakes in loaded tasks, without running them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.checks import AnswerMatch, Check, UrlMatch, walk_checks
from pytest_mmina.core.tasks.download import Download
from pytest_mmina.core.tasks.end_readings import UrlReference
from pytest_mmina.core.tasks.hops import HopCursor
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.core.text.conditions import TextCondition
from pytest_mmina.core.text.dates import dates
from pytest_mmina.core.text.folding import folded

CONSTANT_ANSWERS = ("N/A", "yes", "no", "0", "")
"""Answers that do not depend on the task: an agent that gives one of them should not pass."""

_SHORT = 1


def findings_of(task: Task, *, today: date) -> Iterator[str]:
    """Yield the likely mistakes in a task, each as a description, a colon and the place."""
    for constraint in task.constraints:
        if constraint.kind == "never" and judge(constraint.check, _start(task, answer=None)).passed:
            yield f"a constraint that is broken where it starts: {constraint.name}"
    for number, hop in enumerate(task.hops, start=1):
        for check in walk_checks(hop.check):
            if isinstance(check, TextCondition):
                yield from _short_references(check, number)
            if isinstance(check, Download):
                for condition in check.conditions:
                    yield from _short_references(condition, number)
                if not (check.type or check.reads_content):
                    yield (
                        "a download that any file passes, an error page as well "
                        f"(give 'type', 'text', 'cells' or 'rows'): hop {number}"
                    )
            if isinstance(check, AnswerMatch):
                yield from _given_away(check, task.intent, number)
            if isinstance(check, UrlMatch) and check.contains and task.document.get("hops") is not None:
                yield (
                    "'contains' is met by any address with the words in it, in a slug or query as well "
                    f"(the kind 'address' compares its parts): hop {number}"
                )
            if isinstance(check, UrlMatch | AddressCheck | UrlReference) and _holds_at_the_start(check, task):
                yield f"its goal is where it starts: hop {number}"
    count, procedure = task.document.get("cnt_hop"), task.document.get("procedure")
    if isinstance(procedure, list) and count is not None and count != len(procedure):
        yield f"cnt_hop does not fit: it is {count}, and procedure has {len(procedure)} words"
    past = sorted({day for day in dates(task.intent) if day < today})
    if past:
        yield f"dates in the past: {', '.join(map(str, past))}"


def passing_constants(task: Task) -> list[str]:
    """Return the constant answers that solve a task if they are given at once on its start page."""
    return [answer for answer in CONSTANT_ANSWERS if is_solved_by(task, answer)]


def is_solved_by(task: Task, answer: str) -> bool:
    """Return whether an agent that stops at once with this answer solves the task."""
    cursor = HopCursor(task.hops)
    cursor.judge_states((_start(task, answer=None), _start(task, answer=answer)), step=0)
    return bool(task.hops) and cursor.done


def duplicate_ids(tasks: Iterable[Task]) -> list[str]:
    """Return the ids that more than one task has."""
    counted = Counter(task.id for task in tasks)
    return sorted(task_id for task_id, count in counted.items() if count > 1)


def _holds_at_the_start(check: Check, task: Task) -> bool:
    return judge(check, _start(task, answer="")).passed


def _start(task: Task, *, answer: str | None) -> State:
    return State(pages=tuple(PageState(url=url, answered="whole") for url in task.start_urls), answer=answer)


def _short_references(check: TextCondition, number: int) -> Iterator[str]:
    if check.compare not in ("text", "literal"):
        return
    for part in check.contains:
        if len(folded(part)) <= _SHORT:
            yield f"a reference so short that almost any text has it: {part!r}, hop {number}"


def _given_away(check: AnswerMatch, intent: str, number: int) -> Iterator[str]:
    references: Sequence[str] = (*check.contains, *([check.equals] if check.equals is not None else []))
    for part in references:
        if len(folded(part)) > _SHORT and folded(part) in folded(intent):
            yield f"a reference that stands in the intent: {part!r}, hop {number}"
