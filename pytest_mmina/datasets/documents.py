"""The list of all data sets, and the choice of the one that a document of a task file comes from."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue

from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.fields import Document
from pytest_mmina.datasets.hosts import Hosts
from pytest_mmina.datasets.mmina import mmina_task
from pytest_mmina.datasets.own_format import require_version
from pytest_mmina.datasets.webarena import dialect_of, webarena_task


class TaskDocument(NamedTuple):
    """One task in the format of its data set, and its place.

    `hosts` has the addresses for placeholders. `folder` contains the files that the task names.
    """

    content: dict[str, JsonValue]
    subset: str
    number: str
    source: str
    hosts: Hosts
    folder: Path


class DataSet(NamedTuple):
    """A data set: `recognises` decides from a document and its subset whether it belongs to it, `read` makes the Task.

    `read` raises TaskError if the document cannot be used.
    """

    name: str
    recognises: Callable[[Document, str], bool]
    read: Callable[[TaskDocument], Task]


def _read_mmina(task: TaskDocument) -> Task:
    return mmina_task(task.content, subset=task.subset, number=task.number, folder=task.folder, source=task.source)


def _is_webarena(document: Document, subset: str) -> bool:
    return dialect_of(document, subset=subset) != "mmina"


def _read_webarena(task: TaskDocument) -> Task:
    dialect = dialect_of(task.content, subset=task.subset)
    return webarena_task(
        task.content,
        dialect=dialect,
        subset=task.subset,
        number=task.number,
        source=task.source,
        hosts=task.hosts,
        folder=task.folder,
    )


MMINA = DataSet("MMInA, and the plugin's own format", lambda document, subset: True, _read_mmina)
DATA_SETS = (DataSet("WebArena and VisualWebArena", _is_webarena, _read_webarena), MMINA)
"""All data sets. The first one that recognises a document reads it; the last one recognises every document."""


def data_set_of(document: Document, *, subset: str) -> DataSet:
    """Return the data set that a document comes from."""
    return next(each for each in DATA_SETS if each.recognises(document, subset))


def task_from_document(
    document: dict[str, JsonValue], *, subset: str, number: str, hosts: Hosts, folder: Path, source: str = ""
) -> Task:
    """Return the task in a document of any data set. Raises TaskError if it cannot be used."""
    require_version(document)
    return data_set_of(document, subset=subset).read(TaskDocument(document, subset, number, source, hosts, folder))
