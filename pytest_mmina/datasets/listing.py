"""The tasks of a file as collection needs them: names and reasons now, the whole of a task when its turn comes.

Loading ten thousand tasks takes longer than collecting ten thousand tests, and what is loaded fills the memory for the
length of the session. So a task of MMInA's usual form is only looked at: one validation in Rust, and nothing but the
file's text is kept. Whatever looks like anything else is loaded at once, by the same code that would load it later, and
has the same errors. What is looked at and taken must load: `tests/datasets/test_listing.py` holds the two together.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field, ValidationError
from pydantic_core import from_json, to_json

from pytest_mmina.core.models import Model
from pytest_mmina.core.tasks.checks import Check, JudgedCheck, SiteState, walk_checks
from pytest_mmina.core.tasks.hops import END, SINGLE_HOP_SUBSETS
from pytest_mmina.core.tasks.task import Hop, Task, needs_judge
from pytest_mmina.datasets.documents import MMINA, data_set_of
from pytest_mmina.datasets.files import load_tasks, numbers_of, subset_of
from pytest_mmina.datasets.hosts import Hosts
from pytest_mmina.datasets.mmina import json_path_problem, mmina_task

_ELEMENT = r"""(?:[a-z]{0,2}[0-9]+|[a-z]+ (?:'[^'\[\]`]*'|"[^"\[\]`]*"))"""
_WORDS = r"[^\[\]`]*\w[^\[\]`]*"
_ACTION = (
    rf"^(?:(?:goto|press|stop) \[{_WORDS}\]|(?:click|hover) \[{_ELEMENT}\]|type \[{_ELEMENT}\] \[{_WORDS}\] \[[01]\]|"
    r"scroll \[(?:up|down)\]|tab_focus \[[0-9]{1,6}\]|new_tab|close_tab|go_back|go_forward|stop)$"
)
_ADDRESS = r"https?://[^|]*"

Filled = Annotated[str, Field(min_length=1)]
Worded = Annotated[str, Field(pattern=r"\w")]


class ListedTask(NamedTuple):
    """A task that is known to load, with what collection asks about it."""

    id: str
    subset: str
    cannot_run: str
    has_oracle: bool
    needs_judge: bool
    load: Callable[[], Task]


def list_tasks(path: Path, *, shown_as: str = "", hosts: Hosts | None = None) -> list[ListedTask]:
    """List the tasks of one file; raises TaskError exactly where `load_tasks` does."""
    source = shown_as or str(path)
    if (listed := _usual_list(path, source)) is not None:
        return listed
    if (task := usual_task(path, shown_as=source)) is not None:
        return [task]
    tasks = load_tasks(path, shown_as=shown_as, hosts=hosts)
    return [
        ListedTask(
            task.id, task.subset, task.cannot_run, bool(task.oracle), needs_judge(task.hops), partial(_loaded, task)
        )
        for task in tasks
    ]


def usual_task(path: Path, *, shown_as: str = "") -> ListedTask | None:
    """List the task of a file that holds one task of the usual form; None for any other file."""
    try:
        text = path.read_bytes()
        document = _parsed(text)
    except (OSError, ValueError):
        return None
    return _listed(document, lambda: text, subset=subset_of(path), number=path.stem, source=shown_as or str(path))


def _usual_list(path: Path, source: str) -> list[ListedTask] | None:
    try:
        text = path.read_bytes()
        documents = _parsed(text)
    except (OSError, ValueError):
        return None
    if not isinstance(documents, list) or not documents:
        return None
    apart = _TakenApart(text)
    listed = []
    for position, (number, document) in enumerate(zip(numbers_of(documents), documents, strict=True)):
        task = _listed(document, partial(apart.text_of, position), subset=path.stem, number=number, source=source)
        if task is None:
            return None
        listed.append(task)
    return listed


def _parsed(text: bytes) -> object:
    """Parse JSON; raises ValueError also for what the loader would tell apart."""
    return from_json(text, allow_inf_nan=False, cache_strings="keys")


class _TakenApart:
    """The text of a list, which is cut into those of its tasks when the first of them is asked for."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._texts: list[bytes] = []

    def text_of(self, position: int) -> bytes:
        if not self._texts:
            self._texts, self._text = [to_json(document) for document in from_json(self._text)], b""
        return self._texts[position]


class _Usual(Model):
    """The fields that MMInA's tasks have, and ours, with nothing in them that would need a closer look."""

    intent: Worded
    start_url: Annotated[str, Field(pattern=rf"^{_ADDRESS}(?: \|AND\| {_ADDRESS})*$")]
    procedure: tuple[Filled, ...] | None = None
    hops: Annotated[tuple[Hop, ...], Field(min_length=1)] | None = None
    eval: Any = None
    oracle: tuple[Annotated[str, Field(pattern=_ACTION)], ...] = ()
    storage_state: Annotated[str, Field(pattern=r"^\./\.auth/[\w-]+\.json$")] | None = None
    geolocation: None = None
    # What no condition is made of, whatever stands there.
    city: Any = None
    flight: Any = None
    shop: Any = None
    cnt_hop: Any = None
    instantiation_dict: Any = None
    intent_template: Any = None
    intent_template_id: Any = None
    require_login: Any = None
    require_reset: Any = None
    sites: Any = None
    task_id: Any = None


class _References(Model):
    exact_match: Worded = ""
    must_include: tuple[Filled, ...] = ()


class _Evaluation(Model):
    eval_types: tuple[str, ...]
    reference_answers: _References
    reference_url: Any = None
    url_note: Any = None
    program_html: Any = None
    string_note: Any = None
    reference_answer_raw_annotation: Any = None


def _listed(document: object, text: Callable[[], bytes], *, subset: str, number: str, source: str) -> ListedTask | None:
    try:
        usual = _Usual.model_validate(document)
    except ValidationError:
        return None
    assert isinstance(document, dict)
    if data_set_of(document, subset=subset) is not MMINA:
        return None
    checks = [check for hop in usual.hops or () for check in walk_checks(hop.check)]
    if not _has_hops(usual, checks, subset):
        return None
    load = partial(_load, text, subset, number, source)
    asks_judge = any(isinstance(check, JudgedCheck) for check in checks)
    return ListedTask(f"{subset}/{number}", subset, "", bool(usual.oracle), asks_judge, load)


def _has_hops(usual: _Usual, checks: Sequence[Check], subset: str) -> bool:
    """Say whether hops can be made of the task for certain."""
    if usual.hops is not None:
        return not any(isinstance(check, SiteState) and json_path_problem(check.path) for check in checks)
    if "hops" in usual.model_fields_set:
        return False
    if subset in SINGLE_HOP_SUBSETS or subset == "normal" or not usual.procedure:
        references = _string_match_references(usual.eval)
        return references is not None and (subset != "normal" or bool(references.must_include))
    return any(word.lower() != END for word in usual.procedure)


def _string_match_references(evaluation: object) -> _References | None:
    try:
        usual = _Evaluation.model_validate(evaluation)
    except ValidationError:
        return None
    references = usual.reference_answers
    says_something = bool(references.exact_match or references.must_include)
    return references if usual.eval_types == ("string_match",) and says_something else None


def _load(text: Callable[[], bytes], subset: str, number: str, source: str) -> Task:
    return mmina_task(from_json(text()), subset=subset, number=number, source=source)


def _loaded(task: Task) -> Task:
    return task
