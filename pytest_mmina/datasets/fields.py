"""Readers of the fields of a task file. They raise TaskError with the place of a missing or invalid field."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from pytest_mmina.core.errors import TaskError

Document = Mapping[str, JsonValue]
AND = " |AND| "
OR = " |OR| "


def text_of(mapping: Document, key: str, place: str = "") -> str:
    """Return the non-empty text of a field."""
    value = mapping.get(key)
    if not isinstance(value, str) or not value.strip():
        raise TaskError("is missing" if value is None else "must be a non-empty text", place=place or key)
    return value


def texts_of(mapping: Document, key: str, place: str = "") -> Sequence[str]:
    """Return the list of non-empty texts of a field."""
    value = mapping.get(key)
    if not isinstance(value, list) or not all(isinstance(part, str) and part for part in value):
        raise TaskError("must be a list of non-empty texts", place=place or key)
    return [str(part) for part in value]


def mapping_of(mapping: Document, key: str, place: str = "") -> Document:
    """Return the object of a field."""
    value = mapping.get(key)
    if not isinstance(value, Mapping):
        raise TaskError("is missing" if value is None else "must be an object", place=place or key)
    return value


def mappings_of(mapping: Document, key: str, place: str = "") -> Sequence[Document]:
    """Return the non-empty list of objects of a field."""
    value = mapping.get(key)
    if not isinstance(value, list) or not value:
        raise TaskError("must be a list with at least one object", place=place or key)
    objects = [part for part in value if isinstance(part, Mapping)]
    if len(objects) != len(value):
        raise TaskError("must be a list of objects", place=place or key)
    return objects


def start_urls_of(document: Document) -> tuple[str, ...]:
    """Return the start pages, which are separated by ` |AND| `."""
    urls = tuple(part.strip() for part in text_of(document, "start_url").split(AND.strip()))
    for url in urls:
        if not url.startswith(("http://", "https://")):
            raise TaskError(f"{url!r} is not an http(s) address", place="start_url")
    return urls


def sites_of(document: Document) -> tuple[str, ...]:
    """Return the names in the field `sites`, which may be missing."""
    value = document.get("sites")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise TaskError("must be a list of names", place="sites")
    return tuple(map(str, value))


def file_inside(name: str, folder: Path, *, place: str) -> Path:
    """Return the file that a task names, relative to the folder of its file. Raises TaskError if it is outside."""
    problem = f"{name!r} is outside the folder of the task file"
    if "\0" in name or Path(name).is_absolute():
        raise TaskError(problem, place=place)
    try:
        root = folder.resolve()
        file = (root / name).resolve()
    except (OSError, RuntimeError):
        raise TaskError(problem, place=place) from None
    if not file.is_relative_to(root):
        raise TaskError(problem, place=place)
    return file
