"""Listing the tasks of a file for collection: ids and skip reasons now, the whole task when its case runs.

Loading ten thousand tasks takes longer than collecting ten thousand tests, and the loaded tasks fill the memory during
the whole session. So a task in MMInA's usual form is only validated once, in Rust, and only the text of the file is
kept. A task in any other form is loaded immediately, by the code that would load it later, with the same errors. A task
that passes the validation must also load; `tests/datasets/test_listing.py` compares the two.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field, ValidationError
from pydantic_core import from_json, to_json

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.models import Model
from pytest_mmina.core.skips import SkipReason, in_words
from pytest_mmina.core.tasks.checks import Check, JudgedCheck, SiteState, walk_checks
from pytest_mmina.core.tasks.order import predecessors
from pytest_mmina.core.tasks.queue_protocol import END, SINGLE_HOP_SUBSETS
from pytest_mmina.core.tasks.task import Hop, NamedCheck, Task, needs_judge
from pytest_mmina.datasets.documents import MMINA, data_set_of
from pytest_mmina.datasets.extras import missing_extras
from pytest_mmina.datasets.fields import sites_of
from pytest_mmina.datasets.files import load_tasks, numbers_of, subset_of
from pytest_mmina.datasets.hosts import Hosts
from pytest_mmina.datasets.mmina import OWN_LOGIN, json_path_problem, mmina_task

_ELEMENT = r"""(?:[a-z]{0,2}[0-9]+|[a-z]+ (?:'[^'\[\]`]*'|"[^"\[\]`]*"))"""
_WORDS = r"[^\[\]`]*\w[^\[\]`]*"
_ACTION = (
    rf"^(?:(?:goto|press|stop) \[{_WORDS}\]|(?:click|hover) \[{_ELEMENT}\]|press \[{_ELEMENT}\] \[\w+\]|"
    rf"type \[{_ELEMENT}\] \[{_WORDS}\] \[[01]\]|"
    r"scroll \[(?:up|down)\]|tab_focus \[[0-9]{1,6}\]|new_tab|close_tab|go_back|go_forward|stop)$"
)
_ADDRESS = r"https?://[^|]*"

NonEmpty = Annotated[str, Field(min_length=1)]
WithWord = Annotated[str, Field(pattern=r"\w")]
_Actions = tuple[Annotated[str, Field(pattern=_ACTION)], ...]


class ListedTask(NamedTuple):
    """A task that loads without errors, with the properties that collection needs."""

    id: str
    subset: str
    skip_reasons: tuple[SkipReason, ...]
    has_oracle: bool
    needs_judge: bool
    sites: tuple[str, ...]
    load: Callable[[], Task]

    @property
    def cannot_run(self) -> str:
        """The reasons why the task is skipped, as one text; empty if it can run."""
        return in_words(self.skip_reasons)


def list_tasks(path: Path, *, shown_as: str = "", hosts: Hosts | None = None) -> list[ListedTask]:
    """List the tasks of one file. Raises TaskError for the same files as `load_tasks`."""
    source = shown_as or str(path)
    if (listed := _usual_list(path, source)) is not None:
        return listed
    if (task := usual_task(path, shown_as=source)) is not None:
        return [task]
    tasks = load_tasks(path, shown_as=shown_as, hosts=hosts)
    return [
        ListedTask(
            task.id,
            task.subset,
            task.skip_reasons,
            bool(task.oracle),
            needs_judge(task.asked),
            sites_of(task.document),
            partial(_already_loaded, task),
        )
        for task in tasks
    ]


def usual_task(path: Path, *, shown_as: str = "") -> ListedTask | None:
    """List the task of a file with one task in the usual form; None for any other file."""
    try:
        text = path.read_bytes()
        document = _parsed(text)
    except (OSError, ValueError):
        return None
    return _listed(
        document, lambda: text, subset=subset_of(path), number=path.stem, file=path, source=shown_as or str(path)
    )


def _usual_list(path: Path, source: str) -> list[ListedTask] | None:
    try:
        text = path.read_bytes()
        documents = _parsed(text)
    except (OSError, ValueError):
        return None
    if not isinstance(documents, list) or not documents:
        return None
    texts = _SplitList(text)
    listed = []
    for position, (number, document) in enumerate(zip(numbers_of(documents), documents, strict=True)):
        task = _listed(
            document, partial(texts.text_of, position), subset=path.stem, number=number, file=path, source=source
        )
        if task is None:
            return None
        listed.append(task)
    return listed


def _parsed(text: bytes) -> object:
    """Parse JSON. Raises ValueError for any error; the loader then reports which one it is."""
    return from_json(text, allow_inf_nan=False, cache_strings="keys")


class _SplitList:
    """The text of a list of tasks, which is split into one text for each task when the first one is needed."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._texts: list[bytes] = []

    def text_of(self, position: int) -> bytes:
        if not self._texts:
            self._texts, self._text = [to_json(document) for document in from_json(self._text)], b""
        return self._texts[position]


class _UsualTask(Model):
    """The fields of MMInA's tasks and our own, with only such values as are certain to load."""

    intent: WithWord
    start_url: Annotated[str, Field(pattern=rf"^{_ADDRESS}(?: \|AND\| {_ADDRESS})*$")]
    procedure: tuple[NonEmpty, ...] | None = None
    hops: Annotated[tuple[Hop, ...], Field(min_length=1)] | None = None
    never: Annotated[tuple[NamedCheck, ...], Field(min_length=1)] = ()
    finally_: Annotated[tuple[NamedCheck, ...], Field(min_length=1, alias="finally")] = ()
    eval: Any = None
    oracle: _Actions = ()
    oracles: dict[WithWord, Annotated[_Actions, Field(min_length=1)]] = Field(default_factory=dict)
    storage_state: Any = None
    geolocation: None = None
    # No hop depends on these fields, so they can have any value.
    city: Any = None
    flight: Any = None
    shop: Any = None
    cnt_hop: Any = None
    instantiation_dict: Any = None
    intent_template: Any = None
    intent_template_id: Any = None
    require_login: Any = None
    require_reset: Any = None
    sites: tuple[NonEmpty, ...] | None = None
    task_id: Any = None


class _References(Model):
    exact_match: WithWord = ""
    must_include: tuple[NonEmpty, ...] = ()


class _Evaluation(Model):
    eval_types: tuple[str, ...]
    reference_answers: _References
    reference_url: Any = None
    url_note: Any = None
    program_html: Any = None
    string_note: Any = None
    reference_answer_raw_annotation: Any = None


def _listed(
    document: object, text: Callable[[], bytes], *, subset: str, number: str, file: Path, source: str
) -> ListedTask | None:
    try:
        usual = _UsualTask.model_validate(document)
    except ValidationError:
        return None
    assert isinstance(document, dict)
    if data_set_of(document, subset=subset) is not MMINA:
        return None
    asked: tuple[Hop | NamedCheck, ...] = (*(usual.hops or ()), *usual.never, *usual.finally_)
    checks = [check for each in asked for check in walk_checks(each.check)]
    if not _has_hops(usual, checks, subset):
        return None
    if usual.storage_state is not None and (usual.storage_state != OWN_LOGIN or usual.hops is not None):
        return None
    load = partial(_load, text, subset, number, file.parent, source)
    wants_judge = any(isinstance(check, JudgedCheck) for check in checks)
    return ListedTask(f"{subset}/{number}", subset, (), bool(usual.oracle), wants_judge, usual.sites or (), load)


def _has_hops(usual: _UsualTask, checks: Sequence[Check], subset: str) -> bool:
    """Whether the hops of the task, and its constraints, are certain to load."""
    if usual.hops is not None:
        try:
            predecessors([hop.name for hop in usual.hops], [hop.after for hop in usual.hops])
        except TaskError:
            return False
        if any(missing_extras(checks)):
            return False
        return not any(isinstance(check, SiteState) and json_path_problem(check.path) for check in checks)
    if "hops" in usual.model_fields_set or any(isinstance(check, SiteState) for check in checks):
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
    has_reference = bool(references.exact_match or references.must_include)
    return references if usual.eval_types == ("string_match",) and has_reference else None


def _load(text: Callable[[], bytes], subset: str, number: str, folder: Path, source: str) -> Task:
    return mmina_task(from_json(text()), subset=subset, number=number, folder=folder, source=source)


def _already_loaded(task: Task) -> Task:
    return task
