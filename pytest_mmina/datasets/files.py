"""Task files: which files contain tasks, and how they are read."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import JsonValue, ValidationError

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.documents import task_from_document
from pytest_mmina.datasets.hosts import Hosts, how_to_set

LARGEST = 64 * 1024 * 1024


def is_task_file(path: Path) -> bool:
    """Whether a JSON file in a folder contains tasks: `<n>.json`, or a file with the field `intent`.

    A folder can contain other JSON files (package.json, recorded responses). A file that the user names is not checked.
    """
    if path.suffix != ".json":
        return False
    if path.stem.isascii() and path.stem.isdigit():
        return True
    try:
        return path.stat().st_size <= LARGEST and b'"intent"' in path.read_bytes()
    except OSError:
        return False


def is_damaged(path: Path) -> bool:
    """Whether a file is no JSON, so that it may have been a task file."""
    try:
        json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError):
        return True
    return False


def load_tasks(path: str | Path, *, shown_as: str = "", hosts: Hosts | None = None) -> list[Task]:
    """Load the tasks of a file, or of all task files below a folder, in the format of MMInA, WebArena or our own.

    A file is `<subset>/<n>.json` with one task, or `<subset>.json` with a list of tasks. Placeholders such as
    `__SHOPPING__` get their addresses from `hosts`, by default from the environment. Raises TaskError with file, place
    and remedy if a file cannot be used, or if placeholders have no address.
    """
    path, hosts = Path(path), hosts or Hosts()
    tasks = read_tasks(path, shown_as=shown_as, hosts=hosts)
    # A task that can run has an address for every placeholder.
    missing = {name for task in tasks if task.cannot_run for name in hosts.without_value(task.document)}
    if missing:
        raise TaskError(how_to_set(missing), source=shown_as or str(path))
    return tasks


def read_tasks(path: Path, *, shown_as: str = "", hosts: Hosts) -> list[Task]:
    """Load tasks as `load_tasks` does, but tasks with placeholders without an address become tasks that cannot run."""
    if path.is_dir():
        return [task for file in task_files(path) for task in read_tasks(file, hosts=hosts)]
    source = shown_as or str(path)
    try:
        content = _read_json(path, source)
        if isinstance(content, dict):
            number, subset = path.stem, subset_of(path)
            return [
                task_from_document(
                    content, subset=subset, number=number, hosts=hosts, folder=path.parent, source=source
                )
            ]
        if isinstance(content, list):
            return list(_tasks_of_list(content, path, source, hosts))
        raise TaskError("contains neither a task (an object) nor a list of tasks")
    except TaskError as error:
        raise error if error.source else TaskError(error.problem, source=source, place=error.place) from None
    except ValidationError as error:
        detail = error.errors()[0]
        place = ".".join(map(str, detail["loc"]))
        raise TaskError(detail["msg"], source=source, place=place) from None


def task_files(folder: Path) -> list[Path]:
    """Return the task files below a folder, sorted. Raises TaskError if there are none."""
    files = [file for file in sorted(folder.rglob("*.json")) if is_task_file(file)]
    if not files:
        raise TaskError("contains no task file: <subset>/<n>.json, or a list of tasks", source=str(folder))
    return files


def _tasks_of_list(content: list[JsonValue], path: Path, source: str, hosts: Hosts) -> Iterator[Task]:
    if not content:
        raise TaskError("is an empty list: it contains no task", source=source)
    numbers = numbers_of(content)
    for position, (document, number) in enumerate(zip(content, numbers, strict=True)):
        if not isinstance(document, dict):
            raise TaskError("is not an object", source=source, place=f"[{position}]")
        try:
            yield task_from_document(
                document, subset=path.stem, number=number, hosts=hosts, folder=path.parent, source=source
            )
        except TaskError as error:
            if error.source:
                raise
            place = f"[{position}].{error.place}" if error.place else f"[{position}]"
            raise TaskError(error.problem, source=source, place=place) from None


def numbers_of(content: list[JsonValue]) -> list[str]:
    """Return the numbers of the tasks in a list: WebArena's `task_id` if all have one, or else the positions from 1."""
    own = [
        document["task_id"]
        for document in content
        if isinstance(document, dict) and "procedure" not in document and type(document.get("task_id")) is int
    ]
    if len(set(own)) == len(content):
        return [str(number) for number in own]
    return [str(position + 1) for position in range(len(content))]


def subset_of(path: Path) -> str:
    """Return the subset of a file with one task: the name of its folder, after symbolic links are resolved."""
    return _real_name(path.resolve().parent if path.is_symlink() else path.parent)


@lru_cache(maxsize=64)
def _real_name(folder: Path) -> str:
    return folder.resolve().name or "tasks"


def _read_json(path: Path, source: str) -> JsonValue:
    try:
        text = path.read_text(encoding="utf-8")
        content: JsonValue = json.loads(text, parse_constant=_refuse_constant)
        # A lone surrogate cannot be encoded. In a UTF-8 file, only an escape sequence can contain one.
        if "\\ud" in text.lower() and (place := _surrogate_place(content)):
            raise TaskError("contains half of a surrogate pair, which is not a character", source=source, place=place)
    except json.JSONDecodeError as error:
        problem = f"is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise TaskError(problem, source=source) from None
    except UnicodeDecodeError as error:
        raise TaskError(f"is not UTF-8 text: {error.reason} at byte {error.start}", source=source) from None
    except TaskError:
        raise
    except ValueError as error:
        raise TaskError(f"contains a number that is too long: {error}", source=source) from None
    except RecursionError:
        raise TaskError("is nested too deeply to be a task", source=source) from None
    except OSError as error:
        raise TaskError(f"cannot be read: {error.strerror}", source=source) from None
    return content


def _surrogate_place(content: JsonValue, place: str = "") -> str:
    """Return the place of the first text with a lone surrogate; an empty text if there is none."""
    if isinstance(content, dict):
        # Keys first, because the place of a value contains its key.
        pairs: list[tuple[JsonValue, str]] = [(key, f"{place}.{key!a}".lstrip(".")) for key in content]
        pairs += [(value, f"{place}.{key}".lstrip(".")) for key, value in content.items()]
    elif isinstance(content, list):
        pairs = [(value, f"{place}[{position}]") for position, value in enumerate(content)]
    else:
        is_surrogate = isinstance(content, str) and any("\ud800" <= character <= "\udfff" for character in content)
        return place if is_surrogate else ""
    return next(filter(None, (_surrogate_place(value, inner) for value, inner in pairs)), "")


def _refuse_constant(name: str) -> JsonValue:
    raise TaskError(f"contains {name}, which is not JSON")
