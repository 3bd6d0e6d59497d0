"""One document of a task file, read by the rules of the data set that it comes from."""

from pathlib import Path

from pydantic import JsonValue

from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.hosts import Hosts
from pytest_mmina.datasets.mmina import mmina_task
from pytest_mmina.datasets.native import require_version
from pytest_mmina.datasets.webarena import dialect_of, webarena_task


def task_from_document(
    document: dict[str, JsonValue], *, subset: str, number: str, hosts: Hosts, folder: Path, source: str = ""
) -> Task:
    """Read one task of MMInA, of WebArena, of VisualWebArena or of our own format; raises TaskError."""
    require_version(document)
    dialect = dialect_of(document, subset=subset)
    if dialect == "mmina":
        return mmina_task(document, subset=subset, number=number, source=source)
    return webarena_task(
        document, dialect=dialect, subset=subset, number=number, source=source, hosts=hosts, folder=folder
    )
