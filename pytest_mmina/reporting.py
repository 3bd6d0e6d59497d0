"""All that people look at, made from results on disk: at the end of a session, and again whenever somebody asks."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path


def try_page(folder: Path, *, before: Path | None = None) -> tuple[str, str]:
    """Write the page of the results in a folder; returns its name, or why there is none, in one line.

    Results are worth more than their page: whatever goes wrong here is told, and nothing else.
    """
    write = _page_writer()
    if write is None:
        return "", ""
    try:
        page = write(folder, before=before) if before is not None else write(folder)
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return "", f"the page could not be written, the results are whole: {told}"
    return page.relative_to(folder).as_posix() if page.is_relative_to(folder) else str(page), ""


def _page_writer() -> Callable[..., Path] | None:
    if find_spec("pytest_mmina.page") is None:
        return None
    writer: Callable[..., Path] = import_module("pytest_mmina.page").write_page
    return writer
