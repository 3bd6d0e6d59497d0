"""Task files: which files hold tasks, and the documents in them."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import JsonValue, ValidationError

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.tasks import Task
from pytest_mmina.datasets.mmina import task_from_document

_LARGEST = 64 * 1024 * 1024


def is_task_file(path: Path) -> bool:
    """Say whether a JSON file found in a folder holds tasks: `<n>.json`, or any that gives an `intent`.

    A folder that is searched may hold other JSON (package.json, recorded responses); a file that is named is not asked.
    """
    if path.suffix != ".json":
        return False
    if path.stem.isascii() and path.stem.isdigit():
        return True
    try:
        return path.stat().st_size <= _LARGEST and b'"intent"' in path.read_bytes()
    except OSError:
        return False


def load_tasks(path: Path, *, shown_as: str = "") -> list[Task]:
    """Load the tasks of one file: `<subset>/<n>.json` with one task, or `<subset>.json` with a list of them.

    Raises TaskError naming file, place and remedy. The tasks of a list are numbered from 1.
    """
    source = shown_as or str(path)
    try:
        content = _read_json(path, source)
        if isinstance(content, dict):
            return [task_from_document(content, subset=subset_of(path), number=path.stem, source=source)]
        if isinstance(content, list):
            return list(_tasks_of_list(content, path, source))
        raise TaskError("holds neither a task (an object) nor a list of tasks")
    except TaskError as error:
        raise error if error.source else TaskError(error.problem, source=source, place=error.place) from None
    except ValidationError as error:
        detail = error.errors()[0]
        place = ".".join(map(str, detail["loc"]))
        raise TaskError(detail["msg"], source=source, place=place) from None


def _tasks_of_list(content: list[JsonValue], path: Path, source: str) -> Iterator[Task]:
    if not content:
        raise TaskError("is an empty list: it holds no task", source=source)
    for position, document in enumerate(content):
        if not isinstance(document, Mapping):
            raise TaskError("is not an object", source=source, place=f"[{position}]")
        try:
            yield task_from_document(document, subset=path.stem, number=str(position + 1), source=source)
        except TaskError as error:
            place = f"[{position}].{error.place}" if error.place else f"[{position}]"
            raise TaskError(error.problem, source=source, place=place) from None


def subset_of(path: Path) -> str:
    """Name the subset of a file with one task: the folder that it really lies in."""
    return _real_name(path.resolve().parent if path.is_symlink() else path.parent)


@lru_cache(maxsize=64)
def _real_name(folder: Path) -> str:
    return folder.resolve().name or "tasks"


def _read_json(path: Path, source: str) -> JsonValue:
    try:
        text = path.read_text(encoding="utf-8")
        content: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        problem = f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise TaskError(problem, source=source) from None
    except UnicodeDecodeError as error:
        raise TaskError(f"is not UTF-8 text: {error.reason} at byte {error.start}", source=source) from None
    except TaskError:
        raise
    except ValueError as error:
        raise TaskError(f"holds a number that is too long: {error}", source=source) from None
    except RecursionError:
        raise TaskError("is nested too deeply to be a task", source=source) from None
    except OSError as error:
        raise TaskError(f"cannot be read: {error.strerror}", source=source) from None
    return content


def _refuse_constant(name: str) -> JsonValue:
    raise TaskError(f"holds {name}, which is not JSON")
